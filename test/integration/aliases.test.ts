/** An alias hides its target: names, errors, headers and ids tell nothing of the supplier; the record has both. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestEngine } from '../helpers/engine.ts'
import { startEngine } from '../helpers/engine.ts'
import { makeUpstream } from '../helpers/make.ts'
import type { ScriptedUpstream, Step } from '../helpers/scripted-upstream.ts'
import {
  chatAnswer,
  chatStream,
  errorAnswer,
  geminiStream,
  html,
  json,
  messagesStream,
  redirect,
  responsesStream,
  startScriptedUpstream,
} from '../helpers/scripted-upstream.ts'

let upstream: ScriptedUpstream
let spare: ScriptedUpstream
let engine: TestEngine

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  spare = await startScriptedUpstream()
  const api = { api: ['chat', 'responses', 'messages', 'gemini'] }
  engine = await startEngine({
    server: {
      port: 0,
      max_retries: 1,
      auto_models: { fast: 'Acme:acme/x1-turbo', spread: ['Acme:acme/x1-turbo', 'Spare:spare-2'], same: 'Acme:same' },
    },
    upstreams: [makeUpstream('Acme', upstream, api), makeUpstream('Spare', spare, api)],
  })
})
afterEach(async () => {
  await engine.stop()
  await upstream.close()
  await spare.close()
})

const betraying = {
  'x-acme-region': 'eu',
  'x-request-id': 'acme-1',
  'openai-version': '1',
  'openai-processing-ms': '4',
  'acme-model': 'acme/x1-turbo',
}
const calls: readonly (readonly [string, string, object, Step])[] = [
  ['a chat', '/v1/chat/completions', { messages: [] }, chatAnswer({ headers: betraying })],
  [
    'a streamed chat',
    '/v1/chat/completions',
    { messages: [], stream: true },
    chatStream(['a', 'b'], { headers: betraying }),
  ],
  [
    'a streamed response',
    '/v1/responses',
    { input: 'x', stream: true },
    responsesStream(['a'], { headers: betraying }),
  ],
  ['a streamed message', '/v1/messages', { messages: [], stream: true }, messagesStream(['a'], { headers: betraying })],
]

describe('an answer under an alias', () => {
  it.each(calls)('%s', async (_, path, body, step) => {
    upstream.script(step)
    const response = await engine.post(path, { model: 'fast', ...body })
    const told = JSON.stringify([...response.headers]) + (await response.text())
    expect(told).toContain('fast')
    expect(told.toLowerCase()).not.toMatch(/acme|x1-turbo|openai|127\.0\.0\.1/)
    expect(upstream.requests[0]?.model).toBe('acme/x1-turbo')
  })

  it('of Gemini', async () => {
    upstream.script(geminiStream(['a'], { headers: betraying, model: 'acme/x1-turbo' }))
    const response = await engine.post('/v1beta/models/fast:streamGenerateContent?alt=sse', { contents: [] })
    const told = JSON.stringify([...response.headers]) + (await response.text())
    expect(told).toContain('"modelVersion":"fast"')
    expect(told.toLowerCase()).not.toMatch(/acme|x1-turbo/)
    expect(upstream.requests[0]?.path).toBe('/v1beta/models/acme/x1-turbo:streamGenerateContent?alt=sse')
  })

  it.each(calls)('without an alias keeps what the upstream says: %s', async (_, path, body, step) => {
    upstream.script(step)
    const response = await engine.post(path, { model: 'Acme:m', ...body })
    expect(response.headers.get('x-acme-region')).toBe('eu')
    expect(await response.text()).toContain('"Acme:m"')
  })

  it('where the names are equal, the upstream’s own name of the model passes', async () => {
    upstream.script(chatAnswer({ model: 'same-2026-01-01' }), chatAnswer({ model: 'm-2026-01-01' }))
    for (const [asked, told] of [
      ['same', 'same-2026-01-01'],
      ['m', 'm-2026-01-01'],
    ] as const) {
      const response = await engine.post('/v1/chat/completions', { model: asked, messages: [] })
      expect(await response.json()).toMatchObject({ model: told })
    }
  })

  it('also when a stored response is asked for later, after a restart, too', async () => {
    const stored = json(200, { id: 'resp_7', object: 'response', model: 'acme/x1-turbo', output: [] }, betraying)
    upstream.always(stored)
    await engine.post('/v1/responses', { model: 'fast', input: 'x' })
    engine = await engine.restart()
    for (const [method, path] of [
      ['GET', '/v1/responses/resp_7'],
      ['POST', '/v1/responses/resp_7/cancel'],
    ] as const) {
      const response = await engine.fetch(path, { method })
      expect(await response.json()).toMatchObject({ id: 'resp_7', model: 'fast' })
      expect([...response.headers.keys()].filter((name) => name in betraying)).toEqual(['x-request-id'])
    }
    upstream.always(errorAnswer(400, { message: 'acme/x1-turbo of Acme says no' }, betraying))
    expect(await (await engine.fetch('/v1/responses/resp_7')).text()).not.toMatch(/acme/i)
  })

  it('leaves the record both names', async () => {
    const response = await engine.post('/v1/chat/completions', { model: 'fast', messages: [] })
    expect(await engine.recordOf(response)).toMatchObject({
      requestedModel: 'fast',
      attempts: [{ upstream: 'Acme', model: 'acme/x1-turbo' }],
    })
  })
})

describe('an error under an alias', () => {
  const words = 'acme/x1-turbo of Acme (https://acme.example) says no to sk-Acme-0001'
  it.each<[string, Step, number, string]>([
    [
      'a bad request',
      errorAnswer(400, { message: words, type: 'acme_error', code: 'acme_bad' }, betraying),
      400,
      'invalid_request',
    ],
    [
      'too long',
      errorAnswer(400, { message: `maximum context length of ${words}`, code: 'context_length_exceeded' }),
      400,
      'context_length_exceeded',
    ],
    ['blocked', errorAnswer(400, { message: words, code: 'content_filter' }), 400, 'content_filter'],
    ['a rate limit', errorAnswer(429, { message: words }, { 'retry-after': '30' }), 429, 'rate_limit_exceeded'],
    ['no credit', errorAnswer(402, { message: words }), 429, 'insufficient_quota'],
    ['a refused key', errorAnswer(401, { message: words }), 502, 'upstream_credentials_exhausted'],
    ['a failure', errorAnswer(500, { message: words }), 502, 'upstream_error'],
    ['a page', html(502, `<h1>${words}</h1>`), 502, 'upstream_error'],
    ['a redirect', redirect(302, 'https://acme.example/login'), 502, 'upstream_error'],
    ['an unknown model', errorAnswer(404, { message: words, code: 'model_not_found' }), 404, 'model_not_found'],
    ['an error behind a 200', json(200, { error: { message: words, code: 500 } }), 502, 'upstream_error'],
  ])('%s', async (_, step, status, code) => {
    upstream.always(step)
    for (const stream of [false, true]) {
      engine.engine.states.find('Acme')?.keys.reset(engine.engine.status().upstreams[0]?.keys[0]?.keyId ?? '')
      const response = await engine.post('/v1/chat/completions', { model: 'fast', messages: [], stream })
      const told = await response.text()
      expect([response.status, JSON.parse(told)]).toMatchObject([status, { error: { code } }])
      expect((told + JSON.stringify([...response.headers])).toLowerCase()).not.toMatch(/acme|x1-turbo|sk-/)
    }
  })

  it('in the middle of a stream', async () => {
    upstream.script(chatStream(['Hel'], { errorAfter: { message: words, type: 'acme_error', code: 'acme_bad' } }))
    const response = await engine.post('/v1/chat/completions', { model: 'fast', messages: [], stream: true })
    const told = await response.text()
    expect(told).toContain('"error"')
    expect(told.toLowerCase()).not.toMatch(/acme|x1-turbo|sk-|\[done\]/)
  })
})

describe('an alias of several', () => {
  it('falls back in order, and looks the same', async () => {
    upstream.script(errorAnswer(500, { message: 'oops' }))
    const response = await engine.post('/v1/chat/completions', { model: 'spread', messages: [] })
    expect(await response.json()).toMatchObject({ model: 'spread' })
    expect([upstream.requests[0]?.model, spare.requests[0]?.model]).toEqual(['acme/x1-turbo', 'spare-2'])
  })
})

describe('the entry of an alias', () => {
  it('says nothing of its supplier', async () => {
    const response = await engine.fetch('/v1/models')
    const { data } = (await response.json()) as { data: readonly { id: string; owned_by: string }[] }
    expect(data.filter(({ id }) => ['fast', 'spread', 'same'].includes(id)).map((entry) => entry.owned_by)).toEqual(
      Array(3).fill('ai-proxy'),
    )
  })
})
