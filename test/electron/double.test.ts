/** The double itself, driven with an app of its own: what the tests of the real shell rely on. */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from '../helpers/browser.ts'
import { findItem, startApp, type AppOptions, type TestApp } from './app-host.ts'

const appFolder = dirname(fileURLToPath(new URL('./fixtures/toy-app/main.ts', import.meta.url)))
let browser: Browser
let app: TestApp | null = null

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())
afterEach(async () => {
  await app?.dispose()
  app = null
})

async function start(options: Partial<AppOptions> = {}): Promise<TestApp> {
  app = await startApp({ browser, appFolder, ...options })
  return app
}

it('runs an app from its start over page, preload and IPC to its end', async () => {
  const toy = await start()
  const page = await toy.page()
  await page.getByText('5', { exact: true }).waitFor()
  await toy.until('the window is shown', () => toy.windows()[0]?.isVisible)
  expect(toy.windows()).toMatchObject([{ url: 'toy://ui/index.html', webPreferences: { sandbox: true } }])
  expect(toy.output()).toContain(`ready Toy App 1.2.3 ${toy.home}/.config/Toy App`)
  // The error crosses the bridge in Electron's words.
  const failure = await page.evaluate('toy.fail().catch((error) => error.message)')
  expect(failure).toBe("Error invoking remote method 'fail': RangeError: on purpose")
  expect(await page.evaluate('[toy.platform, Object.isFrozen(toy), typeof require]')).toEqual([
    process.platform,
    true,
    'undefined',
  ])

  await toy.emit('powerMonitor', 'resume')
  await page.waitForFunction('ticks.length > 0')
  await page.evaluate('stopTicks()')
  await toy.emit('powerMonitor', 'resume')
  expect(await page.evaluate('ticks')).toEqual([7])

  expect(toy.problems).toEqual([])
  await toy.clickTray('quit')
  expect(await toy.exit).toBe(0)
  expect(toy.output()).toContain('bye')
})

it('plays tray, notices and dialogs', async () => {
  const toy = await start({ args: ['--hidden'] })
  await toy.until('the tray has a menu', () => toy.tray()?.menu)
  expect(toy.windows()).toEqual([])
  expect(toy.tray()).toMatchObject({ toolTip: 'idle', image: { isEmpty: false, width: 1, height: 1 } })
  expect(findItem(toy.tray()?.menu ?? null, 'more', 'copy')).toMatchObject({ label: 'Copy', enabled: true })

  await toy.clickTray('more', 'copy')
  await toy.until('the copy', () => toy.reported('clipboard').at(-1)?.text === 'copied')
  await expect(toy.clickTray('off')).rejects.toThrow('The item "off" is disabled.')
  await expect(toy.clickTray('away')).rejects.toThrow('No item "away"')

  await toy.clickTray('notify')
  await toy.until('the notice', () => toy.reported('notification').length === 1)
  await toy.clickNotification(0)
  await toy.until('the click on the notice', () => toy.tray()?.toolTip === 'noticed')

  await toy.answerNextDialog('showMessageBox', 1)
  await toy.clickTray('ask')
  await toy.until('the answer', () => toy.tray()?.toolTip === 'answer 1')
  await toy.clickTray('ask')
  await toy.until('the dismissed dialog', () => toy.tray()?.toolTip === 'answer 0')
})

it('keeps a window that refuses to close, and quits over it', async () => {
  const toy = await start()
  await toy.page()
  const { id } = await toy.until('the window is shown', () => toy.windows().find(({ isVisible }) => isVisible))
  await toy.closeWindow(id)
  await toy.until('the window hides', () => toy.windows()[0]?.isVisible === false)
  await toy.emit('app', 'second-instance', [], '/')
  await toy.until('the window is back', () => toy.windows()[0]?.isVisible)
  process.kill(toy.pid, 'SIGTERM')
  expect(await toy.exit).toBe(0)
})

it('asks the page before its window closes', async () => {
  const toy = await start()
  const page = await toy.page()
  await page.evaluate(() => addEventListener('beforeunload', (event) => event.preventDefault()))
  await toy.clickTray('quit')
  await toy.until('the page keeps its window', () => toy.reported('close-prevented').length > 0)
  expect(toy.windows()).toHaveLength(1)
})

it('holds pages where they are, denies new windows, lets nothing out', async () => {
  const toy = await start()
  const page = await toy.page()
  await page.click('#outside')
  await page.click('#blank')
  expect(await page.evaluate(() => window.open('https://example.com/opened'))).toBeNull()
  await toy.until('both links went to the handler', () => toy.reported('open-external').length === 2)
  expect(toy.reported('open-external').map(({ url }) => url)).toEqual([
    'https://example.com/blank',
    'https://example.com/opened',
  ])
  expect(await page.title()).toBe('Toy')
  expect(toy.problems).toEqual([])
  await page.evaluate(() => fetch('https://example.com/').catch(() => null))
  expect(toy.problems.join()).toContain('Content Security Policy')
  expect(toy.blocked).toEqual([])
})

it.each([
  ['another origin', { url: 'toy://other/index.html', isMainFrame: true }],
  ['a frame inside', { url: 'toy://ui/index.html', isMainFrame: false }],
])('shows the app that a call comes from %s', async (_, frame) => {
  const toy = await start()
  await toy.page()
  expect(await toy.invokeFrom(frame, 'add', 1, 1)).toEqual({
    ok: false,
    message: "Error invoking remote method 'add': TypeError: not you",
  })
})

it('grants the page what the handlers of the app allow', async () => {
  const toy = await start()
  const page = await toy.page()
  const states = await page.evaluate(() =>
    Promise.all(
      ['clipboard-write', 'clipboard-read'].map(
        async (name) => (await navigator.permissions.query({ name: name as PermissionName })).state,
      ),
    ),
  )
  expect(states).toEqual(['granted', 'denied'])
})

it('gives a crashed page back after a reload', async () => {
  const toy = await start()
  const first = await toy.page()
  await first.getByText('5', { exact: true }).waitFor()
  await toy.crashPage(1)
  const second = await toy.until('another page', () => toy.pageOf(1) !== first && toy.pageOf(1))
  await second.getByText('5', { exact: true }).waitFor()
})

it('refuses a second instance', async () => {
  const toy = await start({ env: { ELECTRON_DOUBLE_IS_SECOND: '1' } })
  expect(await toy.exit).toBe(3)
})
