/** Models, keys and notices through the contract, on a real engine. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { json as readJson } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startConsole } from '../../helpers/console-engine.ts'
import type { ConsoleEngine } from '../../helpers/console-engine.ts'
import { makeProject, makeUpstream } from '../../helpers/make.ts'
import type { ConfigText } from '../../helpers/make.ts'
import { errorAnswer, modelList, startScriptedUpstream } from '../../helpers/scripted-upstream.ts'
import type { ScriptedUpstream } from '../../helpers/scripted-upstream.ts'

const closers: (() => unknown)[] = []
let upstream: ScriptedUpstream

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  closers.push(() => upstream.close())
})
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function start(config: ConfigText): Promise<ConsoleEngine> {
  const engine = await startConsole(config)
  closers.push(() => engine.stop())
  return engine
}

const config = (): ConfigText => ({
  server: { port: 0, max_retries: 0, auto_models: { best: ['a:m', 'm2'], nowhere: 'c:m' } },
  upstreams: [
    makeUpstream('a', upstream, { keys: ['sk-a-0001', 'sk-a-0002'] }),
    makeUpstream('b', upstream, { models: ['m', 'p-*'] }),
    makeUpstream('c', upstream, { models: ['m'], enabled: false }),
    makeUpstream('d', 'https://keyless.example', { models: ['k'], keys: [] }),
  ],
  project_auth: [
    makeProject('all', 'ak-all-0123456789'),
    makeProject('some', 'ak-some-0123456789', { allowed_models: ['best', 'p-*'] }),
    makeProject('off', 'ak-off-0123456789', { enabled: false }),
  ],
})

const post = (engine: ConsoleEngine, model: string, key = 'ak-all-0123456789') =>
  engine.post('/v1/chat/completions', { model, messages: [] }, { authorization: `Bearer ${key}` })

describe('models', () => {
  it('lists every name with who answers, in order, and who may ask', async () => {
    const { control } = await start(config())
    const entries = await control.listModels()
    expect(entries.find(({ name }) => name === 'best')).toEqual({
      name: 'best',
      kind: 'alias',
      targets: [
        { upstream: 'a', model: 'm', usable: true, why: null },
        { upstream: 'a', model: 'm2', usable: true, why: null },
      ],
      projects: ['all', 'some'],
    })
    expect(
      entries.find(({ name }) => name === 'm')?.targets.map(({ upstream: name, usable, why }) => [name, usable, why]),
    ).toEqual([
      ['a', true, null],
      ['b', true, null],
      ['c', false, 'disabled'],
    ])
  })

  it('shows a project exactly what GET /v1/models answers it', async () => {
    upstream.always(modelList(['p-1', 'p-2', 'other']))
    const engine = await start(config())
    await engine.waitFor(
      (event) =>
        event.type === 'status' && event.status.upstreams.some(({ discoveredModels }) => discoveredModels === 3),
    )
    const answer = await engine.fetch('/v1/models', { headers: { authorization: 'Bearer ak-some-0123456789' } })
    const { data } = (await answer.json()) as { readonly data: readonly { readonly id: string }[] }
    const shown = await engine.control.listProjectModels('some')
    expect(shown).toEqual(data.map(({ id }) => id))
    expect(shown).toEqual(['best', 'p-1', 'p-2'])
    expect(await engine.control.matchModels(['best', 'p-*'])).toEqual(shown)
    expect(await engine.control.matchModels([])).toEqual([])
  })

  it('fails for a project that does not exist', async () => {
    const engine = await start(config())
    expect(await engine.call('listProjectModels', 'nobody')).toMatchObject({ error: { code: 'project_unknown' } })
  })
})

describe('explainRoute', () => {
  const steps = async (engine: ConsoleEngine, model: string, project: string | null) =>
    (await engine.control.explainRoute(model, project)).map(({ code, params, ok }) => [
      ok ? code : `!${code}`,
      params['upstream'] ?? params['project'] ?? params['model'],
      params['key'] ?? params['why'] ?? params['model'],
    ])

  it.each<[string, string, string | null, unknown[]]>([
    ['an unknown project', 'm', 'nobody', [['!project-unknown', 'nobody', undefined]]],
    ['a disabled project', 'm', 'off', [['!project-disabled', 'off', undefined]]],
    ['a model that is not allowed', 'm', 'some', [['!not-allowed', 'some', 'm']]],
    [
      'an unknown model',
      'x',
      'all',
      [
        ['allowed', 'all', 'x'],
        ['!not-found', 'x', 'x'],
      ],
    ],
    [
      'a pattern',
      'p-1',
      null,
      [
        ['pattern', 'b', 'p-1'],
        ['target', 'b', 'p-1'],
        ['key', 'b', '…'],
        ['sent', 'b', '…'],
      ],
    ],
    [
      'upstream:model',
      'b:q',
      null,
      [
        ['direct', 'b', 'b:q'],
        ['target', 'b', 'q'],
        ['key', 'b', '…'],
        ['sent', 'b', '…'],
      ],
    ],
    [
      'an alias to a disabled upstream',
      'nowhere',
      null,
      [
        ['!target-skipped', 'c', 'disabled'],
        ['!not-found', 'nowhere', 'nowhere'],
      ],
    ],
    [
      'an upstream without key',
      'k',
      null,
      [
        ['!target-skipped', 'd', 'no-key'],
        ['!not-found', 'k', 'k'],
      ],
    ],
    [
      'an exact name on several',
      'm',
      'all',
      [
        ['allowed', 'all', 'm'],
        ['exact', 'a, b', 'm'],
        ['!target-skipped', 'c', 'disabled'],
        ['target', 'a', 'm'],
        ['key', 'a', '…'],
        ['target', 'b', 'm'],
        ['key', 'b', '…'],
        ['sent', 'a', '…'],
      ],
    ],
  ])('%s', async (_, model, project, expected) => {
    expect(await steps(await start(config()), model, project)).toEqual(expected)
  })

  it('needs no key for the demo', async () => {
    const engine = await start({ upstreams: [{ name: 'Demo', base_url: 'builtin:demo', models: ['demo/echo'] }] })
    expect((await engine.control.explainRoute('demo/echo', null)).map(({ code, ok }) => [code, ok])).toEqual([
      ['exact', true],
      ['target', true],
      ['key', true],
      ['sent', true],
    ])
  })

  it('agrees with what then happens: a paused key comes last, a refused upstream is passed over', async () => {
    const engine = await start(config())
    upstream.scriptFor({ key: 'sk-a-0001' }, errorAnswer(429, { message: 'slow down' }, { 'retry-after': '600' }))
    upstream.scriptFor({ key: 'sk-a-0002' }, errorAnswer(429, { message: 'slow down' }, { 'retry-after': '600' }))
    await (await post(engine, 'a:m')).text()
    await (await post(engine, 'a:m')).text()
    await engine.idle()
    const explained = await engine.control.explainRoute('m', 'all')
    expect(explained.find(({ code }) => code === 'no-key')).toMatchObject({
      ok: false,
      params: { upstream: 'a', keys: 2, why: 'rate_limited', until: expect.any(Number) },
    })
    expect(explained.at(-1)).toMatchObject({ code: 'sent', params: { upstream: 'b' } })
    const answer = await post(engine, 'm')
    await answer.text()
    expect((await engine.recordOf(answer)).attempts.map(({ upstream: name }) => name)).toEqual(['b'])
  })

  it('says that a guessed pause is tested when nothing else is free', async () => {
    const engine = await start({ ...config(), upstreams: [makeUpstream('a', upstream)] })
    upstream.script(errorAnswer(429, { message: 'slow down' }))
    await (await post(engine, 'm')).text()
    await engine.idle()
    const explained = await engine.control.explainRoute('m', 'all')
    expect(explained.slice(-2)).toMatchObject([
      { code: 'key', ok: true, params: { state: 'paused', why: 'rate_limited' } },
      { code: 'sent', params: { upstream: 'a' } },
    ])
  })
})

describe('resetKey', () => {
  it('ends a pause at once, in the status and for requests', async () => {
    const engine = await start({ ...config(), upstreams: [makeUpstream('a', upstream)] })
    upstream.script(errorAnswer(429, { message: 'slow down' }, { 'retry-after': '600' }))
    await (await post(engine, 'm')).text()
    await engine.idle()
    const keyNow = async () => (await engine.control.getStatus()).upstreams[0]?.keys[0]
    expect((await keyNow())?.state).toBe('paused')
    await engine.control.resetKey('a', (await keyNow())?.keyId ?? '')
    expect((await keyNow())?.state).toBe('ready')
    expect((await post(engine, 'm')).status).toBe(200)
  })

  it.each([
    ['a', 'nope'],
    ['nope', 'nope'],
  ])('fails for a key that is not there: %s %s', async (name, keyId) => {
    const engine = await start(config())
    expect(await engine.call('resetKey', name, keyId)).toMatchObject({ error: { code: 'key_unknown' } })
  })
})

describe('sendTestNotice', () => {
  it('posts one notice and tells the answer', async () => {
    const bodies: unknown[] = []
    const receiver = createServer((request, response) => {
      void readJson(request).then((body) => {
        bodies.push(body)
        response.writeHead(request.url === '/bad' ? 500 : 204).end()
      })
    }).listen(0, '127.0.0.1')
    await once(receiver, 'listening')
    closers.push(() => receiver.close())
    // Safe: a TCP server.
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
    const { control } = await start({})
    expect(await control.sendTestNotice(`${url}/good`)).toEqual({ ok: true, status: 204 })
    expect(await control.sendTestNotice(`${url}/bad`)).toEqual({ ok: false, message: 'HTTP 500' })
    expect(bodies).toHaveLength(2)
    expect(bodies[0]).toMatchObject({ event: 'test' })
  })

  it('refuses what is no address', async () => {
    const { control } = await start({})
    expect(await control.sendTestNotice('javascript:alert(1)')).toMatchObject({ ok: false })
  })
})
