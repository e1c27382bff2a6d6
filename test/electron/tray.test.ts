/** Each entry of the tray's menu, in the built desktop app. The window stays closed unless an entry opens it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from '../helpers/browser.ts'
import { findItem } from './app-host.ts'
import { chat, startDesktop, testKey, type DesktopApp, type DesktopOptions } from './desktop-app.ts'

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
  app = await startDesktop({ browser, args: ['--hidden'], ...options })
  await app.baseUrl()
  return app
}

const item = (desktop: DesktopApp, ...path: readonly string[]) => findItem(desktop.tray()?.menu ?? null, ...path)

it('shows an icon, the state, and no window', async () => {
  const desktop = await start()
  expect(desktop.tray()).toMatchObject({ image: { isEmpty: false } })
  expect(item(desktop, 'status')).toMatchObject({
    enabled: false,
    label: expect.stringContaining(await desktop.baseUrl()),
  })
  expect(desktop.windows()).toEqual([])
})

it('opens the console, by the menu and by a click on the icon', async () => {
  const desktop = await start({ settings: { closeToTray: true } })
  await desktop.clickTray('open-console')
  await desktop.page()
  const { id } = await desktop.until('the window is shown', () => desktop.windows().find(({ isVisible }) => isVisible))
  await desktop.closeWindow(id)
  await desktop.until('the window is hidden', () => !desktop.windows()[0]?.isVisible)
  await desktop.emit('tray', 'click')
  await desktop.until('the same window is back', () => desktop.windows()[0]?.isVisible)
  expect(desktop.windows()).toHaveLength(1)
})

it('copies the base URL and the key of a project', async () => {
  const desktop = await start()
  await desktop.clickTray('copy-base-url')
  await desktop.clickTray('copy-api-key', 'copy-api-key:default')
  await desktop.until('both are copied', () => desktop.reported('clipboard').length === 2)
  expect(desktop.reported('clipboard').map(({ text }) => text)).toEqual([await desktop.baseUrl(), testKey])
})

it('stops, starts and restarts the engine, and its icon tells', async () => {
  const desktop = await start()
  const running = desktop.tray()?.image.hash
  const firstUrl = await desktop.baseUrl()
  await desktop.clickTray('stop')
  await desktop.toolTip(/Stopped/)
  expect(desktop.tray()?.image.hash).not.toBe(running)
  expect([item(desktop, 'stop'), item(desktop, 'restart')?.enabled]).toEqual([null, false])
  await expect(chat(firstUrl)).rejects.toThrow('fetch failed')

  await desktop.clickTray('start')
  expect((await chat(await desktop.baseUrl())).status).toBe(200)
  expect(desktop.tray()?.image.hash).toBe(running)

  // Any port was asked for, so a new listener has another one.
  const secondUrl = await desktop.baseUrl()
  await desktop.clickTray('restart')
  await desktop.until('it listens anew', () => {
    const text = desktop.tray()?.toolTip ?? ''
    return text.includes('Running') && !text.includes(secondUrl)
  })
  expect((await chat(await desktop.baseUrl())).status).toBe(200)
})

it('switches an upstream off and on in the config, and nothing else there', async () => {
  const desktop = await start()
  const before = desktop.configText()
  expect(item(desktop, 'upstreams', 'upstream:Demo')).toMatchObject({ type: 'checkbox', checked: true })
  await desktop.clickTray('upstreams', 'upstream:Demo')
  await desktop.until('it is off', () => item(desktop, 'upstreams', 'upstream:Demo')?.checked === false)
  expect(desktop.configText()).toContain('enabled: false')
  expect(desktop.configText()).toContain('# a comment that stays')
  await desktop.clickTray('upstreams', 'upstream:Demo')
  await desktop.until('it is on', () => item(desktop, 'upstreams', 'upstream:Demo')?.checked)
  expect(desktop.configText().replace(/\n *enabled: true/, '')).toBe(before)
})

it('lists a failed request and leads to it', async () => {
  const desktop = await start()
  expect(item(desktop, 'recent-errors', 'recent-errors:none')).toMatchObject({ enabled: false })
  const refused = await chat(await desktop.baseUrl(), { model: 'no/such-model' })
  expect(refused.status).toBe(404)
  const entry = await desktop.until('the request is listed', () =>
    item(desktop, 'recent-errors')?.submenu?.find(({ id }) => id.startsWith('recent-error:')),
  )
  expect(entry.label).toContain('no/such-model')
  await desktop.clickTray('recent-errors', entry.id)
  const page = await desktop.page()
  expect(page.url()).toMatch(/#\/requests\/[\w-]+$/)
  await page.getByText('No upstream serves "no/such-model"').filter({ visible: true }).first().waitFor()
})

it('opens the config in the program of the system', async () => {
  const desktop = await start()
  await desktop.clickTray('open-config')
  await desktop.until('it is opened', () => desktop.reported('open-path').length > 0)
  expect(desktop.reported('open-path')).toEqual([{ kind: 'open-path', path: desktop.configPath }])
})

it('shows the folder of the config where no program opens it', async () => {
  const desktop = await start()
  await desktop.answerNextDialog('openPath', 'No application is registered.')
  await desktop.clickTray('open-config')
  await desktop.until('the folder is shown', () => desktop.reported('show-item').length > 0)
  expect(desktop.reported('show-item')).toEqual([{ kind: 'show-item', path: desktop.configPath }])
})

it('opens the proxy to other computers, and closes it again', async () => {
  const desktop = await start()
  const before = desktop.configText()
  expect(item(desktop, 'reach', 'reach:this-computer')).toMatchObject({ type: 'radio', checked: true })
  await desktop.clickTray('reach', 'reach:network')
  await desktop.until('it is open', () => item(desktop, 'reach', 'reach:network')?.checked)
  expect(desktop.configText()).toBe(before.replace('":0"', '"0.0.0.0:0"'))
  await desktop.clickTray('reach', 'reach:this-computer')
  await desktop.until('it is closed', () => item(desktop, 'reach', 'reach:this-computer')?.checked)
  expect(desktop.configText()).toBe(before)
  expect((await chat(await desktop.baseUrl())).status).toBe(200)
})

it.runIf(process.platform === 'linux')('launches at login, hidden, by an autostart file', async () => {
  const desktop = await start()
  const file = join(desktop.home, '.config/autostart/ai-proxy.desktop')
  await desktop.clickTray('launch-at-login')
  await desktop.until('it is on', () => item(desktop, 'launch-at-login')?.checked)
  expect(readFileSync(file, 'utf8')).toMatch(/^Exec=.*--hidden$/m)
  await desktop.clickTray('launch-at-login')
  await desktop.until('it is off', () => item(desktop, 'launch-at-login')?.checked === false)
  expect(existsSync(file)).toBe(false)
})

it('changes the language of tray and config', async () => {
  const desktop = await start()
  await desktop.clickTray('language', 'language:zh')
  await desktop.until('the tray speaks Chinese', () => item(desktop, 'quit')?.label === '退出')
  expect(desktop.configText()).toMatch(/language: "?zh/)
  expect(item(desktop, 'language', 'language:zh')).toMatchObject({ type: 'radio', checked: true })
  await desktop.clickTray('language', 'language:system')
  await desktop.until('the tray speaks English', () => item(desktop, 'quit')?.label === 'Quit')
})

it('quits', async () => {
  const desktop = await start()
  await desktop.clickTray('quit')
  expect(await desktop.exit).toBe(0)
})
