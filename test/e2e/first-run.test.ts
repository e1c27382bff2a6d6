/** From a fresh start to the first streamed answer in the log, by keyboard alone. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { expectAxeClean, launchBrowser } from '../helpers/browser.ts'
import { answer, chatStream, gate, modelList, startScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { openConsole, startProgram, tabTo } from './program.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

it(
  'leads from a fresh start to the first streamed answer in the log, without a mouse',
  { timeout: 60_000 },
  async () => {
    const upstream = await startScriptedUpstream()
    onTestFinished(() => upstream.close())
    upstream.always((request) => (request.pathname === '/v1/models' ? modelList(['alpha', 'beta']) : answer('Hello')))
    const program = await startProgram()
    const { page, problems } = await openConsole(browser, program)
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    const press = async (target: ReturnType<typeof button>, key = 'Enter') => {
      await tabTo(page, target)
      await page.keyboard.press(key)
    }
    const type = async (label: string, text: string) => {
      await tabTo(page, page.getByRole('textbox', { name: label, exact: true }))
      await page.keyboard.press('ControlOrMeta+a')
      await page.keyboard.insertText(text)
    }

    await press(page.getByRole('link', { name: en.firstRun.banner.action }))
    await page.getByRole('heading', { level: 2, name: en.firstRun.provider.title }).waitFor()
    await press(page.getByRole('button', { name: 'OpenAI' }).first())
    await page.getByRole('heading', { level: 2, name: 'Paste your key for OpenAI' }).waitFor()
    await type(en.firstRun.key.key, 'sk-mine-0123456789')
    // The form begins with the key, so the address is behind it.
    await page.getByRole('textbox', { name: en.firstRun.key.url, exact: true }).waitFor()
    await type(en.firstRun.key.url, upstream.url)
    await tabTo(page, page.getByRole('combobox', { name: en.firstRun.key.model }))
    await page.keyboard.insertText('alpha')
    await press(button(en.firstRun.key.test))
    await page.getByText(en.upstreams.test.accepted.ok).waitFor()
    await press(button(en.firstRun.next))

    // The patterns of the shipped entry stayed behind with its address.
    await press(page.getByRole('checkbox', { name: en.firstRun.models.every }), 'Space')
    await press(page.getByRole('checkbox', { name: 'alpha', exact: true }), 'Space')
    await press(button(en.firstRun.models.save))
    await page.getByText(en.firstRun.answer.waiting).waitFor()
    await press(button('Copy command'))
    await page.getByRole('status').getByText(en.common.action.copied).waitFor()
    const command = await page.evaluate(() => navigator.clipboard.readText())
    expect(command).toContain(`curl ${program.origin}/v1/chat/completions`)
    const key = /Bearer (ak-[\w-]+)/.exec(command)?.[1] ?? ''

    const rest = gate()
    upstream.script(chatStream(['Hel', rest, 'lo']))
    const first = await program.ask('alpha', { key, stream: true })
    await page.getByText(en.firstRun.answer.running).waitFor()
    rest.open()
    expect(await first.text()).toContain('[DONE]')
    await page.getByText(/^It works: alpha answered in /).waitFor()
    expect(upstream.requests.at(-1)?.key).toBe('sk-mine-0123456789')

    await press(page.getByRole('link', { name: en.common.page.requests, exact: true }))
    const rows = page.getByRole('grid').locator('[data-request]')
    await rows.first().getByText(en.common.end.done).waitFor()
    const second = gate()
    upstream.script(chatStream(['Hel', second, 'lo']))
    const again = await program.ask('alpha', { key, stream: true })
    await rows.nth(1).getByText(en.requests.phase.answering).waitFor()
    second.open()
    await again.text()
    await rows.nth(1).getByText(en.common.end.done).waitFor()
    await page.keyboard.press('k')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: en.requests.details.label }).getByText('200').first().waitFor()
    await page.keyboard.press('Escape')
    await expectAxeClean(page)
    expect(problems).toEqual([])
  },
)

it('answers by the demo at once, with the key that the first start made', async () => {
  const program = await startProgram()
  const key = /ak-[\w-]{40,}/.exec(await program.readConfig())?.[0] ?? ''
  const { page, problems } = await openConsole(browser, program)
  await page.getByText(en.overview.first.waiting).waitFor()
  await expectAxeClean(page)
  const reply = await program.ask('auto-models', { key, stream: true })
  expect(await reply.text()).toContain('[DONE]')
  await page.getByText(en.overview.first.answered).waitFor()
  expect(problems).toEqual([])
})
