import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LaunchOptions } from '../../main/launch.ts'
import { readLaunch, userArguments, withSystemLanguage } from '../../main/launch.ts'

const read = (args: readonly string[], options: Partial<LaunchOptions> = {}) =>
  readLaunch({ args, env: {}, platform: 'linux', home: '/home/ana', cwd: '/srv', ...options })

describe('the command line of the desktop app', () => {
  it("uses the user's data folder, as the headless program does", () => {
    expect(read([])).toEqual({
      configPath: resolve('/home/ana/.local/share/ai-proxy/config.yaml'),
      isDataFolderConfig: true,
      dataFolder: resolve('/home/ana/.local/share/ai-proxy'),
      host: null,
      port: null,
      hidden: false,
    })
  })

  it('takes flags before the environment', () => {
    const env = { AI_PROXY_DATA: '/from-env', AI_PROXY_CONFIG: '/env.yaml', AI_PROXY_HOST: '0.0.0.0' }
    expect(read([], { env })).toMatchObject({
      configPath: resolve('/env.yaml'),
      isDataFolderConfig: false,
      dataFolder: resolve('/from-env'),
      host: '0.0.0.0',
    })
    expect(read(['--data', 'here', '--config=my.yaml', '--host', '::1'], { env })).toMatchObject({
      configPath: resolve('/srv/my.yaml'),
      dataFolder: resolve('/srv/here'),
      host: '::1',
    })
  })

  it('takes what is empty for what is not there: an empty host would be the whole network', () => {
    const env = { AI_PROXY_DATA: '', AI_PROXY_CONFIG: ' ', AI_PROXY_HOST: '' }
    expect(read(['--host', '', '--data='], { env })).toEqual(read([]))
  })

  it('passes over what Chromium and the system add', () => {
    expect(read(['--no-sandbox', '--enable-features=A,B', '-psn_0_123', '--hidden', 'file.txt'])).toMatchObject({
      hidden: true,
      port: null,
    })
  })

  it.each([
    ['0', 0],
    ['8123', 8123],
    ['65536', null],
    ['eighty', null],
    ['', null],
  ])('takes the port %j as %j', (given, port) => {
    expect(read(['--port', given]).port).toBe(port)
  })

  it('knows the arguments of the user in a packed app and in a clone', () => {
    expect(userArguments(['/opt/ai-proxy', '--hidden'], { isPackaged: true })).toEqual(['--hidden'])
    expect(userArguments(['/x/electron', '/clone', '--hidden'], { isPackaged: false })).toEqual(['--hidden'])
  })
})

describe('the language of the system', () => {
  it.each<[string, Record<string, string>, string[], string | undefined]>([
    ['is added where a click gives none', {}, ['zh-Hans-CN', 'en-US'], 'zh_Hans_CN'],
    ['stays what the environment says', { LANG: 'en_US.UTF-8' }, ['zh-CN'], 'en_US.UTF-8'],
    ['is unknown where nobody tells', {}, [], undefined],
  ])('%s', (_, env, preferred, expected) => {
    expect(withSystemLanguage(env, preferred)['LANG']).toBe(expected)
  })
})
