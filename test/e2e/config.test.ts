/** One file, two hands: the forms of the console and an editor, and what the running proxy makes of either. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { expectAxeClean, launchBrowser } from '../helpers/browser.ts'
import {
  answer,
  chatAnswer,
  errorAnswer,
  keyed,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../helpers/scripted-upstream.ts'
import { expectValue, openConsole, projectKey, startProgram } from './program.ts'

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

const configText = (url: string) => `# my proxy
server:
  port: ":0" # any
  cool_down_minutes: 10 # by habit
upstreams:
  # the first choice
  - name: one
    base_url: "${url}" # moves often
    models: ["m"] # just this
    keys:
      - sk-one-000000001 # Ann's
      - sk-one-000000002
      - sk-one-000000003
project_auth:
  - project_name: tests # ours
    api_key: ${projectKey}
    allowed_models: ["*"]
`

const field = (page: Page, label: string) => page.getByRole('textbox', { name: label, exact: true })
const address = en.upstreams.address.url
const applied = /^Applied in \d+ ms/

describe('a form', () => {
  it('moves an upstream, keeps every comment, and the next request goes to the new place', async () => {
    const [before, after] = [await upstreamServer(), await upstreamServer()]
    const program = await startProgram(configText(before.url))
    const { page, problems } = await openConsole(browser, program, 'upstreams/one')
    expect((await program.ask('m')).status).toBe(200)
    await field(page, address).fill(after.url)
    await page.keyboard.press('ControlOrMeta+s')
    await page.getByText(applied).waitFor()
    expect(await program.readConfig()).toBe(configText(before.url).replace(before.url, after.url))
    expect((await program.ask('m')).status).toBe(200)
    expect([before.requests.length, after.requests.length]).toEqual([1, 1])
    await page.reload()
    await expectValue(field(page, address), after.url)
    expect(problems).toEqual([])
  })

  it('overwrites nothing that an editor has saved meanwhile, and shows both', async () => {
    const upstream = await upstreamServer()
    const program = await startProgram(configText(upstream.url))
    const { page, problems } = await openConsole(browser, program, 'upstreams/one')
    await field(page, address).fill('http://127.0.0.1:9/mine')
    const theirs = configText(`${upstream.url}/theirs`).replace('by habit', 'by vote')
    await program.writeConfig(theirs)
    await page.getByText(en.common.save.outdated).waitFor()
    await page.keyboard.press('ControlOrMeta+s')
    await page.getByText(en.common.save.conflict).waitFor()
    expect(await program.readConfig()).toBe(theirs)
    await page.getByRole('button', { name: en.common.save.resolve }).click()
    const dialog = page.getByRole('dialog', { name: en.common.conflict.title })
    await dialog.getByText(`${upstream.url}/theirs`).waitFor()
    await dialog.getByText('http://127.0.0.1:9/mine').waitFor()
    await expectAxeClean(page)
    await dialog.getByRole('button', { name: en.common.conflict.takeDisk }).click()
    await expectValue(field(page, address), `${upstream.url}/theirs`)
    expect(await program.readConfig()).toBe(theirs)
    expect(problems).toEqual([])
  })

  it('writes mine over theirs when asked to, keeps theirs aside, and runs on mine', async () => {
    const [before, theirs, mine] = [await upstreamServer(), await upstreamServer(), await upstreamServer()]
    const program = await startProgram(configText(before.url))
    const { page, problems } = await openConsole(browser, program, 'upstreams/one')
    await field(page, address).fill(mine.url)
    const theirText = configText(theirs.url).replace('by habit', 'by vote')
    await program.writeConfig(theirText)
    await page.getByText(en.common.save.outdated).waitFor()
    await page.keyboard.press('ControlOrMeta+s')
    await page.getByRole('button', { name: en.common.save.resolve }).click()
    const dialog = page.getByRole('dialog', { name: en.common.conflict.title })
    await dialog.getByText(theirs.url).waitFor()
    await dialog.getByText(mine.url).waitFor()
    await dialog.getByRole('button', { name: en.common.conflict.keepMine }).click()
    await page.getByText(applied).waitFor()
    expect(await program.readConfig()).toBe(configText(mine.url))
    expect((await program.readBackups())[0]).toBe(theirText)
    await expectValue(field(page, address), mine.url)
    expect((await program.ask('m')).status).toBe(200)
    expect([before, theirs, mine].map(({ requests }) => requests.length)).toEqual([0, 0, 1])
    expect(problems).toEqual([])
  })
})

describe('a bad file', () => {
  it('is said to be bad, with the place, and stops nothing; mended, it is used', async () => {
    const [before, after] = [await upstreamServer(), await upstreamServer()]
    const program = await startProgram(configText(before.url))
    const { page, problems } = await openConsole(browser, program)
    const badge = page.getByRole('link', { name: en.common.engine.configRejected })
    expect(await badge.count()).toBe(0)
    await program.writeConfig(configText(before.url).replace('models: ["m"]', 'models: ["m"'))
    await badge.waitFor()
    expect(await badge.getAttribute('href')).toMatch(/^#\/settings\/file\?line=\d+$/)
    await page.getByText('The config on disk has 1 problem').waitFor()
    await expectAxeClean(page)
    expect((await program.ask('m')).status).toBe(200)
    await page.getByRole('link', { name: /The config on disk has 1 problem/ }).click()
    await page.getByText('1 error').waitFor()
    await expectAxeClean(page)
    await program.writeConfig(configText(after.url))
    await badge.waitFor({ state: 'detached' })
    expect((await program.ask('m')).status).toBe(200)
    expect([before.requests.length, after.requests.length]).toEqual([1, 1])
    expect(program.output()).not.toContain('sk-one-')
    expect(problems).toEqual([])
  })
})

describe('Test', () => {
  it('tells apart good, refused, at its limit and dead, in the words of the provider', async () => {
    const upstream = await upstreamServer()
    upstream.always((request) =>
      request.pathname.endsWith('/models')
        ? answer()
        : keyed({
            'sk-one-000000001': chatAnswer({ content: 'Hi' }),
            'sk-one-000000002': errorAnswer(401, { message: 'Incorrect API key.', code: 'invalid_api_key' }),
            'sk-one-000000003': errorAnswer(429, { message: 'Slow down, please.', code: 'rate_limit_exceeded' }),
          }),
    )
    const program = await startProgram(configText(upstream.url))
    const { page, problems } = await openConsole(browser, program, 'upstreams/one')
    await page.getByRole('button', { name: 'Test 3 keys' }).click()
    const results = page.getByRole('list', { name: en.upstreams.test.results })
    const { failure, accepted, reachable } = en.upstreams.test
    const result = (index: number) => results.getByRole('listitem').nth(index)
    await result(0).getByText(accepted.ok).waitFor()
    await result(1).getByText(failure.key_invalid).waitFor()
    await result(1).getByText('Incorrect API key.').waitFor()
    await result(2).getByText(failure.rate_limited).waitFor()
    await result(2).getByText('Slow down, please.').waitFor()
    expect(await results.getByText(reachable.ok).count()).toBe(3)
    const dead = await startScriptedUpstream()
    await dead.close()
    await field(page, address).fill(dead.url)
    await page.getByRole('button', { name: 'Test 3 keys' }).click()
    await expect.poll(() => results.getByText(reachable.failed).count(), { timeout: 10_000 }).toBe(3)
    expect(await results.getByText(accepted.skipped).count()).toBe(3)
    // A test is no traffic: it pauses no key.
    upstream.always(answer())
    expect((await program.ask('m')).status).toBe(200)
    expect(problems).toEqual([])
  })
})
