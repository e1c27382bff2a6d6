/** Which shell `npm start` starts, and why. Pure. */

/**
 * @typedef {object} StartView
 * @property {readonly string[]} args - of the user.
 * @property {Readonly<Record<string, string | undefined>>} env
 * @property {NodeJS.Platform} platform
 * @property {boolean} isRoot
 * @property {string | null} electron - the binary; null while it isn't here.
 * @property {{ readonly failedAt: number, readonly reason: string } | null} failure - of the last download, within a day.
 * @property {number} now - epoch ms.
 *
 * @typedef {{ readonly step: 'electron', readonly program: string }
 *   | { readonly step: 'fetch' }
 *   | { readonly step: 'headless', readonly why: string | null }} StartPlan - `why` is null when it was asked for.
 */

/** Flags of this launcher; and of the desktop app, which the command line doesn't know. */
const launcherFlags = ['--headless', '--no-download', '--download']
const desktopFlags = ['--hidden', '--no-sandbox']

/**
 * @param {StartView} view
 * @returns {StartPlan}
 */
export function planStart({ args, env, platform, isRoot, electron, failure, now }) {
  if (args.includes('--headless')) return { step: 'headless', why: null }
  if (platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY'])
    return headless('there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)')
  if (platform === 'linux' && isRoot && !args.includes('--no-sandbox'))
    return headless('Electron keeps its sandbox only for a normal user, and this is root')
  if (electron !== null) return { step: 'electron', program: electron }
  if (args.includes('--no-download') || isSet(env['AI_PROXY_NO_DOWNLOAD']))
    return headless('the Electron binary is not here, and downloading it is switched off')
  if (failure !== null && !args.includes('--download'))
    return headless(
      `the Electron binary could not be fetched ${ago(now - failure.failedAt)} (${failure.reason}); "npm start -- --download" tries again`,
    )
  return { step: 'fetch' }
}

/**
 * What is passed on to the program.
 *
 * @param {readonly string[]} args
 * @param {'electron' | 'headless'} shell
 */
export function argumentsFor(args, shell) {
  const dropped = shell === 'headless' ? [...launcherFlags, ...desktopFlags] : launcherFlags
  return args.filter((arg) => !dropped.includes(arg))
}

/**
 * Why an Electron that has just ended never ran: missing libraries, no sandbox, a display that nobody serves. Null
 * when it was a normal end.
 *
 * @param {import('./child.mjs').ChildEnd} end
 */
export function startFailure({ code, signal, wasStopped, tookMs }) {
  if (wasStopped || tookMs > 10_000) return null
  if (signal !== null) return `Electron ended by ${signal} as soon as it was started (see above)`
  // 127: the dynamic linker misses a library. Null: it could not be run at all.
  if (code === null || code === 127) return 'the Electron binary cannot run here (see above)'
  // How a shell and Chromium's own wrapper tell of a signal: SIGILL, SIGTRAP, SIGABRT, SIGSEGV.
  if ([132, 133, 134, 139].includes(code)) return `Electron crashed as soon as it was started (exit code ${code})`
  return null
}

/**
 * @param {string} why
 * @returns {StartPlan}
 */
function headless(why) {
  return { step: 'headless', why }
}

/** @param {string | undefined} value */
function isSet(value) {
  return value !== undefined && value !== '' && value !== '0'
}

/** @param {number} ms */
function ago(ms) {
  const minutes = Math.round(ms / 60_000)
  return minutes < 60 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`
}
