/** The projects page in real Chromium: looks and rare states over the fixture, whatever is saved over a real engine. */
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

const oldKey = 'ak-ide-0123456789abcdef'

const configText = `server:
  port: 0
  auto_models:
    fast: "Demo:demo/echo"
upstreams:
  - name: Demo
    base_url: "builtin:demo"
    models: ["demo/echo", "demo/slow"]
project_auth:
  # for the editors
  - project_name: IDE
    api_key: ${oldKey} # since May
    allowed_models: ["demo/echo"]
`

const field = (page: Page, label: string) => page.getByRole('textbox', { name: label, exact: true })
const previewed = (page: Page) => page.getByRole('list', { name: en.projects.preview.title }).getByRole('listitem')

describe('the projects', () => {
  it.each(looks)('are readable and clean in %s, %s, %i px wide', async (locale, colorScheme, width) => {
    const texts = locale === 'zh-CN' ? zh.projects : en.projects
    const viewport = { width, height: 800 }
    const { page, problems, fixture } = await openFixture(browser, 'projects', {}, { locale, colorScheme, viewport })
    for (const place of ['projects', 'projects/IDE', 'projects/%2B']) {
      await page.goto(new URL(`#/${place}`, fixture.url).href)
      await page.getByRole('link', { name: place === 'projects' ? texts.add : texts.back }).waitFor()
      await expectAxeClean(page)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect([place, overflow]).toEqual([place, 0])
    }
    expect(problems).toEqual([])
  })

  it('say what to do when there is none', async () => {
    const { page, problems } = await openFixture(browser, 'projects', { empty: true })
    await page.getByRole('heading', { name: en.projects.empty.title }).waitFor()
    await page.getByRole('link', { name: en.projects.add }).click()
    await page.getByRole('heading', { level: 1, name: en.projects.new }).waitFor()
    expect(problems).toEqual([])
  })

  it('are deleted at once, and come back with every comment by Undo', async () => {
    const { page, engine, problems } = await openEngine(browser, 'projects', configText)
    await page.getByRole('button', { name: 'More for IDE' }).click()
    await page.getByRole('menuitem', { name: en.projects.delete }).click()
    await page.getByRole('heading', { name: en.projects.empty.title }).waitFor()
    const refused = await engine.fetch('/v1/models', { headers: { authorization: `Bearer ${oldKey}` } })
    expect(refused.status).toBe(401)
    await page.getByRole('button', { name: en.common.action.undo }).click()
    await page.getByRole('link', { name: 'IDE', exact: true }).waitFor()
    expect(await readFile(engine.configPath, 'utf8')).toBe(configText)
    expect(problems).toEqual([])
  })
})

describe('the editor', () => {
  it('makes a project with a key that works and the models that were ticked', async () => {
    const { page, engine, problems } = await openEngine(browser, 'projects/%2B', configText)
    await field(page, en.projects.form.name).fill('测试')
    await page.getByRole('button', { name: en.projects.keySection.create }).click()
    await page.getByRole('button', { name: 'Show project key' }).click()
    const key = (await page.getByText(/^ak-[\w-]{40,}$/).textContent()) ?? ''
    await page.getByRole('checkbox', { name: en.projects.allowed.every }).uncheck()
    await page.getByRole('checkbox', { name: 'fast' }).check()
    await expect.poll(() => previewed(page).allTextContents()).toEqual(['fast'])
    await expectAxeClean(page)
    await page.getByRole('button', { name: en.common.action.save }).click()
    await page.getByRole('link', { name: '测试', exact: true }).waitFor()
    const answer = await engine.fetch('/v1/models', { headers: { authorization: `Bearer ${key}` } })
    // Safe: the engine's own answer.
    const { data } = (await answer.json()) as { data: { id: string }[] }
    expect(data.map(({ id }) => id)).toEqual(['fast'])
    expect(await readFile(engine.configPath, 'utf8')).toContain('# for the editors')
    expect(problems).toEqual([])
  })

  it('changes the key, and the old one works until its time is over', async () => {
    const { page, engine, problems } = await openEngine(browser, 'projects/IDE', configText)
    await page.getByRole('button', { name: en.projects.keySection.rotate }).click()
    await page.getByRole('button', { name: en.projects.keySection.create }).click()
    await page.getByText(/goes on working for 24 hours/).waitFor()
    await expectAxeClean(page)
    const reach = async (key: string) =>
      (await engine.fetch('/v1/models', { headers: { authorization: `Bearer ${key}` } })).status
    expect(await reach(oldKey)).toBe(200)
    await page.keyboard.press('Control+s')
    await page.getByText(/^Applied in \d+ ms/).waitFor()

    const project = engine.engine.snapshot?.config.projects[0]
    const newKey = project?.apiKey ?? ''
    expect(newKey).toMatch(/^ak-[\w-]{40,}$/)
    const hours = ((project?.previousApiKey?.until ?? 0) - Date.now()) / 3_600_000
    expect(Math.round(hours)).toBe(24)
    expect([await reach(newKey), await reach(oldKey)]).toEqual([200, 200])
    const text = await readFile(engine.configPath, 'utf8')
    expect([text.includes('# for the editors'), text.includes('# since May')]).toEqual([true, true])

    await page.getByRole('button', { name: en.projects.previous.end }).click()
    await page.keyboard.press('Control+s')
    await expect.poll(() => reach(oldKey)).toBe(401)
    expect(await reach(newKey)).toBe(200)
    expect(problems).toEqual([])
  })

  it('changes a key that comes from the environment without writing what it is', async () => {
    const config = configText.replace(oldKey, '"${IDE_KEY}"')
    const { page, engine, problems } = await openEngine(browser, 'projects/IDE', config, { env: { IDE_KEY: oldKey } })
    await page.getByRole('button', { name: en.projects.keySection.rotate }).click()
    await page.getByRole('button', { name: en.projects.keySection.create }).click()
    await page.getByText(/goes on working for 24 hours/).waitFor()
    await page.keyboard.press('Control+s')
    await page.getByText(/^Applied in \d+ ms/).waitFor()
    const text = await readFile(engine.configPath, 'utf8')
    expect(text).not.toContain(oldKey)
    expect(text).toMatch(/previous_api_key:\s+key: "?\$\{IDE_KEY\}/)
    const project = engine.engine.snapshot?.config.projects[0]
    expect([project?.apiKey.startsWith('ak-'), project?.apiKey !== oldKey, project?.previousApiKey?.key]).toEqual([
      true,
      true,
      oldKey,
    ])
    expect(problems).toEqual([])
  })

  it('shows what patterns come to as they are typed', async () => {
    const { page, problems } = await openEngine(browser, 'projects/IDE', configText)
    await expect.poll(() => previewed(page).allTextContents()).toEqual(['demo/echo'])
    const names = page.getByRole('combobox', { name: en.projects.allowed.names })
    await names.fill('demo/s*')
    await names.press('Enter')
    await expect.poll(() => previewed(page).allTextContents()).toEqual(['demo/echo', 'demo/slow'])
    expect(await page.getByRole('checkbox', { name: 'demo/slow' }).isChecked()).toBe(true)
    expect(problems).toEqual([])
  })

  it('catches a name that is taken before anything is sent', async () => {
    const { page, fixture } = await openFixture(browser, 'projects/%2B')
    await field(page, en.projects.form.name).fill('IDE')
    await page.keyboard.press('Control+s')
    await page.getByText(en.diagnostics.project_duplicate.replace('{{project}}', 'IDE')).first().waitFor()
    expect(fixture.calls.some(({ method }) => method === 'editConfig')).toBe(false)
  })

  it('follows a rename', async () => {
    const { page, engine } = await openEngine(browser, 'projects/IDE', configText)
    await field(page, en.projects.form.name).fill('Editors')
    await page.keyboard.press('Control+s')
    await page.getByRole('heading', { level: 1, name: 'Editors' }).waitFor()
    await expect.poll(() => page.url()).toContain('#/projects/Editors')
    expect(await readFile(engine.configPath, 'utf8')).toContain('project_name: Editors')
  })

  it('follows a rename that is written over what somebody else has saved', async () => {
    const { page, engine } = await openEngine(browser, 'projects/IDE', configText)
    await field(page, en.projects.form.name).fill('Editors')
    await writeFile(engine.configPath, configText.replace('since May', 'since June'))
    await page.getByText(en.common.save.outdated).waitFor()
    await page.keyboard.press('Control+s')
    await page.getByRole('button', { name: en.common.save.resolve }).click()
    await page.getByRole('dialog').getByRole('button', { name: en.common.conflict.keepMine }).click()
    await page.getByRole('heading', { level: 1, name: 'Editors' }).waitFor()
    await expect.poll(() => page.url()).toContain('#/projects/Editors')
    expect(await readFile(engine.configPath, 'utf8')).toBe(configText.replace('IDE', 'Editors'))
  })

  it('goes to the list when a new one is written over what somebody else has saved', async () => {
    const { page, engine } = await openEngine(browser, 'projects/%2B', configText)
    await field(page, en.projects.form.name).fill('Scripts')
    await writeFile(engine.configPath, configText.replace('since May', 'since June'))
    await page.getByText(en.common.save.outdated).waitFor()
    await page.keyboard.press('Control+s')
    await page.getByRole('button', { name: en.common.save.resolve }).click()
    await page.getByRole('dialog').getByRole('button', { name: en.common.conflict.keepMine }).click()
    await page.getByRole('row').filter({ hasText: 'Scripts' }).waitFor()
  })
})
