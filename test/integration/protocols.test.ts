/** Which upstream takes which protocol, and in which form it is shown its key and told of errors. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestEngine } from '../helpers/engine.ts'
import { startEngine } from '../helpers/engine.ts'
import { makeUpstream } from '../helpers/make.ts'
import type { ScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { startScriptedUpstream } from '../helpers/scripted-upstream.ts'

let chatOnly: ScriptedUpstream
let messagesOnly: ScriptedUpstream
let engine: TestEngine

beforeEach(async () => {
  chatOnly = await startScriptedUpstream()
  messagesOnly = await startScriptedUpstream()
  engine = await startEngine({
    server: { port: 0, auto_models: { both: ['chat:m', 'messages:m'] } },
    upstreams: [
      makeUpstream('chat', chatOnly, { api: ['chat'] }),
      makeUpstream('messages', `${messagesOnly.url}/anthropic`, { api: ['messages'] }),
    ],
  })
})
afterEach(async () => {
  await engine.stop()
  await chatOnly.close()
  await messagesOnly.close()
})

describe('a protocol', () => {
  it.each<[string, object, readonly [number, number]]>([
    ['/v1/chat/completions', { messages: [] }, [1, 0]],
    ['/v1/completions', { prompt: 'x' }, [1, 0]],
    ['/v1/embeddings', { input: 'x' }, [1, 0]],
    ['/v1/messages', { messages: [], max_tokens: 1 }, [0, 1]],
    ['/v1/messages/count_tokens', { messages: [] }, [0, 1]],
  ])('of %s finds the upstream that speaks it', async (path, body, expected) => {
    for (const model of ['m', 'both']) await (await engine.post(path, { model, ...body })).text()
    expect([chatOnly.requests.length, messagesOnly.requests.length]).toEqual(expected.map((count) => count * 2))
  })

  it('that nobody speaks is 404, in its own form', async () => {
    const response = await engine.post('/v1/responses', { model: 'm', input: 'x' })
    expect([response.status, await response.json()]).toMatchObject([404, { error: { code: 'protocol_not_supported' } }])
    const gemini = await engine.post('/v1beta/models/m:generateContent', { contents: [] })
    expect([gemini.status, await gemini.json()]).toMatchObject([404, { error: { code: 404, status: 'NOT_FOUND' } }])
    const direct = await engine.post('/v1/messages', { model: 'chat:m', messages: [] })
    expect([direct.status, await direct.json()]).toMatchObject([
      404,
      { type: 'error', error: { type: 'not_found_error' } },
    ])
  })

  it('decides the form of the key', async () => {
    await (await engine.post('/v1/chat/completions', { model: 'm', messages: [] })).text()
    await (await engine.post('/v1/messages', { model: 'm', messages: [] })).text()
    expect(chatOnly.requests[0]?.headers.authorization).toBe('Bearer sk-chat-0001')
    const { headers, path } = messagesOnly.requests[0] ?? {}
    expect([path, headers?.['x-api-key'], headers?.authorization]).toEqual([
      '/anthropic/v1/messages',
      'sk-messages-0001',
      undefined,
    ])
  })
})

describe('errors before a route is known', () => {
  it.each<[string, object]>([
    ['/v1/chat/completions', { error: { code: 'invalid_api_key', param: null, type: 'invalid_request_error' } }],
    ['/v1/messages', { type: 'error', error: { type: 'authentication_error' } }],
    ['/v1beta/models/m:generateContent', { error: { code: 401, status: 'UNAUTHENTICATED' } }],
  ])('have the form of %s', async (path, expected) => {
    const response = await engine.post(path, {}, { authorization: 'Bearer wrong' })
    expect([response.status, await response.json()]).toMatchObject([401, expected])
    expect(response.headers.get('request-id') !== null).toBe(path === '/v1/messages')
  })
})
