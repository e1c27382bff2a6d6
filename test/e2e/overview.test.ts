/** What the overview says of the whole while upstreams and keys come and go, against what requests really meet. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { expectAxeClean, launchBrowser, newPage } from '../helpers/browser.ts'
import { chatAnswer, errorAnswer, keyed, startScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { openConsole, projectKey, startProgram } from './program.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const configText = (pool: string, other: string) => `server:
  port: 0
upstreams:
  - name: pool
    base_url: "${pool}"
    models: ["m"]
    keys: ["sk-one-000000001", "sk-one-000000002", "sk-one-000000003"]
  - name: other
    base_url: "${other}"
    models: ["o"]
    keys: ["sk-two-000000001"]
project_auth:
  - project_name: tests
    api_key: ${projectKey}
    allowed_models: ["*"]
`

it('tells what is wrong as long as it is so, in one sentence and with the way to it', async () => {
  const upstream = await startScriptedUpstream()
  const dead = await startScriptedUpstream()
  await dead.close()
  onTestFinished(() => upstream.close())
  upstream.always(chatAnswer({ content: 'Hi' }))
  const program = await startProgram(configText(upstream.url, dead.url))
  const { page, problems } = await openConsole(browser, program)
  const sentence = (text: string) => page.getByRole('status').filter({ hasText: text }).waitFor()
  const link = (text: string) => page.getByRole('link', { name: text })
  const ask = async (model: string) => (await program.ask(model)).status

  expect(await ask('m')).toBe(200)
  await sentence('Everything works: 2 upstreams are ready.')

  // Four attempts in a row: too few to open its breaker.
  expect(await ask('o')).toBe(502)
  await sentence('Running, but the latest attempt at other failed.')
  expect(await link('The latest attempt at other failed').getAttribute('href')).toBe('#/upstreams/other')
  // What a client gets wrong changes nothing.
  expect(await ask('no-such-model')).toBe(404)
  expect(await ask('m')).toBe(200)
  await sentence('Running, but the latest attempt at other failed.')
  await expectAxeClean(page)

  await program.writeConfig(configText(upstream.url, upstream.url))
  await expect.poll(() => ask('o'), { timeout: 10_000 }).toBe(200)
  await sentence('Everything works: 2 upstreams are ready.')

  const limited = errorAnswer(
    429,
    { message: 'Slow down, please.', code: 'rate_limit_exceeded' },
    { 'retry-after': '60' },
  )
  upstream.always(
    keyed({
      'sk-one-000000001': limited,
      'sk-one-000000002': limited,
      'sk-one-000000003': chatAnswer({ content: 'Hi' }),
    }),
  )
  for (let count = 0; count < 3; count++) expect(await ask('m')).toBe(200)
  await sentence('Running; 2 of 3 keys of pool are paused.')
  await link('2 of 3 keys of pool are paused').waitFor()
  await expectAxeClean(page)
  expect(problems).toEqual([])
})

it('is shown by a browser whose language is no language tag, as Chromium under LANG=C', async () => {
  const program = await startProgram(configText('http://127.0.0.1:9', 'http://127.0.0.1:9'))
  const { page, problems, close } = await newPage(browser)
  onTestFinished(close)
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US@posix', configurable: true })
  })
  await page.goto(program.consoleUrl)
  await page.getByText(en.overview.chart.title).waitFor()
  expect(problems).toEqual([])
})
