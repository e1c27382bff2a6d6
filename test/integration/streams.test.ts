/** Event streams of every protocol from an upstream's bytes to the client's: whole, cut, refused, hidden. */
import { describe, expect, it } from 'vitest'
import type { Protocol } from '../../proxy/contract.ts'
import type { TestEngine } from '../helpers/engine.ts'
import { makeUpstream } from '../helpers/make.ts'
import type { Gate, Step } from '../helpers/scripted-upstream.ts'
import {
  chatStream,
  fixture,
  gate,
  geminiStream,
  hang,
  json,
  messagesStream,
  raw,
  readFixture,
  responsesStream,
  sse,
} from '../helpers/scripted-upstream.ts'
import { attemptsOf, healthOf, openEngine, openTcp, openUpstream, seen } from './faults-setup.ts'

type StreamOptions = NonNullable<Parameters<typeof chatStream>[1]>

interface Dialect {
  readonly protocol: Protocol
  readonly stream: (parts: readonly (string | Gate)[], options?: StreamOptions) => Step
  readonly path: (model: string) => string
  readonly body: (model: string) => object
}

const messages = [{ role: 'user', content: 'hi' }]
const dialects: readonly Dialect[] = [
  {
    protocol: 'chat',
    stream: chatStream,
    path: () => '/v1/chat/completions',
    body: (model) => ({ model, messages, stream: true }),
  },
  {
    protocol: 'responses',
    stream: responsesStream,
    path: () => '/v1/responses',
    body: (model) => ({ model, input: 'hi', stream: true }),
  },
  {
    protocol: 'messages',
    stream: messagesStream,
    path: () => '/v1/messages',
    body: (model) => ({ model, messages, max_tokens: 9, stream: true }),
  },
  {
    protocol: 'gemini',
    stream: geminiStream,
    path: (model) => `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
    body: () => ({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }),
  },
]
const [chatDialect] = dialects
if (!chatDialect) throw new Error('no dialects')

const api = ['chat', 'responses', 'messages', 'gemini']
const post = (engine: TestEngine, { path, body }: Dialect, model = 'm') => engine.post(path(model), body(model))
const upstreamOf = (name: string, target: Parameters<typeof makeUpstream>[1], settings = {}) =>
  makeUpstream(name, target, { api, ...settings })

/** The text under the names that hold content in any dialect. */
const each = dialects.map((dialect) => [dialect.protocol, dialect] as const)

describe.each(each)('a %s stream', (protocol, dialect) => {
  async function open(step: Step, settings = {}, server = {}) {
    const [a, b] = [await openUpstream(), await openUpstream()]
    a.always(step)
    b.always(dialect.stream(['from b']))
    const engine = await openEngine({
      server: { port: 0, auto_models: { alias: ['a:secret-model', 'b:secret-model'] }, ...server },
      upstreams: [upstreamOf('a', a, settings), upstreamOf('b', b)],
    })
    return { a, b, engine }
  }

  it('reaches the client as it came, piece by piece', async () => {
    const held = gate()
    const { a, b, engine } = await open(dialect.stream(['One ', held, 'two']))
    const answered = await post(engine, dialect)
    expect(answered.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(answered.headers.get('cache-control')).toBe('no-cache')
    const reader = answered.body?.getReader()
    let first = ''
    while (!first.includes('One ')) first += Buffer.from((await reader?.read())?.value ?? []).toString('utf8')
    expect(first).not.toContain('two')
    held.open()
    reader?.releaseLock()
    const { content, error, isCut } = await seen(answered)
    expect([content, error, isCut]).toEqual([expect.stringMatching(/^two/), null, false])
    const record = await engine.lastRecord()
    expect([record.end, attemptsOf(record), b.requests.length, a.requests.length]).toEqual([
      'done',
      ['a answered 200'],
      0,
      1,
    ])
    expect(record.usage).toMatchObject({ inputTokens: 7, outputTokens: 3 })
    expect(record.firstTokenMs).not.toBeNull()
  })

  it('that ends without a reason is told to be truncated', async () => {
    const { b, engine } = await open(dialect.stream(['Half'], { omitFinish: true }))
    const answered = await seen(post(engine, dialect))
    const record = await engine.lastRecord()
    expect({ end: record.end, errorCode: record.errorCode, isDone: answered.isDone, isCut: answered.isCut }).toEqual({
      end: 'truncated',
      errorCode: 'upstream_stream_truncated',
      isDone: false,
      isCut: false,
    })
    expect(answered.content).toContain('Half')
    expect(answered.error).toMatchObject({ message: 'The answer ended before it was complete.' })
    if (protocol === 'chat' || protocol === 'responses') expect(answered.code).toBe('upstream_stream_truncated')
    expect(b.requests.length).toBe(0)
  })

  it('that ends in the middle of an event gives no half event', async () => {
    const whole = await openUpstream()
    whole.always(
      raw([...(await wireOf(dialect, ['Half'])), 'data: {"choices":[{"delta":{"content":"lost'], {
        headers: { 'content-type': 'text/event-stream' },
      }),
    )
    const other = await openEngine({ upstreams: [upstreamOf('a', whole)] })
    const answered = await seen(post(other, dialect))
    expect(answered.text).not.toContain('lost')
    for (const { data } of answered.events) expect(() => JSON.parse(data) as unknown).not.toThrow()
    expect((await other.lastRecord()).end).toBe('truncated')
  })

  it('with a finish but no terminator is complete', async () => {
    const { engine } = await open(dialect.stream(['All'], { omitDone: protocol !== 'responses' }))
    const answered = await seen(post(engine, dialect))
    const record = await engine.lastRecord()
    expect([record.end, answered.error, answered.isCut]).toEqual(['done', null, false])
    if (protocol === 'chat') expect(answered.isDone).toBe(false)
  })

  it.each([
    ['reset', 'reset', 'upstream_error'],
    ['closed', 'close', 'upstream_error'],
    ['silent', 'hang', 'idle_timeout'],
  ] as const)(
    'that is %s after content ends with an error event, and nothing is replayed',
    async (_, end, recorded) => {
      const { b, engine } = await open(dialect.stream(['Half'], { omitFinish: true, end }), {
        timeouts: { idle_seconds: 0.15 },
      })
      const answered = await seen(post(engine, dialect))
      const record = await engine.lastRecord()
      expect({ end: record.end, code: record.errorCode, isDone: answered.isDone, isCut: answered.isCut }).toEqual({
        end: recorded,
        code: 'upstream_stream_interrupted',
        isDone: false,
        isCut: false,
      })
      expect(answered.status).toBe(200)
      expect(answered.content).toContain('Half')
      expect(answered.error).not.toBeNull()
      const last = answered.events.at(-1)
      expect(last?.name).toBe(protocol === 'messages' || protocol === 'responses' ? 'error' : null)
      expect(b.requests.length).toBe(0)
    },
  )

  it.each(['reset', 'close', 'hang'] as const)('that goes by a %s after its finish is complete', async (end) => {
    const { engine } = await open(dialect.stream(['All'], { end }), { timeouts: { idle_seconds: 0.15 } })
    const answered = await seen(post(engine, dialect))
    expect([(await engine.lastRecord()).end, answered.error, answered.isCut]).toEqual(['done', null, false])
  })

  it('with an error before content goes on elsewhere, unseen', async () => {
    const { engine } = await open(dialect.stream([], { errorAfter: { message: 'exploded' } }))
    const answered = await seen(post(engine, dialect))
    expect([answered.content, answered.error]).toEqual([expect.stringContaining('from b'), null])
    expect(answered.text).not.toContain('exploded')
    expect(attemptsOf(await engine.lastRecord())[1]).toBe('b answered 200')
  })

  it('with an error after content ends with it, in the words of the provider', async () => {
    const { a, engine } = await open(
      dialect.stream(['Half'], { errorAfter: { message: 'it exploded sk-a-0001' }, end: 'hang' }),
    )
    const answered = await seen(post(engine, dialect))
    const record = await engine.lastRecord()
    expect([record.end, answered.isDone, answered.isCut]).toEqual(['upstream_error', false, false])
    expect(answered.error?.['message']).toMatch(/^it exploded /)
    expect(answered.text).not.toContain('sk-a-0001')
    // The rest of such an answer is of no use: the upstream need not go on.
    await a.waitForAbort(0)
  })

  it('under an alias keeps the words of the provider back', async () => {
    const { engine } = await open(
      dialect.stream(['Half'], {
        errorAfter: { message: 'secret-model exploded', type: 'secret_type', code: 'secret' },
      }),
    )
    const answered = await seen(post(engine, dialect, 'alias'))
    expect((await engine.lastRecord()).end).toBe('upstream_error')
    expect(answered.error).not.toBeNull()
    expect(answered.text).not.toMatch(/exploded|secret/)
  })

  it('under an alias names the alias only, in every event', async () => {
    const { a, engine } = await open(
      dialect.stream(['One', 'two'], {
        reasoning: 'hm',
        toolCalls: [{ name: 'f', arguments: { model: 'm' } }],
        headers: { 'x-provider': 'secret-provider' },
      }),
    )
    const answered = await seen(post(engine, dialect, 'alias'))
    expect(a.requests[0]?.model).toBe('secret-model')
    expect(answered.text).not.toContain('secret')
    expect(JSON.stringify([...answered.headers])).not.toContain('secret')
    expect(answered.text).toContain('"alias"')
    expect((await engine.lastRecord()).end).toBe('done')
  })

  it('whose upstream is asked for directly is named as asked, too', async () => {
    const { engine } = await open(dialect.stream(['One']))
    const answered = await seen(post(engine, dialect, 'a:m2'))
    expect(answered.text).toContain('"a:m2"')
  })

  it('passes the own name of a model that was asked for by name', async () => {
    const { engine } = await open(dialect.stream(['One'], { model: 'm-2026-11-20' }))
    expect((await seen(post(engine, dialect))).text).toContain('"m-2026-11-20"')
  })

  it('with CRLF and comments comes through', async () => {
    const { engine } = await open(dialect.stream(['One', 'two'], { crlf: true, comments: ['PROCESSING'] }))
    const answered = await seen(post(engine, dialect, 'alias'))
    expect([answered.error, (await engine.lastRecord()).end]).toEqual([null, 'done'])
    expect(answered.content).toContain('One')
    expect(answered.content).toContain('two')
  })
})

/** The bytes of a stream up to its finish. */
async function wireOf(dialect: Dialect, parts: readonly string[]): Promise<readonly string[]> {
  const upstream = await openUpstream()
  upstream.always(dialect.stream(parts, { omitFinish: true }))
  const answered = await fetch(`${upstream.url}${dialect.path('m')}`, {
    method: 'POST',
    body: JSON.stringify(dialect.body('m')),
  })
  return [await answered.text()]
}

describe('recorded streams', () => {
  const complete = [
    ['openai-chat.txt', 'chat'],
    ['openai-chat-crlf.txt', 'chat'],
    ['openai-chat-cr.txt', 'chat'],
    ['openai-chat-tools.txt', 'chat'],
    ['azure-chat.txt', 'chat'],
    ['groq-chat.txt', 'chat'],
    ['moonshot-chat.txt', 'chat'],
    ['openai-responses.txt', 'responses'],
    ['anthropic-messages.txt', 'messages'],
    ['gemini-stream.txt', 'gemini'],
  ] as const

  it.each(complete)('%s arrives byte for byte, whole and in pieces', async (name, protocol) => {
    const dialect = dialects.find((candidate) => candidate.protocol === protocol) ?? chatDialect
    const bytes = readFixture(name)
    const a = await openUpstream()
    const engine = await openEngine({ upstreams: [upstreamOf('a', a, { stream_usage: false })] })
    for (const size of [bytes.length, 1000, 7]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      )
      a.script(raw(pieces, { headers: { 'content-type': 'text/event-stream' } }))
      const answered = await seen(post(engine, dialect))
      expect([size, answered.text]).toEqual([size, bytes.toString('utf8')])
    }
  })

  it.each([
    // Comments before the first content are the upstream's keep-alives: they go no further.
    ['deepseek-chat.txt', 'chat', ': keep-alive\n\n'],
    ['openrouter-chat.txt', 'chat', ': OPENROUTER PROCESSING\n\n'],
  ] as const)('%s arrives but for the comments before its content', async (name, _, comment) => {
    const a = await openUpstream()
    a.always(fixture(name))
    const engine = await openEngine({ upstreams: [upstreamOf('a', a, { stream_usage: false })] })
    const answered = await seen(post(engine, chatDialect))
    const expected = readFixture(name).toString('utf8')
    expect(answered.events.length).toBeGreaterThan(0)
    expect(answered.text.replaceAll(comment, '')).toBe(expected.replaceAll(comment, ''))
  })

  it('gives a last event its missing blank line', async () => {
    const a = await openUpstream()
    a.always(fixture('openai-chat-last-line-open.txt'))
    const engine = await openEngine({ upstreams: [upstreamOf('a', a, { stream_usage: false })] })
    const answered = await seen(post(engine, chatDialect))
    expect(answered.text.trimEnd()).toBe(readFixture('openai-chat-last-line-open.txt').toString('utf8').trimEnd())
    expect(answered.text.endsWith('\n\n')).toBe(true)
  })
})

describe('usage', () => {
  const chunk = (more: object) => ({ id: 'c', model: 'm', ...more })
  const choice = (content: string, finish: string | null = null) => ({
    choices: [{ index: 0, delta: { content }, finish_reason: finish }],
  })
  const usage = { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 }

  it.each([
    [
      'its own chunk',
      [chunk({ ...choice('Hi'), usage: null }), chunk(choice('', 'stop')), chunk({ choices: [], usage })],
    ],
    ['the last chunk', [chunk(choice('Hi')), chunk({ ...choice('', 'stop'), usage })]],
    [
      'each chunk',
      [chunk({ ...choice('Hi'), usage: { ...usage, completion_tokens: 1 } }), chunk({ ...choice('', 'stop'), usage })],
    ],
  ])('in %s is recorded, and shown only to who asked for it', async (_, chunks) => {
    const a = await openUpstream()
    a.always(sse([...chunks.map((value) => JSON.stringify(value)), '[DONE]']))
    const engine = await openEngine({ upstreams: [upstreamOf('a', a, { stream_usage: true })] })
    const withheld = await seen(post(engine, chatDialect))
    expect(withheld.text).not.toContain('usage')
    expect([withheld.content, withheld.isDone]).toEqual(['Hi', true])
    expect(withheld.events.some(({ data }) => data.includes('"choices":[]'))).toBe(false)
    expect((await engine.lastRecord()).usage).toMatchObject({ inputTokens: 11, outputTokens: 4 })
    expect(a.requests[0]?.json()).toMatchObject({ stream_options: { include_usage: true } })

    const asked = await seen(
      engine.post('/v1/chat/completions', { ...chatDialect.body('m'), stream_options: { include_usage: true } }),
    )
    expect(asked.events.map(({ data }) => data)).toEqual([...chunks.map((value) => JSON.stringify(value)), '[DONE]'])
    expect((await engine.lastRecord()).usage).toMatchObject({ inputTokens: 11, outputTokens: 4 })
  })
})

describe('keep-alives', () => {
  it.each(each)('keep a %s stream waiting while failover goes on behind them', async (protocol, dialect) => {
    const [a, b] = [await openUpstream(), await openUpstream()]
    const held = gate()
    a.always(hang('before-headers'))
    b.always({ run: async (exchange) => (await held.opened, dialect.stream(['from b']).run(exchange)) })
    const engine = await openEngine(
      {
        upstreams: [upstreamOf('a', a, { timeouts: { stream_first_byte_seconds: 0.1 } }), upstreamOf('b', b)],
      },
      { keepAliveMs: 20 },
    )
    const answered = await post(engine, dialect)
    expect([answered.status, answered.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
    await b.waitForRequests(1)
    held.open()
    const { content, error, comments, events } = await seen(answered)
    expect([content, error]).toEqual([expect.stringContaining('from b'), null])
    if (protocol === 'messages') expect(events[0]).toEqual({ name: 'ping', data: '{"type":"ping"}' })
    else expect(comments[0]).toBe(': keep-alive')
    expect(attemptsOf(await engine.lastRecord())).toEqual(['a timeout -', 'b answered 200'])
  })

  it.each(each)('turn the final failure of a %s stream into an error event', async (protocol, dialect) => {
    const a = await openUpstream()
    a.always(hang('before-headers'))
    const engine = await openEngine(
      { upstreams: [upstreamOf('a', a, { timeouts: { first_byte_seconds: 0.2 } })] },
      { keepAliveMs: 20 },
    )
    const answered = await seen(post(engine, dialect))
    const record = await engine.lastRecord()
    expect([answered.status, record.status, record.end, record.errorCode, answered.isDone, answered.isCut]).toEqual([
      200,
      200,
      'upstream_error',
      'upstream_timeout',
      false,
      false,
    ])
    expect(answered.error?.['message']).toMatch(/did not answer in time/)
    expect(answered.events.at(-1)?.name).toBe(protocol === 'messages' || protocol === 'responses' ? 'error' : null)
  })

  it('never get into the middle of an event', async () => {
    const held = gate()
    const a = await openUpstream()
    a.always(
      raw(
        [
          'data: {"choices":[{"index":0,"delta":{"content":"One"}}]}\n\ndata: {"choices":[{"index":0,"del',
          held,
          'ta":{"content":"two"},"finish_reason":"stop"}]}\n\n',
        ],
        { headers: { 'content-type': 'text/event-stream' } },
      ),
    )
    const engine = await openEngine({ upstreams: [upstreamOf('a', a)] }, { keepAliveMs: 20 })
    const answered = await post(engine, chatDialect)
    let text = ''
    for await (const bytes of answered.body ?? []) {
      text += Buffer.from(bytes).toString('utf8')
      if (text.includes(': keep-alive')) held.open()
    }
    expect(text.replaceAll(': keep-alive\n\n', '')).toBe(
      'data: {"choices":[{"index":0,"delta":{"content":"One"}}]}\n\n' +
        'data: {"choices":[{"index":0,"delta":{"content":"two"},"finish_reason":"stop"}]}\n\n',
    )
  })

  it('make one event of an answer that is no stream', async () => {
    const held = gate()
    const a = await openUpstream()
    const body = { id: 'c', choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }] }
    a.always({ run: async (exchange) => (await held.opened, json(200, body).run(exchange)) })
    const engine = await openEngine({ upstreams: [upstreamOf('a', a)] }, { keepAliveMs: 20 })
    const answered = await post(engine, chatDialect)
    held.open()
    const { events, isDone } = await seen(answered)
    expect([JSON.parse(events[0]?.data ?? ''), isDone]).toEqual([body, true])
  })

  it('are not sent into the list that Gemini gives without alt=sse', async () => {
    const held = gate()
    const a = await openUpstream()
    const parts = [
      { candidates: [{ content: { parts: [{ text: 'Hi' }] } }], modelVersion: 'secret' },
      { candidates: [{ finishReason: 'STOP' }], modelVersion: 'secret' },
    ]
    a.always(
      raw(['[', JSON.stringify(parts[0]), held, ',', JSON.stringify(parts[1]), ']'], {
        headers: { 'content-type': 'application/json' },
      }),
    )
    const engine = await openEngine(
      { server: { port: 0, auto_models: { alias: 'a:m' } }, upstreams: [upstreamOf('a', a)] },
      { keepAliveMs: 20 },
    )
    const pending = engine.post('/v1beta/models/alias:streamGenerateContent', { contents: [] })
    await a.waitForRequests(1)
    // Longer than several keep-alives would have taken.
    await new Promise((resolve) => setTimeout(resolve, 100))
    held.open()
    const answered = await pending
    expect(await answered.json()).toEqual(parts.map((part) => ({ ...part, modelVersion: 'alias' })))
  })
})

describe('large events', () => {
  it('of 1 MB pass, under an alias too', async () => {
    const a = await openUpstream()
    const image = 'A'.repeat(1_048_576)
    a.always(chatStream([image, 'end']))
    const engine = await openEngine({
      server: { port: 0, auto_models: { alias: 'a:m' } },
      upstreams: [upstreamOf('a', a)],
    })
    const answered = await seen(post(engine, chatDialect, 'alias'))
    expect([answered.content === `${image}end`, answered.isDone]).toEqual([true, true])
  })

  it.each([
    ['before', [], 502],
    ['after', ['Hi'], 200],
  ])('over the limit end the answer %s its beginning', async (_, parts, status) => {
    const wire = parts.length > 0 ? await wireOf(chatDialect, parts) : []
    const server = await openTcp((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n')
        for (const piece of wire) socket.write(piece)
        socket.write('data: {"x":"')
        const more = () => {
          while (!socket.destroyed && socket.write('x'.repeat(65_536))) {
            // Until the system takes no more.
          }
        }
        socket.on('drain', more)
        more()
      })
    })
    const engine = await openEngine({ server: { port: 0, max_retries: 0 }, upstreams: [upstreamOf('a', server.url)] })
    const answered = await seen(post(engine, chatDialect))
    const record = await engine.lastRecord()
    expect([answered.status, record.end, answered.error === null]).toEqual([status, 'upstream_error', false])
    expect(healthOf(engine)).toEqual(['a: closed, ready'])
  })
})
