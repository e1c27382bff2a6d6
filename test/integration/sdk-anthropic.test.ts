/** The official `@anthropic-ai/sdk` against the real engine and a scripted upstream that speaks messages. */
import Anthropic from '@anthropic-ai/sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestEngine } from '../helpers/engine.ts'
import { startEngine } from '../helpers/engine.ts'
import { makeUpstream } from '../helpers/make.ts'
import type { ScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { json, messagesAnswer, messagesStream, startScriptedUpstream } from '../helpers/scripted-upstream.ts'

let upstream: ScriptedUpstream
let engine: TestEngine
let client: Anthropic

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  engine = await startEngine({
    server: { port: 0, max_retries: 0, auto_models: { alias: 'a:m2' } },
    upstreams: [makeUpstream('a', upstream)],
  })
  client = new Anthropic({ baseURL: engine.origin, apiKey: engine.key, maxRetries: 0 })
})
afterEach(async () => {
  await engine.stop()
  await upstream.close()
})

const messages = [{ role: 'user' as const, content: 'hi' }]
const anthropicError = (status: number, type: string, message = 'x') =>
  json(status, { type: 'error', error: { type, message }, request_id: 'req_upstream' })

describe.each([
  ['its own name', 'm', 'm'],
  ['an alias', 'alias', 'm2'],
])('a model under %s', (_, model, sentModel) => {
  it('answers', async () => {
    const message = await client.messages.create({ model, max_tokens: 8, messages })
    expect([message.model, message.content]).toMatchObject([model, [{ type: 'text', text: 'Hello!' }]])
    expect(message._request_id).toMatch(/^req_/)
    expect(upstream.requests[0]).toMatchObject({ pathname: '/v1/messages', model: sentModel })
  })

  it('streams, with thinking and tools', async () => {
    upstream.script(
      messagesStream(['Hel', 'lo'], { reasoning: 'hm', toolCalls: [{ name: 'look', arguments: { at: 1 } }] }),
    )
    const message = await client.messages.stream({ model, max_tokens: 8, messages }).finalMessage()
    expect(message.model).toBe(model)
    expect(message.content.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_use'])
    expect((await engine.lastRecord()).usage).toMatchObject({ inputTokens: 7, outputTokens: 3 })
  })

  it('calls tools', async () => {
    upstream.script(messagesAnswer({ content: null, toolCalls: [{ name: 'look', arguments: { at: 'ä' } }] }))
    const message = await client.messages.create({ model, max_tokens: 8, messages })
    expect(message.content).toMatchObject([{ type: 'tool_use', name: 'look', input: { at: 'ä' } }])
  })

  it('counts tokens', async () => {
    upstream.script(json(200, { input_tokens: 12 }))
    expect(await client.messages.countTokens({ model, messages })).toMatchObject({ input_tokens: 12 })
    expect(upstream.requests[0]).toMatchObject({ pathname: '/v1/messages/count_tokens', model: sentModel })
  })

  it('takes betas', async () => {
    await client.beta.messages.create({ model, max_tokens: 8, messages, betas: ['some-beta-2026-01-01'] })
    const body = { model, max_tokens: 8, messages }
    await engine.post('/v1/messages?beta=true', body, { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'b' })
    expect(upstream.requests[0]?.headers['anthropic-beta']).toBe('some-beta-2026-01-01')
    expect(upstream.requests[1]).toMatchObject({
      path: '/v1/messages?beta=true',
      headers: { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'b' },
    })
  })
})

describe('a key', () => {
  it.each(['apiKey', 'authToken'] as const)('may be shown as %s', async (form) => {
    const other = new Anthropic({ baseURL: engine.origin, apiKey: null, authToken: null, [form]: engine.key })
    expect((await other.messages.create({ model: 'm', max_tokens: 8, messages })).role).toBe('assistant')
    expect(JSON.stringify(upstream.requests[0]?.rawHeaders)).not.toContain(engine.key)
  })
})

describe('errors', () => {
  it.each<[string, string, string, new (...args: never[]) => Error, number, string]>([
    ['no such key', 'ak-wrong', 'm', Anthropic.AuthenticationError, 401, 'authentication_error'],
    ['no such model', '', 'nope', Anthropic.NotFoundError, 404, 'not_found_error'],
  ])('%s', async (_, apiKey, model, kind, status, type) => {
    const other = new Anthropic({ baseURL: engine.origin, apiKey: apiKey || engine.key, maxRetries: 0 })
    const error = await other.messages.create({ model, max_tokens: 8, messages }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(kind)
    expect(error).toMatchObject({ status, error: { type: 'error', error: { type } } })
  })

  it.each<[string, ReturnType<typeof json>, new (...args: never[]) => Error, number, string]>([
    [
      'a bad request',
      anthropicError(400, 'invalid_request_error'),
      Anthropic.BadRequestError,
      400,
      'invalid_request_error',
    ],
    ['a rate limit', anthropicError(429, 'rate_limit_error'), Anthropic.RateLimitError, 429, 'rate_limit_error'],
    ['our key refused', anthropicError(401, 'authentication_error'), Anthropic.InternalServerError, 502, 'api_error'],
    [
      'no credit',
      anthropicError(400, 'invalid_request_error', 'Your credit balance is too low'),
      Anthropic.RateLimitError,
      429,
      'rate_limit_error',
    ],
    ['overloaded', anthropicError(529, 'overloaded_error'), Anthropic.InternalServerError, 503, 'overloaded_error'],
    ['a failure', anthropicError(500, 'api_error'), Anthropic.InternalServerError, 502, 'api_error'],
  ])('%s', async (_, step, kind, status, type) => {
    upstream.script(step)
    const error = await client.messages
      .create({ model: 'm', max_tokens: 8, messages })
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(kind)
    expect(error).toMatchObject({ status, error: { type: 'error', error: { type } } })
  })

  it('within a stream reach the client as such', async () => {
    upstream.script(messagesStream(['Hel'], { errorAfter: { type: 'overloaded_error', message: 'Overloaded' } }))
    const stream = client.messages.stream({ model: 'm', max_tokens: 8, messages })
    await expect(stream.finalMessage()).rejects.toThrow('Overloaded')
  })
})

describe('batches', () => {
  it('belong to who made them', async () => {
    const batch = { id: 'msgbatch_1', type: 'message_batch', processing_status: 'in_progress', results_url: null }
    upstream.script(
      json(200, batch),
      json(200, batch),
      json(200, { data: [batch, { ...batch, id: 'other' }], has_more: false, first_id: 'other', last_id: 'other' }),
    )
    const made = await client.messages.batches.create({ requests: [] })
    expect((await client.messages.batches.retrieve(made.id)).processing_status).toBe('in_progress')
    expect((await client.messages.batches.list()).data.map(({ id }) => id)).toEqual(['msgbatch_1'])
    await expect(client.messages.batches.retrieve('other')).rejects.toBeInstanceOf(Anthropic.NotFoundError)
    expect(upstream.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v1/messages/batches',
      'GET /v1/messages/batches/msgbatch_1',
      'GET /v1/messages/batches',
    ])
  })
})

describe('models', () => {
  it('are listed and looked up', async () => {
    const ids: string[] = []
    for await (const { id, type } of client.models.list()) ids.push(`${type} ${id}`)
    expect(ids).toEqual(['model alias', 'model m', 'model m2'])
    expect(await client.models.retrieve('alias')).toMatchObject({ id: 'alias', type: 'model', display_name: 'alias' })
  })
})
