import { readdirSync, readFileSync } from 'node:fs'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { Agent, request } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  after,
  chatAnswer,
  chatStream,
  closeIdleSocketAfterAnswer,
  errorAnswer,
  embeddings,
  fixture,
  gate,
  geminiAnswer,
  geminiStream,
  hang,
  html,
  json,
  keyed,
  messagesAnswer,
  messagesStream,
  modelList,
  perRequest,
  raw,
  readFixture,
  redirect,
  resetConnection,
  responsesAnswer,
  responsesStream,
  sse,
  startScriptedUpstream,
  testCertificatePath,
} from './scripted-upstream.ts'
import type { ScriptedUpstream, Step } from './scripted-upstream.ts'

let upstream: ScriptedUpstream
let agent: Agent

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  agent = new Agent({ connections: 1 })
})
afterEach(async () => {
  await agent.destroy()
  await upstream.close()
})

const chatBody = (fields: Record<string, unknown> = {}) =>
  JSON.stringify({ model: 'm-1', messages: [{ role: 'user', content: 'hi' }], ...fields })

const post = (path: string, body: string, headers: Record<string, string> = {}, signal?: AbortSignal) =>
  request(`${upstream.url}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
    dispatcher: agent,
    ...(signal === undefined ? {} : { signal }),
  })

const openai = () => new OpenAI({ apiKey: 'sk-a', baseURL: `${upstream.url}/v1`, maxRetries: 0 })
const anthropic = () => new Anthropic({ apiKey: 'sk-ant', baseURL: upstream.url, maxRetries: 0 })
async function collect<Item>(stream: AsyncIterable<Item>): Promise<readonly Item[]> {
  const items: Item[] = []
  for await (const item of stream) items.push(item)
  return items
}
const userMessage = [{ role: 'user' as const, content: 'hi' }]

describe('what it sees', () => {
  it.each<[string, Record<string, string>, string]>([
    ['Bearer', { authorization: 'Bearer sk-1' }, 'sk-1'],
    ['x-api-key', { 'x-api-key': 'sk-2' }, 'sk-2'],
    ['api-key', { 'api-key': 'sk-3' }, 'sk-3'],
    ['x-goog-api-key', { 'x-goog-api-key': 'sk-4' }, 'sk-4'],
  ])('reads a key given as %s', async (_, headers, key) => {
    await post('/v1/chat/completions', chatBody(), headers)
    expect(upstream.requests[0]?.key).toBe(key)
  })

  it('keeps path, query, raw headers and body as they came', async () => {
    await post('/v1/chat/completions?api-version=1', chatBody(), { 'X-Odd-Case': 'Kept' })
    const seen = await upstream.nextRequest()
    expect({ method: seen.method, path: seen.path, pathname: seen.pathname, model: seen.model }).toEqual({
      method: 'POST',
      path: '/v1/chat/completions?api-version=1',
      pathname: '/v1/chat/completions',
      model: 'm-1',
    })
    expect(seen.rawHeaders).toContain('X-Odd-Case')
    expect(seen.body.toString()).toBe(chatBody())
  })

  it('returns requests to nextRequest in order, whether they came before or come after', async () => {
    const first = upstream.nextRequest()
    await post('/a', '{}')
    await post('/b', '{}')
    expect([(await first).path, (await upstream.nextRequest()).path]).toEqual(['/a', '/b'])
  })
})

describe('which step a request gets', () => {
  it('consumes scripted steps in order, then falls back', async () => {
    upstream.script(json(500, {}), json(503, {}))
    upstream.always(json(418, {}))
    const statuses = []
    for (let call = 0; call < 3; call += 1) statuses.push((await post('/v1/chat/completions', chatBody())).statusCode)
    expect(statuses).toEqual([500, 503, 418])
    expect(upstream.stepsLeft()).toBe(0)
  })

  it('prefers a step scripted for the key', async () => {
    upstream.script(json(200, {}))
    upstream.scriptFor({ key: 'sk-b' }, json(429, {}))
    const response = await post('/v1/chat/completions', chatBody(), { authorization: 'Bearer sk-b' })
    expect([response.statusCode, upstream.stepsLeft()]).toEqual([429, 1])
  })

  it('answers by key, and refuses a key it does not know', async () => {
    upstream.always(keyed({ 'sk-a': json(200, {}), 'sk-b': errorAnswer(429, { message: 'slow down' }) }))
    const statuses = []
    for (const key of ['sk-a', 'sk-b', 'sk-c']) {
      statuses.push((await post('/v1/chat/completions', chatBody(), { authorization: `Bearer ${key}` })).statusCode)
    }
    expect(statuses).toEqual([200, 429, 401])
  })

  it('says so when a step is broken', async () => {
    upstream.script({
      run() {
        throw new Error('typo in the test')
      },
    })
    const response = await post('/v1/chat/completions', chatBody())
    expect([response.statusCode, await response.body.text()]).toEqual([
      599,
      'scripted step failed: Error: typo in the test',
    ])
  })
})

describe('answers that the official SDKs read', () => {
  it('echoes the model in a chat answer', async () => {
    const completion = await openai().chat.completions.create({ model: 'm-7', messages: userMessage })
    expect([completion.model, completion.choices[0]?.message.content]).toEqual(['m-7', 'Hello!'])
  })

  it('streams text, tool calls and usage to a chat client', async () => {
    upstream.script(chatStream(['Hel', 'lo'], { toolCalls: [{ name: 'look', arguments: { at: '北京' } }] }))
    const final = await openai()
      .chat.completions.stream({ model: 'm-7', messages: userMessage, stream_options: { include_usage: true } })
      .finalChatCompletion()
    const message = final.choices[0]?.message
    const call = message?.tool_calls?.[0]
    expect({ content: message?.content, call: call?.type === 'function' ? call.function.arguments : null }).toEqual({
      content: 'Hello',
      call: '{"at":"北京"}',
    })
    expect(final.usage?.total_tokens).toBe(10)
  })

  it('streams a response with its terminal event', async () => {
    upstream.script(responsesStream(['Hel', 'lo'], { toolCalls: [{ name: 'look', arguments: {} }] }))
    const final = await openai().responses.stream({ model: 'm-7', input: 'hi' }).finalResponse()
    expect([final.output_text, final.output.map((item) => item.type)]).toEqual(['Hello', ['message', 'function_call']])
  })

  it('streams a message with thinking and a tool call', async () => {
    upstream.script(messagesStream(['Hi'], { reasoning: 'hm', toolCalls: [{ name: 'look', arguments: { at: 1 } }] }))
    const final = await anthropic()
      .messages.stream({ model: 'm-7', max_tokens: 10, messages: userMessage })
      .finalMessage()
    expect(final.content.map((block) => block.type)).toEqual(['thinking', 'text', 'tool_use'])
    expect(final.stop_reason).toBe('tool_use')
  })

  it('gives embeddings in the base64 form that the SDK asks for', async () => {
    const result = await openai().embeddings.create({ model: 'm-7', input: ['a', 'b'] })
    expect(result.data.map((entry) => entry.embedding)).toEqual([
      [0.25, -0.5, 0.75, 1],
      [0.25, -0.5, 0.75, 1],
    ])
  })

  it('carries an in-band error after text', async () => {
    upstream.script(chatStream(['Hel'], { errorAfter: { message: 'gone', code: 'server_error' } }))
    const stream = await openai().chat.completions.create({ model: 'm', messages: userMessage, stream: true })
    await expect(collect(stream)).rejects.toThrow('gone')
  })
})

describe('other forms of an answer', () => {
  const tool = { name: 'look', arguments: { at: 1 } }
  it.each<[string, Step, Record<string, unknown>]>([
    ['a response', responsesAnswer({ content: 'Hi' }), { model: 'm-1', output: [{ content: [{ text: 'Hi' }] }] }],
    [
      'a message with a tool call',
      messagesAnswer({ content: null, toolCalls: [tool] }),
      { content: [{ type: 'tool_use', name: 'look', input: { at: 1 } }], stop_reason: 'tool_use' },
    ],
    [
      'a Gemini answer without usage',
      geminiAnswer({ content: 'Hi', usage: null }),
      { candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }], modelVersion: 'm-1' },
    ],
    ['embeddings', embeddings(), { data: [{ embedding: [0.25, -0.5, 0.75, 1] }] }],
    ['a model list', modelList(['a', 'b']), { data: [{ id: 'a' }, { id: 'b' }] }],
    ['what the request asks for', perRequest((request) => json(200, { was: request.model })), { was: 'm-1' }],
  ])('gives %s', async (_, step, expected) => {
    upstream.script(step)
    const { body } = await post('/any', chatBody())
    expect(await body.json()).toMatchObject(expected)
  })

  it('gives a page of HTML', async () => {
    upstream.script(html(502, '<h1>Bad gateway</h1>'))
    const { headers, body } = await post('/any', chatBody())
    expect([headers['content-type'], await body.text()]).toEqual(['text/html; charset=utf-8', '<h1>Bad gateway</h1>'])
  })

  it('streams thought, text, call and usage as Gemini does', async () => {
    upstream.script(geminiStream(['Hi'], { reasoning: 'hm', toolCalls: [tool] }))
    const { body } = await post('/v1beta/models/g-1:streamGenerateContent?alt=sse', '{}')
    const events = (await body.text()).trim().split('\n\n')
    expect(events.map((event): unknown => JSON.parse(event.replace(/^data: /, '')))).toMatchObject([
      { candidates: [{ content: { parts: [{ text: 'hm', thought: true }] } }], modelVersion: 'g-1' },
      { candidates: [{ content: { parts: [{ text: 'Hi' }] } }] },
      { candidates: [{ content: { parts: [{ functionCall: { name: 'look' } }] } }] },
      { candidates: [{ finishReason: 'STOP' }], usageMetadata: { totalTokenCount: 10 } },
    ])
  })
})

describe('bytes and gates', () => {
  it('holds the rest of a stream back until the test opens the gate', async () => {
    const middle = gate()
    upstream.script(raw(['first', middle, 'second']))
    const { body } = await post('/v1/chat/completions', chatBody())
    const reader = body[Symbol.asyncIterator]()
    // Safe: undici's body yields buffers.
    const next = async () => ((await reader.next()).value as Buffer | undefined)?.toString()
    expect(await next()).toBe('first')
    middle.open()
    expect([await next(), await next()]).toEqual(['second', undefined])
  })

  it('holds a whole step back', async () => {
    const start = gate()
    upstream.script(after(start, chatAnswer()))
    const pending = post('/v1/chat/completions', chatBody())
    await upstream.waitForRequests(1)
    start.open()
    expect((await pending).statusCode).toBe(200)
  })

  it('sends a fixture byte for byte', async () => {
    upstream.script(fixture('openai-chat.txt'))
    const { body } = await post('/v1/chat/completions', chatBody())
    expect(Buffer.from(await body.arrayBuffer()).equals(readFixture('openai-chat.txt'))).toBe(true)
  })

  it.each([
    ['LF', false, 'data: x\n\n: c\n\nevent: e\ndata: {"a":1}\n\n'],
    ['CRLF', true, 'data: {"error":{"type":"server_error","param":null,"code":null,"message":"m"}}\r\n\r\n'],
  ])('writes lines that end in %s', async (_, crlf, expected) => {
    upstream.script(
      crlf
        ? chatStream([], { crlf, errorAfter: { message: 'm' } })
        : sse(['x', { comment: 'c' }, { event: 'e', data: { a: 1 } }]),
    )
    const { body } = await post('/v1/chat/completions', chatBody())
    expect((await body.text()).endsWith(expected)).toBe(true)
  })

  it('leaves out what it is told to', async () => {
    upstream.script(chatStream(['a'], { omitDone: true }), chatStream(['a'], { omitFinish: true }))
    const withoutDone = await (await post('/v1/chat/completions', chatBody())).body.text()
    const withoutFinish = await (await post('/v1/chat/completions', chatBody())).body.text()
    expect([withoutDone.includes('"stop"'), withoutDone.includes('[DONE]')]).toEqual([true, false])
    expect([withoutFinish.includes('"stop"'), withoutFinish.includes('[DONE]')]).toEqual([false, false])
  })

  it('gives a redirect to follow nowhere', async () => {
    upstream.script(redirect(302, 'http://127.0.0.1:1/'))
    const response = await post('/v1/chat/completions', chatBody())
    expect([response.statusCode, response.headers.location]).toEqual([302, 'http://127.0.0.1:1/'])
  })
})

describe('broken connections', () => {
  it('resets before the headers', async () => {
    upstream.script(resetConnection('before-headers'))
    await expect(post('/v1/chat/completions', chatBody())).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it.each(['after-headers', 'mid-body'] as const)('resets %s', async (phase) => {
    upstream.script(resetConnection(phase))
    const { statusCode, body } = await post('/v1/chat/completions', chatBody())
    expect(statusCode).toBe(200)
    await expect(body.text()).rejects.toThrow(/terminated|ECONNRESET/)
    expect(upstream.requests[0]?.isAborted).toBe(false)
  })

  it('cuts a stream without its end', async () => {
    upstream.script(chatStream(['a'], { end: 'close', omitFinish: true }))
    const { body } = await post('/v1/chat/completions', chatBody())
    await expect(body.text()).rejects.toThrow(/terminated|other side closed/)
  })

  it.each(['before-headers', 'after-headers', 'mid-body'] as const)(
    'notices that the caller leaves %s',
    async (phase) => {
      upstream.script(hang(phase))
      const controller = new AbortController()
      const pending = post('/v1/chat/completions', chatBody(), {}, controller.signal)
      await upstream.waitForRequests(1)
      if (phase === 'before-headers') {
        controller.abort()
        await expect(pending).rejects.toThrow(/aborted/)
      } else {
        const { body } = await pending
        controller.abort()
        await expect(body.text()).rejects.toThrow(/aborted/)
      }
      await upstream.waitForAbort(0)
      expect(upstream.requests[0]?.isAborted).toBe(true)
    },
  )

  it('closes an idle connection after an answer, so that the next one comes over a new one', async () => {
    upstream.script(closeIdleSocketAfterAnswer())
    const disconnected = new Promise<void>((resolve) => agent.once('disconnect', () => resolve()))
    await (await post('/v1/chat/completions', chatBody())).body.text()
    await upstream.requests[0]?.finished
    await disconnected
    await (await post('/v1/chat/completions', chatBody())).body.text()
    expect([upstream.connectionCount(), upstream.requests.map((seen) => seen.connection)]).toEqual([2, [0, 1]])
  })

  it('uses a healthy connection again', async () => {
    await (await post('/v1/chat/completions', chatBody())).body.text()
    await (await post('/v1/chat/completions', chatBody())).body.text()
    expect([upstream.connectionCount(), upstream.openSockets()]).toEqual([1, 1])
  })

  it('closes while a request hangs', async () => {
    upstream.script(hang('before-headers'))
    const failure = post('/v1/chat/completions', chatBody()).catch((error: unknown) => error)
    await upstream.waitForRequests(1)
    await upstream.close()
    expect(await failure).toMatchObject({ code: 'UND_ERR_SOCKET' })
    expect(upstream.openSockets()).toBe(0)
  })
})

it('serves HTTPS under its own certificate', async () => {
  const secure = await startScriptedUpstream({ tls: true })
  const trusting = new Agent({ connect: { ca: readFileSync(testCertificatePath, 'utf8') } })
  try {
    const response = await request(`${secure.url}/v1/models`, { dispatcher: trusting })
    expect(response.statusCode).toBe(200)
    await expect(request(`${secure.url}/v1/models`, { dispatcher: agent })).rejects.toThrow(/self-signed/)
  } finally {
    await trusting.destroy()
    await secure.close()
  }
})

describe('fixtures', () => {
  const names = readdirSync(new URL('../fixtures/sse/', import.meta.url)).filter((name) => name.endsWith('.txt'))

  it.each(names)('%s holds nothing but comments, event names and JSON data', (name) => {
    const lines = readFixture(name)
      .toString('utf8')
      .split(/\r\n|\r|\n/)
    const odd = lines.filter((line) => line !== '' && !/^(?::|event: [\w.]+$|data: )/.test(line))
    expect(odd).toEqual([])
    const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6))
    expect(() => data.filter((line) => line !== '[DONE]').map((line): unknown => JSON.parse(line))).not.toThrow()
  })

  it.each([
    ['openai-chat.txt', '你好，world 🌍!'],
    ['openai-chat-crlf.txt', '你好，world 🌍!'],
    ['openai-chat-cr.txt', '你好，world 🌍!'],
    ['openai-chat-last-line-open.txt', '你好，world 🌍!'],
    ['azure-chat.txt', 'Good morning'],
    ['deepseek-chat.txt', '九点十一分'],
    ['openrouter-chat.txt', 'Once upon a time'],
    ['groq-chat.txt', 'Fast answer'],
    ['moonshot-chat.txt', '月光'],
  ])('%s is read by the official SDK', async (name, expected) => {
    upstream.script(fixture(name))
    const stream = await openai().chat.completions.create({ model: 'm', messages: userMessage, stream: true })
    const chunks = await collect(stream)
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(expected)
  })

  it('anthropic-messages.txt is read by the official SDK', async () => {
    upstream.script(fixture('anthropic-messages.txt'))
    const message = await anthropic()
      .messages.stream({ model: 'm', max_tokens: 10, messages: userMessage })
      .finalMessage()
    expect(message.content.at(-1)).toMatchObject({ type: 'tool_use', input: { city: '北京' } })
  })

  it('openai-responses.txt is read by the official SDK', async () => {
    upstream.script(fixture('openai-responses.txt'))
    const response = await openai().responses.stream({ model: 'm', input: 'hi' }).finalResponse()
    expect([response.output_text, response.usage?.total_tokens]).toEqual(['今天晴朗。', 66])
  })

  it('is sent in pieces cut inside a character', async () => {
    const bytes = readFixture('openai-chat.txt')
    const cut = { byte: bytes.indexOf('你') + 1, gate: gate() }
    upstream.script(fixture('openai-chat.txt', { cutAt: [cut] }))
    const { body } = await post('/v1/chat/completions', chatBody())
    const chunks: Buffer[] = []
    for await (const chunk of body) {
      // Safe: undici's body yields buffers.
      chunks.push(chunk as Buffer)
      cut.gate.open()
    }
    expect(chunks[0]?.length).toBe(cut.byte)
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
  })
})
