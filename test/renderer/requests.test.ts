/** The live log in real Chromium. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RequestRecord } from '../../proxy/contract.ts'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { texts as zh } from '../../renderer/locales/zh/index.ts'
import { expectAxeClean, launchBrowser, type PageOptions } from '../helpers/browser.ts'
import { FixtureError } from '../helpers/console-api.ts'
import { makeRecord, makeRecords } from '../helpers/console-data.ts'
import type { ConsoleFixtureOptions } from '../helpers/console-fixture.ts'
import { openFixture, type OpenedFixture } from '../helpers/open-console.ts'

const texts = en.requests
const now = 1_795_449_600_000

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

async function open(
  at = 'requests',
  page: PageOptions = {},
  options: ConsoleFixtureOptions = {},
): Promise<OpenedFixture> {
  const opened = await openFixture(browser, at, { records: makeRecords(500, now), ...options }, page)
  // Keys that are pressed before the page is there would go nowhere.
  await opened.page.getByRole('heading', { level: 1, name: /Requests|请求/ }).waitFor()
  return opened
}

/** A record later than all of the fixture. */
function late(id: string, overrides: Partial<RequestRecord> = {}): RequestRecord {
  return makeRecord({ id, startedAt: now + 1000, requestedModel: id, ...overrides })
}

const row = (page: Page, name: string) => page.getByRole('row', { name })
const scroller = (page: Page) => page.getByRole('grid').locator('xpath=..')
const place = (page: Page) => scroller(page).evaluate((element) => element.scrollTop)
const isAtEnd = (page: Page) =>
  scroller(page).evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight < 2)
const rowCount = async (page: Page) => Number(await page.getByRole('grid').getAttribute('aria-rowcount')) - 1
const hasRows = (page: Page, count: number) => page.locator(`[role="grid"][aria-rowcount="${count + 1}"]`).waitFor()
const selected = (page: Page) => page.locator('[role="row"][aria-selected="true"]').getAttribute('data-request')

describe('the log', () => {
  it('shows a request as it starts, changes and ends, at its end', async () => {
    const { page, fixture, problems } = await open()
    await page.getByRole('grid').waitFor()
    const running = { endedAt: null, end: null, status: null, firstTokenMs: null, usage: null }
    fixture.emit({ type: 'requests', records: [late('fresh', { seq: 1, ...running })] })
    await row(page, 'fresh').getByText(texts.phase.waiting).waitFor()
    expect(await isAtEnd(page)).toBe(true)
    fixture.emit({ type: 'requests', records: [late('fresh', { seq: 2, ...running, status: 200, firstTokenMs: 10 })] })
    await row(page, 'fresh').getByText(texts.phase.answering).waitFor()
    fixture.emit({ type: 'requests', records: [late('fresh', { seq: 3 })] })
    await row(page, 'fresh').getByText(en.common.end.done).waitFor()
    // What comes late changes nothing.
    fixture.emit({ type: 'requests', records: [late('fresh', { seq: 1, ...running }), late('after')] })
    await row(page, 'after').waitFor()
    await row(page, 'fresh').getByText(en.common.end.done).waitFor()
    expect(await rowCount(page)).toBe(502)
    expect(problems).toEqual([])
  })

  it('stays where one reads, says how many are new, and goes back to the end', async () => {
    const { page, fixture } = await open()
    await page.getByRole('grid').hover()
    await page.mouse.wheel(0, -3000)
    await page.getByRole('button', { name: texts.toEnd }).waitFor()
    const before = await place(page)
    fixture.emit({ type: 'requests', records: [late('one'), late('two')] })
    await page.getByRole('button', { name: '2 new' }).waitFor()
    expect(await place(page)).toBe(before)
    await page.getByRole('button', { name: '2 new' }).click()
    await row(page, 'two').waitFor()
    expect(await isAtEnd(page)).toBe(true)
    await page.getByRole('button', { name: texts.toEnd }).waitFor({ state: 'detached' })
  })

  it('keeps its place when older requests are loaded and when the connection comes back', async () => {
    const { page, fixture } = await open('requests', {}, { records: makeRecords(2500, now) })
    await page.getByRole('grid').waitFor()
    expect(await rowCount(page)).toBe(1000)
    await page.getByRole('grid').hover()
    await page.mouse.wheel(0, -100_000)
    await hasRows(page, 1500)
    await expect.poll(() => place(page)).toBeGreaterThan(500 * 36 - 100)
    const before = await place(page)
    fixture.cut({ refuse: true })
    await page.getByText(en.common.connection.lost).waitFor()
    fixture.accept()
    await page.getByText(en.common.connection.lost).waitFor({ state: 'detached' })
    fixture.emit({ type: 'requests', records: [late('back')] })
    await hasRows(page, 1501)
    expect(Math.abs((await place(page)) - before)).toBeLessThan(2)
  })

  it('pauses with a count of what waits', async () => {
    const { page, fixture } = await open()
    await page.getByRole('button', { name: texts.pause }).click()
    fixture.emit({ type: 'requests', records: [late('one'), late('two')] })
    await page.getByRole('button', { name: 'Resume (2 wait)' }).click()
    await row(page, 'two').waitFor()
    await page.getByRole('button', { name: texts.pause }).waitFor()
  })

  it('filters by text and facets, keeps it in the address and through a reload', async () => {
    const { page, fixture, problems } = await open()
    await page.keyboard.press('/')
    await page.keyboard.type('llama3')
    await page.getByRole('combobox', { name: texts.filter.project }).click()
    await page.getByRole('option', { name: '测试项目' }).click()
    await expect.poll(() => new URL(page.url()).hash).toContain('q=llama3')
    const count = await rowCount(page)
    expect(count).toBeGreaterThan(10)
    expect(count).toBeLessThan(100)
    fixture.emit({ type: 'requests', records: [late('llama3:70b', { project: '测试项目' }), late('other')] })
    await row(page, 'llama3:70b').waitFor()
    expect(await rowCount(page)).toBe(count + 1)
    await expectAxeClean(page)
    await page.reload()
    await hasRows(page, count)
    await page.getByRole('combobox', { name: texts.filter.status }).click()
    await page.getByRole('option', { name: texts.filter.statuses.running }).click()
    await page.getByRole('heading', { name: texts.noMatch.title }).waitFor()
    await page.getByRole('button', { name: texts.filter.clear }).first().click()
    await hasRows(page, 500)
    expect(problems).toEqual([])
  })

  it('remembers which columns one chose', async () => {
    const { page } = await open()
    await page.getByRole('button', { name: texts.columns.label }).click()
    await page.getByRole('menuitemcheckbox', { name: texts.columnHint.path }).click()
    await page.getByRole('columnheader', { name: texts.column.path }).waitFor()
    await page.reload()
    await page.getByRole('columnheader', { name: texts.column.path }).waitFor()
    await page.getByRole('button', { name: texts.columns.label }).click()
    await page.getByRole('menuitem', { name: texts.columns.usual }).click()
    await page.getByRole('columnheader', { name: texts.column.path }).waitFor({ state: 'detached' })
  })
})

describe('the states of the log', () => {
  it('say that there is nothing yet', async () => {
    const { page, fixture } = await open('requests', {}, { empty: true, records: [] })
    await page.getByRole('heading', { name: texts.empty.title }).waitFor()
    fixture.emit({ type: 'requests', records: [late('first')] })
    await row(page, 'first').waitFor()
  })

  it('say why it could not be loaded, and try again', async () => {
    let refuse = true
    const overrides = {
      listRequests: () =>
        refuse
          ? Promise.reject(new FixtureError('log_busy', 'The log is busy.'))
          : Promise.resolve(makeRecords(3, now)),
    }
    const { page } = await open('requests', {}, { overrides })
    await page.getByText('The log is busy.').waitFor()
    refuse = false
    await page.getByRole('button', { name: en.common.action.retry }).click()
    await page.getByRole('grid').waitFor()
  })
})

describe('by keys alone', () => {
  it('moves, opens, moves on, closes and filters', async () => {
    const { page, problems } = await open()
    await page.getByRole('grid').waitFor()
    await page.keyboard.press('k')
    expect(await selected(page)).toBe('req_000499')
    await page.keyboard.press('k')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('j')
    expect(await selected(page)).toBe('req_000498')
    await page.keyboard.press('Enter')
    const details = page.getByRole('region', { name: texts.details.label })
    await details.getByText('req_000498').first().waitFor()
    await page.keyboard.press('k')
    await details.getByText('req_000497').first().waitFor()
    expect(new URL(page.url()).hash).toBe('#/requests/req_000497')
    await page.keyboard.press('Escape')
    await details.waitFor({ state: 'detached' })
    expect(await selected(page)).toBe('req_000497')
    await page.locator('[role="grid"]:focus').waitFor()
    await page.keyboard.press('Home')
    expect(await selected(page)).toBe('req_000000')
    await page.keyboard.press('/')
    await page.keyboard.type('j')
    await page.keyboard.press('Escape')
    expect(await page.getByLabel(texts.filter.text).inputValue()).toBe('j')
    expect(problems).toEqual([])
  })
})

describe('the details', () => {
  it('tell the course of a request that was switched to another key', async () => {
    const { page, problems } = await open('requests/req_000484')
    const details = page.getByRole('region', { name: texts.details.label })
    await details.getByRole('heading', { name: '2 attempts' }).waitFor()
    await details.getByText(texts.result.rate_limited).waitFor()
    await details.getByText('Rate limit reached for gpt-4o in organization').waitFor()
    await details.getByText('→ went on with the key team').waitFor()
    await details.getByText(texts.headers.response).click()
    await details.getByText('text/event-stream').waitFor()
    await details.getByText('1,024').waitFor()
    await expectAxeClean(page)
    await details.getByRole('button', { name: 'Copy as curl command' }).click()
    await details.getByText(en.common.action.copied).first().waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('x-fixture: req_000484')
    await details.getByRole('button', { name: 'Copy request id' }).click()
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('req_000484')
    expect(problems).toEqual([])
  })

  it('say what to do about a failure, with the way there', async () => {
    const { page } = await open('requests/req_000483')
    const details = page.getByRole('region', { name: texts.details.label })
    await details.getByText('No upstream could answer: connection refused.').waitFor()
    expect(await details.getByRole('link', { name: texts.adviceLink.upstreams }).getAttribute('href')).toBe(
      '#/upstreams/Gemini',
    )
    await expectAxeClean(page)
  })

  it('send a kept request again and lead to the new one', async () => {
    const { page, fixture } = await open('requests/req_000484')
    await page.getByRole('button', { name: texts.actions.replay, exact: true }).click()
    await page.getByText('Sent again: answered with 200.').waitFor()
    fixture.emit({ type: 'requests', records: [late('req_000484_again')] })
    await page.getByRole('link', { name: texts.actions.openSent }).click()
    await page.getByRole('heading', { name: 'req_000484_again' }).waitFor()
  })

  it('explain that bodies are not kept, and turn that on', async () => {
    const details = {
      record: makeRecord({ id: 'req_000484' }),
      requestHeaders: [],
      responseHeaders: [],
      requestBody: null,
    }
    const { page, fixture, problems } = await open(
      'requests/req_000484',
      {},
      { overrides: { getRequest: () => Promise.resolve(details) } },
    )
    await page.getByRole('button', { name: texts.actions.replayWhy }).click()
    await page.getByText(texts.actions.bodiesOff).waitFor()
    await expectAxeClean(page)
    await page.getByRole('button', { name: texts.actions.turnBodiesOn }).click()
    await page.getByText(texts.actions.bodiesOn).waitFor()
    expect(fixture.config.text()).toMatch(/log:\s+bodies: true/)
    expect(problems).toEqual([])
  })

  it('say that a request is gone', async () => {
    const { page } = await open('requests/req_gone')
    await page.getByRole('heading', { name: texts.details.goneTitle }).waitFor()
    await page.getByRole('button', { name: texts.details.close }).click()
    await page.getByRole('heading', { name: texts.details.goneTitle }).waitFor({ state: 'detached' })
  })
})

describe('the page', () => {
  it.each([
    ['en-US', 'dark', 720],
    ['zh-CN', 'light', 1280],
    ['zh-CN', 'dark', 720],
  ] as const)('is readable and clean in %s, %s, %i px wide, with long names', async (locale, colorScheme, width) => {
    const name = 'a-very-long-name-'.repeat(12)
    const [first] = makeRecord().attempts
    const attempts =
      first === undefined ? [] : [{ ...first, upstream: name, model: name, keyLabel: name, message: name.repeat(9) }]
    const long = late('long', {
      requestedModel: name,
      project: name,
      attempts,
      errorMessage: name.repeat(9),
      end: 'upstream_error',
    })
    const records = [...makeRecords(40, now), long]
    const { page, problems } = await open(
      'requests',
      { locale, colorScheme, viewport: { width, height: 800 } },
      { records },
    )
    await page.getByRole('grid').waitFor()
    await expectAxeClean(page)
    await page.locator('[data-request="long"]').click()
    const { requests } = locale === 'zh-CN' ? zh : en
    const details = page.getByRole('region', { name: requests.details.label })
    await details.getByText(requests.timeline.sentAs).waitFor({ state: 'detached' })
    await details.getByText(requests.headers.request).waitFor()
    await expectAxeClean(page)
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    const detailsOverflow = await details.evaluate((element) => element.scrollWidth - element.clientWidth)
    expect([overflow, detailsOverflow]).toEqual([0, 0])
    await page.keyboard.press('Escape')
    await page.locator('[role="grid"]:focus').waitFor()
    expect(problems).toEqual([])
  })
})
