/** What happens to the built desktop app during its life: closed windows, a second start, sleep, trouble at start, the end. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ConfigText } from '../../proxy/contract.ts'
import { launchBrowser } from '../helpers/browser.ts'
import { chatStream, gate, startScriptedUpstream, type ScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { findItem } from './app-host.ts'
import {
  chat,
  makeConfig,
  readAsFar,
  startDesktop,
  testKey,
  type DesktopApp,
  type DesktopOptions,
} from './desktop-app.ts'

let browser: Browser
const endings: (() => unknown)[] = []

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end()
})

async function start(options: Partial<DesktopOptions> = {}): Promise<DesktopApp> {
  const app = await startDesktop({ browser, ...options })
  endings.push(() => app.dispose())
  return app
}

async function startUpstream(): Promise<[ScriptedUpstream, config: string]> {
  const upstream = await startScriptedUpstream()
  endings.push(() => upstream.close())
  const upstreams = `  - { name: Local, base_url: "${upstream.url}", models: ["gpt-4"], keys: ["sk-local-0123456789"] }`
  return [upstream, makeConfig({ upstreams })]
}

/** Takes a port as another program would; on both loopback addresses where there are two. */
async function takePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  endings.push(() => server.close())
  // Safe: a server that listens on TCP has an AddressInfo.
  return (server.address() as AddressInfo).port
}

const visible = (app: DesktopApp) =>
  app.until('a window is shown', () => app.windows().find(({ isVisible }) => isVisible))

describe('the window', () => {
  it('ends the app when it is closed, where that is the custom', async () => {
    const app = await start({ config: null, settings: { closeToTray: false } })
    const { id } = await visible(app)
    await app.closeWindow(id)
    expect(await app.exit).toBe(0)
  })

  it('stays in the tray when it is closed, told once, and comes back', async () => {
    const app = await start({ config: null, settings: { closeToTray: true } })
    const { id } = await visible(app)
    await app.closeWindow(id)
    await app.until('the window is hidden', () => !app.windows()[0]?.isVisible)
    await app.clickTray('open-console')
    await visible(app)
    await app.closeWindow(id)
    await app.until('the window is hidden again', () => !app.windows()[0]?.isVisible)
    expect(app.reported('notification')).toMatchObject([{ body: expect.stringContaining('tray') }])
    expect((await chat(await app.baseUrl(), { key: /ak-[\w-]+/.exec(app.configText())?.[0] ?? '' })).status).toBe(200)
  })

  it('is minimized rather than hidden where no tray would bring it back', async () => {
    const app = await start({ settings: { closeToTray: true }, hasTrayHost: false })
    const { id } = await visible(app)
    await app.closeWindow(id)
    await app.until('it is minimized', () => app.windows()[0]?.isMinimized)
    await app.emit('app', 'second-instance', [], '/')
    await app.until('it is back', () => app.windows()[0]?.isMinimized === false)
  })

  it('shows itself where there is no tray at all', async () => {
    const app = await start({ env: { ELECTRON_DOUBLE_NO_TRAY: '1' }, hasTrayHost: false })
    await visible(app)
    expect(app.tray()).toBeNull()
  })

  it('is a new one after a crash, and the engine has run on', async () => {
    const app = await start({ config: null })
    const { id } = await visible(app)
    const startedAt = await app.call('getStatus')
    await app.crashPage(id)
    await app.until('another window', () => app.windows().some((window) => window.id !== id && window.isVisible))
    expect(await app.call('getStatus')).toMatchObject({ startedAt: Reflect.get(Object(startedAt), 'startedAt') })
  })

  it('asks before it throws away what is not saved', async () => {
    const app = await start({ config: null })
    const page = await app.page()
    await page.evaluate(() => addEventListener('beforeunload', (event) => event.preventDefault()))
    await app.clickTray('quit')
    await app.until('the question', () => app.reported('dialog').length === 1)
    await app.until('the window stays', () => app.reported('close-prevented').length === 1)
    expect(await app.call('getStatus')).toMatchObject({ state: 'running' })
    await app.answerNextDialog('showMessageBoxSync', 0)
    await app.clickTray('quit')
    expect(await app.exit).toBe(0)
  })
})

describe('a second start', () => {
  it('shows the window of the first', async () => {
    const app = await start({ args: ['--hidden'] })
    await app.baseUrl()
    expect(app.windows()).toEqual([])
    await app.emit('app', 'second-instance', ['electron', '.'], '/')
    await visible(app)
  })

  it('leaves it hidden when it was one at login', async () => {
    const app = await start({ args: ['--hidden'] })
    await app.baseUrl()
    await app.emit('app', 'second-instance', ['electron', '.', '--hidden'], '/')
    await app.emit('app', 'second-instance', ['electron', '.'], '/')
    await visible(app)
    expect(app.windows()).toHaveLength(1)
  })

  it('ends at once, without an engine of its own', async () => {
    const app = await start({ env: { ELECTRON_DOUBLE_IS_SECOND: '1' } })
    expect(await app.exit).toBe(0)
    expect([app.reports, app.output()]).toEqual([[], ''])
  })
})

describe('quitting', () => {
  it('lets a running stream finish, but takes no new request', async () => {
    const [upstream, config] = await startUpstream()
    const held = gate()
    upstream.always(chatStream(['Hello', held, ' world']))
    const app = await start({ config, args: ['--hidden'] })
    const baseUrl = await app.baseUrl()
    const answer = await chat(baseUrl, { model: 'gpt-4' })
    const stream = await readAsFar(answer, 'Hello')

    await app.clickTray('quit')
    await app.toolTip(/Stopping/)
    await expect(chat(baseUrl)).rejects.toThrow('fetch failed')
    held.open()
    const text = await stream.rest()
    expect(text).toContain(' world')
    expect(text).toContain('[DONE]')
    expect(await app.exit).toBe(0)
  })

  it.runIf(process.platform !== 'win32')('takes SIGTERM for a quit', async () => {
    const app = await start({ args: ['--hidden'] })
    await app.baseUrl()
    process.kill(app.pid, 'SIGTERM')
    expect(await app.exit).toBe(0)
  })
})

it('connects to the upstreams anew after sleep', async () => {
  const [upstream, config] = await startUpstream()
  const app = await start({ config, args: ['--hidden'] })
  const baseUrl = await app.baseUrl()
  const ask = async () => (await chat(baseUrl, { model: 'gpt-4', stream: false })).text()
  await ask()
  await ask()
  await app.emit('powerMonitor', 'suspend')
  await app.emit('powerMonitor', 'resume')
  await app.until('the old connection is gone', () => app.output().includes('Back from sleep'))
  await ask()
  expect(upstream.requests.map(({ connection }) => connection)).toEqual([0, 0, 1])
  // The listener was well, so it is still the same.
  expect(await app.baseUrl()).toBe(baseUrl)
})

describe('a taken port', () => {
  it('is told of with its number, and another one serves for now', async () => {
    const port = await takePort()
    const app = await start({ config: makeConfig({ port: `127.0.0.1:${port}` }), anyPort: false })
    await visible(app)
    await app.toolTip(new RegExp(`port ${port} is in use`))
    await app.until('a free port is offered', () => findItem(app.tray()?.menu ?? null, 'use-next-port'))
    await app.clickTray('use-next-port')
    const baseUrl = await app.baseUrl()
    expect(baseUrl).not.toContain(`:${port}/`)
    expect((await chat(baseUrl)).status).toBe(200)
    expect(app.configText()).toContain(`127.0.0.1:${port}`)
  })

  it('is replaced in the config when the user says so, from the window', async () => {
    const port = await takePort()
    const app = await start({ config: makeConfig({ port: `127.0.0.1:${port}` }), anyPort: false })
    await app.page()
    const chosen = await app.desktopCall('useNextFreePort', { save: true })
    const baseUrl = await app.baseUrl()
    expect(chosen).toEqual({ port: Number(new URL(baseUrl).port) })
    expect(app.configText()).toContain(`127.0.0.1:${new URL(baseUrl).port}`)
    expect(app.configText()).toContain('# a comment that stays')
  })
})

describe('a config that cannot be used at start', () => {
  const broken = 'server:\n  port: "no port"\nupstreams: nothing\n'

  it('opens the window, also at login, and the engine starts once the file is mended', async () => {
    const app = await start({ config: broken, args: ['--hidden'] })
    await visible(app)
    const page = await app.page()
    expect(page.url()).toContain('#/settings')
    expect(app.tray()?.toolTip).toContain('Not running')
    writeFileSync(app.configPath, makeConfig())
    expect((await chat(await app.baseUrl())).status).toBe(200)
    expect(app.problems).toEqual([])
  })

  it('can be mended in the window', async () => {
    const app = await start({ config: broken })
    await visible(app)
    // Safe: what readConfigText answers, see contract.ts.
    const { text, revision, diagnostics } = (await app.call('readConfigText')) as ConfigText
    expect(text).toBe(broken)
    expect(diagnostics.length).toBeGreaterThan(0)
    expect(await app.call('saveConfigText', makeConfig(), revision)).toMatchObject({ kind: 'applied' })
    expect((await chat(await app.baseUrl())).status).toBe(200)
  })
})

it('exports diagnostics without a secret, where the user wants them', async () => {
  const app = await start({ settings: { closeToTray: true }, hasTrayHost: false })
  const path = join(app.home, 'diagnostics.json')
  await app.page()
  expect(await app.desktopCall('exportDiagnostics')).toBeNull()
  await app.answerNextDialog('showSaveDialog', path)
  expect(await app.desktopCall('exportDiagnostics')).toEqual({ path })
  const text = readFileSync(path, 'utf8')
  expect(JSON.parse(text)).toMatchObject({ status: { state: 'running' } })
  expect(text).not.toContain(testKey)
})
