/** The guide from nothing to the first answer, in real Chromium over a real engine. */
import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { ProviderPreset } from '../../proxy/contract.ts'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { texts as zh } from '../../renderer/locales/zh/index.ts'
import { expectAxeClean, launchBrowser } from '../helpers/browser.ts'
import { openEngine, openFixture } from '../helpers/open-console.ts'
import { chatAnswer, modelList, startScriptedUpstream } from '../helpers/scripted-upstream.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const freshConfig = `server:
  port: 0
upstreams:
  # needs no key
  - name: Demo
    base_url: "builtin:demo"
    models: ["demo/echo", "demo/slow"]
project_auth: []
`

describe('the guide', () => {
  const looks = [
    ['en-US', 'light', 1280],
    ['zh-CN', 'dark', 720],
  ] as const

  it.each(looks)('is readable and clean in %s, %s, %i px wide', async (locale, colorScheme, width) => {
    const texts = locale === 'zh-CN' ? zh.firstRun : en.firstRun
    const viewport = { width, height: 800 }
    const { page, problems } = await openFixture(browser, 'first-run', {}, { locale, colorScheme, viewport })
    const check = async (title: string) => {
      await page.getByRole('heading', { level: 2, name: title }).waitFor()
      await expectAxeClean(page)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect([title, overflow]).toEqual([title, 0])
    }
    await check(texts.provider.title)
    await page.getByRole('button', { name: 'DeepSeek' }).click()
    await check(texts.key.title.replace('{{name}}', 'DeepSeek'))
    await page.getByRole('textbox', { name: texts.key.key, exact: true }).fill('sk-fixture-0123456789')
    await page.getByRole('button', { name: texts.key.test, exact: true }).click()
    await page.getByRole('list', { name: texts.key.results }).getByRole('listitem').waitFor()
    await page.getByRole('button', { name: texts.next }).click()
    await check(texts.models.title.replace('{{name}}', 'DeepSeek'))
    await page.getByRole('button', { name: texts.models.save }).click()
    await check(texts.request.title)
    expect(problems).toEqual([])
  })

  it('leads by provider, key, test and models to a first answer that turns it green', async () => {
    const upstream = await startScriptedUpstream()
    onTestFinished(() => upstream.close())
    upstream.always((request) =>
      request.pathname === '/v1/models' ? modelList(['alpha', 'beta']) : chatAnswer({ content: 'Hi' }),
    )
    const { page, engine, problems } = await openEngine(browser, 'first-run', freshConfig)
    await page.getByRole('button', { name: 'OpenAI' }).first().click()
    await page.getByRole('textbox', { name: en.firstRun.key.url, exact: true }).fill(upstream.url)
    await page.getByRole('textbox', { name: en.firstRun.key.key, exact: true }).fill('sk-mine-0123456789')
    await page.getByRole('combobox', { name: en.firstRun.key.model }).fill('alpha')
    await page.getByRole('button', { name: en.firstRun.key.test, exact: true }).click()
    await page.getByText(en.upstreams.test.accepted.ok).waitFor()
    await page.getByRole('button', { name: en.firstRun.next }).click()

    await page.getByRole('checkbox', { name: en.firstRun.models.every }).uncheck()
    await page.getByRole('checkbox', { name: 'alpha' }).check()
    await page.getByRole('button', { name: en.firstRun.models.save }).click()
    await page.getByText(en.firstRun.answer.waiting).waitFor()

    const text = await readFile(engine.configPath, 'utf8')
    expect(text).toContain('# needs no key')
    expect(engine.engine.snapshot?.config.projects.map(({ name }) => name)).toEqual([en.firstRun.project])
    await page.getByRole('button', { name: 'Copy command' }).click()
    await page.getByRole('status').getByText(en.common.action.copied).waitFor()
    const command = await page.evaluate(() => navigator.clipboard.readText())
    const key = engine.engine.snapshot?.config.projects[0]?.apiKey ?? ''
    expect([command.includes(key), command.includes('"model":"alpha"')]).toEqual([true, true])
    const answer = await engine.fetch('/v1/chat/completions', {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'alpha', messages: [] }),
    })
    expect(answer.status).toBe(200)
    await page.getByText(/^It works: alpha answered in /).waitFor()
    // Not the tooltip of the button just pressed, which floats outside.
    await expectAxeClean(page, 'main')
    expect(problems).toEqual([])
  })

  it('wants no key of a local provider on another port', async () => {
    const texts = en.firstRun
    const { page, problems } = await openFixture(browser, 'first-run')
    await page.getByRole('button', { name: /^Ollama/ }).click()
    await page.getByRole('textbox', { name: texts.key.url }).fill('http://127.0.0.1:11435')
    await page.getByRole('heading', { level: 2, name: 'Reach Ollama on this computer' }).waitFor()
    await page.getByRole('textbox', { name: texts.key.keyOptional }).waitFor()
    expect(await page.getByRole('button', { name: texts.next }).isEnabled()).toBe(true)
    expect(problems).toEqual([])
  })

  it('works with the demo alone, and makes the project that is missing', async () => {
    const { page, engine } = await openEngine(browser, 'first-run', freshConfig)
    await page.getByRole('button', { name: en.firstRun.provider.demo }).click()
    expect(await page.getByRole('list', { name: en.firstRun.steps }).getByRole('listitem').allInnerTexts()).toEqual([
      'Provider',
      'Key and test: not needed',
      'Models: not needed',
      '4\nFirst request',
    ])
    await page.getByRole('button', { name: en.firstRun.request.makeProject }).click()
    await page.getByText('"model":"demo/echo"').waitFor()
    const key = engine.engine.snapshot?.config.projects[0]?.apiKey ?? ''
    await engine.post('/v1/chat/completions', { model: 'nothing' }, { authorization: `Bearer ${key}` })
    await page.getByText(/^A request came, but failed: /).waitFor()
    const body = { model: 'demo/echo', messages: [{ role: 'user', content: 'Hi' }] }
    await engine.post('/v1/chat/completions', body, { authorization: `Bearer ${key}` })
    await page.getByText(/^It works: demo\/echo answered in /).waitFor()
  })

  it('fills the shipped entry of a provider in place of adding a second one', async () => {
    const shipped = freshConfig.replace(
      'project_auth',
      '  - name: "DeepSeek"\n    base_url: "https://api.deepseek.com"\n    models: ["deepseek-*"]\n    keys: []\nproject_auth',
    )
    const presets: readonly ProviderPreset[] = [
      {
        id: 'deepseek',
        name: 'DeepSeek',
        baseUrl: 'https://api.deepseek.com/v1',
        keyHint: 'sk-…',
        keyUrl: null,
        local: false,
        exampleModels: ['deepseek-chat'],
        note: null,
      },
    ]
    const overrides = { listPresets: async () => presets }
    const { page, fixture } = await openFixture(browser, 'first-run', { configText: shipped, overrides })
    await page.getByRole('button', { name: 'DeepSeek' }).click()
    await page.getByRole('textbox', { name: en.firstRun.key.key, exact: true }).fill('sk-mine-0123456789')
    await page.getByRole('button', { name: en.firstRun.next }).click()
    await page.getByRole('button', { name: en.firstRun.models.save }).click()
    await page.getByRole('heading', { level: 2, name: en.firstRun.request.title }).waitFor()
    expect(fixture.config.text().match(/DeepSeek/g)?.length).toBe(1)
    expect(fixture.config.text()).toContain('sk-mine-0123456789')
  })

  it('can be skipped, is remembered as skipped, and is found again from the upstreams', async () => {
    const { page } = await openEngine(browser, 'first-run', freshConfig)
    await page.getByRole('button', { name: en.firstRun.skip }).click()
    await page.getByRole('heading', { level: 1, name: en.common.page.overview }).waitFor()
    expect(await page.evaluate(() => localStorage.getItem('ai-proxy.first-run'))).toBe('done')
    await page.getByRole('link', { name: en.common.page.upstreams, exact: true }).click()
    await page.getByRole('link', { name: en.upstreams.guide }).click()
    await page.getByRole('heading', { level: 1, name: en.firstRun.title }).waitFor()
  })
})
