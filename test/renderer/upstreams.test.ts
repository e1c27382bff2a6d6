/** The upstreams page in real Chromium: looks and rare states over the fixture, whatever is saved over a real engine. */
import { readFile, writeFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { texts as zh } from '../../renderer/locales/zh/index.ts'
import { expectAxeClean, launchBrowser, looks } from '../helpers/browser.ts'
import { openEngine, openFixture } from '../helpers/open-console.ts'
import {
  chatAnswer,
  errorAnswer,
  keyed,
  modelList,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../helpers/scripted-upstream.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

async function upstreamServer(): Promise<ScriptedUpstream> {
  const upstream = await startScriptedUpstream()
  onTestFinished(() => upstream.close())
  return upstream
}

/** A file by hand, with comments in every place. */
const configText = (url: string) => `# my proxy
server:
  port: 0
  auto_models:
    fast: "one:m" # the cheap one
upstreams:
  # the first choice
  - name: one
    base_url: "${url}"
    models: ["m"] # just this
    keys:
      - sk-one-000000001 # Ann's
      - sk-one-000000002
      - sk-one-000000003
  # the second choice
  - name: two
    base_url: "${url}/v1"
    models: ["m2"]
    keys: ["sk-two-000000001"]
project_auth:
  - project_name: tests
    api_key: ak-test-0123456789abcdef
    allowed_models: ["*"] # everything
`

const save = en.common.action.save
const field = (page: Page, label: string) => page.getByRole('textbox', { name: label, exact: true })
const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name })

describe('the upstreams', () => {
  it.each(looks)('are readable and clean in %s, %s, %i px wide', async (locale, colorScheme, width) => {
    const texts = locale === 'zh-CN' ? zh.upstreams : en.upstreams
    const viewport = { width, height: 800 }
    const { page, problems, fixture } = await openFixture(browser, 'upstreams', {}, { locale, colorScheme, viewport })
    const places = ['upstreams', 'upstreams/OpenAI-Pool', 'upstreams/%2B', 'upstreams/Groq']
    for (const place of places) {
      await page.goto(new URL(`#/${place}`, fixture.url).href)
      await page.getByRole('link', { name: place === 'upstreams' ? texts.add : texts.back }).waitFor()
      if (place !== 'upstreams') await page.getByRole('button', { name: texts.advanced.title }).click()
      await expectAxeClean(page)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect([place, overflow]).toEqual([place, 0])
    }
    expect(problems).toEqual([])
  })

  it('show health, order and how many keys are left', async () => {
    const { page } = await openFixture(browser, 'upstreams')
    const azure = row(page, 'Azure 瑞典')
    await azure.getByText(en.common.upstream.paused).waitFor()
    await azure.getByText(/0:\d\d left/).waitFor()
    await row(page, 'OpenAI-Pool').getByText('1 of 3 ready').waitFor()
    await row(page, 'OpenRouter').getByText('Every model, 348 found').waitFor()
    expect(await row(page, 'Demo').getByRole('button', { name: 'Move Demo up' }).isDisabled()).toBe(true)
  })

  it('say what to do when there is none, and when one is gone', async () => {
    const { page, fixture, problems } = await openFixture(browser, 'upstreams', { empty: true })
    await page.getByRole('heading', { name: en.upstreams.empty.title }).waitFor()
    await page.getByRole('link', { name: en.upstreams.guide }).waitFor()
    await page.goto(new URL('#/upstreams/nobody', fixture.url).href)
    await page.getByRole('heading', { level: 2, name: en.upstreams.missing.title }).waitFor()
    await page.getByRole('link', { name: en.upstreams.back }).click()
    await page.getByRole('link', { name: en.upstreams.add }).click()
    await page.getByRole('heading', { level: 1, name: en.upstreams.new }).waitFor()
    expect(problems).toEqual([])
  })

  it('say why they can not be shown', async () => {
    const overrides = { getConfig: () => Promise.reject(new Error('The disk is gone.')) }
    const { page } = await openFixture(browser, 'upstreams', { overrides })
    await page.getByText('The disk is gone.').waitFor()
    await page.getByRole('button', { name: en.common.action.retry }).waitFor()
  })

  it('change places by keyboard, with their comments, and keep the focus', async () => {
    const upstream = await upstreamServer()
    const { page, engine, problems } = await openEngine(browser, 'upstreams', configText(upstream.url))
    await page.getByRole('button', { name: 'Move two up' }).focus()
    await page.keyboard.press('Alt+ArrowUp')
    await page.getByText('two is now number 1 of 2.').waitFor({ state: 'attached' })
    const text = await readFile(engine.configPath, 'utf8')
    expect(text.indexOf('# the second choice')).toBeLessThan(text.indexOf('# the first choice'))
    expect(text.indexOf('name: two')).toBeLessThan(text.indexOf('name: one'))
    // It is the first now, so only "down" is left to hold the focus.
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
      .toBe('Move two down')
    expect(problems).toEqual([])
  })

  it('are deleted at once, and come back with every comment by Undo', async () => {
    const upstream = await upstreamServer()
    const { page, engine, problems } = await openEngine(browser, 'upstreams', configText(upstream.url))
    await page.getByRole('button', { name: 'More for one' }).click()
    await page.getByRole('menuitem', { name: en.upstreams.list.delete }).click()
    await expect.poll(() => page.getByRole('link', { name: 'one', exact: true }).count()).toBe(0)
    expect(await readFile(engine.configPath, 'utf8')).not.toContain('name: one')
    await page.getByRole('button', { name: en.common.action.undo }).click()
    await page.getByRole('link', { name: 'one', exact: true }).waitFor()
    expect(await readFile(engine.configPath, 'utf8')).toBe(configText(upstream.url))
    expect(problems).toEqual([])
  })

  it('are switched off and on without the editor', async () => {
    const upstream = await upstreamServer()
    const { page, engine } = await openEngine(browser, 'upstreams', configText(upstream.url))
    await page.getByRole('button', { name: 'More for one' }).click()
    await page.getByRole('menuitem', { name: en.upstreams.list.disable }).click()
    await row(page, 'one').getByText(en.common.upstream.disabled).waitFor()
    expect(engine.engine.status().upstreams[0]?.enabled).toBe(false)
  })
})

describe('the editor', () => {
  it('adds an upstream: keys out of a list, models ticked, tested before it is saved, and then asked', async () => {
    const upstream = await upstreamServer()
    upstream.scriptFor({ path: '/v1/models' }, modelList(['alpha', 'beta', 'gamma']))
    const { page, engine, problems } = await openEngine(browser, 'upstreams/%2B', configText(upstream.url))
    await field(page, en.upstreams.address.name).fill('three')
    await field(page, en.upstreams.address.url).fill(upstream.url)
    await page.getByText(`${upstream.url}/v1/chat/completions`).waitFor()
    await field(page, en.upstreams.keys.paste).fill('"sk-three-00000001",\n- sk-three-00000002\nsk-three-00000001')
    await page.getByText('2 keys · 1 repeated one left out').waitFor()
    await page.getByRole('button', { name: 'Add 2 keys' }).click()

    await page.getByRole('button', { name: en.upstreams.models.fetch }).click()
    await page.getByRole('textbox', { name: en.common.picker.filter }).fill('BE')
    await page.getByRole('checkbox', { name: 'beta' }).check()
    upstream.scriptFor({ key: 'sk-three-00000001' }, chatAnswer({ content: 'Hi' }))
    upstream.scriptFor({ key: 'sk-three-00000002' }, errorAnswer(401, { message: 'Incorrect API key provided.' }))
    await page.getByRole('button', { name: 'Test 2 keys' }).click()
    const results = page.getByRole('list', { name: en.upstreams.test.results })
    await results.getByText(en.upstreams.test.accepted.ok).waitFor()
    await results.getByText(en.upstreams.test.accepted.failed).waitFor()
    expect(await results.getByText(en.upstreams.test.reachable.ok).count()).toBe(2)
    await results.getByText('Incorrect API key provided.').waitFor()
    await expectAxeClean(page)
    expect(await readFile(engine.configPath, 'utf8')).toBe(configText(upstream.url))

    await page.getByRole('button', { name: save }).click()
    await page.getByRole('link', { name: 'three', exact: true }).waitFor()
    const text = await readFile(engine.configPath, 'utf8')
    for (const comment of ['# my proxy', '# the cheap one', '# the first choice', "# Ann's", '# just this'])
      expect(text).toContain(comment)
    const answer = await engine.post('/v1/chat/completions', { model: 'beta', messages: [] })
    expect([answer.status, upstream.requests.at(-1)?.model]).toEqual([200, 'beta'])
    expect(problems).toEqual([])
  })

  it('writes only what was changed, keys included, and keeps the comments', async () => {
    const upstream = await upstreamServer()
    const { page, engine, problems } = await openEngine(browser, 'upstreams/one', configText(upstream.url))
    await page.getByRole('textbox', { name: /^Label of key .*0001$/ }).fill('Ann')
    await page.getByRole('switch', { name: /^Use key .*0002$/ }).click({ force: true })
    await page.getByRole('button', { name: /^Delete key .*0003$/ }).click()
    await field(page, en.upstreams.keys.pasteMore).fill('sk-one-000000004\nsk-one-000000001')
    await page.getByRole('button', { name: en.upstreams.advanced.title }).click()
    await page.getByRole('button', { name: en.upstreams.headers.add }).click()
    await page.getByRole('textbox', { name: 'Name of header 1' }).fill('X-Team')
    await page.getByRole('textbox', { name: 'Value of header 1' }).fill('blue')
    await field(page, en.upstreams.advanced.timeout.idle_seconds).fill('30')
    await page.keyboard.press('Control+s')
    await page.getByText(/^Applied in \d+ ms/).waitFor()
    const text = await readFile(engine.configPath, 'utf8')
    const touched = /sk-one-|headers|X-Team|timeouts|idle_seconds|key:|name: Ann|enabled/
    expect(linesWithout(text, touched)).toEqual(linesWithout(configText(upstream.url), touched))
    expect(text).toContain("# Ann's")
    const config = engine.engine.snapshot?.config.upstreams[0]
    expect(config?.keys.map(({ key, name, enabled }) => [key, name, enabled])).toEqual([
      ['sk-one-000000001', 'Ann', true],
      ['sk-one-000000002', null, false],
      ['sk-one-000000004', null, true],
    ])
    expect([config?.headers, config?.timeouts.idleMs]).toEqual([{ 'X-Team': 'blue' }, 30_000])
    expect(problems).toEqual([])
  })

  it('labels a key that holds a variable without losing or resolving any of it', async () => {
    const upstream = await upstreamServer()
    const config = configText(upstream.url)
      .replace('sk-one-000000001', 'team-${SECRET}')
      .replace('sk-one-000000002', '${NOT_SET}')
    const { page, engine } = await openEngine(browser, 'upstreams/one', config, { env: { SECRET: 'canary-0000001' } })
    const labels = page.getByRole('textbox', { name: /^Label of key / })
    await labels.nth(0).fill('Ann')
    await labels.nth(1).fill('Bob')
    await page.keyboard.press('Control+s')
    await page.getByText(/^Applied in \d+ ms/).waitFor()
    const text = await readFile(engine.configPath, 'utf8')
    expect(text).toContain('team-${SECRET}')
    expect(text).toContain('${NOT_SET}')
    expect(text).not.toContain('canary')
    const [ann] = engine.engine.snapshot?.config.upstreams[0]?.keys ?? []
    expect([ann?.name, ann?.key]).toEqual(['Ann', 'team-canary-0000001'])
  })

  it('takes aliases along when the name changes', async () => {
    const upstream = await upstreamServer()
    const { page, engine } = await openEngine(browser, 'upstreams/one', configText(upstream.url))
    await field(page, en.upstreams.address.name).fill('Uno')
    await page.getByText('1 alias or permission names this upstream and changes with it.').waitFor()
    await page.keyboard.press('Control+s')
    await page.getByRole('heading', { level: 1, name: 'Uno' }).waitFor()
    expect(await readFile(engine.configPath, 'utf8')).toContain('fast: "Uno:m" # the cheap one')
    await expect.poll(() => page.url()).toContain('#/upstreams/Uno')
    expect((await engine.post('/v1/chat/completions', { model: 'fast', messages: [] })).status).toBe(200)
  })

  it('keeps what was typed while the file moves the upstream, then renames it, and changes the right one', async () => {
    const { url } = await upstreamServer()
    const { page, engine, problems } = await openEngine(browser, 'upstreams/two', configText(url))
    await field(page, en.upstreams.address.url).fill('http://127.0.0.1:9/mine')
    const zero = `upstreams:\n  - { name: zero, base_url: "${url}", models: ["z"], keys: ["sk-zero-00000001"] }`
    const moved = configText(url).replace('upstreams:', zero)
    await writeFile(engine.configPath, moved)
    await page.getByText(en.common.save.outdated).waitFor()
    expect(await field(page, en.upstreams.address.url).inputValue()).toBe('http://127.0.0.1:9/mine')
    const renamed = moved.replace('name: two', 'name: deux')
    await writeFile(engine.configPath, renamed)
    await expect.poll(() => engine.engine.snapshot?.config.upstreams[2]?.name).toBe('deux')
    await page.keyboard.press('Control+s')
    await page.getByRole('button', { name: en.common.save.resolve }).click()
    const dialog = page.getByRole('dialog', { name: en.common.conflict.title })
    await dialog.getByText('deux').waitFor()
    await dialog.getByRole('button', { name: en.common.conflict.keepMine }).click()
    await page.getByText(/^Applied in \d+ ms/).waitFor()
    const mine = configText(url).replace(`base_url: "${url}/v1"`, 'base_url: "http://127.0.0.1:9/mine"')
    expect(await readFile(engine.configPath, 'utf8')).toBe(mine)
    await page.getByRole('heading', { level: 1, name: 'two' }).waitFor()
    expect(problems).toEqual([])
  })

  it('says that the upstream is gone once nothing typed would be lost', async () => {
    const { url } = await upstreamServer()
    const { page, engine } = await openEngine(browser, 'upstreams/two', configText(url))
    await field(page, en.upstreams.address.name).fill('mine')
    await writeFile(engine.configPath, configText(url).replace('name: two', 'name: deux'))
    await page.getByText(en.common.save.outdated).waitFor()
    await page.getByRole('button', { name: en.common.action.discard }).click()
    await page.getByRole('heading', { level: 1, name: en.upstreams.missing.title }).waitFor()
  })

  it('tells apart a good key, a refused one, one at its limit and an address that is dead', async () => {
    const upstream = await upstreamServer()
    upstream.always(
      keyed({
        'sk-one-000000001': chatAnswer({ content: 'Hi' }),
        'sk-one-000000002': errorAnswer(401, { message: 'Incorrect API key.', code: 'invalid_api_key' }),
        'sk-one-000000003': errorAnswer(429, { message: 'Rate limit reached.', code: 'rate_limit_exceeded' }),
      }),
    )
    const { page, problems } = await openEngine(browser, 'upstreams/one', configText(upstream.url))
    await page.getByRole('button', { name: 'Test 3 keys' }).click()
    const results = page.getByRole('list', { name: en.upstreams.test.results })
    const { failure, accepted, reachable } = en.upstreams.test
    await results.getByText(accepted.ok).waitFor()
    await results.getByText(failure.key_invalid).waitFor()
    await results.getByText(failure.rate_limited).waitFor()
    expect(await results.getByText(accepted.open).count()).toBe(1)
    expect(await results.getByText(accepted.failed).count()).toBe(1)
    await results.getByText('Rate limit reached.').waitFor()
    expect(await results.getByText(reachable.ok).count()).toBe(3)

    const dead = await startScriptedUpstream()
    await dead.close()
    await field(page, en.upstreams.address.url).fill(dead.url)
    await page.getByRole('button', { name: 'Test 3 keys' }).click()
    await expect.poll(() => results.getByText(reachable.failed).count()).toBe(3)
    expect(await results.getByText(accepted.skipped).count()).toBe(3)
    expect(problems).toEqual([])
  })

  it('names mistakes at their fields before anything is sent, in the language of the page', async () => {
    // Tall, so that the save bar lies over no field: axe can't measure what is behind it.
    const look = { locale: 'zh-CN', viewport: { width: 1280, height: 1600 } } as const
    const { page, fixture, problems } = await openFixture(browser, 'upstreams/%2B', {}, look)
    await field(page, zh.upstreams.address.name).fill('Gemini')
    await field(page, zh.upstreams.address.url).fill('ftp://x')
    await page.keyboard.press('Control+s')
    await page.getByText(zh.common.save.invalid_other.replace('{{count}}', '2')).waitFor()
    const name = field(page, zh.upstreams.address.name)
    expect(await name.getAttribute('aria-invalid')).toBe('true')
    expect(await name.evaluate((input) => input === document.activeElement)).toBe(true)
    await page.getByText(zh.diagnostics.base_url_scheme).first().waitFor()
    await page.getByText(zh.diagnostics.upstream_duplicate.replace('{{upstream}}', 'Gemini')).first().waitFor()
    await expectAxeClean(page)
    expect(fixture.calls.some(({ method }) => method === 'editConfig')).toBe(false)
    expect(problems).toEqual([])
  })

  it('shows how long a key waits and why, and lets it go at once', async () => {
    const { page, fixture } = await openFixture(browser, 'upstreams/OpenAI-Pool')
    const key = page.getByRole('listitem').filter({ hasText: 'sk-…c3d4' })
    await key.getByText(/9:\d\d left/).waitFor()
    await key.getByText('Rate limit reached for gpt-4o (429)').waitFor()
    await key.getByRole('button', { name: /^Use again now: key / }).click()
    await expect
      .poll(() => fixture.calls.filter(({ method }) => method === 'resetKey').map(({ args }) => args[0]))
      .toEqual(['OpenAI-Pool'])
  })

  it('fills in a provider by its preset', async () => {
    const { page } = await openFixture(browser, 'upstreams/%2B')
    await page.getByRole('combobox', { name: en.upstreams.address.preset }).click()
    await page.getByRole('option', { name: 'DeepSeek' }).click()
    expect(await field(page, en.upstreams.address.url).inputValue()).toBe('https://api.deepseek.com')
    expect(await field(page, en.upstreams.address.name).inputValue()).toBe('DeepSeek')
    await page.getByRole('link', { name: 'Get a key from DeepSeek' }).waitFor()
  })

  it.each(['light', 'dark'] as const)('holds back who leaves with a key that is not saved, %s', async (colorScheme) => {
    const { page } = await openFixture(browser, 'upstreams/OpenAI-Pool', {}, { colorScheme })
    await field(page, en.upstreams.keys.pasteMore).fill('sk-new-000000001')
    await page.getByRole('link', { name: en.upstreams.back }).click()
    await page.getByRole('dialog', { name: en.common.leave.title }).waitFor()
    await expectAxeClean(page, '[role=dialog]')
  })

  it('can be saved while a notice is shown', async () => {
    const { url } = await upstreamServer()
    const { page } = await openEngine(browser, 'upstreams/two', configText(url))
    await page.getByRole('button', { name: en.upstreams.delete }).click()
    const undo = page.getByRole('button', { name: en.common.action.undo })
    await undo.waitFor()
    await page.getByRole('link', { name: 'one', exact: true }).click()
    await field(page, en.upstreams.address.name).fill('Uno')
    await page.getByRole('button', { name: save }).click({ timeout: 2000 })
    await page.getByRole('heading', { level: 1, name: 'Uno' }).waitFor()
    expect(await undo.isVisible()).toBe(true)
    await expectAxeClean(page, '[role=alert]')
  })
})

function linesWithout(text: string, pattern: RegExp): readonly string[] {
  return text.split('\n').filter((line) => !pattern.test(line))
}
