/** Upstreams that cannot be reached, break off or stay silent, on real sockets. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeUpstream } from '../helpers/make.ts'
import type { Step } from '../helpers/scripted-upstream.ts'
import {
  chatStream,
  closeIdleSocketAfterAnswer,
  gate,
  hang,
  resetConnection,
  testCertificatePath,
} from '../helpers/scripted-upstream.ts'
import {
  attemptsOf,
  chat,
  closedPort,
  healthOf,
  keysUsed,
  openEngine,
  openTcp,
  openUpstream,
  seen,
  streamed,
} from './faults-setup.ts'

type Fault = () => Promise<{ readonly url: string; readonly settings?: Readonly<Record<string, unknown>> }>

const scripted =
  (step: Step, settings: Readonly<Record<string, unknown>> = {}): Fault =>
  async () => {
    const upstream = await openUpstream()
    upstream.always(step)
    return { url: upstream.url, settings }
  }

/** Answers each request with these bytes and then what `end` does. */
const tcp =
  (bytes: string, end: 'close' | 'reset' | 'hang', settings: Readonly<Record<string, unknown>> = {}): Fault =>
  async () => {
    const server = await openTcp((socket) => {
      socket.once('data', () => {
        const finish = () => {
          if (end === 'close') socket.destroy()
          if (end === 'reset') socket.resetAndDestroy()
        }
        if (bytes === '') finish()
        else socket.write(bytes, finish)
      })
    })
    return { url: server.url, settings }
  }

const short = {
  timeouts: { connect_seconds: 0.1, first_byte_seconds: 0.1, stream_first_byte_seconds: 0.1, idle_seconds: 0.1 },
}
const jsonHead = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"id":1,'
const streamHead = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'

const bad = { status: 502, code: 'upstream_error' }
const late = { status: 504, code: 'upstream_timeout' }

// Name, fault, what the client gets when there is nothing else, result and status of each attempt.
const faults: readonly (readonly [string, Fault, { status: number; code: string }, string])[] = [
  ['a refused port', async () => ({ url: `http://127.0.0.1:${await closedPort()}` }), bad, 'upstream_error -'],
  ['a name that does not exist', async () => ({ url: 'http://no-such-host.invalid' }), bad, 'upstream_error -'],
  [
    'a certificate nobody vouches for',
    async () => ({ url: (await openUpstream({ tls: true })).url }),
    bad,
    'upstream_error -',
  ],
  [
    'no TLS at all',
    async () => ({ url: (await openUpstream()).url.replace('http:', 'https:') }),
    bad,
    'upstream_error -',
  ],
  ['a reset before the headers', scripted(resetConnection('before-headers')), bad, 'upstream_error -'],
  ['a close before the headers', tcp('', 'close'), bad, 'upstream_error -'],
  ['a reset inside the headers', tcp('HTTP/1.1 200 OK\r\ncontent-ty', 'reset'), bad, 'upstream_error -'],
  ['something else than HTTP', tcp('SSH-2.0-OpenSSH_9.6\r\n', 'hang'), bad, 'upstream_error -'],
  ['headers that never end', tcp(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`, 'hang'), bad, 'upstream_error -'],
  ['a reset after the headers', scripted(resetConnection('after-headers')), bad, 'upstream_error 200'],
  ['a reset inside the first event', scripted(resetConnection('mid-body')), bad, 'upstream_error 200'],
  ['a reset inside a JSON answer', tcp(jsonHead, 'reset'), bad, 'upstream_error 200'],
  ['a close inside a JSON answer', tcp(jsonHead, 'close'), bad, 'upstream_error 200'],
  ['a broken chunk', tcp(`${streamHead}zz\r\ndata: x\r\n`, 'hang'), bad, 'upstream_error 200'],
  ['silence before the headers', scripted(hang('before-headers'), short), late, 'timeout -'],
  ['silence inside the headers', tcp('HTTP/1.1 200 OK\r\ncontent-ty', 'hang', short), late, 'timeout -'],
  ['silence after the headers', scripted(hang('after-headers'), short), late, 'timeout 200'],
  ['silence inside the first event', scripted(hang('mid-body'), short), late, 'timeout 200'],
  ['silence inside a JSON answer', tcp(jsonHead, 'hang', short), late, 'timeout 200'],
]

describe.each(faults)('%s', (_, fault, expected, attempt) => {
  it.each([
    ['a whole answer', chat],
    ['a stream', streamed],
  ])('ends in an error for %s when there is nothing else', async (_kind, body) => {
    const { url, settings } = await fault()
    const engine = await openEngine({
      server: { port: 0, max_retries: 1 },
      upstreams: [makeUpstream('a', url, settings)],
    })
    const answered = await seen(engine.post('/v1/chat/completions', body))
    const record = await engine.recordOf(new Response(null, { headers: answered.headers }))
    // After a timeout the same upstream is not asked again.
    const attempts = expected === late ? [`a ${attempt}`] : [`a ${attempt}`, `a ${attempt}`]
    expect({
      status: answered.status,
      code: answered.code,
      shouldRetry: answered.headers.get('x-should-retry'),
      attempts: attemptsOf(record),
      end: record.end,
      errorCode: record.errorCode,
      health: healthOf(engine),
    }).toEqual({
      ...expected,
      shouldRetry: 'false',
      attempts,
      end: 'upstream_error',
      errorCode: expected.code,
      health: ['a: closed, ready'],
    })
    const [a] = engine.engine.status().upstreams
    expect([a?.lastError === null, a?.activeRequests, a?.keys[0]?.failures]).toEqual([false, 0, 0])
  })

  it.each([
    ['a whole answer', chat],
    ['a stream', streamed],
  ])('goes unnoticed for %s when another upstream is there', async (_kind, body) => {
    const { url, settings } = await fault()
    const b = await openUpstream()
    const engine = await openEngine({ upstreams: [makeUpstream('a', url, settings), makeUpstream('b', b)] })
    const answered = await seen(engine.post('/v1/chat/completions', body))
    const record = await engine.lastRecord()
    expect({
      status: answered.status,
      content: answered.content,
      error: answered.error,
      attempts: attemptsOf(record),
      keys: keysUsed(b),
      end: record.end,
      health: healthOf(engine),
    }).toEqual({
      status: 200,
      content: 'Hello!',
      error: null,
      attempts: [`a ${attempt}`, 'b answered 200'],
      keys: ['sk-b-0001'],
      end: 'done',
      health: ['a: closed, ready', 'b: closed, ready'],
    })
  })
})

const small = '{"id":"c","choices":[{"message":{"content":"Hello!"},"finish_reason":"stop"}]}'
const smallAnswer = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${small.length}\r\n\r\n${small}`

describe('kept connections', () => {
  it.each([
    ['HTTP', false, 200],
    // Each is a handshake of its own.
    ['HTTPS', true, 50],
  ])('survive an upstream that closes each after its answer (%s)', async (_, tls, requests) => {
    const upstream = await openUpstream({ tls })
    upstream.always(closeIdleSocketAfterAnswer())
    const engine = await openEngine({
      server: { port: 0, max_retries: 0, ca_file: testCertificatePath },
      upstreams: [makeUpstream('a', upstream)],
    })
    for (let index = 0; index < requests; index++) {
      const answered = await engine.post('/v1/chat/completions', chat)
      expect([index, answered.status, await answered.text()]).toEqual([index, 200, expect.stringContaining('Hello!')])
    }
    expect(healthOf(engine)).toEqual(['a: closed, ready'])
  })

  it.each(['close', 'reset'] as const)(
    'are opened anew where the upstream meets each second request with a %s',
    async (end) => {
      const server = await openTcp((socket) => {
        let requests = 0
        socket.on('data', () => {
          requests++
          if (requests === 1) socket.write(smallAnswer)
          else if (end === 'close') socket.destroy()
          else socket.resetAndDestroy()
        })
      })
      const engine = await openEngine({
        server: { port: 0, max_retries: 0 },
        upstreams: [makeUpstream('a', server.url)],
      })
      for (let index = 0; index < 200; index++) {
        const answered = await engine.post('/v1/chat/completions', chat)
        expect([index, answered.status]).toEqual([index, 200])
        await answered.arrayBuffer()
      }
      expect(server.count()).toBeGreaterThanOrEqual(100)
      const [a] = engine.engine.status().upstreams
      expect([a?.breaker, a?.lastError]).toEqual(['closed', null])
    },
  )

  it('are not taken again for what would be made twice', async () => {
    const seenPaths: string[] = []
    const server = await openTcp((socket) => {
      let requests = 0
      socket.on('data', (data) => {
        seenPaths.push(/^POST (\S+)/.exec(data.toString())?.[1] ?? '')
        requests++
        if (requests === 1) socket.write(smallAnswer)
        else socket.resetAndDestroy()
      })
    })
    const engine = await openEngine({ upstreams: [makeUpstream('a', server.url)] })
    expect((await seen(engine.post('/v1/chat/completions', chat))).status).toBe(200)
    const made = await seen(engine.post('/v1/vector_stores', { name: 'x' }))
    expect([made.status, made.code]).toEqual([502, 'upstream_error'])
    expect(seenPaths).toEqual(['/v1/chat/completions', '/v1/vector_stores'])
  })

  it('that break again and again are blamed in the end', async () => {
    const server = await openTcp((socket) => {
      socket.once('data', () => socket.resetAndDestroy())
    })
    const engine = await openEngine({
      server: { port: 0, max_retries: 0 },
      upstreams: [makeUpstream('a', server.url)],
    })
    for (let index = 0; index < 5; index++) await seen(engine.post('/v1/chat/completions', chat))
    expect(healthOf(engine)).toEqual(['a: open, ready'])
    expect(server.count()).toBe(5)
  })
})

describe('ca_file', () => {
  it('makes an upstream with a certificate of its own work, and counts for each reload', async () => {
    const upstream = await openUpstream({ tls: true })
    const upstreams = [makeUpstream('a', upstream)]
    const engine = await openEngine({ server: { port: 0, max_retries: 0 }, upstreams })
    expect((await seen(engine.post('/v1/chat/completions', chat))).status).toBe(502)
    await engine.configure({ server: { port: 0, max_retries: 0, ca_file: testCertificatePath }, upstreams })
    expect((await seen(engine.post('/v1/chat/completions', chat))).status).toBe(200)
    await engine.configure({ server: { port: 0, max_retries: 0 }, upstreams })
    expect((await seen(engine.post('/v1/chat/completions', chat))).status).toBe(502)
    expect(upstream.requests.length).toBe(1)
  })

  it('that is gone or no certificate is a failure of the attempt, not of the proxy', async () => {
    const upstream = await openUpstream({ tls: true })
    const engine = await openEngine({ upstreams: [makeUpstream('a', upstream)] })
    const caFile = join(engine.folder, 'ca.pem')
    await writeFile(caFile, 'no certificate')
    await engine.configure({
      server: { port: 0, max_retries: 0, ca_file: caFile },
      upstreams: [makeUpstream('a', upstream), makeUpstream('b', await openUpstream(), { models: ['other'] })],
    })
    for (let index = 0; index < 2; index++) {
      const answered = await seen(engine.post('/v1/chat/completions', chat))
      expect([answered.status, answered.code]).toEqual([502, 'upstream_error'])
      const record = await engine.lastRecord()
      expect([record.end, attemptsOf(record)]).toEqual(['upstream_error', ['a upstream_error -']])
    }
    expect(engine.engine.status().upstreams.map(({ activeRequests }) => activeRequests)).toEqual([0, 0])
  })
})

describe('a network that is away', () => {
  it('blames no upstream when two of them cannot be reached, and goes on when it is back', async () => {
    const ports = [await closedPort(), await closedPort()]
    const engine = await openEngine({
      server: { port: 0, max_retries: 1 },
      upstreams: ports.map((port, index) => makeUpstream(`u${index}`, `http://127.0.0.1:${port}`)),
    })
    for (let index = 0; index < 8; index++) {
      const answered = await seen(engine.post('/v1/chat/completions', chat))
      expect([answered.status, answered.code]).toEqual([502, 'upstream_error'])
    }
    expect(healthOf(engine)).toEqual(['u0: closed, ready', 'u1: closed, ready'])
    const back = await openUpstream({ port: ports[0] ?? 0 })
    expect((await seen(engine.post('/v1/chat/completions', chat))).status).toBe(200)
    expect(keysUsed(back)).toEqual(['sk-u0-0001'])
  })

  it('blames the only one that fails while others answer', async () => {
    const engine = await openEngine({
      upstreams: [makeUpstream('a', `http://127.0.0.1:${await closedPort()}`), makeUpstream('b', await openUpstream())],
    })
    for (let index = 0; index < 5; index++) await seen(engine.post('/v1/chat/completions', chat))
    expect(healthOf(engine)).toEqual(['a: open, ready', 'b: closed, ready'])
    // Now it is asked last: a request is answered by one attempt.
    await seen(engine.post('/v1/chat/completions', chat))
    expect(attemptsOf(await engine.lastRecord())).toEqual(['b answered 200'])
  })
})

describe('reconnect', () => {
  it('drops idle connections, lets a running stream end, and forgets blame', async () => {
    const upstream = await openUpstream()
    const engine = await openEngine({
      upstreams: [
        makeUpstream('a', upstream),
        makeUpstream('b', `http://127.0.0.1:${await closedPort()}`, { models: ['dead'] }),
      ],
      server: { port: 0, max_retries: 0 },
    })
    for (let index = 0; index < 5; index++) await seen(engine.post('/v1/chat/completions', { ...chat, model: 'dead' }))
    expect(healthOf(engine)).toEqual(['a: closed, ready', 'b: open, ready'])
    const held = gate()
    upstream.script(chatStream(['One ', held, 'two']))
    const running = await engine.post('/v1/chat/completions', streamed)
    engine.engine.reconnect()
    expect(healthOf(engine)).toEqual(['a: closed, ready', 'b: closed, ready'])
    expect((await seen(engine.post('/v1/chat/completions', chat))).status).toBe(200)
    held.open()
    expect((await seen(running)).content).toBe('One two')
    const [first, second] = upstream.requests
    expect(first?.connection).not.toBe(second?.connection)
    // The stream's connection belongs to those that were given up.
    await first?.finished
    expect((await seen(engine.post('/v1/chat/completions', chat))).status).toBe(200)
    expect(upstream.requests[2]?.connection).toBe(second?.connection)
  })
})
