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

const bus = 'org.freedesktop.DBus'
const watcher = 'org.kde.StatusNotifierWatcher'
const gdbusCall = ['call', '--session', '--dest', bus, '--object-path', '/org/freedesktop/DBus', '--method']
const dbusSendCall = ['--session', '--print-reply', `--dest=${bus}`, '/org/freedesktop/DBus']
