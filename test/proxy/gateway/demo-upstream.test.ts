import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import type { AddressInfo } from 'node:net'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { request } from 'undici'
import type { Dispatcher } from 'undici'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDemoDispatcher } from '../../../proxy/gateway/demo-upstream.ts'

let demo: Dispatcher

beforeEach(() => {
  demo = createDemoDispatcher({ wordDelayMs: 0 })
})
afterEach(async () => {
  vi.useRealTimers()
  await demo.destroy()
})

const ask = (path: string, body?: unknown, options: Partial<Dispatcher.RequestOptions> = {}) =>
  demo.request({
    origin: 'http://demo.invalid',
    path,
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
    ...options,
  })

const user = (content: string) => [{ role: 'user', content }]
const weather = {
  type: 'object',
  properties: {
    city: { type: 'string' },
    days: { type: 'integer', minimum: 2 },
    unit: { enum: ['celsius', 'fahrenheit'] },
    place: { $ref: '#/$defs/Place' },
    note: { type: 'string' },
  },
  required: ['city', 'days', 'unit', 'place'],
  $defs: { Place: { type: 'object', properties: { lat: { type: ['null', 'number'] } }, required: ['lat'] } },
}
const weatherArguments = { city: 'demo', days: 2, unit: 'celsius', place: { lat: 1 } }

describe('over the official SDKs', () => {
  // The SDKs want an address: a bare HTTP server hands every request on to the dispatcher.
  const front = createServer((message, response) => {
    void (async () => {
      const body = await Readable.from(message).toArray()
      const answer = await demo.request({
        origin: 'http://demo.invalid',
        path: message.url ?? '/',
        // Safe: any method name may be dispatched.
        method: message.method as Dispatcher.HttpMethod,
        body: Buffer.concat(body.filter((chunk) => chunk instanceof Uint8Array)),
      })
      response.writeHead(answer.statusCode, answer.headers)
      answer.body.pipe(response)
    })()
  })
  let url = ''

  beforeEach(async () => {
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', () => resolve()))
    // Safe: a server that listens on a TCP port has an AddressInfo.
    url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    front.closeAllConnections()
    await new Promise<void>((resolve) => front.close(() => resolve()))
  })

  const openai = () => new OpenAI({ apiKey: 'any', baseURL: `${url}/v1`, maxRetries: 0 })
  const anthropic = () => new Anthropic({ apiKey: 'any', baseURL: url, maxRetries: 0 })
  const hello = [{ role: 'user' as const, content: 'Hello there' }]

  it('echoes in a chat answer and says who it is', async () => {
    const answer = await openai().chat.completions.create({ model: 'demo/echo', messages: hello })
    expect(answer.choices[0]?.message.content).toBe(
      '[Built-in demo upstream of AI Proxy: no real model was asked]\nYou said: Hello there',
    )
    expect(answer.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 21, total_tokens: 24 })
  })

  it.each(['demo/echo', 'demo/slow'])('streams chat word by word from %s, usage when asked for', async (model) => {
    const stream = openai().chat.completions.stream({
      model,
      messages: [{ role: 'user', content: '你好，world 🌍' }],
      stream_options: { include_usage: true },
    })
    let deltas = 0
    stream.on('content', () => (deltas += 1))
    const final = await stream.finalChatCompletion()
    expect(final.choices[0]?.message.content).toBe('【AI Proxy 内置演示上游，未调用真实模型】\n你说：你好，world 🌍')
    expect([deltas > 5, final.usage?.prompt_tokens]).toEqual([true, 3])
  })

  it('calls the offered tool once, then answers with its result', async () => {
    const tools = [{ type: 'function' as const, function: { name: 'get_weather', parameters: weather } }]
    const first = await openai()
      .chat.completions.stream({ model: 'demo/echo', messages: hello, tools })
      .finalChatCompletion()
    const message = first.choices[0]?.message
    const call = message?.tool_calls?.[0]
    if (message === undefined || call?.type !== 'function') throw new Error('no tool call')
    expect([call.function.name, JSON.parse(call.function.arguments)]).toEqual(['get_weather', weatherArguments])
    const second = await openai().chat.completions.create({
      model: 'demo/echo',
      messages: [...hello, message, { role: 'tool', tool_call_id: call.id, content: 'sunny' }],
      tools,
    })
    expect(second.choices[0]?.message.content).toMatch(/The tool returned: sunny$/)
  })

  it('gives legacy completions, whole and streamed', async () => {
    const whole = await openai().completions.create({ model: 'demo/echo', prompt: 'a b' })
    const stream = await openai().completions.create({ model: 'demo/echo', prompt: 'a b', stream: true })
    let streamed = ''
    for await (const chunk of stream) streamed += chunk.choices[0]?.text ?? ''
    expect([whole.choices[0]?.text, streamed]).toEqual([streamed, expect.stringMatching(/You said: a b$/)])
  })

  it('gives embeddings that the SDK decodes to the same numbers as the plain form', async () => {
    const create = (encoding: 'float' | null) =>
      openai().embeddings.create({
        model: 'demo/echo',
        input: ['cat', 'dog', 'cat'],
        ...(encoding === null ? {} : { encoding_format: encoding }),
      })
    const decoded = (await create(null)).data.map((entry) => entry.embedding)
    const plain = (await create('float')).data.map((entry) => entry.embedding)
    expect(decoded.map((vector) => vector.length)).toEqual([8, 8, 8])
    expect(decoded).toEqual(plain.map((vector) => vector.map((value) => Math.fround(value))))
    expect([plain[0]?.join() === plain[2]?.join(), plain[0]?.join() === plain[1]?.join()]).toEqual([true, false])
    expect(Math.hypot(...(plain[0] ?? []))).toBeCloseTo(1)
  })

  it('streams a response, text and then a function call', async () => {
    const text = await openai().responses.stream({ model: 'demo/echo', input: 'Hello there' }).finalResponse()
    expect([text.status, text.output_text]).toEqual(['completed', expect.stringMatching(/You said: Hello there$/)])
    const call = await openai()
      .responses.stream({
        model: 'demo/echo',
        input: [{ role: 'user', content: 'Hello' }],
        tools: [{ type: 'function', name: 'get_weather', parameters: weather, strict: false }],
      })
      .finalResponse()
    expect(call.output).toMatchObject([
      { type: 'function_call', name: 'get_weather', arguments: JSON.stringify(weatherArguments) },
    ])
  })

  it('gives a whole response that says when it was cut by the limit', async () => {
    const response = await openai().responses.create({ model: 'demo/echo', input: 'Hello', max_output_tokens: 2 })
    expect([response.status, response.output_text, response.usage?.output_tokens]).toEqual([
      'incomplete',
      '[Built-i',
      2,
    ])
  })

  it('streams a message, and gives one whole with a tool call', async () => {
    const request = { model: 'demo/slow', max_tokens: 500, messages: hello }
    const text = await anthropic().messages.stream(request).finalMessage()
    expect(text.content).toMatchObject([{ type: 'text', text: expect.stringMatching(/You said: Hello there$/) }])
    const tools = [{ name: 'get_weather', input_schema: { ...weather, type: 'object' as const } }]
    const streamed = await anthropic()
      .messages.stream({ ...request, tools })
      .finalMessage()
    const whole = await anthropic().messages.create({ ...request, tools })
    for (const message of [streamed, whole]) {
      expect(message.content).toMatchObject([{ type: 'tool_use', name: 'get_weather', input: weatherArguments }])
      expect([message.stop_reason, message.usage.input_tokens]).toEqual(['tool_use', 3])
    }
  })

  it('counts tokens', async () => {
    const count = await anthropic().messages.countTokens({ model: 'demo/echo', messages: hello })
    expect(count.input_tokens).toBe(3)
  })

  it('lists its models', async () => {
    const list = await openai().models.list()
    expect(list.data.map((model) => model.id)).toEqual(['demo/echo', 'demo/slow'])
    expect((await openai().models.retrieve('demo/slow')).id).toBe('demo/slow')
  })
})

describe('what it refuses', () => {
  const chat = '/v1/chat/completions'
  it.each<[string, string, Partial<Dispatcher.RequestOptions>, number, unknown]>([
    [
      'an unknown model',
      chat,
      { method: 'POST', body: '{"model":"gpt-4"}' },
      404,
      { error: { code: 'model_not_found' } },
    ],
    ['no model', chat, { method: 'POST', body: '{}' }, 404, { error: { code: 'model_not_found' } }],
    ['an unknown path', '/v1/images', { method: 'POST', body: '{}' }, 404, { error: { code: 'unknown_url' } }],
    ['another method', chat, { method: 'GET' }, 405, { error: { code: 'method_not_supported' } }],
    ['bad JSON', chat, { method: 'POST', body: '{' }, 400, { error: { code: 'invalid_request_body' } }],
    ['no object', chat, { method: 'POST', body: '[]' }, 400, { error: { code: 'invalid_request_body' } }],
    [
      'an unknown model of a message',
      '/v1/messages',
      { method: 'POST', body: '{"model":"x"}' },
      404,
      { type: 'error', error: { type: 'not_found_error' } },
    ],
    [
      'odd dimensions',
      '/v1/embeddings',
      { method: 'POST', body: '{"model":"demo/echo","input":"a","dimensions":0}' },
      400,
      { error: { param: 'dimensions' } },
    ],
  ])('answers %s with an error in the right form', async (_, path, options, status, body) => {
    const answer = await ask(path, undefined, { body: null, ...options })
    expect([answer.statusCode, await answer.body.json()]).toMatchObject([status, body])
  })
})

describe('as a dispatcher', () => {
  const echo = { model: 'demo/echo', messages: user('hi') }

  it.each([
    ['with /v1', '/v1/chat/completions?x=1'],
    ['without', '/chat/completions'],
  ])('takes a path %s', async (_, path) => {
    expect((await ask(path, echo)).statusCode).toBe(200)
  })

  it.each<[string, unknown]>([
    ['a string', JSON.stringify(echo)],
    ['a Buffer', Buffer.from(JSON.stringify(echo))],
    ['a stream', Readable.from([Buffer.from(JSON.stringify(echo))])],
    ['pieces', [Buffer.from('{"model":"demo/echo",'), Buffer.from('"messages":[{"role":"user","content":"hi"}]}')]],
  ])('reads %s as body', async (_, body) => {
    // Safe: undici takes iterables too, its type leaves them out.
    const answer = await ask('/v1/chat/completions', {}, { body: body as Buffer })
    expect(answer.statusCode).toBe(200)
    expect(await answer.body.text()).toContain('You said: hi')
  })

  it('works as the dispatcher of a plain undici request', async () => {
    const answer = await request('http://demo.invalid/v1/models', { dispatcher: demo })
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/json'])
    await answer.body.dump()
  })

  it('hands over raw headers as the HTTP parser does', () => {
    return new Promise<void>((resolve, reject) => {
      const options: Dispatcher.DispatchOptions = { path: '/v1/models', method: 'GET' }
      demo.dispatch(options, {
        onResponseStart(controller) {
          // Safe: what this dispatcher sets; undici's type allows more forms.
          const names = (controller.rawHeaders as Buffer[]).map(String)
          if (names.includes('content-type')) resolve()
          else reject(new Error(names.join()))
        },
      })
    })
  })

  it('reports a body that breaks', async () => {
    const broken = new Readable({
      read() {
        this.destroy(new Error('client left'))
      },
    })
    await expect(ask('/v1/chat/completions', {}, { body: broken })).rejects.toThrow('client left')
  })

  it('stops at a pause and goes on after resume', async () => {
    const seen: string[] = []
    let controllerOf: Dispatcher.DispatchController | null = null
    const paused = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    const body = JSON.stringify({ ...echo, stream: true })
    demo.dispatch(
      { path: '/v1/chat/completions', method: 'POST', body },
      {
        onResponseData(controller, chunk) {
          seen.push(chunk.toString())
          if (seen.length > 1) return
          controller.pause()
          controllerOf = controller
          paused.resolve()
        },
        onResponseEnd: () => ended.resolve(),
      },
    )
    await paused.promise
    await new Promise((resolve) => setImmediate(resolve))
    expect(seen).toHaveLength(1)
    // Safe: set in onResponseData, before `paused` resolved.
    ;(controllerOf as unknown as Dispatcher.DispatchController).resume()
    await ended.promise
    expect(seen.at(-1)).toBe('data: [DONE]\n\n')
  })

  it('waits between the words of demo/slow and leaves no timer behind when it is aborted', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const slow = createDemoDispatcher()
    const leaving = new AbortController()
    const answer = await slow.request({
      origin: 'http://demo.invalid',
      path: '/v1/chat/completions',
      method: 'POST',
      body: JSON.stringify({ model: 'demo/slow', messages: user('hi'), stream: true }),
      signal: leaving.signal,
    })
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(150)
    expect(vi.getTimerCount()).toBe(1)
    leaving.abort()
    await expect(answer.body.text()).rejects.toThrow(/abort/i)
    expect(vi.getTimerCount()).toBe(0)
    await slow.close()
  })

  it('finishes what runs when it is closed, and takes nothing new', async () => {
    const running = ask('/v1/chat/completions', echo)
    const closed = demo.close()
    expect(await (await running).body.text()).toContain('You said: hi')
    await closed
    await expect(ask('/v1/chat/completions', echo)).rejects.toMatchObject({ code: 'UND_ERR_CLOSED' })
  })

  it('aborts what runs when it is destroyed', async () => {
    const slow = createDemoDispatcher({ wordDelayMs: 1_000_000 })
    const running = slow.request({
      origin: 'http://demo.invalid',
      path: '/v1/chat/completions',
      method: 'POST',
      body: JSON.stringify({ model: 'demo/slow', messages: user('hi') }),
    })
    const { body } = await running
    const failure = body.text().catch((error: unknown) => error)
    await slow.destroy()
    expect(await failure).toMatchObject({ code: 'UND_ERR_DESTROYED' })
  })
})
