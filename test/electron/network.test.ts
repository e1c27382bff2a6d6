/** The built desktop app towards the network: who may connect, the system's proxy, and no sleep while requests run. */
import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import { networkInterfaces } from 'node:os'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { chatStream, gate, type ScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { findItem } from './app-host.ts'
import { chat, makeConfig, readAsFar, type DesktopApp } from './desktop-app.ts'
import { desktopTests, portOf, takePort, upstreamLine } from './desktop-tests.ts'

const { atEnd, start, startUpstream } = desktopTests()

async function openPage(app: DesktopApp, link: string): Promise<Page> {
  const page = await app.page()
  await page.getByRole('link', { name: link, exact: true }).click()
  await page.getByRole('heading', { level: 1, name: link }).waitFor()
  return page
}

describe('who may connect', () => {
  /** What other computers would call this one by; the test can't know a real one on a computer without network. */
  const foreign = Object.values(networkInterfaces())
    .flatMap((infos) => infos ?? [])
    .find(({ internal, family, address }) => !internal && family === 'IPv4' && !address.startsWith('169.254.'))?.address

  const note = foreign === undefined ? ' (skipped: this computer is in no network)' : ''

  async function choose(page: Page, who: string): Promise<void> {
    await page.getByRole('radio', { name: who, exact: true }).click()
    await page.getByRole('button', { name: en.common.action.save }).click()
    await page.getByText(/^Applied in /).waitFor()
  }

  it.skipIf(foreign === undefined)(
    `is switched in the settings, for others and back, and cuts no stream${note}`,
    async () => {
      const { port, free } = await takePort('0.0.0.0')
      await free()
      const upstream = await startUpstream()
      const [first, second] = [gate(), gate()]
      upstream.script(chatStream(['Hello', first, ' world']), chatStream(['Hello', second, ' moon']))
      const before = makeConfig({ port: `:${port}`, upstreams: upstreamLine('gpt-4', upstream.url) })
      const app = await start({ config: before, anyPort: false })
      await app.baseUrl()
      const [here, there] = [`http://localhost:${port}/v1`, `http://${foreign}:${port}/v1`]
      const ofFirst = await readAsFar(await chat(here, { model: 'gpt-4' }), 'Hello')
      await expect(chat(there)).rejects.toThrow('fetch failed')

      await app.emit('app', 'second-instance', [], '/')
      const page = await openPage(app, 'Settings')
      await choose(page, en.settings.network.others)
      expect(app.configText()).toBe(before.replace(`":${port}"`, `"0.0.0.0:${port}"`))
      await app.until('the tray knows', () => findItem(app.tray()?.menu ?? null, 'reach', 'reach:network')?.checked)
      expect((await chat(there)).status).toBe(200)
      expect((await chat(there, { key: 'ak-wrong' })).status).toBe(401)
      expect((await fetch(`${there}/models`)).status).toBe(401)
      // The desktop's console is in its window only.
      for (const path of ['console/', 'console/api/events'])
        expect((await fetch(`http://${foreign}:${port}/${path}`)).status).toBe(404)
      const call = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"method":"getStatus"}' }
      expect((await fetch(`http://${foreign}:${port}/console/api/call`, call)).status).toBe(404)
      expect((await chat(`http://127.0.0.1:${port}/v1`)).status).toBe(200)

      await page.getByRole('button', { name: `Copy ${there}` }).click()
      await page.getByText(en.common.action.copied).first().waitFor()
      const ofSecond = await readAsFar(await chat(there, { model: 'gpt-4' }), 'Hello')

      await choose(page, en.settings.network.local)
      expect(app.configText()).toBe(before)
      await expect(chat(there)).rejects.toThrow('fetch failed')
      expect((await chat(here)).status).toBe(200)
      first.open()
      second.open()
      for (const [stream, end] of [
        [ofFirst, ' world'],
        [ofSecond, ' moon'],
      ] as const) {
        const text = await stream.rest()
        expect(text).toContain(end)
        expect(text.trimEnd()).toMatch(/data: \[DONE\]$/)
      }
      expect(app.problems).toEqual([])
    },
  )
})

describe("the system's proxy", () => {
  interface TestProxy {
    /** As a proxy script names it. */
    readonly answer: string
    readonly url: string
    /** `host:port` of each request that it passed on. */
    readonly passed: readonly string[]
  }

  /** Of the kind that plain HTTP goes by: https upstreams are the business of test/integration/proxies.test.ts. */
  async function startProxy(): Promise<TestProxy> {
    const passed: string[] = []
    const server = createServer((request, response) => {
      const { host, port, pathname } = new URL(request.url ?? '')
      passed.push(host)
      const { method, headers } = request
      const onward = httpRequest({ port, path: pathname, method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      })
      request.pipe(onward)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    atEnd(() => server.close())
    const address = `127.0.0.1:${portOf(server)}`
    return { answer: `PROXY ${address}; DIRECT`, url: `http://${address}`, passed }
  }

  const hostOf = ({ url }: ScriptedUpstream) => new URL(url).host

  it('is used while the switch is on, for upstreams that name none of their own', async () => {
    const [plain, direct, proxied] = [await startUpstream(), await startUpstream(), await startUpstream()]
    const [system, own] = [await startProxy(), await startProxy()]
    const upstreams = [
      upstreamLine('plain', plain.url),
      upstreamLine('direct', direct.url, ', proxy: direct'),
      upstreamLine('proxied', proxied.url, `, proxy: "${own.url}"`),
    ]
    const app = await start({ config: makeConfig({ upstreams: upstreams.join('\n') }) })
    const baseUrl = await app.baseUrl()
    const ask = async (model: string) => (await chat(baseUrl, { model, stream: false })).text()
    const asked = () => app.reported('resolve-proxy').map(({ url }) => url)
    for (const { url } of [plain, direct, proxied]) await app.setSystemProxy(url, system.answer)

    await ask('plain')
    expect([asked(), system.passed, plain.requests.length]).toEqual([[], [], 1])

    await app.emit('app', 'second-instance', [], '/')
    const page = await openPage(app, 'Settings')
    const theSwitch = page.getByRole('switch', { name: en.settings.desktop.proxy })
    await theSwitch.click()
    await app.until('the system is asked', () => asked().length > 0)
    for (const model of ['plain', 'direct', 'proxied']) await ask(model)
    expect(asked()).toEqual([`${plain.url}/`])
    expect([system.passed, own.passed]).toEqual([[hostOf(plain)], [hostOf(proxied)]])
    expect([plain, direct, proxied].map(({ requests }) => requests.length)).toEqual([2, 1, 1])

    // Another network after sleep.
    await app.setSystemProxy(plain.url, 'DIRECT')
    await app.emit('powerMonitor', 'resume')
    await app.until('the system is asked again', () => asked().length === 2)
    await ask('plain')
    expect([system.passed.length, plain.requests.length]).toEqual([1, 3])

    await app.setSystemProxy(plain.url, system.answer)
    await theSwitch.click()
    await expect.poll(() => theSwitch.isChecked()).toBe(false)
    await app.emit('powerMonitor', 'resume')
    await app.until('it is awake', () => app.output().split('Back from sleep').length === 3)
    await ask('plain')
    expect([asked().length, system.passed.length, plain.requests.length]).toEqual([2, 1, 4])
  })

  it('is asked at start where the switch was on', async () => {
    const upstream = await startUpstream()
    const config = makeConfig({ upstreams: upstreamLine('plain', upstream.url) })
    const app = await start({ config, settings: { useSystemProxy: true }, args: ['--hidden'] })
    await app.until('the system is asked', () => app.reported('resolve-proxy').length > 0)
    expect(app.reported('resolve-proxy')).toEqual([{ kind: 'resolve-proxy', url: `${upstream.url}/` }])
  })
})

it('keeps the system from suspending it while requests run, and only then', async () => {
  const upstream = await startUpstream()
  const [first, second] = [gate(), gate()]
  upstream.script(chatStream(['Hello', first, ' world']), chatStream(['Hello', second, ' moon']))
  const app = await start({
    config: makeConfig({ upstreams: upstreamLine('gpt-4', upstream.url) }),
    args: ['--hidden'],
  })
  const baseUrl = await app.baseUrl()
  const blockers = () => app.reported('power-save-blocker').map(({ type, running }) => [type, running])
  const streams = [
    await readAsFar(await chat(baseUrl, { model: 'gpt-4' }), 'Hello'),
    await readAsFar(await chat(baseUrl, { model: 'gpt-4' }), 'Hello'),
  ]
  await app.until('it is held off', () => blockers().length > 0)
  first.open()
  await streams[0]?.rest()
  expect(blockers()).toEqual([['prevent-app-suspension', true]])
  second.open()
  await streams[1]?.rest()
  await app.until('it may sleep', () => blockers().length > 1)
  expect(blockers()).toEqual([
    ['prevent-app-suspension', true],
    ['prevent-app-suspension', false],
  ])
})
