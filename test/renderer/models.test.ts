/** The models page in real Chromium: looks over the fixture; aliases and "what would happen" over a real engine. */
import { readFile, writeFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { texts as zh } from '../../renderer/locales/zh/index.ts'
import { expectAxeClean, launchBrowser, looks } from '../helpers/browser.ts'
import { openEngine, openFixture } from '../helpers/open-console.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

/** By hand, with comments in every place. */
const configText = `# my proxy
server:
  port: 0
  auto_models:
    # for chatting
    fast: "demo:demo/echo" # the cheap one
    safe: ["demo:demo/slow", "demo:demo/echo"] # in this order
  max_retries: 2 # enough
upstreams:
  - name: demo # inside the program
    base_url: "builtin:demo"
    models: ["demo/echo", "demo/slow"]
  - name: empty
    base_url: "https://api.openai.com"
    models: ["gpt-4o"]
    keys: []
project_auth:
  - project_name: tests
    api_key: ak-test-0123456789abcdef
    allowed_models: ["*"] # everything
  - project_name: narrow
    api_key: ak-test-0123456789abcdeg
    allowed_models: ["fast"] # only this
`

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name })
const target = (page: Page, place: number) =>
  page
    .getByRole('combobox', { name: `Target ${place}` })
    .or(page.getByLabel(`Target ${place}`, { exact: true }))
    .first()
const applied = (page: Page) => page.getByText(/^Applied in /).waitFor()

describe('the models', () => {
  it.each(looks)('are readable and clean in %s, %s, %i px wide', async (locale, colorScheme, width) => {
    const texts = locale === 'zh-CN' ? zh.models : en.models
    const viewport = { width, height: 800 }
    const { page, problems, fixture } = await openFixture(browser, 'models', {}, { locale, colorScheme, viewport })
    const places = [
      ['models?explain=gpt-4o', texts.explain.steps],
      ['models/alias/auto-gpt4', texts.explain.steps],
      ['models/new', null],
    ] as const
    for (const [place, list] of places) {
      await page.goto(new URL(`#/${place}`, fixture.url).href)
      if (list === null) await page.getByRole('heading', { level: 1, name: texts.alias.new }).waitFor()
      else await page.getByRole('list', { name: list }).waitFor()
      await expectAxeClean(page)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect([place, overflow]).toEqual([place, 0])
    }
    expect(problems).toEqual([])
  })

  it('are found by words, and by kind', async () => {
    const { page, problems } = await openFixture(browser, 'models')
    await page.getByRole('searchbox', { name: en.models.filter.search }).fill('openrouter')
    await page.getByText('1 model', { exact: true }).waitFor()
    await row(page, 'auto-gpt4').waitFor()
    await page.getByRole('searchbox').fill('nothing like this')
    await page.getByText(en.models.filter.none).waitFor()
    await page.getByRole('button', { name: en.models.filter.clear }).click()
    await page.getByText('Alias 2', { exact: true }).click()
    await page.getByText('2 models', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Copy name of auto-models' }).click()
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('auto-models')
    expect(problems).toEqual([])
  })

  it('come a hundred at a time', async () => {
    const listModels = async () =>
      Array.from({ length: 250 }, (_, index) => ({
        name: `model-${index}`,
        kind: 'discovered' as const,
        targets: [],
        projects: [],
      }))
    const { page } = await openFixture(browser, 'models', { overrides: { listModels } })
    await row(page, 'model-99').waitFor()
    expect(await row(page, 'model-100').count()).toBe(0)
    await page.getByRole('button', { name: 'Show 100 more' }).click()
    await page.getByRole('button', { name: 'Show 50 more' }).click()
    await row(page, 'model-249').waitFor()
  })

  it('say what to do when there is none, and why when they can not be shown', async () => {
    const none = await openFixture(browser, 'models', { empty: true })
    await none.page.getByRole('heading', { name: en.models.empty.title }).waitFor()
    await expectAxeClean(none.page)
    const overrides = { listModels: () => Promise.reject(new Error('The engine is asleep.')) }
    const failing = await openFixture(browser, 'models', { overrides })
    await failing.page.getByText('The engine is asleep.').waitFor()
    await failing.page.getByRole('button', { name: en.common.action.retry }).waitFor()
  })

  it('show who serves them and who may use them', async () => {
    const { page } = await openEngine(browser, 'models', configText)
    await row(page, 'gpt-4o').getByText(en.models.why['no-key']).waitFor()
    await row(page, 'gpt-4o').getByText('tests', { exact: true }).waitFor()
    await row(page, 'fast').getByText(en.models.list.allProjects).waitFor()
  })
})

describe('an alias', () => {
  it('is edited with its comments and the rest of the file as they were', async () => {
    const { page, engine, problems } = await openEngine(browser, 'models/alias/fast', configText)
    await target(page, 1).fill('demo:demo/slow')
    // The list of options lies over the button.
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: en.models.alias.addTarget }).click()
    expect(await target(page, 2).evaluate((input) => input === document.activeElement)).toBe(true)
    await page.keyboard.type('gpt-4o')
    await page.keyboard.press('Alt+ArrowUp')
    await page.getByText('gpt-4o is now number 1 of 2.').waitFor({ state: 'attached' })
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+s')
    await applied(page)
    expect(await readFile(engine.configPath, 'utf8')).toBe(
      configText.replace('"demo:demo/echo" # the', '["gpt-4o", "demo:demo/slow"] # the'),
    )
    expect(problems).toEqual([])
  })

  it('is renamed, and the permissions that name it follow', async () => {
    const { page, engine, problems } = await openEngine(browser, 'models/alias/fast', configText)
    await page.getByLabel(en.models.alias.name, { exact: true }).fill('quick')
    await page.getByText('The permission of 1 project follows the new name.').waitFor()
    await page.keyboard.press('Control+s')
    await page.getByRole('heading', { level: 1, name: 'Alias quick' }).waitFor()
    await expect.poll(() => page.url()).toContain('#/models/alias/quick')
    expect(await readFile(engine.configPath, 'utf8')).toBe(
      configText.replace('    fast:', '    quick:').replace('["fast"]', '["quick"]'),
    )
    expect(problems).toEqual([])
  })

  it('is added as a text, also where there was none, and can be asked for at once', async () => {
    const without = configText.replace(/ {2}auto_models:[^]*?(?= {2}max_retries)/, '').replace('"fast"', '"demo/echo"')
    const { page, engine, problems } = await openEngine(browser, 'models', without)
    await page.getByRole('link', { name: en.models.alias.add }).click()
    await page.getByLabel(en.models.alias.name, { exact: true }).fill('mine')
    await target(page, 1).fill('demo:demo/echo')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+s')
    await page.getByText('Added alias mine.').waitFor()
    await row(page, 'mine').getByText('demo:').waitFor()
    expect(await readFile(engine.configPath, 'utf8')).toContain('  auto_models:\n    mine: "demo:demo/echo"\n')
    expect(problems).toEqual([])
  })

  it('offers names as they are typed, and nothing over the next field once one stands there', async () => {
    const { page } = await openEngine(browser, 'models/new', configText)
    await target(page, 1).fill('demo/ech')
    await page.getByRole('option', { name: 'demo:demo/echo' }).waitFor()
    await target(page, 1).fill('demo:demo/echo')
    await page.getByRole('option').first().waitFor({ state: 'detached' })
  })

  it('may not point at an alias, have a name that is taken, or no target', async () => {
    const { page, engine } = await openEngine(browser, 'models/new', configText)
    await page.getByLabel(en.models.alias.name, { exact: true }).fill('safe')
    await target(page, 1).fill('fast')
    await page.getByText(en.models.finding.alias).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+s')
    await page.getByText('Not saved: 2 problems').waitFor()
    await expectAxeClean(page)
    await target(page, 1).fill('nobody:x')
    await page.getByText(en.models.finding['not-served']).waitFor()
    expect(await readFile(engine.configPath, 'utf8')).toBe(configText)
  })

  it('is deleted, and comes back with its comments', async () => {
    const { page, engine, problems } = await openEngine(browser, 'models', configText)
    await page.getByRole('button', { name: 'More for fast' }).click()
    await page.getByRole('menuitem', { name: en.models.alias.delete }).click()
    await page.getByText('Deleted alias fast.').waitFor()
    await row(page, 'fast').waitFor({ state: 'detached' })
    expect(await readFile(engine.configPath, 'utf8')).not.toContain('fast:')
    await page.getByRole('button', { name: en.common.action.undo }).click()
    await row(page, 'fast').waitFor()
    expect(await readFile(engine.configPath, 'utf8')).toBe(configText)
    expect(problems).toEqual([])
  })

  it('keeps what was typed when the file changes, and shows both', async () => {
    const { page, engine, problems } = await openEngine(browser, 'models/alias/fast', configText)
    await target(page, 1).fill('demo:demo/slow')
    await page.keyboard.press('Escape')
    await writeFile(engine.configPath, configText.replace('max_retries: 2', 'max_retries: 4'))
    await page.getByText(en.common.save.outdated).waitFor()
    await page.keyboard.press('Control+s')
    await page.getByRole('button', { name: en.common.save.resolve }).click()
    const dialog = page.getByRole('dialog', { name: en.common.conflict.title })
    await dialog.getByText('max_retries: 4').waitFor()
    await dialog.getByRole('button', { name: en.common.conflict.takeDisk }).click()
    await expect.poll(() => target(page, 1).inputValue()).toBe('demo:demo/echo')
    expect(problems).toEqual([])
  })

  it('keeps what was typed when the file drops it', async () => {
    const { page, engine, problems } = await openEngine(browser, 'models/alias/fast', configText)
    await target(page, 1).fill('demo:demo/slow')
    await page.keyboard.press('Escape')
    const dropped = configText.replace(/\n +fast:.*/, '')
    expect(dropped).not.toBe(configText)
    await writeFile(engine.configPath, dropped)
    await page.getByText(en.common.save.outdated).waitFor()
    expect(await target(page, 1).inputValue()).toBe('demo:demo/slow')
    await page.getByRole('button', { name: en.common.action.discard }).click()
    await page.getByRole('heading', { level: 2, name: en.models.alias.missing }).waitFor()
    expect(problems).toEqual([])
  })

  it('that is gone says so', async () => {
    const { page } = await openFixture(browser, 'models/alias/nobody')
    await page.getByRole('heading', { level: 2, name: en.models.alias.missing }).waitFor()
  })
})

describe('what would happen', () => {
  const steps = (page: Page) =>
    page.getByRole('list', { name: en.models.explain.steps }).getByRole('listitem').allInnerTexts()

  it('is told step by step for a model and a project', async () => {
    const { page, problems } = await openEngine(browser, 'models', configText)
    await page.getByRole('button', { name: 'More for safe' }).click()
    await page.getByRole('menuitem', { name: en.models.list.explain }).click()
    await expect
      .poll(() => steps(page))
      .toEqual([
        'safe is an alias of demo:demo/slow, demo:demo/echo.',
        'Number 1: demo with demo/slow.',
        'No key is needed.',
        'Number 2: demo with demo/echo.',
        'No key is needed.',
        'Sent to demo as demo/slow.',
      ])
    await page.getByRole('combobox', { name: en.models.explain.project }).click()
    await page.getByRole('option', { name: 'narrow' }).click()
    await expect
      .poll(() => steps(page))
      .toEqual(["Project narrow may not ask for safe: 403. Add it to the project's models."])
    await expectAxeClean(page)
    expect(problems).toEqual([])
  })

  it('tells of names that nobody serves or can serve', async () => {
    const { page } = await openEngine(browser, 'models?explain=gpt-4o', configText)
    await expect
      .poll(() => steps(page))
      .toEqual([
        'empty with gpt-4o is passed over: it has no key.',
        'gpt-4o is configured, but its upstream can not be used: 404.',
      ])
    await page.getByLabel(en.models.explain.model, { exact: true }).first().fill('unheard')
    await expect
      .poll(() => steps(page))
      .toEqual(["Nobody serves unheard: 404. Add it to an upstream's models, or make it an alias."])
  })
})
