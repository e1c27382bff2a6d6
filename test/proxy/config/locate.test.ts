import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFirstConfig, createProjectKey, defaultDataFolder, locateConfig } from '../../../proxy/config/locate.ts'
import { parseConfig } from '../../../proxy/config/parse.ts'

const shipped = join(import.meta.dirname, '../../../config.yaml')
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-proxy-locate-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

describe('which file', () => {
  const locate = (options: Partial<Parameters<typeof locateConfig>[0]>) =>
    locateConfig({ flag: undefined, env: {}, cwd: folder, dataFolder: '/data', preferDataFolder: false, ...options })
  const env = { AI_PROXY_CONFIG: 'from-env.yaml' }

  it('is that of the flag before all others', () => {
    expect(locate({ flag: 'from-flag.yaml', env })).toEqual({ path: resolve(folder, 'from-flag.yaml'), source: 'flag' })
  })

  it('is that of AI_PROXY_CONFIG next, unless it is empty', async () => {
    await writeFile(join(folder, 'config.yaml'), '')
    expect(locate({ env })).toEqual({ path: resolve(folder, 'from-env.yaml'), source: 'environment' })
    expect(locate({ env: { AI_PROXY_CONFIG: ' ' } }).source).toBe('working-folder')
  })

  it('is the one in the working folder if there is one, but never for the desktop', async () => {
    const inData = { path: join('/data', 'config.yaml'), source: 'data-folder' }
    expect(locate({})).toEqual(inData)
    await writeFile(join(folder, 'config.yaml'), '')
    expect(locate({})).toEqual({ path: join(folder, 'config.yaml'), source: 'working-folder' })
    expect(locate({ preferDataFolder: true })).toEqual(inData)
  })
})

it.each<[NodeJS.Platform, Record<string, string>, string, string]>([
  ['linux', {}, '/home/me', '/home/me/.local/share/ai-proxy'],
  ['linux', { XDG_DATA_HOME: '/xdg' }, '/home/me', '/xdg/ai-proxy'],
  ['linux', { XDG_DATA_HOME: 'relative' }, '/home/me', '/home/me/.local/share/ai-proxy'],
  ['darwin', { XDG_DATA_HOME: '/xdg' }, '/Users/me', '/Users/me/Library/Application Support/AI Proxy'],
  ['win32', { APPDATA: 'D:\\Roaming' }, 'C:\\Users\\me', 'D:\\Roaming\\AI Proxy'],
  ['win32', {}, 'C:\\Users\\me', 'C:\\Users\\me\\AppData\\Roaming\\AI Proxy'],
])('the data folder on %s with %o', (platform, env, home, expected) => {
  expect(defaultDataFolder(platform, env, home)).toBe(expected)
})

describe('the first config', () => {
  it('is the shipped one with a key of its own, and works without a warning', async () => {
    const path = join(folder, 'new', 'config.yaml')
    const { projectKey } = await createFirstConfig(path, await readFile(shipped, 'utf8'))
    const text = await readFile(path, 'utf8')
    const result = parseConfig(text, { env: {}, language: 'en' })
    expect(result).toMatchObject({ ok: true, warnings: [] })
    expect(result.ok && result.config.projects).toEqual([
      { name: 'default', apiKey: projectKey, allowedModels: ['*'], enabled: true, previousApiKey: null },
    ])
    expect(text.replace(projectKey, 'ak-REPLACED-ON-FIRST-START')).toBe(await readFile(shipped, 'utf8'))
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('never takes the place of a file', async () => {
    const path = join(folder, 'config.yaml')
    await writeFile(path, 'mine')
    await expect(createFirstConfig(path, await readFile(shipped, 'utf8'))).rejects.toThrow('EEXIST')
    expect(await readFile(path, 'utf8')).toBe('mine')
  })

  it('needs the key that it replaces: the shipped one works for nobody', async () => {
    await expect(createFirstConfig(join(folder, 'config.yaml'), 'server: {}')).rejects.toThrow('ak-REPLACED')
    const result = parseConfig(await readFile(shipped, 'utf8'), { env: {}, language: 'en' })
    expect(result.ok && result.config.projects.map(({ enabled }) => enabled)).toEqual([false])
  })

  it('has another key each time', () => {
    const keys = new Set(Array.from({ length: 100 }, createProjectKey))
    expect([keys.size, [...keys].every((key) => /^ak-[\w-]{43}$/.test(key))]).toEqual([100, true])
  })
})
