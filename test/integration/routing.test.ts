/** Which upstream answers, in which order they are tried, and what the client is told when none is left. */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestEngine } from '../helpers/engine.ts'
import { startEngine } from '../helpers/engine.ts'
import { makeUpstream } from '../helpers/make.ts'
import type { ScriptedUpstream, Step } from '../helpers/scripted-upstream.ts'
import {
  answer,
  chatAnswer,
  errorAnswer,
  gate,
  after,
  html,
  json,
  raw,
  redirect,
  resetConnection,
  startScriptedUpstream,
} from '../helpers/scripted-upstream.ts'

let one: ScriptedUpstream
let two: ScriptedUpstream
let engine: TestEngine

beforeEach(async () => {
  one = await startScriptedUpstream()
  two = await startScriptedUpstream()
})
afterEach(async () => {
  await engine.stop()
  await one.close()
  await two.close()
})

const chat = { model: 'm', messages: [] }

async function start(
  server: Readonly<Record<string, unknown>> = {},
  ...more: readonly Readonly<Record<string, unknown>>[]
): Promise<void> {
  const upstreams = more.length > 0 ? more : [makeUpstream('one', one), makeUpstream('two', two)]
  engine = await startEngine({ server: { port: 0, max_retries: 3, ...server }, upstreams })
}

async function ask(body: unknown = chat): Promise<readonly [number, string | null]> {
  const response = await engine.post('/v1/chat/completions', body)
  const told = (await response.json()) as { error?: { code: string } }
  return [response.status, told.error?.code ?? null]
}

const counts = () => [one.requests.length, two.requests.length]
const oops = errorAnswer(500, { message: 'oops' })

describe('the order', () => {
  it('is that of the config', async () => {
    await start()
    for (let call = 0; call < 3; call++) await ask()
    expect(counts()).toEqual([3, 0])
  })

  it('goes alias, direct, exact, pattern, *', async () => {
    await start(
      { auto_models: { a: 'two:x' } },
      makeUpstream('one', one, { models: ['*'] }),
      makeUpstream('two', two, { models: ['m-*', 'exact'] }),
    )
    await Promise.all([one.waitForRequests(1), two.waitForRequests(1)])
    for (const model of ['a', 'one:m-1', 'm-1', 'exact', 'other']) await ask({ ...chat, model })
    const asked = ({ requests }: ScriptedUpstream) => requests.slice(1).map(({ model }) => model)
    expect([asked(one), asked(two)]).toEqual([
      ['m-1', 'other'],
      ['x', 'm-1', 'exact'],
    ])
  })

  it('leaves out what is disabled or has no key, and says so when nothing is left', async () => {
    await start({}, makeUpstream('one', one, { enabled: false }), makeUpstream('two', two))
    expect([await ask(), counts()]).toEqual([
      [200, null],
      [0, 1],
    ])
    await engine.configure({ upstreams: [makeUpstream('one', one, { enabled: false })] })
    const response = await engine.post('/v1/chat/completions', chat)
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('disabled or has no key')])
  })
})

describe('a failure of the upstream', () => {
  it.each<[string, Step]>([
    ['a 500', oops],
    ['a 503', errorAnswer(503, { message: 'busy' })],
    ['a 529', errorAnswer(529, { message: 'Overloaded', type: 'overloaded_error' })],
    ['a 408', errorAnswer(408, { message: 'slow' })],
    ['a page for JSON', html(200, '<html>Welcome</html>')],
    ['an error behind a 200', json(200, { error: { message: 'x', code: 500 } })],
    ['an empty answer', raw([], { headers: { 'content-type': 'application/json' } })],
    ['a reset', resetConnection('before-headers')],
    [
      'a reset after the headers',
      resetConnection('after-headers', { headers: { 'content-type': 'application/json' } }),
    ],
  ])('%s goes to the next upstream at once', async (_, step) => {
    await start()
    one.script(step)
    expect([await ask(), counts()]).toEqual([
      [200, null],
      [1, 1],
    ])
    expect((await engine.lastRecord()).attempts.map(({ upstream }) => upstream)).toEqual(['one', 'two'])
  })

  it('goes to the same one again when there is no other, another key first', async () => {
    await start({ max_retries: 1 }, makeUpstream('one', one, { keys: ['sk-1', 'sk-2'] }))
    one.script(oops)
    expect([await ask(), one.requests.map(({ key }) => key)]).toEqual([
      [200, null],
      ['sk-1', 'sk-2'],
    ])
  })

  it.each<[number, number]>([
    [0, 1],
    [1, 2],
    [3, 4],
  ])('is repeated max_retries %i times: %i attempts in all', async (maxRetries, attempts) => {
    await start({ max_retries: maxRetries })
    one.always(oops)
    two.always(oops)
    expect(await ask()).toEqual([502, 'upstream_error'])
    expect(one.requests.length + two.requests.length).toBe(attempts)
  })

  it('of one that is not there goes to the next', async () => {
    await start({}, makeUpstream('gone', `http://127.0.0.1:${await freePort()}`), makeUpstream('two', two))
    expect(await ask()).toEqual([200, null])
  })

  it('five times in a row puts it last, and one answer brings it back', async () => {
    await start({ max_retries: 1 })
    one.always(oops)
    for (let call = 0; call < 5; call++) await ask()
    expect(counts()).toEqual([5, 5])
    await ask()
    expect(counts()).toEqual([5, 6])
    // What is last is still asked when all else fails.
    two.script(oops)
    one.always(answer())
    expect([await ask(), counts()]).toEqual([
      [200, null],
      [6, 7],
    ])
    await ask()
    expect(counts()).toEqual([7, 7])
  })

  it('that is a redirect is never followed', async () => {
    await start({}, makeUpstream('one', one))
    one.script(redirect(307, `${two.url}/v1/chat/completions`))
    expect([await ask(), counts()]).toEqual([
      [502, 'upstream_error'],
      [1, 0],
    ])
  })
})

describe('the caller’s mistake', () => {
  it.each([400, 413, 415, 422])('%i comes back as it is, after one attempt', async (status) => {
    await start()
    const body = {
      error: { message: 'temperature: must be ≤ 2', type: 'odd_type', code: 'odd', param: 'temperature', extra: [1] },
    }
    one.script(json(status, body, { 'x-odd': '1' }))
    const response = await engine.post('/v1/chat/completions', chat)
    expect([response.status, await response.json(), response.headers.get('x-odd')]).toEqual([status, body, '1'])
    expect(response.headers.get('x-should-retry')).toBe('false')
    expect(counts()).toEqual([1, 0])
  })
})

describe('a model', () => {
  it('that one upstream does not know is asked of the next', async () => {
    await start()
    one.script(errorAnswer(404, { message: 'The model `m` does not exist', code: 'model_not_found' }))
    expect([await ask(), counts()]).toEqual([
      [200, null],
      [1, 1],
    ])
  })

  it('that nobody knows is 404', async () => {
    await start()
    for (const upstream of [one, two])
      upstream.always(errorAnswer(404, { message: 'The model `m` does not exist', code: 'model_not_found' }))
    expect(await ask()).toEqual([404, 'model_not_found'])
  })
})

describe('when nothing is left', () => {
  const limited = (seconds: number) => errorAnswer(429, { message: 'slow' }, { 'retry-after': String(seconds) })

  it.each<[string, Step, Step, readonly [number, string]]>([
    ['both limited', limited(30), limited(300), [429, 'rate_limit_exceeded']],
    ['a short limit and a failure', limited(30), oops, [429, 'rate_limit_exceeded']],
    ['a long limit and a failure', limited(3000), oops, [502, 'upstream_error']],
    [
      'a refused key and a full host',
      errorAnswer(401, { message: 'no' }),
      errorAnswer(503, { message: 'overloaded' }),
      [503, 'server_is_overloaded'],
    ],
    [
      'a refused key and no credit',
      errorAnswer(401, { message: 'no' }),
      errorAnswer(402, { message: 'no' }),
      [429, 'insufficient_quota'],
    ],
    [
      'two refused keys',
      errorAnswer(401, { message: 'no' }),
      errorAnswer(401, { message: 'no' }),
      [502, 'upstream_credentials_exhausted'],
    ],
  ])('the client is told what recovers soonest: %s', async (_, first, second, expected) => {
    await start({ max_retries: 1 })
    one.always(first)
    two.always(second)
    expect(await ask()).toEqual(expected)
  })

  it('names no upstream and no key', async () => {
    await start({ max_retries: 1 })
    one.always(oops)
    two.always(oops)
    const response = await engine.post('/v1/chat/completions', chat)
    expect(await response.text()).not.toMatch(/one|two|sk-|127\.0\.0\.1/)
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
  })
})

describe('a reload', () => {
  it('does not change the rules under a request', async () => {
    await start({}, makeUpstream('one', one))
    const held = gate()
    one.script(after(held, chatAnswer({ content: 'old' })))
    const running = engine.post('/v1/chat/completions', chat)
    await one.waitForRequests(1)
    await engine.configure({ upstreams: [makeUpstream('two', two)] })
    expect(await ask()).toEqual([200, null])
    held.open()
    expect(await (await running).json()).toMatchObject({ choices: [{ message: { content: 'old' } }] })
    expect(counts()).toEqual([1, 1])
  })
})

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Safe: a server on a TCP port has an AddressInfo.
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
