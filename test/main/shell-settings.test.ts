import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SettingsFile, defaultSettings, parseSettings } from '../../main/shell-settings.ts'

const defaults = defaultSettings('win32')

describe('settings of the shell', () => {
  it('keep the app in the tray where a tray is usual', () => {
    expect(['win32', 'darwin', 'linux'].map((name) => defaultSettings(name as NodeJS.Platform).closeToTray)).toEqual([
      true,
      true,
      false,
    ])
  })

  it.each<[string, string, object]>([
    ['nothing', '', {}],
    ['no JSON', '{', {}],
    ['another kind of value', '[1]', {}],
    ['a setting of the wrong type', '{"closeToTray":"no","toldAboutTray":true}', { toldAboutTray: true }],
    ['a window without a size', '{"window":{"x":1},"useSystemProxy":true}', { useSystemProxy: true }],
    ['a name that nobody knows', '{"colour":"red","closeToTray":false}', { closeToTray: false }],
    [
      'some notices',
      '{"notices":{"key-paused":true,"config-rejected":false,"gone":true}}',
      { notices: { ...defaults.notices, 'key-paused': true, 'config-rejected': false } },
    ],
  ])('use what they can of a file with %s', (_, text, expected) => {
    expect(parseSettings(text, 'win32')).toEqual({ ...defaults, ...expected })
  })
})

describe('the file of the settings', () => {
  let folder = ''

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ai-proxy-settings-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const fail = (error: unknown) => {
    throw error
  }

  it('comes back with every change, readable by this user only', async () => {
    const path = join(folder, 'new', 'desktop.json')
    const file = new SettingsFile(path, 'linux', fail)
    file.update({ closeToTray: true })
    file.update({ window: { x: -5, y: 0, width: 800, height: 600, maximized: true } })
    expect(file.current.closeToTray).toBe(true)
    await file.flush()
    expect(new SettingsFile(path, 'linux', fail).current).toEqual(file.current)
    expect(await readdir(join(folder, 'new'))).toEqual(['desktop.json'])
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('tells of a write that failed and goes on', async () => {
    const problems: unknown[] = []
    const blocked = join(folder, 'blocked')
    await writeFile(blocked, 'a file where a folder is wanted')
    const file = new SettingsFile(join(blocked, 'desktop.json'), 'linux', (error) => problems.push(error))
    file.update({ toldAboutTray: true })
    await file.flush()
    expect(problems).toHaveLength(1)
    expect(file.current.toldAboutTray).toBe(true)
    expect(await readFile(blocked, 'utf8')).toBe('a file where a folder is wanted')
  })
})
