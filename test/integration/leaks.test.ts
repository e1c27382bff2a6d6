/**
 * Runs requests of all kinds with marked secrets in the config and looks for the marks in all that comes out: answers,
 * headers, events, records, log, state. Marks look like nobody's key form, so only knowledge of the config can find them.
 */
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TestEngine } from '../helpers/engine.ts'
import { makeConfig, makeProject, makeUpstream, testKey } from '../helpers/make.ts'
import type { ConfigText } from '../helpers/make.ts'
import type { SeenRequest, Step } from '../helpers/scripted-upstream.ts'
import {
  chatAnswer,
  chatStream,
  errorAnswer,
  hang,
  html,
  json,
  keyed,
  perRequest,
  raw,
  redirect,
  sse,
} from '../helpers/scripted-upstream.ts'
import { closedPort, openEngine, openTcp, openUpstream, seen } from './faults-setup.ts'

const secrets = {
  upstreamKey: 'canary.upstream.key.one',
  secondKey: 'sk-canaryupstreamkeytwo',
  headerKey: 'canary.header.key',
  projectKey: 'canary.project.key',
  previousKey: 'canary.previous.key',
  proxyPassword: 'canary.proxy.password',
  webhookToken: 'canary.webhook.token',
  brokenKey: 'canary.broken.key',
  newKey: 'canary.new.key',
}

/** What an upstream may do with a key that it was shown: all of it is seen by `found`. */
const echoes: readonly (readonly [string, (key: string) => Step])[] = [
  ['in an answer header', (key) => chatAnswer({ headers: { 'x-debug': `key ${key}`, 'x-request-id': `req-${key}` } })],
  ['in a header of a stream', (key) => chatStream(['Hi'], { headers: { 'x-debug': key } })],
  ['in the message of 400', (key) => errorAnswer(400, { message: `bad request with ${key}` }, { 'x-debug': key })],
  ['in type and code of 400', (key) => errorAnswer(400, { message: 'x', type: `t ${key}`, code: `c ${key}` })],
  ['beside the error of 422', (key) => json(422, { error: { message: 'x', param: key, debug: { key } }, seen: key })],
  [
    'in plain text of 413',
    (key) => raw([`too large: ${key}`], { status: 413, headers: { 'content-type': 'text/plain' } }),
  ],
  ['in a long 400', (key) => errorAnswer(400, { message: `${'x'.repeat(100_000)} ${key}` })],
  ['in the message of 401', (key) => errorAnswer(401, { message: `Incorrect API key provided: ${key}.` })],
  ['in 403', (key) => errorAnswer(403, { message: `${key} may not use this model`, code: key })],
  ['in 404', (key) => errorAnswer(404, { message: `The model does not exist for ${key}`, code: 'model_not_found' })],
  ['in 429', (key) => errorAnswer(429, { message: `Rate limit reached for ${key}` }, { 'x-debug': key })],
  ['in 500', (key) => errorAnswer(500, { message: `panic: ${key}`, type: key, code: key })],
  ['in a web page', (key) => html(502, `<html>${key}</html>`)],
  ['in a redirect', (key) => redirect(302, `https://${key}.test/${key}?key=${key}`)],
  ['in an error under 200', (key) => json(200, { error: { message: `no ${key}`, code: key } })],
  ['in a first event', (key) => sse([JSON.stringify({ error: { message: `no ${key}`, code: key, type: key } })])],
  ['in an event after content', (key) => chatStream(['Hi'], { errorAfter: { message: key, code: key, type: key } })],
  ['in a broken header', (key) => raw([], { headers: { 'x-debug': key }, end: 'reset' })],
]

function found(where: string, value: unknown): readonly string[] {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return Object.entries(secrets)
    .filter(([, secret]) => text.includes(secret) || text.includes(encodeURIComponent(secret)))
    .map(([name]) => `${name} in ${where}: ${text.slice(0, 400)}`)
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

/** All that an engine has given out or put down, but for config files and their backups, which hold the secrets. */
async function leftBehind(engine: TestEngine): Promise<readonly string[]> {
  const records = engine.engine.records.list(10_000).map((record) => record.copy())
  const files = (await filesBelow(engine.folder)).filter((file) => !/config\.yaml|backups/.test(file))
  const contents = await Promise.all(files.map(async (file) => found(file, await readFile(file, 'latin1'))))
  return [
    ...engine.events.flatMap((event) => found(`event ${event.type}`, event)),
    ...records.flatMap((record) => found(`record ${record.path}`, record)),
    ...engine.lines.flatMap((line) => found('log', line)),
    ...found('status', engine.engine.status()),
    ...contents.flat(),
  ]
}

const messages = [{ role: 'user', content: 'hi' }]
const bodies = [
  ['/v1/chat/completions', { model: 'm', messages }],
  ['/v1/chat/completions', { model: 'm', messages, stream: true }],
  ['/v1/chat/completions', { model: 'alias', messages, stream: true }],
  ['/v1/messages', { model: 'm', messages, max_tokens: 5, stream: true }],
  ['/v1/responses', { model: 'm', input: 'hi', stream: true }],
  ['/v1/embeddings', { model: 'm', input: 'hi' }],
  ['/v1beta/models/m:generateContent', { contents: [] }],
  ['/v1/files', {}],
] as const

describe('secrets of the config', () => {
  const api = ['chat', 'responses', 'messages', 'gemini']

  async function open(upstream: { readonly url: string }, more: readonly object[] = []) {
    const webhook = await openUpstream()
    webhook.always(errorAnswer(500, { message: 'no' }))
    const config: ConfigText = {
      server: {
        port: 0,
        max_retries: 0,
        auto_models: { alias: 'up:m' },
        notification_webhook: `${webhook.url}/hook/${secrets.webhookToken}`,
        log: { bodies: true },
      },
      upstreams: [
        makeUpstream('up', upstream.url, { api, keys: [secrets.upstreamKey, secrets.secondKey] }),
        makeUpstream('bearer', upstream.url, {
          api,
          models: ['by-header'],
          keys: [],
          headers: { authorization: `Bearer ${secrets.headerKey}` },
        }),
        // Safe to spread: builders of upstreams give objects.
        ...(more as readonly Record<string, unknown>[]),
      ],
      project_auth: [
        makeProject('tests', testKey),
        makeProject('marked', secrets.projectKey, {
          allowed_models: ['only-this'],
          previous_api_key: { key: secrets.previousKey, until: '2099-01-01' },
        }),
      ],
    }
    return { engine: await openEngine(config), config, webhook }
  }

  it.each(echoes)('come out nowhere when an upstream repeats its key %s', async (_, echo) => {
    const upstream = await openUpstream()
    upstream.always(perRequest((request: SeenRequest) => echo(request.key ?? '')))
    const { engine } = await open(upstream)
    const leaks: string[] = []
    for (const [path, body] of [...bodies, ['/v1/chat/completions', { model: 'by-header', messages }] as const]) {
      const answered = await seen(engine.post(path, body))
      const shown = [answered.text, [...answered.headers]].flatMap((part) => found(`answer of ${path}`, part))
      leaks.push(...shown)
    }
    expect(upstream.requests.some(({ key }) => key === secrets.upstreamKey)).toBe(true)
    expect(upstream.requests.some(({ key }) => key === secrets.headerKey)).toBe(true)
    await engine.engine.stop({ graceMs: 0 })
    expect([...leaks, ...(await leftBehind(engine))]).toEqual([])
  })

  it('come out nowhere when the way to upstreams fails', async () => {
    const upstream = await openUpstream({ tls: true })
    const garbage = await openTcp((socket) => {
      socket.on('data', (data) => socket.write(`HTTP/1.1 ${data.toString()}`))
    })
    const login = `user:${secrets.proxyPassword}@`
    const refusing = await openUpstream()
    refusing.always(errorAnswer(407, { message: 'who are you' }))
    const keys = [secrets.upstreamKey]
    const dead = await closedPort()
    const { engine } = await open(upstream, [
      makeUpstream('refused', `http://127.0.0.1:${dead}`, { models: ['w1'], keys }),
      makeUpstream('garbage', garbage.url, { models: ['w2'], keys }),
      makeUpstream('no-proxy', 'http://a.invalid', { models: ['w3'], keys, proxy: `http://${login}127.0.0.1:${dead}` }),
      makeUpstream('no-socks', 'http://a.invalid', {
        models: ['w4'],
        keys,
        proxy: `socks5://${login}127.0.0.1:${dead}`,
      }),
      makeUpstream('garbled-socks', 'http://a.invalid', {
        models: ['w5'],
        keys,
        proxy: `socks5://${login}127.0.0.1:${garbage.port}`,
      }),
      makeUpstream('refusing-proxy', 'http://a.invalid', {
        models: ['w6'],
        keys,
        proxy: `http://${login}127.0.0.1:${refusing.port}`,
      }),
      makeUpstream('tunnel', 'https://a.invalid', {
        models: ['w7'],
        keys,
        proxy: `http://${login}127.0.0.1:${garbage.port}`,
      }),
    ])
    const leaks: string[] = []
    for (const model of ['m', 'w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7']) {
      for (const stream of [true, false]) {
        const answered = await seen(engine.post('/v1/chat/completions', { model, messages, stream }))
        expect([model, answered.status]).toEqual([model, 502])
        leaks.push(...[answered.text, [...answered.headers]].flatMap((part) => found(`answer of ${model}`, part)))
      }
    }
    await engine.engine.stop({ graceMs: 0 })
    expect([...leaks, ...(await leftBehind(engine))]).toEqual([])
  })

  it('come out nowhere in what clients of all kinds get', async () => {
    const upstream = await openUpstream()
    upstream.always(
      keyed({
        [secrets.upstreamKey]: errorAnswer(401, { message: 'no' }),
        [secrets.secondKey]: errorAnswer(402, { message: 'no' }),
      }),
    )
    const { engine, webhook } = await open(upstream)
    const as = (key: string) => ({ authorization: `Bearer ${key}` })
    const chatBody = { model: 'm', messages }
    const leaks: string[] = []
    const look = async (answer: Promise<Response>) => {
      const answered = await seen(answer)
      leaks.push(...[answered.text, [...answered.headers]].flatMap((part) => found('answer', part)))
      return answered.status
    }
    const statuses = [
      // Another project's key, an upstream's key shown as one's own, keys in odd places.
      await look(engine.post('/v1/chat/completions', chatBody, as(secrets.projectKey))),
      await look(engine.post('/v1/chat/completions', chatBody, as(secrets.previousKey))),
      await look(engine.post('/v1/chat/completions', chatBody, as(secrets.upstreamKey))),
      await look(engine.post(`/v1/chat/completions?key=${secrets.projectKey}`, chatBody, { authorization: '' })),
      await look(engine.post(`/v1beta/models/m:generateContent?key=${secrets.projectKey}`, {}, { authorization: '' })),
      await look(engine.post('/v1/messages', chatBody, { authorization: '', 'x-api-key': secrets.projectKey })),
      await look(engine.fetch('/v1/models', { headers: as(secrets.projectKey) })),
      await look(engine.fetch('/v1/nothing', { headers: as(secrets.projectKey) })),
      await look(engine.fetch('/health')),
      await look(engine.post('/v1/chat/completions', '{"model":', as(secrets.projectKey))),
      await look(engine.post('/v1/chat/completions', chatBody)),
    ]
    expect(statuses).toEqual([403, 403, 401, 401, 403, 403, 200, expect.any(Number), 200, 400, expect.any(Number)])
    // Notices of the refused keys have gone to the webhook.
    const notice = await webhook.nextRequest()
    leaks.push(...found('webhook', notice.body.toString('utf8')))
    await engine.engine.stop({ graceMs: 0 })
    expect([...leaks, ...(await leftBehind(engine))]).toEqual([])
  })

  it('come out nowhere when a config is refused, mended and changed', async () => {
    const upstream = await openUpstream()
    const { engine, config } = await open(upstream)
    const text = makeConfig(config)
    const broken = [
      text.replace('"upstreams"', `"upstreams": ${secrets.brokenKey}, "upstreams"`),
      `${text}\n  - ${secrets.brokenKey}: [`,
      text.replace('"port": 0', `"port": "${secrets.brokenKey}"`),
      text.replace(`"${secrets.upstreamKey}"`, `{ "key": { "nested": "${secrets.brokenKey}" } }`),
      text.replace(`"${secrets.upstreamKey}"`, `"\${${secrets.brokenKey}"`),
      text.replace('"max_retries": 0', `"max_retries": "${secrets.brokenKey}"`),
      text.replace('http://127.0.0.1', `http://user:${secrets.brokenKey}@127.0.0.1`),
      text.replace('"log": {', `"${secrets.brokenKey}": 1, "log": { "${secrets.brokenKey}": 2,`),
    ]
    const kinds: string[] = []
    const results: unknown[] = []
    for (const next of broken) {
      const result = await engine.configure(next)
      kinds.push(result.kind)
      results.push(result)
      await engine.configure(text)
    }
    expect(kinds.filter((kind) => kind === 'rejected').length).toBeGreaterThanOrEqual(5)
    const changed = text.replaceAll(secrets.upstreamKey, secrets.newKey)
    expect((await engine.configure(changed)).kind).toBe('applied')
    await seen(engine.post('/v1/chat/completions', { model: 'm', messages }))
    await writeFile(join(engine.folder, 'data', 'state.json'), '{"keys":{}')
    await engine.engine.stop({ graceMs: 0 })
    // A name that nobody knows must be said, or nobody finds it: names are no place for secrets.
    const isUnknownName = (text: string) => text.includes('There is no setting')
    const leaks = [...results.flatMap((result) => found('reload', result)), ...(await leftBehind(engine))]
    expect(leaks.filter((leak) => !isUnknownName(leak))).toEqual([])
  })

  it('are used where they belong', async () => {
    const upstream = await openUpstream()
    upstream.always(hang('before-headers'))
    const { engine } = await open(upstream)
    const controller = new AbortController()
    const pending = engine
      .fetch('/v1/chat/completions', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': 'canary.of.the.client', cookie: 'a=canary' },
        body: JSON.stringify({ model: 'm', messages }),
        signal: controller.signal,
      })
      .catch(() => null)
    const request = await upstream.nextRequest()
    controller.abort()
    await pending
    expect(request.headers.authorization).toBe(`Bearer ${secrets.upstreamKey}`)
    expect(JSON.stringify(request.rawHeaders)).not.toMatch(/canary\.of\.the\.client|a=canary|ak-test/)
  })
})
