/** Every page of the built console over the built program: clean in both languages and themes, closed to strangers. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { OutgoingHttpHeaders } from 'node:http'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { texts as zh } from '../../renderer/locales/zh/index.ts'
import { pageIds } from '../../renderer/route.ts'
import { expectAxeClean, launchBrowser, newPage } from '../helpers/browser.ts'
import { startScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { goTo, openConsole, projectKey, rawRequest, startProgram, type Program } from './program.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const configText = (url: string) => `server:
  port: 0
  auto_models:
    fast: ["one:m", "Demo:demo/echo"]
upstreams:
  - name: one
    base_url: "${url}"
    models: ["m", "gpt-*"]
    keys: ["sk-one-000000001", "sk-one-000000002"]
  - name: Demo
    base_url: "builtin:demo"
    models: ["demo/echo"]
project_auth:
  - project_name: "测试项目"
    api_key: ${projectKey}
    allowed_models: ["*"]
`

async function startFull(): Promise<Program> {
  const upstream = await startScriptedUpstream()
  onTestFinished(() => upstream.close())
  const program = await startProgram(configText(upstream.url))
  for (const model of ['m', 'fast', 'demo/echo', 'nothing']) await (await program.ask(model)).text()
  return program
}

describe('every page', () => {
  const looks = [
    ['en-US', 'light', 1280],
    ['zh-CN', 'dark', 720],
  ] as const
  it.each(looks)(
    'is clean in %s, %s, %i px wide, and so are the editors',
    { timeout: 60_000 },
    async (locale, colorScheme, width) => {
      const texts = locale === 'zh-CN' ? zh : en
      const { common } = texts
      const program = await startFull()
      const look = { locale, colorScheme, viewport: { width, height: 800 } }
      const { page, problems } = await openConsole(browser, program, 'overview', look)
      const check = async (place: string) => {
        await page.getByText(common.state.loading).waitFor({ state: 'detached' })
        await expectAxeClean(page)
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        expect([place, overflow]).toEqual([place, 0])
      }
      for (const id of pageIds) {
        // By the pointer, which stays where it was: what it hovers over belongs to the page.
        await page.getByRole('link', { name: common.page[id], exact: true }).click()
        await page.getByRole('heading', { level: 1, name: common.page[id] }).waitFor()
        await check(id)
      }
      for (const [place, title] of [
        ['first-run', texts.firstRun.title],
        ['upstreams/one', 'one'],
        ['upstreams/%2B', texts.upstreams.new],
        [`projects/${encodeURIComponent('测试项目')}`, '测试项目'],
        ['models/alias/fast', texts.models.alias.title.replace('{{name}}', 'fast')],
        ['settings/file', texts.settings.file.title],
      ] as const) {
        await goTo(page, place)
        await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
        await check(place)
      }
      expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe(colorScheme)
      expect(problems).toEqual([])
    },
  )

  it('changes language and theme at once and keeps both through a reload', async () => {
    const program = await startFull()
    const { page, problems } = await openConsole(browser, program, 'settings')
    await page.getByRole('button', { name: en.common.language.label }).click()
    await page.getByRole('menuitemradio', { name: en.common.language.zh }).click()
    await page.getByRole('heading', { level: 1, name: zh.common.page.settings }).waitFor()
    await page.getByRole('button', { name: zh.common.theme.label }).click()
    await page.getByRole('menuitemradio', { name: zh.common.theme.dark }).click()
    await page.reload()
    await page.getByRole('heading', { level: 1, name: zh.common.page.settings }).waitFor()
    expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark')
    expect(problems).toEqual([])
  })
})

describe('a stranger', () => {
  const call = JSON.stringify({ method: 'getStatus', args: [] })

  it('is refused without the token, with a wrong one, under a foreign name and from a foreign page', async () => {
    const program = await startProgram(configText('http://127.0.0.1:9'))
    const { host } = new URL(program.origin)
    const right = { authorization: `Bearer ${program.token}` }
    const ask = async (headers: OutgoingHttpHeaders) => {
      const { status, body } = await rawRequest(
        program,
        '/console/api/call',
        { host, 'content-type': 'application/json', ...headers },
        call,
      )
      expect(body.includes(projectKey)).toBe(false)
      // Safe: the envelope of every reply of the control plane.
      const reply = JSON.parse(body) as { readonly ok: boolean; readonly error?: { readonly code: string } }
      return [status, reply.error?.code ?? 'ok']
    }
    expect({
      right: await ask(right),
      none: await ask({}),
      wrong: await ask({ authorization: `Bearer ${program.token.slice(0, -1)}` }),
      inQuery: (await rawRequest(program, `/console/api/events?token=${program.token}`, { host })).status,
      projectKey: await ask({ authorization: `Bearer ${projectKey}` }),
      foreignHost: await ask({ ...right, host: 'evil.example' }),
      foreignPage: (await rawRequest(program, '/console/', { host: 'evil.example' })).status,
      foreignOrigin: await ask({ ...right, origin: 'http://evil.example' }),
      otherPort: await ask({ ...right, origin: 'http://localhost:1' }),
      nullOrigin: await ask({ ...right, origin: 'null' }),
      crossSite: await ask({ ...right, 'sec-fetch-site': 'cross-site' }),
    }).toEqual({
      right: [200, 'ok'],
      none: [401, 'unauthorized'],
      wrong: [401, 'unauthorized'],
      inQuery: 401,
      projectKey: [401, 'unauthorized'],
      foreignHost: [403, 'host_not_allowed'],
      foreignPage: 403,
      foreignOrigin: [403, 'origin_not_allowed'],
      otherPort: [403, 'origin_not_allowed'],
      nullOrigin: [403, 'origin_not_allowed'],
      crossSite: [403, 'origin_not_allowed'],
    })
  })

  it('gets nothing by a page of another origin in the same browser, even knowing the token', async () => {
    const program = await startProgram(configText('http://127.0.0.1:9'))
    const site = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>elsewhere</title>')
    })
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      site.close()
    })
    const { page, close } = await newPage(browser)
    onTestFinished(close)
    // Safe: a server that listens on TCP has such an address.
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
    const outcome = await page.evaluate(
      async ({ origin, token, body }) => {
        const attempt = async (init: RequestInit) =>
          fetch(`${origin}/console/api/call`, init).then(
            (reply) => reply.type,
            () => 'blocked',
          )
        const frame = document.createElement('iframe')
        const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
        frame.src = `${origin}/console/#token=${token}`
        document.body.append(frame)
        await loaded
        return {
          withToken: await attempt({ method: 'POST', headers: { authorization: `Bearer ${token}` }, body }),
          simple: await attempt({ method: 'POST', body }),
          events: await fetch(`${origin}/console/api/events`).then(
            () => 'open',
            () => 'blocked',
          ),
        }
      },
      { origin: program.origin, token: program.token, body: call },
    )
    expect(outcome).toEqual({ withToken: 'blocked', simple: 'blocked', events: 'blocked' })
    // Shown in a frame, the console could be clicked unseen.
    expect(page.frames().some((frame) => frame.url().startsWith(program.origin))).toBe(false)
  })

  it('sees the token page, which opens the console once the right one is given', async () => {
    const program = await startProgram(configText('http://127.0.0.1:9'))
    const { page, close } = await newPage(browser)
    onTestFinished(close)
    await page.goto(`${program.origin}/console/`)
    await page.getByRole('heading', { name: en.common.token.title }).waitFor()
    await expectAxeClean(page)
    const field = page.getByLabel(en.common.token.field, { exact: true })
    await field.fill('wrong-wrong-wrong-wrong-wrong-wrong')
    await page.getByRole('button', { name: en.common.token.open }).click()
    await page.getByText(en.common.token.refused).waitFor()
    await field.fill(program.consoleUrl)
    await page.getByRole('button', { name: en.common.token.open }).click()
    await page.getByRole('heading', { level: 1, name: en.common.page.overview }).waitFor()
    expect(page.url()).not.toContain(program.token)
  })
})
