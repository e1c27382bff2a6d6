/** The shell of the console in real Chromium, and the flows that every form shares. Pages have tests of their own. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { texts as zh } from '../../renderer/locales/zh/index.ts'
import { pageIds } from '../../renderer/route.ts'
import { expectAxeClean, launchBrowser, looks, type PageOptions } from '../helpers/browser.ts'
import type { ConsoleFixtureOptions } from '../helpers/console-fixture.ts'
import { openFixture, type OpenedFixture } from '../helpers/open-console.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const open = (at = '', page: PageOptions = {}, options: ConsoleFixtureOptions = {}): Promise<OpenedFixture> =>
  openFixture(browser, at, options, page)

describe('every page', () => {
  it.each(looks)('is readable and clean in %s, %s, %i px wide', async (locale, colorScheme, width) => {
    const { page, problems } = await open('', { locale, colorScheme, viewport: { width, height: 800 } })
    const { common } = locale === 'zh-CN' ? zh : en
    for (const id of pageIds) {
      await page.getByRole('link', { name: common.page[id], exact: true }).click()
      await page.getByRole('heading', { level: 1, name: common.page[id] }).waitFor()
      await page.getByText(common.state.loading).waitFor({ state: 'detached' })
      await expectAxeClean(page)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect([id, overflow]).toEqual([id, 0])
    }
    expect(await page.locator('html').getAttribute('lang')).toBe(locale === 'zh-CN' ? 'zh-CN' : 'en')
    expect(problems).toEqual([])
  })

  it('is there when nothing has been set up', async () => {
    const { page, problems } = await open('upstreams', {}, { empty: true })
    await page.getByRole('heading', { name: en.upstreams.empty.title }).waitFor()
    await page.goto(page.url().replace('upstreams', 'requests'))
    await page.getByRole('heading', { name: en.requests.empty.title }).waitFor()
    await expectAxeClean(page)
    expect(problems).toEqual([])
  })

  it('is reached by keyboard alone', async () => {
    const { page, problems } = await open()
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(en.common.app.skip)
    const models = page.getByRole('link', { name: en.common.page.models, exact: true })
    for (
      let presses = 0;
      presses < 20 && !(await models.evaluate((link) => link === document.activeElement));
      presses++
    ) {
      await page.keyboard.press('Tab')
    }
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: en.common.page.models }).waitFor()
    expect(await models.getAttribute('aria-current')).toBe('page')
    expect(problems).toEqual([])
  })
})

describe('language and theme', () => {
  it('follow the choice and survive a reload', async () => {
    const { page, problems } = await open()
    await page.getByRole('button', { name: en.common.language.label }).click()
    await page.getByRole('menuitemradio', { name: en.common.language.zh }).click()
    await page.getByRole('heading', { level: 1, name: zh.common.page.overview }).waitFor()
    await page.getByRole('button', { name: zh.common.theme.label }).click()
    await page.getByRole('menuitemradio', { name: zh.common.theme.dark }).click()
    await page.reload()
    await page.getByRole('heading', { level: 1, name: zh.common.page.overview }).waitFor()
    expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark')
    expect(problems).toEqual([])
  })
})

describe('the token', () => {
  it('leaves the address bar and lasts for this tab', async () => {
    const { page } = await open()
    expect(page.url()).not.toContain('token')
    await page.reload()
    await page.getByRole('heading', { level: 1, name: en.common.page.overview }).waitFor()
  })

  it('is asked for when it is missing, and the pasted URL opens the console', async () => {
    const { page, fixture } = await open()
    await page.evaluate(() => sessionStorage.clear())
    await page.reload()
    await page.getByRole('heading', { name: en.common.token.title }).waitFor()
    await expectAxeClean(page)
    await page.getByLabel(en.common.token.field, { exact: true }).fill(fixture.url)
    await page.getByRole('button', { name: en.common.token.open }).click()
    await page.getByRole('heading', { level: 1, name: en.common.page.overview }).waitFor()
  })

  it('that is wrong is refused, with the reason', async () => {
    const { page, fixture } = await open()
    await page.goto(fixture.url.replace(fixture.token, 'wrong'))
    await page.getByText(en.common.token.refused).waitFor()
  })
})

describe('the connection', () => {
  it('comes back by itself and catches up', async () => {
    const { page, fixture } = await open()
    fixture.cut({ refuse: true })
    await page.getByText(en.common.connection.lost).waitFor()
    const fetched = () => fixture.calls.filter((call) => call.method === 'getStatus').length
    const before = fetched()
    fixture.accept()
    await page.getByText(en.common.connection.lost).waitFor({ state: 'detached' })
    await expect.poll(fetched).toBe(before + 1)
  })
})

describe('a form', () => {
  const attempts = en.settings.form.maxRetries

  it('saves by Ctrl+S, keeps the comments and says how long it took', async () => {
    const { page, fixture, problems } = await open('settings')
    await page.getByLabel(attempts).fill('5')
    await page.getByText(en.common.save.dirty).waitFor()
    await expectAxeClean(page)
    await page.keyboard.press('Control+s')
    await page.getByText('Applied in 38 ms').waitFor()
    expect(fixture.config.text()).toContain('max_retries: 5')
    expect(fixture.config.text()).toContain('# the cheap one')
    expect(await page.getByLabel(attempts).inputValue()).toBe('5')
    expect(problems).toEqual([])
  })

  it('follows the file while it is untouched', async () => {
    const { page, fixture } = await open('settings')
    await page.getByLabel(attempts).waitFor()
    fixture.writeConfig(fixture.config.text().replace('max_retries: 3', 'max_retries: 7'))
    await expect.poll(() => page.getByLabel(attempts).inputValue()).toBe('7')
  })

  it('shows both versions when the file has changed, and writes mine on demand', async () => {
    const { page, fixture, problems } = await open('settings')
    await page.getByLabel(attempts).fill('5')
    fixture.writeConfig(fixture.config.text().replace('cool_down_minutes: 10', 'cool_down_minutes: 20'))
    await page.getByText(en.common.save.outdated).waitFor()
    expect(await page.getByLabel(attempts).inputValue()).toBe('5')
    await page.keyboard.press('Control+s')
    await page.getByRole('button', { name: en.common.save.resolve }).click()
    const dialog = page.getByRole('dialog', { name: en.common.conflict.title })
    await dialog.getByText('max_retries: 3').waitFor()
    await dialog.getByText('max_retries: 5').waitFor()
    await expectAxeClean(page)
    await dialog.getByRole('button', { name: en.common.conflict.keepMine }).click()
    await page.getByText('Applied in 38 ms').waitFor()
    expect(fixture.config.text()).toContain('max_retries: 5')
    expect(problems).toEqual([])
  })

  it('says why it could not save', async () => {
    const overrides = { editConfig: () => Promise.reject(new Error('The disk is full.')) }
    const { page } = await open('settings', {}, { overrides })
    await page.getByLabel(attempts).fill('5')
    await page.keyboard.press('Control+s')
    await page.getByText('Not applied: The disk is full.').waitFor()
    expect(await page.getByLabel(attempts).inputValue()).toBe('5')
  })

  it('holds back who leaves with unsaved changes', async () => {
    const { page } = await open('settings')
    await page.getByLabel(attempts).fill('5')
    await page.getByRole('link', { name: en.common.page.models, exact: true }).click()
    const dialog = page.getByRole('dialog', { name: en.common.leave.title })
    await dialog.getByRole('button', { name: en.common.leave.stay }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(page.url()).toContain('#/settings')
    expect(await page.getByLabel(attempts).inputValue()).toBe('5')
    await page.getByRole('link', { name: en.common.page.models, exact: true }).click()
    await dialog.getByRole('button', { name: en.common.leave.discard }).click()
    await page.getByRole('heading', { level: 1, name: en.common.page.models }).waitFor()
  })

  it('leaves the history as it was when it holds somebody back, also on the way back', async () => {
    const { page } = await open('overview')
    const shows = (id: 'overview' | 'settings' | 'models') =>
      page.getByRole('heading', { level: 1, name: en.common.page[id] }).waitFor()
    const dialog = page.getByRole('dialog', { name: en.common.leave.title })
    const answer = async (name: string) => {
      await dialog.getByRole('button', { name }).click()
      await dialog.waitFor({ state: 'detached' })
    }
    await shows('overview')
    await page.getByRole('link', { name: en.common.page.settings, exact: true }).click()
    await page.getByLabel(attempts).fill('5')
    for (const _ of ['once', 'again']) {
      await page.getByRole('link', { name: en.common.page.models, exact: true }).click()
      await answer(en.common.leave.stay)
      await page.goBack()
      await answer(en.common.leave.stay)
    }
    await shows('settings')
    expect(page.url()).toContain('#/settings')
    expect(await page.getByLabel(attempts).inputValue()).toBe('5')
    await page.goBack()
    await answer(en.common.leave.discard)
    await shows('overview')
    await page.goForward()
    await shows('settings')
    await page.goForward()
    await shows('models')
  })
})

describe('a secret', () => {
  it('is masked until asked for, and copied without being shown', async () => {
    const { page, fixture } = await open('projects')
    const secret = 'ak-fixture-0000000000000000000000000000a001'
    await page.getByRole('button', { name: 'Copy project key' }).first().click()
    await page.getByRole('status').getByText(en.common.action.copied).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret)
    expect(await page.getByText(secret).count()).toBe(0)
    await page.getByRole('button', { name: 'Show project key' }).first().click()
    await page.getByText(secret).waitFor()
    await page.getByRole('button', { name: 'Hide project key' }).click()
    expect(await page.getByText(secret).count()).toBe(0)
    expect(fixture.calls.filter((call) => call.method === 'revealSecret').length).toBe(2)
  })
})
