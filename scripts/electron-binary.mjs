/**
 * The Electron binary, which npm doesn't install: whether it is here, and fetching it. `import 'electron'` would
 * fetch it too, without an end and without a way out, so it is never imported.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A download that failed is not tried again for so long. */
const failureLastsMs = 24 * 60 * 60 * 1000

/**
 * Path of the executable, or null while it isn't here. As in electron/index.js, of the right version and whole.
 *
 * @param {string} packageFolder - node_modules/electron
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {string | null}
 */
export function findElectron(packageFolder, env) {
  const name = readText(join(packageFolder, 'path.txt'))
  const override = env['ELECTRON_OVERRIDE_DIST_PATH']
  if (override) return existing(join(override, name ?? defaultName()))
  if (name === null || readText(join(packageFolder, 'dist/version'))?.replace(/^v/, '') !== versionOf(packageFolder))
    return null
  return existing(join(packageFolder, 'dist', name))
}

/**
 * Fetches the binary with the package's own script, which checks what it got. Never throws.
 *
 * @param {string} packageFolder
 * @param {object} options
 * @param {number} options.limitMs - for all of it.
 * @param {number} options.silenceMs - for the first byte: behind some firewalls nothing ever answers.
 * @param {(megabytes: number, seconds: number) => void} options.onProgress - every few seconds.
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<string | null>} null when it is there, else one sentence saying why not.
 */
export async function fetchElectron(packageFolder, { limitMs, silenceMs, onProgress, signal }) {
  // The download lands here first, so its progress can be seen and its rests can be removed.
  const folder = mkdtempSync(join(tmpdir(), 'ai-proxy-electron-'))
  const child = spawn(process.execPath, [join(packageFolder, 'install.js')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      TMPDIR: folder,
      TEMP: folder,
      TMP: folder,
      ELECTRON_GET_NO_PROGRESS: '1',
      // HTTPS_PROXY and its like: Node's fetch looks at them only when told to.
      NODE_USE_ENV_PROXY: '1',
    },
  })
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (part) => (words += part))
  const startedAt = performance.now()
  const seconds = () => Math.round((performance.now() - startedAt) / 1000)
  /** @type {string | null} */
  let givenUp = null
  /** @param {string} reason */
  const giveUp = (reason) => {
    givenUp ??= reason
    child.kill('SIGKILL')
  }
  const limit = setTimeout(() => giveUp(`it took longer than ${limitMs / 1000} s`), limitMs)
  const silence = setTimeout(() => {
    if (folderBytes(folder) === 0) giveUp(`no answer within ${silenceMs / 1000} s`)
  }, silenceMs)
  const progress = setInterval(() => onProgress(Math.round(folderBytes(folder) / 1_000_000), seconds()), 3000)
  const onAbort = () => giveUp('it was stopped')
  signal?.addEventListener('abort', onAbort)
  try {
    const code = await new Promise((resolve) => child.on('error', () => resolve(1)).on('close', resolve))
    if (givenUp !== null) return givenUp
    return code === 0 ? null : reasonIn(words)
  } finally {
    clearTimeout(limit)
    clearTimeout(silence)
    clearInterval(progress)
    signal?.removeEventListener('abort', onAbort)
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * The last failed download of this version, as long as it counts.
 *
 * @param {string} file
 * @param {string} packageFolder
 * @param {number} now - epoch ms.
 * @returns {{ readonly failedAt: number, readonly reason: string } | null}
 */
export function recallFailure(file, packageFolder, now) {
  try {
    const { failedAt, reason, version } = JSON.parse(readFileSync(file, 'utf8'))
    const isRecent = typeof failedAt === 'number' && failedAt <= now && now - failedAt < failureLastsMs
    return isRecent && version === versionOf(packageFolder) ? { failedAt, reason: String(reason) } : null
  } catch {
    // There was none, or the file is of no use.
    return null
  }
}

/**
 * @param {string} file
 * @param {string} packageFolder
 * @param {string} reason
 * @param {number} now - epoch ms.
 */
export function rememberFailure(file, packageFolder, reason, now) {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify({ failedAt: now, reason, version: versionOf(packageFolder) }))
  } catch {
    // A read-only clone: then the next start tries once more.
  }
}

/** @param {string} file */
export function forgetFailure(file) {
  rmSync(file, { force: true })
}

/** The executable's name in an unpacked Electron, as in electron/install.js. */
function defaultName() {
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron'
  return process.platform === 'win32' ? 'electron.exe' : 'electron'
}

/** The line of a stack trace that says something. @param {string} words */
function reasonIn(words) {
  const line =
    words
      .split('\n')
      .find((text) => text.includes('Error'))
      ?.trim() ?? 'it gave no reason'
  return line === 'TypeError: fetch failed' ? 'the server cannot be reached' : line
}

/** @param {string} packageFolder @returns {string | undefined} */
function versionOf(packageFolder) {
  const text = readText(join(packageFolder, 'package.json'))
  return text === null ? undefined : JSON.parse(text).version
}

/** @param {string} path */
function existing(path) {
  return existsSync(path) ? path : null
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    // Not there.
    return null
  }
}

/** @param {string} folder */
function folderBytes(folder) {
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    try {
      if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size
    } catch {
      // Moved away meanwhile: the download is complete.
    }
  }
  return bytes
}
