/** What the console tells of the way to it from other devices, in real Chromium: overview and settings. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineStatus } from '../../proxy/contract.ts'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { texts as zh } from '../../renderer/locales/zh/index.ts'
import { expectAxeClean, launchBrowser, looks } from '../helpers/browser.ts'
import { openFixture } from '../helpers/open-console.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const listening: NonNullable<EngineStatus['listening']> = {
  baseUrl: 'http://localhost:8080/v1',
  addresses: ['[::]:8080'],
  port: 8080,
  beyondLoopback: true,
  networkUrls: [
    { url: 'http://192.168.1.20:8080/v1', adapter: 'Wi-Fi' },
    { url: 'http://172.28.0.1:8080/v1', adapter: 'vEthernet (WSL (Hyper-V firewall))' },
    { url: 'http://[2001:db8:85a3:8d3:1319:8a2e:370:7348]:8080/v1', adapter: 'Wi-Fi' },
  ],
}

describe('a proxy that is open to others', () => {
  it.each(looks)('tells where they find it in %s, %s, %i px wide', async (locale, colorScheme, width) => {
    const texts = locale === 'zh-CN' ? zh : en
    const look = { locale, colorScheme, viewport: { width, height: 800 } }
    const { page, problems } = await openFixture(browser, 'overview', { status: { listening } }, look)
    await page.getByRole('button', { name: texts.overview.reach.others }).click()
    const popover = page.getByRole('dialog', { name: texts.overview.reach.others })
    await expect.poll(() => popover.getByRole('listitem').count()).toBe(3)
    await popover.getByRole('button', { name: /172\.28\.0\.1/ }).click()
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('http://172.28.0.1:8080/v1')
    await expectAxeClean(page)
    await popover.getByRole('link', { name: texts.overview.reach.toSettings }).click()
    await page.getByText(texts.settings.network.forOthers).waitFor()
    await page.getByText('http://192.168.1.20:8080/v1', { exact: true }).waitFor()
    await expectAxeClean(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(0)
    expect(problems).toEqual([])
  })

  it('says when the computer is in no network', async () => {
    const status = { listening: { ...listening, networkUrls: [] } }
    const { page } = await openFixture(browser, 'settings', { status })
    await page.getByText(en.overview.reach.noNetwork).waitFor()
  })

  it.each([
    ['a browser, whose console may be off then', 'headless', true],
    ['the desktop, whose console has a window', 'desktop', false],
  ] as const)('warns in %s', async (_, shell, isTold) => {
    const { page } = await openFixture(browser, 'settings', { status: { shell } })
    await page.getByText(en.settings.network.others, { exact: true }).click()
    await page.getByText(en.settings.network.openWarning).waitFor()
    expect(await page.getByText(en.settings.network.consoleOff).count()).toBe(isTold ? 1 : 0)
  })
})
