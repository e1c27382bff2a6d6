/** `config.yaml` in the editor, in real Chromium; what is checked and saved over a real engine. */
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

const key = 'ak-test-0123456789abcdef'
const configText = `# my proxy
server:
  port: 0
  max_retries: 2 # enough
upstreams:
  - name: demo
    base_url: "builtin:demo"
    models: ["demo/echo"]
project_auth:
  - project_name: tests
    api_key: ${key}
    allowed_models: ["*"]
`
const texts = en.settings
const editor = (page: Page) => page.getByRole('textbox', { name: texts.file.label })
const problemList = (page: Page) => page.getByRole('region', { name: texts.file.problems })

/** Puts the cursor behind a line's text; lines count from 1. */
async function goTo(page: Page, line: number): Promise<void> {
  await editor(page).focus()
  await page.keyboard.press('Control+Home')
  for (let at = 1; at < line; at += 1) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('End')
}

describe('config.yaml in the editor', () => {
  it.each(looks)('is readable and clean in %s, %s, %i px wide', async (locale, colorScheme, width) => {
    const own = locale === 'zh-CN' ? zh.settings : en.settings
    const viewport = { width, height: 800 }
    const { page, problems } = await openFixture(browser, 'settings/file', {}, { locale, colorScheme, viewport })
    await page.getByRole('textbox', { name: own.file.label }).focus()
    await expectAxeClean(page)
    await page.keyboard.press('Control+End')
    await page.keyboard.type('nonsense')
    await page.locator('.cm-lint-marker-error').waitFor()
    await page.keyboard.press('Control+f')
    await page.keyboard.type('key')
    await page.getByPlaceholder(own.phrases.find).waitFor()
    await expectAxeClean(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(0)
    expect(problems).toEqual([])
  })

  it('loads no editor on the page before', async () => {
    const { page } = await openFixture(browser, 'settings')
    await page.getByLabel(texts.form.maxRetries, { exact: true }).waitFor()
    const loaded = () =>
      page.evaluate(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('yaml-editor')))
    expect(await loaded()).toBe(false)
    await page.getByRole('link', { name: texts.file.open }).click()
    await editor(page).waitFor()
    expect(await loaded()).toBe(true)
  })

  it('shows what it will change, and saves by pressing Ctrl+S again', async () => {
    const { page, engine, problems } = await openEngine(browser, 'settings/file', configText)
    await goTo(page, 1)
    await page.keyboard.type(', and yours')
    await page.keyboard.press('Control+s')
    const dialog = page.getByRole('dialog', { name: texts.review.title })
    await dialog.getByText('# my proxy, and yours').waitFor()
    await expectAxeClean(page)
    expect(await readFile(engine.configPath, 'utf8')).toBe(configText)
    await page.keyboard.press('Control+s')
    await page.getByText(/^Applied in /).waitFor()
    expect(await readFile(engine.configPath, 'utf8')).toBe(configText.replace('my proxy', 'my proxy, and yours'))
    expect(problems).toEqual([])
  })

  it('keeps the line ends of Windows', async () => {
    const { page, engine } = await openEngine(browser, 'settings/file', configText.replaceAll('\n', '\r\n'))
    await goTo(page, 1)
    await page.keyboard.type('!')
    await page.keyboard.press('Control+s')
    await page.getByRole('dialog').getByRole('button', { name: texts.review.write }).click()
    await page.getByText(/^Applied in /).waitFor()
    expect(await readFile(engine.configPath, 'utf8')).toBe(
      configText.replace('my proxy', 'my proxy!').replaceAll('\n', '\r\n'),
    )
  })

  it('tells problems at their line while one types, leads to them, and saves nothing that is broken', async () => {
    const { page, engine, problems } = await openEngine(browser, 'settings/file', configText)
    await goTo(page, 3)
    await page.keyboard.type('nonsense')
    await problemList(page).getByText('line 3').waitFor()
    await page.locator('.cm-lint-marker-error').waitFor()
    await page.keyboard.press('Control+s')
    await page.getByText('Not saved: 1 problem').waitFor()
    expect(await readFile(engine.configPath, 'utf8')).toBe(configText)
    await goTo(page, 8)
    await problemList(page).getByRole('button').first().click()
    expect(await page.locator('.cm-activeLineGutter').allInnerTexts()).toContain('3')
    await page.keyboard.press('Control+z')
    await page.getByText(texts.file.noProblems).waitFor()
    expect(problems).toEqual([])
  })

  it('is opened at the line that a link names', async () => {
    const { page } = await openFixture(browser, 'settings/file?line=12')
    await expect.poll(() => page.locator('.cm-activeLineGutter').allInnerTexts()).toContain('12')
  })

  it('completes settings with their doc line', async () => {
    const { page, problems } = await openEngine(browser, 'settings/file', configText)
    await goTo(page, 4)
    await page.keyboard.press('Enter')
    await page.keyboard.type('cool')
    await page.getByRole('option', { name: /cool_down_minutes/ }).waitFor()
    await page.getByText(/Minutes a key is paused.*Default: 10/).waitFor()
    // By mouse: CodeMirror takes no Enter in the first moments, lest one is accepted unseen.
    await page.getByRole('option', { name: /cool_down_minutes/ }).click()
    await editor(page).getByText('cool_down_minutes:').waitFor()
    expect(problems).toEqual([])
  })
})

describe('secrets in the editor', () => {
  it('are masked until asked for, in what is copied too', async () => {
    const { page, problems } = await openEngine(browser, 'settings/file', configText)
    await editor(page).getByText('ak-…cdef').waitFor()
    expect(await page.getByText(key).count()).toBe(0)
    const copied = async () => {
      await editor(page).focus()
      await page.keyboard.press('Control+a')
      await page.keyboard.press('Control+c')
      return page.evaluate(() => navigator.clipboard.readText())
    }
    expect(await copied()).toBe(configText.replace(key, 'ak-…cdef'))
    await page.getByRole('button', { name: en.common.secrets.show }).click()
    await editor(page).getByText(key).waitFor()
    expect(await copied()).toBe(configText)
    await page.getByRole('button', { name: en.common.secrets.hide }).click()
    await editor(page).getByText('ak-…cdef').waitFor()
    expect(problems).toEqual([])
  })

  it('survive being cut and pasted while masked', async () => {
    const { page, engine } = await openEngine(browser, 'settings/file', configText)
    await editor(page).focus()
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Control+x')
    await page.keyboard.press('Control+v')
    await page.keyboard.type('# end')
    await page.keyboard.press('Control+s')
    await page.getByRole('dialog').getByRole('button', { name: texts.review.write }).click()
    await page.getByText(/^Applied in /).waitFor()
    expect(await readFile(engine.configPath, 'utf8')).toBe(`${configText}# end`)
  })
})

describe('a file that changes on disk', () => {
  it('is followed while nothing was typed', async () => {
    const { page, engine } = await openEngine(browser, 'settings/file', configText)
    await editor(page).getByText('max_retries: 2').waitFor()
    await writeFile(engine.configPath, configText.replace('max_retries: 2', 'max_retries: 8'))
    await editor(page).getByText('max_retries: 8').waitFor()
  })

  it('leaves what was typed, says so, and shows both versions with secrets masked', async () => {
    const { page, engine, problems } = await openEngine(browser, 'settings/file', configText)
    await goTo(page, 1)
    await page.keyboard.type(' mine')
    const theirs = configText.replace('max_retries: 2', 'max_retries: 8')
    await writeFile(engine.configPath, theirs)
    await page.getByText(texts.file.changedTitle).waitFor()
    await expectAxeClean(page)
    await page.keyboard.press('Control+s')
    await page.getByRole('dialog').getByRole('button', { name: texts.review.write }).click()
    await page.getByRole('button', { name: en.common.save.resolve }).click()
    const dialog = page.getByRole('dialog', { name: en.common.conflict.title })
    await dialog.getByText('# my proxy mine').waitFor()
    await dialog.getByText('max_retries: 8').waitFor()
    expect(await page.getByText(key).count()).toBe(0)
    expect(await readFile(engine.configPath, 'utf8')).toBe(theirs)
    await dialog.getByRole('button', { name: en.common.conflict.keepMine }).click()
    await page.getByText(/^Applied in /).waitFor()
    expect(await readFile(engine.configPath, 'utf8')).toBe(configText.replace('my proxy', 'my proxy mine'))
    expect(problems).toEqual([])
  })
})
