/** The official `openai` SDK against the real engine and a scripted upstream, under real names and under aliases. */
import OpenAI, { toFile } from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestEngine } from '../helpers/engine.ts'
import { startEngine } from '../helpers/engine.ts'
import { makeUpstream } from '../helpers/make.ts'
import type { ScriptedUpstream } from '../helpers/scripted-upstream.ts'
import {
  chatAnswer,
  chatStream,
  errorAnswer,
  gate,
  hang,
  json,
  raw,
  responsesStream,
  startScriptedUpstream,
} from '../helpers/scripted-upstream.ts'

let upstream: ScriptedUpstream
let engine: TestEngine
let client: OpenAI

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  engine = await startEngine({
    server: { port: 0, max_retries: 0, auto_models: { alias: 'a:m2' } },
    upstreams: [makeUpstream('a', upstream)],
  })
  client = new OpenAI({ baseURL: engine.baseUrl, apiKey: engine.key, maxRetries: 0 })
})
afterEach(async () => {
  await engine.stop()
  await upstream.close()
})

const names = [
  ['its own name', 'm', 'm'],
  ['an alias', 'alias', 'm2'],
] as const
const messages = [{ role: 'user' as const, content: 'hi' }]
const tools = [{ type: 'function' as const, function: { name: 'look', parameters: { type: 'object' } } }]

describe.each(names)('a model under %s', (_, model, sentModel) => {
  it('chats', async () => {
    const { data, response } = await client.chat.completions.create({ model, messages }).withResponse()
    expect([data.model, data.choices[0]?.message.content]).toEqual([model, 'Hello!'])
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
    expect(upstream.requests[0]?.json()).toEqual({ model: sentModel, messages })
  })

  it('streams', async () => {
    upstream.script(chatStream(['Hel', 'lo 😀']))
    let text = ''
    const models = new Set<string>()
    for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? ''
      models.add(chunk.model)
      expect(chunk.choices).toHaveLength(1)
    }
    expect([text, [...models]]).toEqual(['Hello 😀', [model]])
    expect((await engine.lastRecord()).usage).toMatchObject({ inputTokens: 7, outputTokens: 3 })
  })

  it('streams usage when asked', async () => {
    const stream = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } })
    expect((await stream.finalChatCompletion()).usage?.total_tokens).toBe(10)
  })

  it('calls tools, whole and streamed', async () => {
    const toolCalls = [{ id: 'call_1', name: 'look', arguments: { at: 'ä"\\' } }]
    upstream.script(chatAnswer({ content: null, toolCalls }), chatStream([], { toolCalls }))
    const whole = await client.chat.completions.create({ model, messages, tools })
    const streamed = await client.chat.completions.stream({ model, messages, tools }).finalChatCompletion()
    for (const { choices } of [whole, streamed]) {
      const call = choices[0]?.message.tool_calls?.[0]
      expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toEqual({ at: 'ä"\\' })
    }
  })

  it('embeds', async () => {
    const { data, model: told } = await client.embeddings.create({ model, input: ['a', 'b'] })
    expect([told, data.length, data[0]?.embedding]).toEqual([model, 2, [0.25, -0.5, 0.75, 1]])
  })

  it('responds, whole and streamed', async () => {
    const whole = await client.responses.create({ model, input: 'hi' })
    expect([whole.model, whole.output_text]).toEqual([model, 'Hello!'])
    upstream.script(responsesStream(['Hel', 'lo']))
    const streamed = await client.responses.stream({ model, input: 'hi' }).finalResponse()
    expect([streamed.model, streamed.output_text]).toEqual([model, 'Hello'])
  })

  it('moderates', async () => {
    upstream.script(json(200, { id: 'modr-1', model: sentModel, results: [{ flagged: false }] }))
    const answer = await client.moderations.create({ model, input: 'x' })
    expect([answer.model, answer.results[0]?.flagged]).toEqual([model, false])
  })

  it('makes images from JSON and from a form', async () => {
    upstream.always(json(200, { created: 1, data: [{ b64_json: 'AAAA' }] }))
    const made = await client.images.generate({ model, prompt: 'x' })
    const image = await toFile(Buffer.from('PNG model'), 'a.png', { type: 'image/png' })
    const edited = await client.images.edit({ model, image, prompt: 'y' })
    expect([made, edited].map(({ data }) => data?.[0]?.b64_json)).toEqual(['AAAA', 'AAAA'])
    const form = await formOf(1)
    expect([form.get('model'), form.get('prompt')]).toEqual([sentModel, 'y'])
    expect(await (form.get('image') as File).text()).toBe('PNG model')
  })

  it('speaks', async () => {
    upstream.script(
      raw([Buffer.from([0xff, 0xfb, 0]), Buffer.from([1, 2])], { headers: { 'content-type': 'audio/mpeg' } }),
    )
    const speech = await client.audio.speech.create({ model, voice: 'alloy', input: 'hi' })
    expect([speech.headers.get('content-type'), [...(await speech.bytes())]]).toEqual([
      'audio/mpeg',
      [0xff, 0xfb, 0, 1, 2],
    ])
    expect(upstream.requests[0]?.model).toBe(sentModel)
  })

  it('transcribes', async () => {
    upstream.script(json(200, { text: 'spoken' }))
    const file = await toFile(Buffer.alloc(100_000, 7), 'a.wav')
    expect((await client.audio.transcriptions.create({ model, file })).text).toBe('spoken')
    const form = await formOf(0)
    expect([form.get('model'), (form.get('file') as File).size]).toEqual([sentModel, 100_000])
  })

  it.each<[number, new (...args: never[]) => Error]>([
    [400, OpenAI.BadRequestError],
    [422, OpenAI.UnprocessableEntityError],
  ])('%i is the class that the SDK has for it', async (status, type) => {
    upstream.script(errorAnswer(status, { message: 'bad temperature', code: 'invalid_value' }))
    const error = await client.chat.completions.create({ model, messages }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject({ status, code: 'invalid_value' })
  })
})

async function formOf(index: number): Promise<FormData> {
  const { headers, body } = upstream.requests[index] ?? {}
  return new Response(new Uint8Array(body ?? []), {
    headers: { 'content-type': headers?.['content-type'] ?? '' },
  }).formData()
}

describe('errors', () => {
  it.each<
    [string, Partial<ConstructorParameters<typeof OpenAI>[0]> & object, string, new (...args: never[]) => Error, object]
  >([
    ['no such key', { apiKey: 'ak-wrong' }, 'm', OpenAI.AuthenticationError, { status: 401, code: 'invalid_api_key' }],
    ['no such model', {}, 'nope', OpenAI.NotFoundError, { status: 404, code: 'model_not_found', param: 'model' }],
  ])('%s', async (_, options, model, type, expected) => {
    const other = new OpenAI({ baseURL: engine.baseUrl, apiKey: engine.key, maxRetries: 0, ...options })
    const error = await other.chat.completions.create({ model, messages }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject(expected)
    expect(upstream.requests).toHaveLength(0)
  })

  it.each<[string, Parameters<typeof errorAnswer>, new (...args: never[]) => Error, object]>([
    [
      'a rate limit',
      [429, { message: 'slow down' }, { 'retry-after': '30' }],
      OpenAI.RateLimitError,
      { status: 429, code: 'rate_limit_exceeded' },
    ],
    [
      'no credit',
      [429, { message: 'x', code: 'insufficient_quota' }],
      OpenAI.RateLimitError,
      { status: 429, code: 'insufficient_quota' },
    ],
    [
      'our key refused',
      [401, { message: 'Incorrect API key sk-a-0001' }],
      OpenAI.InternalServerError,
      { status: 502, code: 'upstream_credentials_exhausted' },
    ],
    ['our key not permitted', [403, { message: 'no' }], OpenAI.NotFoundError, { status: 404, code: 'model_not_found' }],
    [
      'a failing upstream',
      [500, { message: 'oops' }],
      OpenAI.InternalServerError,
      { status: 502, code: 'upstream_error' },
    ],
    [
      'an overloaded one',
      [503, { message: 'overloaded' }],
      OpenAI.InternalServerError,
      { status: 503, code: 'server_is_overloaded' },
    ],
  ])('%s', async (_, answer, type, expected) => {
    upstream.script(errorAnswer(...answer))
    const error = await client.chat.completions.create({ model: 'm', messages }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject(expected)
    expect(String(error)).not.toContain('sk-a')
  })

  it('are not repeated by the SDK where it would not help', async () => {
    const eager = new OpenAI({ baseURL: engine.baseUrl, apiKey: engine.key, maxRetries: 5 })
    upstream.always(errorAnswer(500, { message: 'oops' }))
    await expect(eager.chat.completions.create({ model: 'm', messages })).rejects.toMatchObject({ status: 502 })
    expect(upstream.requests).toHaveLength(1)
  })

  it('within a stream reach the client as such', async () => {
    upstream.script(chatStream(['Hel'], { errorAfter: { message: 'broke', code: 'server_error' } }))
    const stream = await client.chat.completions.create({ model: 'm', messages, stream: true })
    const read = async () => {
      for await (const _ of stream) void _
    }
    await expect(read()).rejects.toThrow('broke')
  })
})

describe('leaving', () => {
  it('before an answer aborts the upstream', async () => {
    upstream.script(hang('before-headers'))
    const controller = new AbortController()
    const call = client.chat.completions.create({ model: 'm', messages }, { signal: controller.signal })
    const failed = call.catch((error: unknown) => error)
    await upstream.waitForRequests(1)
    controller.abort()
    expect(await failed).toBeInstanceOf(OpenAI.APIUserAbortError)
    await upstream.waitForAbort(0)
    expect(await engine.lastRecord()).toMatchObject({ end: 'client_gone', status: 499 })
  })

  it('in the middle of a stream aborts the upstream', async () => {
    const never = gate()
    upstream.script(chatStream(['Hel', never, 'lo']))
    const stream = await client.chat.completions.create({ model: 'm', messages, stream: true })
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content === 'Hel') break
    await upstream.waitForAbort(0)
    expect(await engine.lastRecord()).toMatchObject({ end: 'client_gone' })
  })
})

describe('what upstreams keep', () => {
  it('is a stored response: retrieved, its input listed, cancelled, deleted', async () => {
    const made = await client.responses.create({ model: 'alias', input: 'hi' })
    upstream.script(
      json(200, { id: made.id, object: 'response', model: 'm2', status: 'completed', output: [] }),
      json(200, { object: 'list', data: [{ type: 'message', id: 'msg_1' }], has_more: false }),
      json(200, { id: made.id, object: 'response', status: 'cancelled', output: [] }),
      json(200, { id: made.id, object: 'response', deleted: true }),
    )
    expect((await client.responses.retrieve(made.id)).status).toBe('completed')
    expect((await client.responses.inputItems.list(made.id)).data).toHaveLength(1)
    expect((await client.responses.cancel(made.id)).status).toBe('cancelled')
    await client.responses.delete(made.id)
    expect(upstream.requests.slice(1).map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/responses/resp_1',
      'GET /v1/responses/resp_1/input_items',
      'POST /v1/responses/resp_1/cancel',
      'DELETE /v1/responses/resp_1',
    ])
  })

  it('is files and batches', async () => {
    const file = { id: 'file-1', object: 'file', bytes: 4, filename: 'a.jsonl', purpose: 'batch' }
    const batch = { id: 'batch_1', object: 'batch', status: 'validating', input_file_id: 'file-1' }
    upstream.script(
      json(200, file),
      json(200, { object: 'list', data: [file, { ...file, id: 'file-of-another' }], has_more: false }),
      raw(['line 1\n'], { headers: { 'content-type': 'application/octet-stream' } }),
      json(200, batch),
      json(200, batch),
      json(200, { ...batch, status: 'cancelling' }),
      json(200, { id: 'file-1', object: 'file', deleted: true }),
    )
    const upload = await client.files.create({ file: await toFile(Buffer.from('{}\n'), 'a.jsonl'), purpose: 'batch' })
    expect((await client.files.list()).data.map(({ id }) => id)).toEqual(['file-1'])
    expect(await (await client.files.content(upload.id)).text()).toBe('line 1\n')
    const made = await client.batches.create({
      input_file_id: upload.id,
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    })
    expect((await client.batches.retrieve(made.id)).status).toBe('validating')
    expect((await client.batches.cancel(made.id)).status).toBe('cancelling')
    expect((await client.files.delete(upload.id)).deleted).toBe(true)
    expect(upstream.stepsLeft()).toBe(0)
    await expect(client.files.retrieve('file-of-another')).rejects.toBeInstanceOf(OpenAI.NotFoundError)
  })

  it('is nobody else’s to build upon', async () => {
    const body = {
      input_file_id: 'file-of-another',
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    } as const
    await expect(client.batches.create(body)).rejects.toMatchObject({ status: 404 })
    const response = client.responses.create({ model: 'm', input: 'x', previous_response_id: 'resp_of_another' })
    await expect(response).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' })
    expect(upstream.requests).toHaveLength(0)
  })

  it('creates nothing twice when the upstream may have done it', async () => {
    await engine.configure({ server: { port: 0, max_retries: 3 }, upstreams: [makeUpstream('a', upstream)] })
    upstream.script(json(200, { id: 'file-1', object: 'file' }))
    await client.files.create({ file: await toFile(Buffer.from('{}\n'), 'a.jsonl'), purpose: 'batch' })
    upstream.always(errorAnswer(500, { message: 'oops' }))
    const body = { input_file_id: 'file-1', endpoint: '/v1/chat/completions', completion_window: '24h' } as const
    await expect(client.batches.create(body)).rejects.toMatchObject({ status: 502 })
    await expect(client.responses.create({ model: 'm', input: 'x', store: true })).rejects.toMatchObject({
      status: 502,
    })
    expect(upstream.requests).toHaveLength(3)
  })
})

describe('models', () => {
  it('are listed and looked up', async () => {
    const ids: string[] = []
    for await (const { id } of client.models.list()) ids.push(id)
    expect(ids).toEqual(['alias', 'm', 'm2'])
    expect(await client.models.retrieve('alias')).toMatchObject({ id: 'alias', owned_by: 'ai-proxy' })
    await expect(client.models.retrieve('nope')).rejects.toBeInstanceOf(OpenAI.NotFoundError)
    await expect(client.models.delete('m')).rejects.toMatchObject({ status: 405 })
  })
})
