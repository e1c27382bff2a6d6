/** Upstreams that answer with a failure, in whatever disguise: what the client sees, who is blamed, who is asked next. */
import { gzipSync, brotliCompressSync, deflateSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { makeUpstream } from '../helpers/make.ts'
import type { Step } from '../helpers/scripted-upstream.ts'
import {
  answer,
  chatStream,
  errorAnswer,
  fixture,
  html,
  json,
  keyed,
  perRequest,
  raw,
  readFixture,
  redirect,
  sse,
  text,
} from '../helpers/scripted-upstream.ts'
import { attemptsOf, chat, healthOf, keysUsed, openEngine, openUpstream, seen, streamed } from './faults-setup.ts'

const bad = { status: 502, code: 'upstream_error' }
const limited = { status: 429, code: 'rate_limit_exceeded' }
const spent = { status: 429, code: 'insufficient_quota' }
const refusedKey = { status: 502, code: 'upstream_credentials_exhausted' }
const overloaded = { status: 503, code: 'server_is_overloaded' }

const event = (value: unknown) => sse([JSON.stringify(value)])

// Step, final answer, result of the attempt, state of the key after it.
const disguises: readonly (readonly [string, Step, { status: number; code: string }, string, string])[] = [
  [
    'an error as JSON under 200',
    json(200, { error: { message: 'boom', type: 'server_error' } }),
    bad,
    'upstream_error 200',
    'ready',
  ],
  [
    'a rate limit as JSON under 200',
    json(200, { error: { message: 'Rate limit reached', code: 'rate_limit_exceeded' } }),
    limited,
    'rate_limited 200',
    'paused',
  ],
  [
    'an error as first event',
    event({ error: { message: 'The server had an error', type: 'server_error' } }),
    bad,
    'upstream_error 200',
    'ready',
  ],
  ["OpenRouter's error event", fixture('openrouter-chat-error-first.txt'), limited, 'rate_limited 200', 'paused'],
  [
    "MiniMax's base_resp",
    json(200, { base_resp: { status_code: 1002, status_msg: 'rate limit' }, choices: null }),
    limited,
    'rate_limited 200',
    'paused',
  ],
  [
    "MiniMax's base_resp in a stream",
    event({ base_resp: { status_code: 1008, status_msg: 'insufficient balance' } }),
    spent,
    'key_exhausted 200',
    'exhausted',
  ],
  ['an empty body', text(200, ''), bad, 'upstream_error 200', 'ready'],
  ['an empty stream', sse([]), bad, 'upstream_error 200', 'ready'],
  ['a stream of comments', sse([{ comment: 'x' }, { comment: 'y' }]), bad, 'upstream_error 200', 'ready'],
  ['nothing but [DONE]', sse(['[DONE]']), bad, 'upstream_error 200', 'ready'],
  [
    'a role and then the end',
    event({ choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }),
    bad,
    'upstream_error 200',
    'ready',
  ],
  ['a web page under 200', html(200, '<!doctype html><title>Sign in</title>'), bad, 'upstream_error 200', 'ready'],
  ['a web page under 502', html(502, '<html><h1>502 Bad Gateway</h1></html>'), bad, 'upstream_error 502', 'ready'],
  ['a web page of Cloudflare', html(524, '<html>A timeout occurred</html>'), bad, 'upstream_error 524', 'ready'],
  ['a plain 500', text(500, 'oops'), bad, 'upstream_error 500', 'ready'],
  ['503', errorAnswer(503, { message: 'The engine is currently overloaded' }), overloaded, 'overloaded 503', 'ready'],
  ['529', errorAnswer(529, { message: 'Overloaded', type: 'overloaded_error' }), overloaded, 'overloaded 529', 'ready'],
  ['402', errorAnswer(402, { message: 'Insufficient Balance' }), spent, 'key_exhausted 402', 'exhausted'],
  [
    'quota as 429',
    errorAnswer(429, { message: 'You exceeded your current quota', code: 'insufficient_quota' }),
    spent,
    'key_exhausted 429',
    'exhausted',
  ],
  [
    '401',
    errorAnswer(401, { message: 'Incorrect API key', code: 'invalid_api_key' }),
    refusedKey,
    'key_invalid 401',
    'paused',
  ],
  [
    'a compressed error',
    raw([gzipSync('{"error":{"message":"Rate limit reached","code":"rate_limit_exceeded"}}')], {
      status: 429,
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    }),
    limited,
    'rate_limited 429',
    'paused',
  ],
  [
    'an error of 10 MB',
    perRequest(() =>
      raw(
        Array.from({ length: 160 }, () => 'x'.repeat(65_536)),
        { status: 500 },
      ),
    ),
    bad,
    'upstream_error 500',
    'ready',
  ],
]

describe.each(disguises)('%s', (_, step, expected, attempt, keyState) => {
  it.each([
    ['a whole answer', chat],
    ['a stream', streamed],
  ])('becomes an error for %s when nothing else is left', async (_kind, body) => {
    const a = await openUpstream()
    a.always(step)
    const engine = await openEngine({ server: { port: 0, max_retries: 0 }, upstreams: [makeUpstream('a', a)] })
    const answered = await seen(engine.post('/v1/chat/completions', body))
    const record = await engine.lastRecord()
    expect({
      status: answered.status,
      code: answered.code,
      type: answered.headers.get('content-type'),
      attempts: attemptsOf(record),
      end: record.end,
      health: healthOf(engine),
      hidden: /sk-a|MiniMax|openrouter|boom/i.test(answered.text),
    }).toEqual({
      ...expected,
      type: 'application/json',
      attempts: [`a ${attempt}`],
      end: 'upstream_error',
      health: [`a: closed, ${keyState}`],
      hidden: false,
    })
  })

  it.each([
    ['a whole answer', chat],
    ['a stream', streamed],
  ])('goes unnoticed for %s when another upstream is there', async (_kind, body) => {
    const [a, b] = [await openUpstream(), await openUpstream()]
    a.always(step)
    const engine = await openEngine({ upstreams: [makeUpstream('a', a), makeUpstream('b', b)] })
    const answered = await seen(engine.post('/v1/chat/completions', body))
    const record = await engine.lastRecord()
    expect([answered.status, answered.content, answered.error, attemptsOf(record), keysUsed(b), record.end]).toEqual([
      200,
      'Hello!',
      null,
      [`a ${attempt}`, 'b answered 200'],
      ['sk-b-0001'],
      'done',
    ])
  })
})

describe('a storm of 429', () => {
  const keys = ['sk-one-0001', 'sk-two-0002', 'sk-three-0003']

  it('tries each key once, then tells when to come back', async () => {
    const a = await openUpstream()
    a.always(errorAnswer(429, { message: 'Rate limit reached', code: 'rate_limit_exceeded' }, { 'retry-after': '40' }))
    const engine = await openEngine({
      server: { port: 0, max_retries: 5 },
      upstreams: [makeUpstream('a', a, { keys })],
    })
    const first = await seen(engine.post('/v1/chat/completions', chat))
    expect([first.status, first.code, keysUsed(a)]).toEqual([429, 'rate_limit_exceeded', keys])
    const retryAfter = Number(first.headers.get('retry-after'))
    expect(retryAfter).toBeGreaterThan(35)
    expect(retryAfter).toBeLessThanOrEqual(40)
    expect(healthOf(engine)).toEqual(['a: closed, paused paused paused'])
    // What the provider stated is believed: nobody is asked before.
    const second = await seen(engine.post('/v1/chat/completions', chat))
    expect([second.status, second.code, a.requests.length]).toEqual([429, 'rate_limit_exceeded', 3])
    const record = await engine.lastRecord()
    expect([record.attempts.length, record.end]).toEqual([0, 'upstream_error'])
  })

  it('tests a pause that is a guess with one real request', async () => {
    const a = await openUpstream()
    a.always(errorAnswer(429, { message: 'Rate limit reached', code: 'rate_limit_exceeded' }))
    const engine = await openEngine({
      server: { port: 0, max_retries: 5 },
      upstreams: [makeUpstream('a', a, { keys })],
    })
    expect((await seen(engine.post('/v1/chat/completions', chat))).status).toBe(429)
    const asked = a.requests.length
    expect(new Set(keysUsed(a))).toEqual(new Set(keys))
    a.always(answer())
    const later = await seen(engine.post('/v1/chat/completions', chat))
    expect([later.status, a.requests.length]).toEqual([200, asked + 1])
  })

  it('goes on to the next upstream after all keys', async () => {
    const [a, b] = [await openUpstream(), await openUpstream()]
    a.always(errorAnswer(429, { message: 'Rate limit reached' }, { 'retry-after': '30' }))
    const engine = await openEngine({
      server: { port: 0, max_retries: 5 },
      upstreams: [makeUpstream('a', a, { keys }), makeUpstream('b', b)],
    })
    expect((await seen(engine.post('/v1/chat/completions', streamed))).content).toBe('Hello!')
    expect([keysUsed(a), keysUsed(b)]).toEqual([keys, ['sk-b-0001']])
    await seen(engine.post('/v1/chat/completions', streamed))
    expect([a.requests.length, b.requests.length]).toEqual([3, 2])
    expect(healthOf(engine)).toEqual(['a: closed, paused paused paused', 'b: closed, ready'])
  })

  it('gives the next key at once when one is limited, and never the same again', async () => {
    const a = await openUpstream()
    a.always(keyed({ 'sk-one-0001': errorAnswer(429, { message: 'slow down' }), 'sk-two-0002': answer() }))
    const engine = await openEngine({ upstreams: [makeUpstream('a', a, { keys: keys.slice(0, 2) })] })
    for (let index = 0; index < 4; index++)
      expect((await seen(engine.post('/v1/chat/completions', chat))).status).toBe(200)
    expect(keysUsed(a)).toEqual(['sk-one-0001', 'sk-two-0002', 'sk-two-0002', 'sk-two-0002', 'sk-two-0002'])
  })
})

describe('the breaker', () => {
  it('puts an upstream last after five failures in a row, for the failing model only', async () => {
    const [a, b] = [await openUpstream(), await openUpstream()]
    a.scriptFor({ model: 'm' }, ...Array.from({ length: 5 }, () => errorAnswer(500, { message: 'x' })))
    const engine = await openEngine({ upstreams: [makeUpstream('a', a), makeUpstream('b', b)] })
    for (let index = 0; index < 6; index++) await seen(engine.post('/v1/chat/completions', chat))
    expect([a.requests.length, b.requests.length]).toEqual([5, 6])
    await seen(engine.post('/v1/chat/completions', { ...chat, model: 'm2' }))
    expect([a.requests.length, b.requests.length]).toEqual([6, 6])
  })

  it('never refuses the only one', async () => {
    const a = await openUpstream()
    a.script(...Array.from({ length: 5 }, () => errorAnswer(500, { message: 'x' })))
    const engine = await openEngine({ server: { port: 0, max_retries: 0 }, upstreams: [makeUpstream('a', a)] })
    const statuses = []
    for (let index = 0; index < 6; index++)
      statuses.push((await seen(engine.post('/v1/chat/completions', chat))).status)
    expect(statuses).toEqual([502, 502, 502, 502, 502, 200])
  })
})

describe('a redirect', () => {
  it.each([301, 302, 307, 308])('%i is not followed, and the key goes nowhere', async (status) => {
    const [a, elsewhere] = [await openUpstream(), await openUpstream()]
    a.always(redirect(status, `${elsewhere.url}/v1/chat/completions`))
    const engine = await openEngine({ upstreams: [makeUpstream('a', a)] })
    const answered = await seen(engine.post('/v1/chat/completions', streamed))
    const record = await engine.lastRecord()
    expect({
      status: answered.status,
      code: answered.code,
      location: answered.headers.get('location'),
      attempts: attemptsOf(record),
      calls: [a.requests.length, elsewhere.requests.length],
      health: healthOf(engine),
    }).toEqual({
      status: 502,
      code: 'upstream_error',
      location: null,
      attempts: [`a redirect ${status}`],
      calls: [1, 0],
      health: ['a: closed, ready'],
    })
    expect(answered.text).not.toContain(elsewhere.url)
  })
})

describe("the client's own mistakes", () => {
  it('pass through as they came, once, and blame nobody', async () => {
    const a = await openUpstream()
    const error = { message: 'temperature is too high', type: 'invalid_request_error', param: 'temperature', code: 'x' }
    a.always(json(400, { error, more: 1 }, { 'x-made-by': 'them', 'x-ratelimit-limit-requests': '7' }))
    const engine = await openEngine({ upstreams: [makeUpstream('a', a, { keys: ['sk-one-0001', 'sk-two-0002'] })] })
    const answered = await seen(engine.post('/v1/chat/completions', chat))
    expect({
      status: answered.status,
      body: JSON.parse(answered.text),
      headers: ['x-made-by', 'x-ratelimit-limit-requests', 'x-should-retry'].map((name) => answered.headers.get(name)),
      calls: a.requests.length,
      end: (await engine.lastRecord()).end,
      health: healthOf(engine),
    }).toEqual({
      status: 400,
      body: { error, more: 1 },
      headers: ['them', null, 'false'],
      calls: 1,
      end: 'refused',
      health: ['a: closed, ready ready'],
    })
  })

  it('are told in neutral words to who asked by an alias', async () => {
    const a = await openUpstream()
    a.always(
      errorAnswer(400, { message: 'gpt-secret of OpenAI says no', code: 'openai_says_no' }, { 'openai-version': '1' }),
    )
    const engine = await openEngine({
      server: { port: 0, auto_models: { fast: 'a:m' } },
      upstreams: [makeUpstream('a', a)],
    })
    const answered = await seen(engine.post('/v1/chat/completions', { ...chat, model: 'fast' }))
    expect([answered.status, answered.code, answered.headers.get('openai-version')]).toEqual([
      400,
      'invalid_request',
      null,
    ])
    expect(answered.text).not.toMatch(/openai|gpt-secret/i)
  })

  it('too long to be kept whole are told in short', async () => {
    const a = await openUpstream()
    a.always(errorAnswer(400, { message: 'x'.repeat(200_000) }))
    const engine = await openEngine({ upstreams: [makeUpstream('a', a)] })
    const answered = await seen(engine.post('/v1/chat/completions', chat))
    expect([answered.status, answered.error === null]).toEqual([400, false])
  })
})

describe('stream_options', () => {
  it('that an upstream refuses are left away: resent once and remembered', async () => {
    const a = await openUpstream()
    a.always(
      perRequest((request) =>
        request.body.includes('stream_options')
          ? errorAnswer(400, { message: "Unknown parameter: 'stream_options'", code: 'unknown_parameter' })
          : chatStream(['Hi']),
      ),
    )
    const engine = await openEngine({
      server: { port: 0, max_retries: 0 },
      upstreams: [makeUpstream('a', a, { stream_usage: true })],
    })
    for (let index = 0; index < 3; index++) {
      const answered = await seen(engine.post('/v1/chat/completions', streamed))
      expect([answered.status, answered.content, answered.isDone]).toEqual([200, 'Hi', true])
    }
    expect(a.requests.map(({ body }) => body.includes('stream_options'))).toEqual([true, false, false, false])
    expect(healthOf(engine)).toEqual(['a: closed, ready'])
  })

  it("that the client asked for itself are the client's business", async () => {
    const a = await openUpstream()
    a.always(errorAnswer(400, { message: "Unknown parameter: 'stream_options'" }))
    const engine = await openEngine({ upstreams: [makeUpstream('a', a, { stream_usage: true })] })
    const answered = await seen(
      engine.post('/v1/chat/completions', { ...streamed, stream_options: { include_usage: true } }),
    )
    expect([answered.status, a.requests.length]).toEqual([400, 1])
  })
})

describe('an answer that is compressed although nobody asked', () => {
  const encodings = [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const
  const whole = JSON.stringify({
    id: 'c',
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Grüße' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  })

  it.each(encodings)('%s JSON is read and goes out plain', async (encoding, compress) => {
    const a = await openUpstream()
    a.always(raw([compress(whole)], { headers: { 'content-type': 'application/json', 'content-encoding': encoding } }))
    const engine = await openEngine({ upstreams: [makeUpstream('a', a)] })
    const answered = await seen(engine.post('/v1/chat/completions', chat))
    expect([answered.status, answered.text, answered.headers.get('content-encoding')]).toEqual([200, whole, null])
    expect((await engine.lastRecord()).usage).toMatchObject({ inputTokens: 3, outputTokens: 2 })
    expect(a.requests[0]?.headers['accept-encoding']).toBeUndefined()
  })

  it.each(encodings)('%s JSON too large to be held goes out plain, too', async (encoding, compress) => {
    const large = JSON.stringify({
      data: Array.from({ length: 300_000 }, (_, index) => index),
      usage: { prompt_tokens: 9 },
    })
    const bytes = compress(large)
    const a = await openUpstream()
    a.always(
      raw([bytes.subarray(0, 1000), bytes.subarray(1000)], {
        headers: {
          'content-type': 'application/json',
          'content-encoding': encoding,
          'content-length': String(bytes.length),
        },
      }),
    )
    const engine = await openEngine({ upstreams: [makeUpstream('a', a)] })
    const answered = await seen(engine.post('/v1/embeddings', { model: 'm', input: 'x' }))
    expect([answered.status, answered.isCut, answered.text === large]).toEqual([200, false, true])
    expect((await engine.lastRecord()).usage).toMatchObject({ inputTokens: 9 })
  })

  it.each(encodings)('%s events are read and go out plain', async (encoding, compress) => {
    const a = await openUpstream()
    a.always(
      raw([compress(readFixture('openai-chat.txt'))], {
        headers: { 'content-type': 'text/event-stream', 'content-encoding': encoding },
      }),
    )
    const engine = await openEngine({ upstreams: [makeUpstream('a', a, { stream_usage: false })] })
    const answered = await seen(engine.post('/v1/chat/completions', streamed))
    expect([answered.text, answered.headers.get('content-encoding')]).toEqual([
      readFixture('openai-chat.txt').toString('utf8'),
      null,
    ])
  })

  it('that cannot be read is a failure of the upstream', async () => {
    const a = await openUpstream()
    a.always(raw(['no gzip at all'], { headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } }))
    const engine = await openEngine({ server: { port: 0, max_retries: 0 }, upstreams: [makeUpstream('a', a)] })
    const answered = await seen(engine.post('/v1/chat/completions', chat))
    expect([answered.status, answered.code]).toEqual([502, 'upstream_error'])
  })
})
