/**
 * Launch at login: by the system's own list on Windows and macOS, by an autostart file on Linux. Off until the user
 * wants it. https://specifications.freedesktop.org/autostart-spec/ and /desktop-entry-spec/
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import type { App } from 'electron'

export interface LoginItem {
  isOn(): boolean
  set(on: boolean): void
}

export interface LoginItemOptions {
  readonly app: Pick<App, 'getLoginItemSettings' | 'setLoginItemSettings'>
  readonly platform: NodeJS.Platform
  /** Starts this app: executable and, in a clone, its folder. */
  readonly command: readonly [executable: string, ...args: string[]]
  readonly autostartFolder: string
}

/** With this argument the app starts without a window. */
export const hiddenFlag = '--hidden'

export function createLoginItem({ app, platform, command, autostartFolder }: LoginItemOptions): LoginItem {
  if (platform === 'linux') return autostartFile(join(autostartFolder, 'ai-proxy.desktop'), command)
  if (platform === 'win32') return runKey(app, command)
  return {
    // macOS knows no arguments here and tells by `wasOpenedAtLogin` how the app was started.
    isOn: () => app.getLoginItemSettings().openAtLogin,
    set: (on) => app.setLoginItemSettings({ openAtLogin: on }),
  }
}

/** Where Linux desktops look for autostart files of this user. */
export function autostartFolder(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const config = env['XDG_CONFIG_HOME'] ?? ''
  return posix.join(posix.isAbsolute(config) ? config : posix.join(home, '.config'), 'autostart')
}

/** What starts this app again. An AppImage is mounted elsewhere each time: its own file is what lasts. */
export function startCommand(options: {
  readonly executable: string
  readonly appFolder: string
  readonly isPackaged: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}): [executable: string, ...args: string[]] {
  const { executable, appFolder, isPackaged, env } = options
  if (!isPackaged) return [executable, appFolder]
  return [env['APPIMAGE'] || executable]
}

/** The text of the autostart file. */
export function desktopEntry(command: readonly string[]): string {
  const exec = [...command, hiddenFlag].map(quoteForExec).join(' ')
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=AI Proxy',
    'Comment=A local AI gateway for many upstreams',
    `Exec=${exec}`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')
}

/** The Run key of this user's registry. Electron joins path and arguments with blanks and quotes neither. */
function runKey(app: LoginItemOptions['app'], [path, ...args]: LoginItemOptions['command']): LoginItem {
  const item = { path: `"${path}"`, args: [...args.map(quoteForWindows), hiddenFlag] }
  return {
    isOn() {
      const { openAtLogin, executableWillLaunchAtLogin } = app.getLoginItemSettings(item)
      // Task Manager and Settings switch an entry off beside the key, and leave it there.
      return openAtLogin && executableWillLaunchAtLogin
    },
    set: (on) => app.setLoginItemSettings({ ...item, openAtLogin: on }),
  }
}

function autostartFile(path: string, command: readonly string[]): LoginItem {
  return {
    isOn() {
      try {
        // Desktops switch an entry off in the file rather than remove it.
        return !/^(Hidden\s*=\s*true|X-GNOME-Autostart-enabled\s*=\s*false)\s*$/im.test(readFileSync(path, 'utf8'))
      } catch {
        return false
      }
    },
    set(on) {
      if (!on) return rmSync(path, { force: true })
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, desktopEntry(command))
    },
  }
}

/**
 * An argument of the Exec key. Two rules apply, one after the other: within double quotes a backslash stands before
 * `"`, backtick, `$` and `\`; then each backslash is doubled as in every string of the file. `%` starts a field code.
 */
function quoteForExec(argument: string): string {
  const quoted = `"${argument.replaceAll(/["`$\\]/g, String.raw`\$&`)}"`
  const isPlain = /^[\w@%+=:,./-]+$/.test(argument)
  return (isPlain ? argument : quoted).replaceAll('\\', String.raw`\\`).replaceAll('%', '%%')
}

function quoteForWindows(argument: string): string {
  return /\s/.test(argument) ? `"${argument}"` : argument
}
