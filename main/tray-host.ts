/**
 * Whether the desktop shows tray icons at all. Windows and macOS do; a Linux desktop does when something (a panel, a
 * GNOME extension) owns the name of the StatusNotifier watcher on the session bus.
 * https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/
 */
import type { Run } from './run.ts'

export async function hasTrayHost(platform: NodeJS.Platform, run: Run): Promise<boolean> {
  if (platform !== 'linux') return true
  const answer =
    (await run('gdbus', [...gdbusCall, `${bus}.NameHasOwner`, watcher])) ??
    (await run('dbus-send', [...dbusSendCall, `${bus}.NameHasOwner`, `string:${watcher}`]))
  // "(true,)" and "boolean true"; null where neither tool or no bus is there.
  return answer !== null && /\btrue\b/.test(answer)
}

/**
 * The same for an app that is started at login: the desktop may come up after it, and Chromium looks for the watcher
 * only when the icon is made.
 *
 * @param pause - waits for a second or so between two looks.
 */
export async function waitForTrayHost(
  platform: NodeJS.Platform,
  run: Run,
  pause: () => Promise<unknown>,
): Promise<boolean> {
  for (let looks = 1; looks < mostLooks; looks++) {
    if (await hasTrayHost(platform, run)) return true
    await pause()
  }
  return hasTrayHost(platform, run)
}

const mostLooks = 10

const bus = 'org.freedesktop.DBus'
const watcher = 'org.kde.StatusNotifierWatcher'
const gdbusCall = ['call', '--session', '--dest', bus, '--object-path', '/org/freedesktop/DBus', '--method']
const dbusSendCall = ['--session', '--print-reply', `--dest=${bus}`, '/org/freedesktop/DBus']
