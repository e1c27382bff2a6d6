/** The overview in real Chromium. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineStatus } from '../../proxy/contract.ts'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { texts as zh } from '../../renderer/locales/zh/index.ts'
import { expectAxeClean, launchBrowser, type PageOptions } from '../helpers/browser.ts'
import { createConfigFile } from '../helpers/console-config.ts'
import { emptyConfigText, makeRecord, makeStatus } from '../helpers/console-data.ts'
import type { ConsoleFixtureOptions } from '../helpers/console-fixture.ts'
import { openFixture, type OpenedFixture } from '../helpers/open-console.ts'

const texts = en.overview

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

async function open(page: PageOptions = {}, options: ConsoleFixtureOptions = {}): Promise<OpenedFixture> {
  const opened = await openFixture(browser, 'overview', options, page)
  await opened.page.getByRole('heading', { level: 1, name: /Overview|概览/ }).waitFor()
  return opened
}

const fresh: ConsoleFixtureOptions = { records: [], status: { hasAnswered: false } }

describe('the overview', () => {
  it('tells how it goes, with the way to each thing that needs somebody', async () => {
    const { page, problems } = await open()
    await page.getByText('Running, but 4 of 10 upstreams cannot be used right now.').waitFor()
    await page.getByText('97.5%').waitFor()
    await page.getByRole('img', { name: /Requests per second over the last minute: \d+ now/ }).waitFor()
    const refused = page.getByRole('link', { name: /nvidia refuses the key/ })
    expect(await refused.getAttribute('href')).toBe('#/upstreams/nvidia')
    await page
      .getByRole('link', { name: /Gemini keeps failing/ })
      .getByText(/0:\d\d left/)
      .waitFor()
    expect(await page.getByRole('link', { name: texts.fix.webhookMissing }).getAttribute('href')).toBe('#/settings')
    await page
      .getByRole('row', { name: /auto-models/ })
      .first()
      .getByRole('link')
      .click()
    await page.getByRole('region', { name: en.requests.details.label }).waitFor()
    expect(problems).toEqual([])
  })

  it('changes as the engine does', async () => {
    const { page, fixture, problems } = await open()
    fixture.emit({
      type: 'requests',
      records: [makeRecord({ id: 'new', startedAt: Date.now(), requestedModel: 'just-now' })],
    })
    await page.getByRole('row', { name: /just-now/ }).waitFor()
    fixture.writeConfig('server: { port: "x" }\nupstreams: [{}]\n')
    const entry = page.getByRole('link', { name: /The config on disk has \d problem/ })
    await entry.waitFor()
    expect(await entry.getAttribute('href')).toMatch(/^#\/settings\/file/)
    await expectAxeClean(page)
    expect(problems).toEqual([])
  })

  it('copies the base URL and tells how to open it to others', async () => {
    const { page } = await open()
    await page.getByRole('main').getByRole('button', { name: 'Copy base URL' }).click()
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('http://localhost:8080/v1')
    await page.getByRole('button', { name: texts.reach.onlyHere }).click()
    await page.getByText('0.0.0.0:8080').waitFor()
    await expectAxeClean(page)
  })

  it('says that it is stopped, and that there is nothing yet', async () => {
    const stopped = await open({}, { status: { state: 'stopped', listening: null } })
    await stopped.page.getByText(texts.sentence.stopped).waitFor()
    const empty = await open({}, { empty: true })
    await empty.page.getByText(texts.sentence.noUpstream).waitFor()
    await empty.page.getByText(texts.health.none).waitFor()
    await empty.page.getByText(texts.first.noProject).waitFor()
    await expectAxeClean(empty.page)
    expect([...stopped.problems, ...empty.problems]).toEqual([])
  })
})

it('says of an engine that could not start why, with the way out, and nothing of what is not at work', async () => {
  const reason = 'Port 8080 is in use.'
  const { config } = makeStatus(createConfigFile(emptyConfigText), 0)
  const diagnostic = { severity: 'error', code: 'port_in_use', params: {}, message: reason } as const
  const rejected = [{ ...diagnostic, path: ['server', 'port'], line: null, column: null }]
  const status: Partial<EngineStatus> = {
    state: 'failed',
    listening: null,
    failure: { code: 'port_in_use', message: reason },
    config: { ...config, appliedRevision: null, rejected },
    upstreams: [],
    projects: [],
  }
  const { page, problems } = await open({}, { ...fresh, status: { ...status, hasAnswered: false } })
  await page.getByText(`AI Proxy takes no requests: ${reason}`).waitFor()
  expect(
    await page
      .getByRole('main')
      .getByRole('link')
      .evaluateAll((all) => all.map((link) => link.textContent)),
  ).toEqual([texts.fix.failed])
  expect(await page.getByRole('main').getByRole('heading').count()).toBe(1)
  expect(await page.getByRole('link', { name: texts.fix.failed }).getAttribute('href')).toBe('#/settings')
  await expectAxeClean(page)
  expect(problems).toEqual([])
})

describe('the first request', () => {
  it('is ready to paste, its key masked until asked for, and turns green by itself', async () => {
    const { page, fixture, problems } = await open({}, fresh)
    await page.getByText(texts.first.waiting).waitFor()
    const command = page.getByRole('region', { name: texts.first.command })
    await command.getByText('http://localhost:8080/v1/chat/completions').waitFor()
    expect(await command.textContent()).not.toContain('fixture')
    await expectAxeClean(page)
    await page.getByRole('button', { name: 'Copy command' }).click()
    const secret = 'ak-fixture-0000000000000000000000000000a001'
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain(`Bearer ${secret}`)
    await page.getByRole('button', { name: 'Show project key' }).click()
    await command.getByText(secret).waitFor()
    await page.getByRole('button', { name: 'Hide project key' }).click()
    expect(await command.textContent()).not.toContain('fixture')
    await page
      .getByRole('textbox', { name: texts.first.model })
      .or(page.getByRole('combobox', { name: texts.first.model }))
      .click()
    await page.getByRole('option', { name: 'gpt-4o', exact: true }).click()
    await command.getByText('"model":"gpt-4o"').waitFor()
    const status = await fixture.api.getStatus()
    fixture.emit({ type: 'status', status: { ...status, hasAnswered: true } })
    await page.getByText(texts.first.answered).waitFor()
    await expectAxeClean(page)
    expect(problems).toEqual([])
  })
})

describe('the page', () => {
  it.each([
    ['en-US', 'dark', 720, {}],
    ['zh-CN', 'light', 1280, {}],
    ['zh-CN', 'dark', 720, fresh],
    ['zh-CN', 'light', 720, { empty: true }],
  ] as const)('is readable and clean in %s, %s, %i px wide', async (locale, colorScheme, width, options) => {
    const { page, problems } = await open({ locale, colorScheme, viewport: { width, height: 800 } }, options)
    const { common } = locale === 'zh-CN' ? zh : en
    await page.getByText(common.state.loading).waitFor({ state: 'detached' })
    await expectAxeClean(page)
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(overflow).toBe(0)
    expect(problems).toEqual([])
  })
})
