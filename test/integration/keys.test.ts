/** Keys in turn, blamed and rested, on real sockets; and what stays of it over reload and restart. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StartOptions, TestEngine } from '../helpers/engine.ts'
import { startEngine } from '../helpers/engine.ts'
import { makeUpstream } from '../helpers/make.ts'
import type { ScriptedUpstream } from '../helpers/scripted-upstream.ts'
import {
  answer,
  chatAnswer,
  errorAnswer,
  json,
  keyed,
  perRequest,
  responsesAnswer,
  startScriptedUpstream,
} from '../helpers/scripted-upstream.ts'

const keys = ['sk-key-1', 'sk-key-2', 'sk-key-3']
const chat = { model: 'm', messages: [] }

let upstream: ScriptedUpstream
let engine: TestEngine

beforeEach(async () => {
  upstream = await startScriptedUpstream()
})
afterEach(async () => {
  await engine.stop()
  await upstream.close()
})

const config = (settings: Readonly<Record<string, unknown>> = {}, server: Readonly<Record<string, unknown>> = {}) => ({
  server: { port: 0, max_retries: 3, ...server },
  upstreams: [makeUpstream('a', upstream, { keys, ...settings })],
})

async function start(settings = {}, server = {}, options: StartOptions = {}): Promise<void> {
  engine = await startEngine(config(settings, server), options)
}

async function ask(body: unknown = chat): Promise<number> {
  const response = await engine.post('/v1/chat/completions', body)
  await response.text()
  return response.status
}

/** Which keys the upstream has seen since the last call, as digits. */
let seen = 0
function used(): string {
  const from = seen > upstream.requests.length ? 0 : seen
  seen = upstream.requests.length
  return upstream.requests
    .slice(from)
    .map(({ key }) => key?.at(-1) ?? '-')
    .join('')
}
beforeEach(() => {
  seen = 0
})

const stateOf = (index: number) => engine.engine.status().upstreams[0]?.keys[index]?.state
const limited = (retryAfter: string) => errorAnswer(429, { message: 'slow' }, { 'retry-after': retryAfter })

describe('keys', () => {
  it('take turns', async () => {
    await start()
    for (let call = 0; call < 5; call++) await ask()
    expect(used()).toBe('12312')
  })

  it('pass a rate limit on to the next, and rest', async () => {
    await start()
    upstream.script(limited('60'))
    expect(await ask()).toBe(200)
    expect(await ask()).toBe(200)
    expect(await ask()).toBe(200)
    expect([used(), stateOf(0)]).toEqual(['1232', 'paused'])
    expect((await engine.lastRecord()).attempts).toHaveLength(1)
  })

  it.each<[string, Parameters<typeof errorAnswer>, string]>([
    ['a refused key', [401, { message: 'Incorrect API key provided' }], 'key_invalid'],
    ['no credit', [429, { message: 'x', code: 'insufficient_quota' }], 'key_exhausted'],
    ['payment required', [402, { message: 'Insufficient Balance' }], 'key_exhausted'],
    [
      'a key told to be invalid by a 400',
      [400, { message: 'API key not valid. Please pass a valid API key.' }],
      'key_invalid',
    ],
    ['a model that this key may not use', [403, { message: 'You do not have access to this model' }], 'key_no_access'],
    [
      'a model that is not there for this key',
      [404, { message: 'The model `m` does not exist', code: 'model_not_found' }],
      'model_not_found',
    ],
  ])('pass %s on to the next', async (_, failure, result) => {
    await start()
    upstream.script(errorAnswer(...failure))
    expect([await ask(), used()]).toEqual([200, '12'])
    const { attempts } = await engine.lastRecord()
    expect(attempts.map((attempt) => attempt.result)).toEqual([result, 'answered'])
  })

  it.each([0, 1, 3])('are tried max_retries %i times more', async (maxRetries) => {
    await start({ keys: Array.from({ length: 6 }, (_, index) => `sk-key-${index + 1}`) }, { max_retries: maxRetries })
    upstream.always(limited('60'))
    expect([await ask(), used().length]).toEqual([429, maxRetries + 1])
  })

  it('are all tried, and then the answer says when to come back', async () => {
    await start()
    upstream.always(keyed({ 'sk-key-1': limited('300'), 'sk-key-2': limited('40'), 'sk-key-3': limited('90') }))
    const response = await engine.post('/v1/chat/completions', chat)
    expect([response.status, used()]).toEqual([429, '123'])
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(38)
    expect(Number(response.headers.get('retry-after'))).toBeLessThan(41)
    const refusedAtOnce = await ask()
    expect([refusedAtOnce, used()]).toEqual([429, ''])
  })

  it('that return within seconds are waited for', async () => {
    await start({ keys: ['sk-key-1'] })
    upstream.script(errorAnswer(429, { message: 'slow' }, { 'retry-after-ms': '300' }))
    expect([await ask(), used()]).toEqual([200, '11'])
    expect((await engine.lastRecord()).attempts[1]?.waitedMs).toBeGreaterThan(0)
  })

  it('rested on a guess are tested by one request, and come back', async () => {
    await start({ keys: ['sk-key-1'] })
    upstream.script(errorAnswer(429, { message: 'slow' }), errorAnswer(429, { message: 'slow' }))
    expect([await ask(), await ask(), await ask(), used()]).toEqual([429, 429, 429, '11'])
    engine.engine.states.find('a')?.keys.reset(engine.engine.status().upstreams[0]?.keys[0]?.keyId ?? '')
    expect([await ask(), stateOf(0)]).toEqual([200, 'ready'])
  })

  it('refused twice are out of use', async () => {
    await start({ keys: ['sk-key-1'] })
    upstream.always(errorAnswer(401, { message: 'Incorrect API key provided' }))
    expect([await ask(), stateOf(0)]).toEqual([502, 'paused'])
    expect([await ask(), stateOf(0)]).toEqual([502, 'refused'])
    upstream.always(answer())
    expect([await ask(), used()]).toEqual([502, '11'])
    expect(engine.events.flatMap((event) => (event.type === 'notice' ? [event.notice.kind] : []))).toContain(
      'key-refused',
    )
  })

  it('refused in one burst are only rested', async () => {
    await start({ keys: ['sk-key-1'] })
    const open = Promise.withResolvers<void>()
    upstream.always({
      async run(exchange) {
        await open.promise
        await errorAnswer(401, { message: 'Incorrect API key provided' }).run(exchange)
      },
    })
    const calls = Array.from({ length: 8 }, () => ask())
    await upstream.waitForRequests(8)
    // A burst is told by times in ms: the failures must come in a later one than the last request.
    const sentBy = Date.now()
    while (Date.now() === sentBy) await new Promise((resolve) => setImmediate(resolve))
    open.resolve()
    expect(new Set(await Promise.all(calls))).toEqual(new Set([502]))
    expect(stateOf(0)).toBe('paused')
  })

  it('rest for one model where the key may not use it, and serve the others', async () => {
    await start({ keys: ['sk-key-1'] })
    upstream.script(errorAnswer(403, { message: 'You do not have access to this model' }))
    expect([await ask(), await ask({ ...chat, model: 'm2' })]).toEqual([404, 200])
  })

  it('are not blamed for what the caller did, nor for a failing upstream', async () => {
    await start({}, { max_retries: 0 })
    upstream.script(
      errorAnswer(400, { message: 'bad' }),
      errorAnswer(500, { message: 'oops' }),
      errorAnswer(422, { message: 'bad' }),
    )
    expect([await ask(), await ask(), await ask()]).toEqual([400, 502, 422])
    expect([0, 1, 2].map(stateOf)).toEqual(['ready', 'ready', 'ready'])
  })

  it('are never told to the client', async () => {
    await start({}, { max_retries: 0 })
    const failures = [401, 403, 429, 500, 400].map((status) =>
      errorAnswer(status, { message: 'Bad key sk-key-1 (sk-key-2)' }),
    )
    for (const failure of failures) {
      upstream.script(failure)
      const response = await engine.post('/v1/chat/completions', chat)
      expect(await response.text()).not.toMatch(/sk-key/)
    }
    expect(engine.lines.join('\n')).not.toMatch(/sk-key-\d/)
  })

  it('that are disabled or not set are left alone', async () => {
    await start(
      { keys: ['${MISSING}', { key: 'sk-key-2', enabled: false }, '${PRESENT}'] },
      {},
      { env: { PRESENT: 'sk-key-3' } },
    )
    expect([await ask(), await ask(), used()]).toEqual([200, 200, '33'])
  })
})

describe('a reload', () => {
  it('keeps what is known of keys', async () => {
    await start()
    upstream.script(limited('60'))
    await ask()
    used()
    await engine.configure(config({ keys: ['sk-key-2', 'sk-key-1'] }))
    expect([await ask(), await ask(), used()]).toEqual([200, 200, '22'])
  })

  it('gives an edited key a fresh start', async () => {
    await start({ keys: ['sk-key-1'] })
    upstream.script(limited('600'))
    expect(await ask()).toBe(429)
    await engine.configure(config({ keys: ['sk-key-9'] }))
    expect(await ask()).toBe(200)
  })
})

describe('a restart', () => {
  it('keeps refusals and what providers stated, not guesses', async () => {
    await start()
    upstream.script(limited('600'))
    await ask()
    upstream.script(errorAnswer(429, { message: 'slow' }))
    await ask()
    expect([0, 1, 2].map(stateOf)).toEqual(['paused', 'ready', 'paused'])
    engine = await engine.restart()
    expect([0, 1, 2].map(stateOf)).toEqual(['paused', 'ready', 'ready'])
    used()
    expect([await ask(), await ask(), used()]).toEqual([200, 200, '23'])
  })

  it('tests a refused key with the first request', async () => {
    await start({ keys: ['sk-key-1'] })
    upstream.script(
      errorAnswer(401, { message: 'Incorrect API key' }),
      errorAnswer(401, { message: 'Incorrect API key' }),
    )
    expect([await ask(), await ask(), stateOf(0)]).toEqual([502, 502, 'refused'])
    engine = await engine.restart()
    expect([stateOf(0), await ask(), stateOf(0)]).toEqual(['refused', 200, 'ready'])
  })
})

describe('what a key has made', () => {
  const respond = (body: object = {}) => engine.post('/v1/responses', { model: 'm', input: 'x', ...body })
  /** Each response has the key that made it as id. */
  const byKey = perRequest((request) =>
    json(200, { id: `resp_${request.key?.at(-1)}`, object: 'response', model: 'm', output: [] }),
  )

  it('is reached through it, whoever’s turn it is', async () => {
    await start()
    upstream.always(byKey)
    for (let call = 0; call < 3; call++) await (await respond()).text()
    expect(used()).toBe('123')
    for (const id of ['resp_2', 'resp_2', 'resp_3', 'resp_1'])
      await (await respond({ previous_response_id: id })).text()
    for (const id of ['resp_3', 'resp_1']) await (await engine.fetch(`/v1/responses/${id}`)).text()
    expect(used()).toBe('223131')
  })

  it('streamed is reached through it, too', async () => {
    await start()
    await (await respond()).text()
    await (await engine.post('/v1/responses', { model: 'm', input: 'x', stream: true })).text()
    upstream.always(responsesAnswer())
    used()
    await (await respond({ previous_response_id: 'resp_1' })).text()
    // Both answers had the same id: the later one counts.
    expect(used()).toBe('2')
  })

  it('is still reached after a restart', async () => {
    await start()
    upstream.always(byKey)
    await (await respond()).text()
    await (await respond()).text()
    engine = await engine.restart()
    used()
    expect((await respond({ previous_response_id: 'resp_2' })).status).toBe(200)
    expect((await engine.fetch('/v1/responses/resp_2')).status).toBe(200)
    expect(used()).toBe('22')
  })

  it('is not made anew elsewhere when the key rests', async () => {
    await start()
    upstream.always(byKey)
    await (await respond()).text()
    used()
    upstream.always(limited('60'))
    const response = await respond({ previous_response_id: 'resp_1' })
    expect([response.status, used()]).toEqual([429, '1'])
  })

  it('is asked for with another key of the upstream once its key has left the config', async () => {
    await start()
    upstream.always(byKey)
    await (await respond()).text()
    await engine.configure(config({ keys: ['sk-key-7'] }))
    used()
    expect([(await engine.fetch('/v1/responses/resp_1')).status, used()]).toEqual([200, '7'])
  })

  it('is gone with its upstream', async () => {
    await start()
    upstream.always(byKey)
    await (await respond()).text()
    await engine.configure({ upstreams: [makeUpstream('b', upstream)] })
    used()
    expect([(await engine.fetch('/v1/responses/resp_1')).status, used()]).toEqual([404, ''])
  })

  it('is a file, whose batch goes the same way', async () => {
    await start()
    upstream.always(
      perRequest((request) => json(200, { id: `${request.pathname.split('/')[2]}_${request.key?.at(-1)}` })),
    )
    const file = (await (await engine.fetch('/v1/files', { method: 'POST', body: new FormData() })).json()) as {
      id: string
    }
    await chatTwice()
    used()
    await (await engine.post('/v1/batches', { input_file_id: file.id })).text()
    await (await engine.fetch(`/v1/files/${file.id}`)).text()
    expect(used()).toBe(`${file.id.at(-1)}${file.id.at(-1)}`)
  })
})

async function chatTwice(): Promise<void> {
  upstream.script(chatAnswer(), chatAnswer())
  await ask()
  await ask()
}
