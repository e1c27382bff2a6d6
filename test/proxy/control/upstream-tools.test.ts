import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { UpstreamDraft, UpstreamTest } from '../../../proxy/contract.ts'
import { failureWords } from '../../../proxy/control/line-failure.ts'
import { startConsole } from '../../helpers/console-engine.ts'
import type { ConsoleEngine, ConsoleOptions } from '../../helpers/console-engine.ts'
import { makeUpstream } from '../../helpers/make.ts'
import type { ConfigText } from '../../helpers/make.ts'
import {
  chatAnswer,
  errorAnswer,
  hang,
  html,
  json,
  messagesAnswer,
  modelList,
  redirect,
  resetConnection,
  startScriptedUpstream,
  testCertificatePath,
} from '../../helpers/scripted-upstream.ts'
import type { ScriptedUpstream, Step } from '../../helpers/scripted-upstream.ts'

const closers: (() => unknown)[] = []
let upstream: ScriptedUpstream

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  closers.push(() => upstream.close())
})
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function start(config: ConfigText = {}, options: ConsoleOptions = {}): Promise<ConsoleEngine> {
  const engine = await startConsole(config, options)
  closers.push(() => engine.stop())
  return engine
}

const draft = (overrides: Partial<UpstreamDraft> = {}): UpstreamDraft => ({
  name: 'new',
  baseUrl: upstream.url,
  pathPrefix: null,
  proxy: null,
  headers: {},
  key: { kind: 'literal', value: 'sk-canary-0123456789abcdef' },
  ...overrides,
})

const states = ({ reachable, keyAccepted, failure }: UpstreamTest) => [reachable.state, keyAccepted.state, failure]

describe('testUpstream', () => {
  it('asks for one real token and shows the answer', async () => {
    const { control } = await start()
    upstream.script(chatAnswer({ content: 'Hi there' }))
    const result = await control.testUpstream(draft({ headers: { 'X-Team': 'red' } }), 'gpt-4')
    expect(result).toEqual({
      url: `${upstream.url}/v1/chat/completions`,
      reachable: { state: 'ok', tookMs: expect.any(Number), status: 200, message: null },
      keyAccepted: { state: 'ok', tookMs: expect.any(Number), status: 200, message: null },
      failure: null,
      model: 'gpt-4',
      answer: 'Hi there',
    })
    const [seen] = upstream.requests
    expect([seen?.path, seen?.key, seen?.headers['x-team'], seen?.json()]).toEqual([
      '/v1/chat/completions',
      'sk-canary-0123456789abcdef',
      'red',
      { model: 'gpt-4', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 },
    ])
  })

  it.each<[string, () => Step, unknown[], RegExp | null]>([
    [
      'a refused key',
      () =>
        errorAnswer(401, {
          message: 'Incorrect API key provided: sk-canary-0123456789abcdef.',
          code: 'invalid_api_key',
        }),
      ['ok', 'failed', 'key_invalid'],
      /^Incorrect API key provided: sk-…cdef\.$/,
    ],
    [
      'a rate limit',
      () => errorAnswer(429, { message: 'Rate limit reached', code: 'rate_limit_exceeded' }),
      ['ok', 'failed', 'rate_limited'],
      /^Rate limit reached$/,
    ],
    [
      'no credit',
      () => errorAnswer(429, { message: 'You exceeded your current quota', code: 'insufficient_quota' }),
      ['ok', 'failed', 'key_exhausted'],
      /quota/,
    ],
    [
      'an unknown model',
      () => errorAnswer(404, { message: 'The model `gpt-9` does not exist', code: 'model_not_found' }),
      ['ok', 'failed', 'model_not_found'],
      /gpt-9/,
    ],
    ['a wrong path', () => json(404, { detail: 'Not Found' }), ['ok', 'failed', 'request_invalid'], /Not Found/],
    ['a broken server', () => json(500, { error: { message: 'boom' } }), ['ok', 'failed', 'upstream_error'], /^boom$/],
    [
      'an error behind a 200',
      () => json(200, { error: { message: 'invalid key', code: 'invalid_api_key' } }),
      ['ok', 'failed', 'key_invalid'],
      /invalid key/,
    ],
    ['a page', () => html(200, '<h1>Welcome</h1>'), ['ok', 'failed', 'upstream_error'], /not JSON/],
    ['a redirect', () => redirect(302, 'http://elsewhere.example/'), ['ok', 'failed', 'redirect'], /redirects/],
    [
      'a thinking model cut after one token',
      () =>
        errorAnswer(400, {
          message: 'Could not finish the message because max_tokens or model output limit was reached.',
        }),
      ['ok', 'ok', null],
      null,
    ],
    [
      'a cut connection',
      () => resetConnection('before-headers'),
      ['failed', 'skipped', 'upstream_error'],
      /cannot be reached/,
    ],
  ])('tells %s apart', async (_, step, expected, words) => {
    const { control } = await start()
    upstream.always(step())
    const result = await control.testUpstream(draft(), 'gpt-9')
    expect(states(result)).toEqual(expected)
    const message = result.keyAccepted.message ?? result.reachable.message
    if (words === null) expect(message).toBeNull()
    else expect(message).toMatch(words)
    expect(JSON.stringify(result)).not.toContain('canary')
  })

  it('tells that nothing listens there', async () => {
    const { control } = await start()
    await upstream.close()
    const result = await control.testUpstream(draft(), 'm')
    expect(states(result)).toEqual(['failed', 'skipped', 'upstream_error'])
    expect(result.reachable.message).toContain('ECONNREFUSED')
  })

  it('tells an untrusted certificate, and takes it with ca_file', async () => {
    const secure = await startScriptedUpstream({ tls: true })
    closers.push(() => secure.close())
    const { control } = await start()
    const result = await control.testUpstream(draft({ baseUrl: secure.url }), 'm')
    expect(states(result)).toEqual(['failed', 'skipped', 'upstream_error'])
    expect(result.reachable.message).toContain('certificate is not trusted')
    const trusting = await start({ server: { port: 0, ca_file: testCertificatePath } })
    expect(states(await trusting.control.testUpstream(draft({ baseUrl: secure.url }), 'm'))).toEqual(['ok', 'ok', null])
  })

  it('tells that the file of ca_file cannot be read, which keeps every upstream out of reach', async () => {
    const { control } = await start({ server: { port: 0, ca_file: '/no/such/company.pem' } })
    const result = await control.testUpstream(draft(), 'm')
    expect(states(result)).toEqual(['failed', 'skipped', 'upstream_error'])
    const message = 'The file of server.ca_file cannot be read (ENOENT), so no upstream can be reached.'
    expect(result.reachable.message).toBe(message)
    expect(await control.fetchModels(draft())).toEqual({ ok: false, status: null, message })
  })

  it('tells HTTPS asked of a plain HTTP server', async () => {
    const { control } = await start()
    const result = await control.testUpstream(draft({ baseUrl: upstream.url.replace('http:', 'https:') }), 'm')
    expect(states(result)).toEqual(['failed', 'skipped', 'upstream_error'])
    expect(result.reachable.message).toContain('speaks no HTTPS')
  })

  it('asks with max_completion_tokens where max_tokens is refused', async () => {
    const { control } = await start()
    upstream.script(
      errorAnswer(400, { message: "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead." }),
      chatAnswer({ content: 'Hi' }),
    )
    expect(states(await control.testUpstream(draft(), 'o9'))).toEqual(['ok', 'ok', null])
    expect(upstream.requests[1]?.json()).toEqual({
      model: 'o9',
      messages: [{ role: 'user', content: 'Hi' }],
      max_completion_tokens: 1,
    })
  })

  it('speaks the messages protocol where nothing else is spoken', async () => {
    const { control } = await start()
    upstream.script(messagesAnswer({ content: 'Hello' }))
    const result = await control.testUpstream(draft({ baseUrl: `${upstream.url}/anthropic` }), 'claude')
    expect([result.url, result.answer]).toEqual([`${upstream.url}/anthropic/v1/messages`, 'Hello'])
    const { headers } = await upstream.nextRequest()
    expect([headers['x-api-key'], headers['anthropic-version']]).toEqual(['sk-canary-0123456789abcdef', '2023-06-01'])
  })

  it('works with the demo inside the program, and with a path prefix', async () => {
    const { control } = await start()
    expect(
      states(await control.testUpstream(draft({ baseUrl: 'builtin:demo', key: { kind: 'none' } }), 'demo/echo')),
    ).toEqual(['ok', 'ok', null])
    const result = await control.testUpstream(draft({ pathPrefix: '/api/v3' }), 'm')
    expect(result.url).toBe(`${upstream.url}/api/v3/chat/completions`)
  })

  it('uses saved keys, headers and variables that the form does not know', async () => {
    const saved = makeUpstream('saved', upstream, {
      keys: ['sk-saved-0123456789abcdef'],
      headers: { 'X-Auth': 'header-0123456789abcdef' },
    })
    const { control } = await start({ upstreams: [saved] }, { env: { MY_KEY: 'sk-env-0123456789abcdef' } })
    const view = await control.getConfig()
    const [shown] = view.upstreams
    const headers = { 'X-Auth': String(Reflect.get(Object(shown?.settings['headers']), 'X-Auth')) }
    expect(headers['X-Auth']).toBe('…cdef')
    const key = { kind: 'saved', upstream: 'saved', keyId: shown?.keys[0]?.keyId ?? '' } as const
    await control.testUpstream(draft({ name: 'saved', headers, key }), 'm')
    await control.testUpstream(draft({ key: { kind: 'literal', value: '${MY_KEY}' } }), 'm')
    expect(upstream.requests.map(({ key: sent, headers: got }) => [sent, got['x-auth']])).toEqual([
      ['sk-saved-0123456789abcdef', 'header-0123456789abcdef'],
      ['sk-env-0123456789abcdef', undefined],
    ])
  })

  it.each<[string, Partial<UpstreamDraft>, string]>([
    ['no address', { baseUrl: 'http://' }, 'url_invalid'],
    ['another scheme', { baseUrl: 'ftp://host' }, 'url_scheme'],
    ['a password in the address', { baseUrl: 'http://u:p@host' }, 'url_credentials'],
    ['a masked key', { key: { kind: 'literal', value: 'sk-…cdef' } }, 'masked_secret'],
    ['a masked header of nobody', { headers: { 'x-auth': '…cdef' } }, 'masked_secret'],
    ['a masked proxy of nobody', { proxy: 'http://u:…@host' }, 'masked_secret'],
    ['a missing variable', { key: { kind: 'literal', value: '${NOPE}' } }, 'key_env_missing'],
    ['a key that is gone', { key: { kind: 'saved', upstream: 'x', keyId: 'y' } }, 'key_unknown'],
  ])('refuses %s before anything is sent', async (_, overrides, code) => {
    const engine = await start()
    expect(await engine.call('testUpstream', draft(overrides), 'm')).toMatchObject({ ok: false, error: { code } })
    expect(upstream.requests).toEqual([])
  })

  it('goes through the proxy of the draft', async () => {
    const proxy = createServer((socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    )
    await once(proxy, 'listening')
    closers.push(() => proxy.close())
    // Safe: a TCP server.
    const { port } = proxy.address() as AddressInfo
    const { control } = await start()
    const result = await control.testUpstream(draft({ proxy: `http://user:proxy-canary@127.0.0.1:${port}` }), 'm')
    expect(result.reachable.state).toBe('failed')
    expect(JSON.stringify(result)).not.toContain('canary')
    expect(upstream.requests).toEqual([])
  })
})

describe('fetchModels', () => {
  it('gives the list of the provider', async () => {
    const { control } = await start()
    upstream.script(modelList(['b', 'a', 'b']))
    expect(await control.fetchModels(draft())).toEqual({ ok: true, models: ['b', 'a'], tookMs: expect.any(Number) })
    const { path, key } = await upstream.nextRequest()
    expect([path, key]).toEqual(['/v1/models', 'sk-canary-0123456789abcdef'])
  })

  it.each<[string, () => Step, number | null, RegExp]>([
    [
      'a refused key',
      () => errorAnswer(401, { message: 'bad key sk-canary-0123456789abcdef' }),
      401,
      /^bad key sk-…cdef$/,
    ],
    ['a page', () => html(200, '<p>hi'), 200, /not JSON/],
    ['a redirect', () => redirect(301, 'https://x.example'), 301, /redirects/],
    ['a cut connection', () => resetConnection('before-headers'), null, /cannot be reached/],
  ])('says why there is none: %s', async (_, step, status, message) => {
    const { control } = await start()
    upstream.always(step())
    expect(await control.fetchModels(draft())).toEqual({ ok: false, status, message: expect.stringMatching(message) })
  })
})

describe('previewUrls', () => {
  it.each<[string, string | null, unknown]>([
    [
      'https://api.openai.com',
      null,
      { problem: null, provider: 'openai', chat: 'https://api.openai.com/v1/chat/completions' },
    ],
    [
      'https://api.openai.com/v1/chat/completions',
      null,
      { problem: null, provider: 'openai', chat: 'https://api.openai.com/v1/chat/completions' },
    ],
    ['my.host/x', '/api', { problem: null, provider: 'unknown', chat: 'https://my.host/api/chat/completions' }],
    ['builtin:demo', null, { problem: null, provider: 'demo', chat: undefined }],
    ['ftp://x', null, { problem: 'scheme', provider: null, chat: undefined }],
    ['https://u:p@x', null, { problem: 'credentials', provider: null, chat: undefined }],
    ['https://', null, { problem: 'invalid', provider: null, chat: undefined }],
  ])('%s with prefix %s', async (baseUrl, prefix, expected) => {
    const { control } = await start()
    const { problem, provider, urls } = await control.previewUrls(baseUrl, prefix)
    expect({ problem, provider, chat: urls.find(({ operation }) => operation === 'chat')?.url }).toEqual(expected)
  })

  it('lists what the host speaks', async () => {
    const { control } = await start()
    const operations = async (url: string) =>
      (await control.previewUrls(url, null)).urls.map(({ operation, url: to }) => [operation, to])
    expect(await operations('https://generativelanguage.googleapis.com')).toEqual([
      ['chat', 'https://generativelanguage.googleapis.com/v1beta/openai/chat/completions'],
      ['gemini', 'https://generativelanguage.googleapis.com/v1beta/models/{model}:generateContent'],
      ['embeddings', 'https://generativelanguage.googleapis.com/v1beta/openai/embeddings'],
      ['models', 'https://generativelanguage.googleapis.com/v1beta/openai/models'],
    ])
    expect((await operations('https://api.deepseek.com/anthropic')).map(([operation]) => operation)).toEqual([
      'messages',
      'models',
    ])
  })
})

it('lists presets', async () => {
  const { control } = await start()
  expect((await control.listPresets()).map(({ id }) => id)).toEqual(
    expect.arrayContaining(['openai', 'anthropic', 'ollama']),
  )
})

describe('failureWords', () => {
  const coded = (code: string, cause?: Error) => Object.assign(new Error('secret words', { cause }), { code })
  it.each<[string, unknown, string]>([
    ['a name that nobody knows', coded('ENOTFOUND'), 'The host h is not known (ENOTFOUND).'],
    ['nothing there', coded('ECONNREFUSED'), 'h refuses the connection (ECONNREFUSED): nothing listens there.'],
    ['no connection in time', coded('UND_ERR_CONNECT_TIMEOUT'), 'h did not answer within 5 s.'],
    ['no answer in time', new DOMException('', 'TimeoutError'), 'h did not answer within 5 s.'],
    [
      'a certificate',
      coded('CERT_HAS_EXPIRED'),
      'The encrypted connection to h failed (CERT_HAS_EXPIRED): its certificate is not trusted, or it speaks no HTTPS.',
    ],
    [
      'both addresses',
      new AggregateError([coded('ECONNREFUSED')]),
      'h refuses the connection (ECONNREFUSED): nothing listens there.',
    ],
    ['something within', new Error('x', { cause: coded('ECONNRESET') }), 'h cannot be reached (ECONNRESET).'],
    ['something else', 'text', 'h cannot be reached (unknown).'],
  ])('%s', (_, error, words) => {
    expect(failureWords(error, 'h', 5000, 'en')).toBe(words)
  })
})

it('gives up at its deadline what never answers', async () => {
  const { handle } = await start()
  upstream.always(hang('before-headers'))
  const line = handle.openLine({ origin: upstream.url, proxy: null })
  const request = { method: 'GET', path: '/', headers: {}, body: null, timeoutMs: 20 } as const
  await expect(line.request(request)).rejects.toThrow('timeout')
  line.close()
  await upstream.waitForAbort(0)
})
