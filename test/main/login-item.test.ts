import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LoginItemSettings } from 'electron'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { autostartFolder, createLoginItem, desktopEntry, startCommand } from '../../main/login-item.ts'

type Settings = Readonly<Record<string, unknown>>

/** Windows or macOS keeping what it was told. */
function fakeApp({ isSwitchedOff = false } = {}) {
  const told: Settings[] = []
  const asked: unknown[] = []
  return {
    told,
    asked,
    setLoginItemSettings: (settings: Settings) => void told.push(settings),
    getLoginItemSettings(options?: unknown): LoginItemSettings {
      asked.push(options)
      const openAtLogin = told.at(-1)?.['openAtLogin'] === true
      return {
        openAtLogin,
        wasOpenedAtLogin: false,
        status: 'not-registered',
        executableWillLaunchAtLogin: openAtLogin && !isSwitchedOff,
        launchItems: [],
      }
    },
  }
}

describe('launch at login', () => {
  let folder = ''

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ai-proxy-autostart-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('asks and tells Windows with the same path and arguments, quoted', () => {
    const app = fakeApp()
    const command = ['C:\\My Apps\\electron.exe', 'C:\\My Apps\\ai-proxy'] as const
    const item = createLoginItem({ app, platform: 'win32', command, autostartFolder: folder })
    item.set(true)
    expect(item.isOn()).toBe(true)
    const same = { path: '"C:\\My Apps\\electron.exe"', args: ['"C:\\My Apps\\ai-proxy"', '--hidden'] }
    expect([app.told, app.asked]).toEqual([[{ ...same, openAtLogin: true }], [same]])
  })

  it('is off where Windows itself was told to leave the entry alone', () => {
    const app = fakeApp({ isSwitchedOff: true })
    const item = createLoginItem({ app, platform: 'win32', command: ['C:\\a.exe'], autostartFolder: folder })
    item.set(true)
    expect(item.isOn()).toBe(false)
  })

  it('tells macOS nothing but on or off', () => {
    const app = fakeApp()
    const item = createLoginItem({ app, platform: 'darwin', command: ['/x'], autostartFolder: folder })
    item.set(true)
    item.set(false)
    expect([app.told, item.isOn()]).toEqual([[{ openAtLogin: true }, { openAtLogin: false }], false])
  })

  it('is a file on Linux', async () => {
    const path = join(folder, 'autostart', 'ai-proxy.desktop')
    const options = { app: fakeApp(), platform: 'linux', command: ['/opt/AI Proxy/ai-proxy'] } as const
    const item = createLoginItem({ ...options, autostartFolder: join(folder, 'autostart') })
    expect(item.isOn()).toBe(false)
    item.set(false)
    item.set(true)
    expect(item.isOn()).toBe(true)
    expect(await readFile(path, 'utf8')).toContain('\nExec="/opt/AI Proxy/ai-proxy" --hidden\n')
    item.set(false)
    expect(item.isOn()).toBe(false)
  })

  it.each(['Hidden=true', 'X-GNOME-Autostart-enabled=false'])('is off when the desktop says %s', async (line) => {
    await writeFile(join(folder, 'ai-proxy.desktop'), `[Desktop Entry]\nExec=/x\n${line}\n`)
    const item = createLoginItem({ app: fakeApp(), platform: 'linux', command: ['/x'], autostartFolder: folder })
    expect(item.isOn()).toBe(false)
  })
})

describe('the autostart file', () => {
  it.each<[string, string]>([
    ['/usr/bin/ai-proxy', '/usr/bin/ai-proxy'],
    ['/opt/AI Proxy/app', '"/opt/AI Proxy/app"'],
    ['/opt/50%/app', '/opt/50%%/app'],
    // Two backslashes in the file: the string rule of the file format doubles the one that quotes.
    ['/opt/$HOME`x`/app', '"/opt/\\\\$HOME\\\\`x\\\\`/app"'],
    ['/opt/a"b', '"/opt/a\\\\"b"'],
    ['/opt/a\\b', '"/opt/a\\\\\\\\b"'],
  ])('names %s as %s', (path, expected) => {
    const exec = desktopEntry([path])
      .split('\n')
      .find((line) => line.startsWith('Exec='))
    expect(exec).toBe(`Exec=${expected} --hidden`)
  })

  it.each<[string, Record<string, string>, string]>([
    ['the usual place', {}, '/home/ana/.config/autostart'],
    ['the place that the user names', { XDG_CONFIG_HOME: '/cfg' }, '/cfg/autostart'],
    ['the usual place for a relative name', { XDG_CONFIG_HOME: 'cfg' }, '/home/ana/.config/autostart'],
  ])('lies in %s', (_, env, expected) => {
    expect(autostartFolder(env, '/home/ana')).toBe(expected)
  })

  it.each<[string, boolean, Record<string, string>, string[]]>([
    ['a clone', false, {}, ['/x/electron', '/clone']],
    ['a packed app', true, {}, ['/x/electron']],
    ['an AppImage', true, { APPIMAGE: '/home/ana/AI.AppImage' }, ['/home/ana/AI.AppImage']],
  ])('starts %s', (_, isPackaged, env, expected) => {
    expect(startCommand({ executable: '/x/electron', appFolder: '/clone', isPackaged, env })).toEqual(expected)
  })
})
