import { readFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import type { Dispatcher } from 'undici'
import { buildConnector, errors } from 'undici'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { UpstreamPool, isStaleConnection } from '../../../proxy/gateway/upstream-pool.ts'

const closers: (() => unknown)[] = []

afterEach(async () => {
  vi.useRealTimers()
  for (const close of closers.splice(0).toReversed()) await close()
})

const ok = (text: string, headers = '') =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(text)}\r\n${headers}\r\n${text}`
const fileOf = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../helpers/scripted-upstream-tls/test-only-${name}.pem`, import.meta.url)))

/** A whole request as it came, and where. */
interface Seen {
  readonly text: string
  readonly socket: Socket
  /** Of its connection. */
  readonly index: number
}

interface Upstream {
  readonly origin: string
  readonly seen: readonly Seen[]
  readonly sockets: readonly Socket[]
  /** Resolves when that many connections have ended. */
  readonly ended: (count: number) => Promise<void>
}

interface UpstreamOptions {
  readonly isTls?: boolean
  readonly host?: string
  readonly onConnection?: (socket: Socket, index: number) => void
}

/** A TCP server; `onRequest` answers each whole request with bytes. */
async function openUpstream(onRequest: (seen: Seen) => void, options: UpstreamOptions = {}): Promise<Upstream> {
  const { isTls = false, host = '127.0.0.1' } = options
  const sockets: Socket[] = []
  const seen: Seen[] = []
  let endedCount = 0
  let onEnded = () => {}
  const onConnection = (socket: Socket) => {
    const index = sockets.push(socket) - 1
    let text = ''
    socket.setEncoding('latin1').on('error', () => {})
    socket.on('data', (part: string) => {
      text += part
      for (let end = endOf(text); end !== -1; end = endOf(text)) {
        const request = { text: text.slice(0, end), socket, index }
        text = text.slice(end)
        seen.push(request)
        onRequest(request)
      }
    })
    socket.on('close', () => {
      endedCount++
      onEnded()
    })
    options.onConnection?.(socket, index)
  }
  const server: Server = isTls
    ? createTlsServer({ key: fileOf('key'), cert: fileOf('cert') }, onConnection).on('tlsClientError', () => {})
    : createServer({ noDelay: true }, onConnection)
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  // Safe: it listens on a TCP port.
  const { port } = server.address() as AddressInfo
  const ended = (count: number) =>
    new Promise<void>((resolve) => {
      onEnded = () => {
        if (endedCount >= count) resolve()
      }
      onEnded()
    })
  const name = host.includes(':') ? `[${host}]` : host
  return { origin: `${isTls ? 'https' : 'http'}://${name}:${port}`, seen, sockets, ended }
}

/** Where the first request ends; -1 when it is not whole. */
function endOf(text: string): number {
  const head = text.indexOf('\r\n\r\n')
  if (head === -1) return -1
  const length = Number(/content-length: (\d+)/.exec(text.slice(0, head))?.[1] ?? 0)
  return text.length < head + 4 + length ? -1 : head + 4 + length
}

function openPool(origin: string, connect: buildConnector.connector = connector()): UpstreamPool {
  const pool = new UpstreamPool({ origin, connect })
  closers.push(() => pool.destroy())
  return pool
}

function connector(): buildConnector.connector {
  return buildConnector({ allowH2: false, timeout: 5000, rejectUnauthorized: false })
}

type Callback = keyof Dispatcher.DispatchHandler
type Hooks = Partial<Record<Callback, (controller: Dispatcher.DispatchController) => void>>

/** A handler that remembers what it is told. */
class Asker implements Dispatcher.DispatchHandler {
  readonly #hooks: Hooks
  #resolve = () => {}
  readonly calls: Callback[] = []
  controller: Dispatcher.DispatchController | null = null
  status = 0
  headers: IncomingHttpHeaders = {}
  body = ''
  error: (Error & { code?: string }) | null = null
  /** Resolves with its end, be it good or bad. */
  readonly done = new Promise<void>((resolve) => (this.#resolve = resolve))

  constructor(hooks: Hooks = {}) {
    this.#hooks = hooks
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    this.#note('onRequestStart', controller)
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.status = status
    this.headers = headers
    this.#note('onResponseStart', controller)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.body += chunk.toString('latin1')
    this.#note('onResponseData', controller)
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    this.#note('onResponseEnd', controller)
    this.#resolve()
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    this.error = error
    this.#resolve()
    this.#note('onResponseError', controller)
  }

  #note(name: Callback, controller: Dispatcher.DispatchController): void {
    if (this.calls.at(-1) !== name || name !== 'onResponseData') this.calls.push(name)
    this.#hooks[name]?.(controller)
  }
}

type Asked = Partial<Dispatcher.DispatchOptions>

function ask(pool: UpstreamPool, asked: Asked = {}, hooks: Hooks = {}): Asker {
  const asker = new Asker(hooks)
  pool.dispatch({ path: '/', method: 'GET', headers: [], ...asked }, asker)
  return asker
}

async function answered(pool: UpstreamPool, asked: Asked = {}): Promise<Asker> {
  const asker = ask(pool, asked)
  await asker.done
  return asker
}

/** The path of a request. */
const pathOf = ({ text }: Seen) => text.split(' ', 2)[1] ?? ''

/** Answers each request with its own path. */
const echo = (seen: Seen) => void seen.socket.write(ok(pathOf(seen)))

describe('what is sent', () => {
  const long = 'x'.repeat(40_000)
  it.each<[string, Asked, string]>([
    ['GET without a body', {}, 'GET / HTTP/1.1\r\nhost: HOST\r\nconnection: keep-alive\r\n\r\n'],
    ['HEAD', { method: 'HEAD' }, 'HEAD / HTTP/1.1\r\nhost: HOST\r\nconnection: keep-alive\r\n\r\n'],
    [
      'DELETE without a body',
      { method: 'DELETE', path: '/a?b=c', headers: ['x-a', 'b', 'x-c', 'é\t'] },
      'DELETE /a?b=c HTTP/1.1\r\nhost: HOST\r\nconnection: keep-alive\r\nx-a: b\r\nx-c: é\t\r\ncontent-length: 0\r\n\r\n',
    ],
    [
      'a body',
      { method: 'POST', headers: ['content-length', '3'], body: Buffer.from('\x00\x80ÿ', 'latin1') },
      'POST / HTTP/1.1\r\nhost: HOST\r\nconnection: keep-alive\r\ncontent-length: 3\r\n\r\n\x00\x80ÿ',
    ],
    [
      'an empty body',
      { method: 'POST', headers: ['content-length', '0'], body: Buffer.alloc(0) },
      'POST / HTTP/1.1\r\nhost: HOST\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n',
    ],
    [
      'a long body',
      { method: 'POST', headers: ['content-length', '40000'], body: Buffer.from(long) },
      `POST / HTTP/1.1\r\nhost: HOST\r\nconnection: keep-alive\r\ncontent-length: 40000\r\n\r\n${long}`,
    ],
    [
      'a body in pieces',
      // Safe: the pool takes several buffers, which undici's type does not say.
      {
        method: 'POST',
        headers: ['content-length', '5'],
        body: [Buffer.from('ab'), Buffer.from('cde')] as unknown as Buffer,
      },
      'POST / HTTP/1.1\r\nhost: HOST\r\nconnection: keep-alive\r\ncontent-length: 5\r\n\r\nabcde',
    ],
    [
      'a host of its own, which virtual hosts need',
      { headers: ['host', 'other.test', 'x-a', 'b'] },
      'GET / HTTP/1.1\r\nhost: other.test\r\nconnection: keep-alive\r\nx-a: b\r\n\r\n',
    ],
    [
      'the wish to end the connection',
      { headers: ['connection', 'close'] },
      'GET / HTTP/1.1\r\nhost: HOST\r\nconnection: close\r\n\r\n',
    ],
  ])('is %s', async (_, asked, expected) => {
    const upstream = await openUpstream(echo)
    await answered(openPool(upstream.origin), asked)
    expect(upstream.seen.map(({ text }) => text)).toEqual([expected.replace('HOST', new URL(upstream.origin).host)])
  })

  it.each<[string, Asked]>([
    ['a line break in a value', { headers: ['x-a', 'b\r\nx-c: d'] }],
    ['a line feed in a value', { headers: ['x-a', 'b\nc'] }],
    ['a zero in a value', { headers: ['x-a', 'b\0'] }],
    ['what Latin-1 has not', { headers: ['x-a', '你'] }],
    ['what would become a line break in Latin-1', { headers: ['x-a', 'b\u010d\u010ax-c: d'] }],
    ['a line break in a name', { headers: ['x-a: b\r\nx-c', 'd'] }],
    ['a line break in the path', { path: '/ HTTP/1.1\r\nx-a: b\r\n\r\n' }],
    ['a blank in the path', { path: '/ a' }],
    // Safe: the type knows the usual methods only.
    ['a line break in the method', { method: 'GET / HTTP/1.1\r\n\r\nGET' as 'GET' }],
    ['a coding that is not used', { method: 'POST', headers: ['transfer-encoding', 'chunked'] }],
    [
      'a second length',
      { method: 'POST', headers: ['content-length', '1', 'content-length', '2'], body: Buffer.from('a') },
    ],
    ['a coding in capitals', { method: 'POST', headers: ['Transfer-Encoding', 'chunked'] }],
    ['an expectation', { headers: ['expect', '100-continue'] }],
    ['the wish for another protocol', { headers: ['upgrade', 'h2c'] }],
  ])('is never %s', async (_, asked) => {
    const upstream = await openUpstream(echo)
    const pool = openPool(upstream.origin)
    const { error } = await answered(pool, asked)
    expect([error?.code, upstream.seen.length]).toEqual(['UND_ERR_INVALID_ARG', 0])
    expect((await answered(pool, { path: '/next' })).body).toBe('/next')
  })

  it('reaches hosts of IPv6', async () => {
    const upstream = await openUpstream(echo, { host: '::1' })
    expect((await answered(openPool(upstream.origin))).body).toBe('/')
    expect(upstream.seen[0]?.text).toContain(`\r\nhost: ${new URL(upstream.origin).host}\r\n`)
  })

  it('is encrypted for https, over one connection', async () => {
    const upstream = await openUpstream(echo, { isTls: true })
    const pool = openPool(upstream.origin)
    const bodies = [await answered(pool, { path: '/a' }), await answered(pool, { path: '/b' })].map(({ body }) => body)
    expect([bodies, upstream.sockets.length]).toEqual([['/a', '/b'], 1])
  })
})

describe('connections', () => {
  it.each<[string, string, number]>([
    ['after an answer with a length', ok('a'), 1],
    ['after chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n', 1],
    ['after an answer without a body', 'HTTP/1.1 204 No Content\r\n\r\n', 1],
    [
      'after interim answers',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${ok('a')}`,
      1,
    ],
    ['for as long as the upstream keeps them', ok('a', 'keep-alive: timeout=60\r\n'), 1],
    ['not when it keeps them too shortly', ok('a', 'keep-alive: timeout=2\r\n'), 2],
    ['not when it ends them', ok('a', 'connection: close\r\n'), 2],
    ['not when it ends them among others', ok('a', 'connection: x-a, Close\r\n'), 2],
    ['not with bytes behind the answer', `${ok('a')}HTTP/1.1 200 OK\r\n\r\n`, 2],
    ['not with a line break behind it', `${ok('a')}\r\n`, 2],
    ['not with HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na', 2],
    ['with HTTP/1.0 that says so', 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\nconnection: keep-alive\r\n\r\na', 1],
    [
      'not after chunks in HTTP/1.0',
      'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\nconnection: keep-alive\r\n\r\n1\r\na\r\n0\r\n\r\n',
      2,
    ],
  ])('are kept %s', async (_, answer, count) => {
    const upstream = await openUpstream(({ socket }) => void socket.write(answer))
    const pool = openPool(upstream.origin)
    const first = await answered(pool)
    const second = await answered(pool)
    expect([first.error, second.error, second.body]).toEqual([null, null, first.body])
    expect(upstream.sockets.length).toBe(count)
    if (count === 2) await upstream.ended(1)
  })

  it('are as many as there are requests at once, each with its own answer', async () => {
    const held: Seen[] = []
    const upstream = await openUpstream((seen) => {
      if (held.push(seen) === 5) for (const one of held.toReversed()) echo(one)
    })
    const pool = openPool(upstream.origin)
    const askers = ['/0', '/1', '/2', '/3', '/4'].map((path) => ask(pool, { path }))
    for (const { done } of askers) await done
    expect([askers.map(({ body }) => body), upstream.sockets.length]).toEqual([['/0', '/1', '/2', '/3', '/4'], 5])
  })

  it('never bring the answer of another request, whoever leaves whenever', async () => {
    const upstream = await openUpstream((seen) => {
      const path = pathOf(seen)
      const number = Number(path.slice(1))
      const text = path.repeat(1 + (number % 7) * 300)
      const parts = number % 2 === 0 ? [ok(text)] : [ok(text).slice(0, 30), ok(text).slice(30)]
      for (const part of parts) seen.socket.write(part)
      if (number % 11 === 0) seen.socket.end()
    })
    const pool = openPool(upstream.origin)
    let next = 0
    const wrong: string[] = []
    const run = async () => {
      while (next < 400) {
        const number = next++
        const leaves = ([null, null, 'onRequestStart', 'onResponseStart', 'onResponseData', 'onResponseEnd'] as const)[
          number % 6
        ]
        const leave = (controller: Dispatcher.DispatchController) => controller.abort(new Error('left'))
        const asker = ask(pool, { path: `/${number}` }, leaves ? { [leaves]: leave } : {})
        await asker.done
        if (asker.body.replaceAll(`/${number}`, '') !== '') wrong.push(`${number}: ${asker.body.slice(0, 99)}`)
        if (asker.error && asker.error.message !== 'left' && !isStaleConnection(asker.error))
          wrong.push(`${number}: ${asker.error.message}`)
      }
    }
    await Promise.all(Array.from({ length: 8 }, run))
    expect(wrong).toEqual([])
  })

  it('are not used again while a request is still on its way after its answer', async () => {
    const upstream = await openUpstream(echo, {
      onConnection: (socket, index) => {
        // Answers the head, and reads no further.
        if (index === 0) socket.removeAllListeners('data').once('data', () => socket.pause().write(ok('early')))
      },
    })
    const pool = openPool(upstream.origin)
    const body = Buffer.alloc(32 * 1024 * 1024)
    const early = await answered(pool, { method: 'POST', headers: ['content-length', String(body.length)], body })
    const next = await answered(pool, { path: '/next' })
    expect([early.body, next.body, upstream.sockets.length]).toEqual(['early', '/next', 2])
  })

  it('end when nothing has used them for as long as the upstream says', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    const upstream = await openUpstream(({ socket }) => void socket.write(ok('', 'keep-alive: timeout=5\r\n')))
    const pool = openPool(upstream.origin)
    const askers = [ask(pool), ask(pool)]
    for (const { done } of askers) await done
    vi.advanceTimersByTime(2000)
    await answered(pool)
    vi.advanceTimersByTime(2000)
    await upstream.ended(1)
    expect([upstream.sockets.length, vi.getTimerCount()]).toEqual([2, 1])
    vi.advanceTimersByTime(2000)
    await upstream.ended(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('gather no listeners', async () => {
    const sockets: Socket[] = []
    const open = connector()
    const upstream = await openUpstream(echo)
    const pool = openPool(upstream.origin, (options, callback) =>
      open(options, (...result) => {
        if (result[1]) sockets.push(result[1])
        callback(...result)
      }),
    )
    const count = () => sockets.map((socket) => socket.eventNames().map((name) => socket.listenerCount(name)))
    await answered(pool)
    const before = count()
    for (let turn = 0; turn < 20; turn++) await answered(pool)
    expect([count(), sockets.length]).toEqual([before, 1])
  })

  it('that bring bytes nobody asked for are not used', async () => {
    const upstream = await openUpstream((seen) => {
      echo(seen)
      if (seen.index === 0) setImmediate(() => seen.socket.write(ok('unasked')))
    })
    const pool = openPool(upstream.origin)
    await answered(pool, { path: '/first' })
    await upstream.ended(1)
    expect((await answered(pool, { path: '/next' })).body).toBe('/next')
  })
})

describe('a connection that breaks', () => {
  const breaks = { ends: (socket: Socket) => socket.end(), resets: (socket: Socket) => socket.resetAndDestroy() }

  it.each<[string, { isTls: boolean; how: keyof typeof breaks }]>([
    ['ends', { isTls: false, how: 'ends' }],
    ['is reset', { isTls: false, how: 'resets' }],
    ['ends under TLS', { isTls: true, how: 'ends' }],
  ])('is told from a new one when it %s as it is used again', async (_, { isTls, how }) => {
    const onRequest = (seen: Seen) => (pathOf(seen) === '/break' ? breaks[how](seen.socket) : echo(seen))
    const upstream = await openUpstream(onRequest, { isTls })
    const pool = openPool(upstream.origin)
    const first = await answered(pool, { path: '/break' })
    await answered(pool)
    const again = await answered(pool, { path: '/break' })
    const stale = [first, again].map(({ error }) => error !== null && isStaleConnection(error))
    expect([stale, upstream.sockets.length]).toEqual([[false, true], 2])
  })

  it('is told from a new one also when the next request was waiting for it', async () => {
    // As servers do that close behind an answer without saying so.
    const upstream = await openUpstream((seen) =>
      pathOf(seen) === '/first' ? seen.socket.end(ok('first')) : echo(seen),
    )
    let opened = 0
    const open = connector()
    // The second connection never comes about, so that the second request gets the first one's.
    const pool = openPool(upstream.origin, (options, callback) => {
      if (opened++ === 0) open(options, callback)
    })
    const first = ask(pool, { path: '/first' })
    const second = ask(pool, { path: '/second' })
    await first.done
    await second.done
    expect([first.body, second.error !== null && isStaleConnection(second.error)]).toEqual(['first', true])
  })

  it.each<[string, string, readonly Callback[]]>([
    ['within a head', 'HTTP/1.1 2', ['onRequestStart', 'onResponseError']],
    ['after an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n', ['onRequestStart', 'onResponseError']],
    [
      'within a body',
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab',
      ['onRequestStart', 'onResponseStart', 'onResponseData', 'onResponseError'],
    ],
    [
      'before the last chunk',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n',
      ['onRequestStart', 'onResponseStart', 'onResponseData', 'onResponseError'],
    ],
    [
      'where its end is that of the body',
      'HTTP/1.1 200 OK\r\n\r\nab',
      ['onRequestStart', 'onResponseStart', 'onResponseData', 'onResponseEnd'],
    ],
  ])('%s tells the request once, and is no stale one', async (_, bytes, calls) => {
    const upstream = await openUpstream((seen) => (pathOf(seen) === '/' ? echo(seen) : seen.socket.end(bytes)))
    const pool = openPool(upstream.origin)
    await answered(pool)
    const { calls: told, error } = await answered(pool, { path: '/cut' })
    await upstream.ended(1)
    expect([told, error !== null && isStaleConnection(error)]).toEqual([calls, false])
  })

  it('by what is not HTTP says so', async () => {
    const upstream = await openUpstream(({ socket }) => void socket.write('SSH-2.0-OpenSSH_9.6\r\n'))
    const { error } = await answered(openPool(upstream.origin))
    expect(error?.code).toBe('BAD_ANSWER')
    await upstream.ended(1)
  })
})

describe('a request that is given up', () => {
  const left = new Error('left')
  const half = 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'

  it.each<[string, Callback, readonly Callback[]]>([
    ['at the head', 'onResponseStart', ['onRequestStart', 'onResponseStart', 'onResponseError']],
    ['within the body', 'onResponseData', ['onRequestStart', 'onResponseStart', 'onResponseData', 'onResponseError']],
  ])('%s is told at once, and its connection ends', async (_, when, calls) => {
    const upstream = await openUpstream((seen) => (pathOf(seen) === '/' ? seen.socket.write(half) : echo(seen)))
    const pool = openPool(upstream.origin)
    const told: number[] = []
    const asker = ask(
      pool,
      {},
      {
        [when]: (controller: Dispatcher.DispatchController) => {
          controller.abort(left)
          controller.abort(new Error('again'))
          controller.pause()
          controller.resume()
          told.push(asker.calls.length)
        },
      },
    )
    await asker.done
    await upstream.ended(1)
    expect([asker.calls, asker.error, asker.controller?.aborted, asker.controller?.reason]).toEqual([
      calls,
      left,
      true,
      left,
    ])
    expect((await answered(pool, { path: '/next' })).body).toBe('/next')
  })

  it('as it starts leaves the connection to the next', async () => {
    const upstream = await openUpstream(echo)
    const pool = openPool(upstream.origin)
    // Clients leave while the first connection is made; the handler learns of a way to say so only as it starts.
    const leaves = { onRequestStart: (controller: Dispatcher.DispatchController) => controller.abort(left) }
    const askers = [ask(pool, {}, leaves), ask(pool, {}, leaves)]
    for (const { done } of askers) await done
    await vi.waitFor(() => expect(upstream.sockets.length).toBe(2), { interval: 1 })
    const next = await answered(pool, { path: '/next' })
    const again = ask(pool, {}, leaves)
    expect(askers.map(({ calls, error }) => [calls, error])).toEqual(
      askers.map(() => [['onRequestStart', 'onResponseError'], left]),
    )
    expect([again.error, next.body, (await answered(pool, { path: '/last' })).body]).toEqual([left, '/next', '/last'])
    expect([upstream.seen.map(pathOf), upstream.sockets.length]).toEqual([['/next', '/last'], 2])
  })

  it('before an answer ends its connection', async () => {
    const asked: (() => void)[] = []
    const upstream = await openUpstream((seen) => (pathOf(seen) === '/' ? asked.forEach((tell) => tell()) : echo(seen)))
    const pool = openPool(upstream.origin)
    const arrived = new Promise<void>((resolve) => asked.push(resolve))
    const asker = ask(pool)
    await arrived
    asker.controller?.abort(left)
    expect(asker.error).toBe(left)
    await upstream.ended(1)
    expect((await answered(pool, { path: '/next' })).body).toBe('/next')
  })

  it('while it is paused ends its connection', async () => {
    const upstream = await openUpstream(({ socket }) => void socket.write(half))
    const asker = ask(openPool(upstream.origin), {}, { onResponseData: (controller) => controller.pause() })
    await vi.waitFor(() => expect(asker.controller?.paused).toBe(true), { interval: 1 })
    asker.controller?.abort(left)
    await upstream.ended(1)
    expect([asker.error, asker.controller?.paused]).toEqual([left, false])
  })

  it('after its end harms nobody', async () => {
    const upstream = await openUpstream(echo)
    const pool = openPool(upstream.origin)
    const asker = ask(pool, {}, { onResponseEnd: (controller) => controller.abort(left) })
    await asker.done
    const next = ask(pool, { path: '/next' })
    asker.controller?.abort(left)
    asker.controller?.pause()
    await next.done
    expect([asker.error, next.body, upstream.sockets.length]).toEqual([null, '/next', 1])
  })
})

describe('a handler that throws', () => {
  it.each<[Callback]>([['onRequestStart'], ['onResponseStart'], ['onResponseData'], ['onResponseEnd']])(
    'in %s is told of it, and harms no other request',
    async (when) => {
      const upstream = await openUpstream(echo)
      const open = connector()
      const late: (() => void)[] = []
      let opened = 0
      // One connection for both, unless it ends.
      const pool = openPool(upstream.origin, (options, callback) => {
        if (opened++ === 1) late.push(() => open(options, callback))
        else open(options, callback)
      })
      const thrown = new Error('a bug')
      const thrower = ask(
        pool,
        { path: '/thrower' },
        {
          [when]: () => {
            throw thrown
          },
        },
      )
      const other = ask(pool, { path: '/other' })
      await thrower.done
      for (const connect of late) connect()
      await other.done
      expect([thrower.error, other.error, other.body]).toEqual([thrown, null, '/other'])
      expect((await answered(pool, { path: '/next' })).body).toBe('/next')
    },
  )

  it('in onResponseError leaves nobody else untold', async () => {
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    const reported = new Promise((resolve) => process.once('uncaughtException', resolve))
    try {
      const pool = openPool('http://127.0.0.1:1', () => undefined)
      const thrown = new Error('a bug')
      const thrower = ask(
        pool,
        {},
        {
          onResponseError: () => {
            throw thrown
          },
        },
      )
      const other = ask(pool)
      await pool.destroy()
      expect([thrower.error, other.error, await reported]).toEqual([
        expect.any(errors.ClientDestroyedError),
        expect.any(errors.ClientDestroyedError),
        thrown,
      ])
    } finally {
      for (const listener of listeners) process.on('uncaughtException', listener)
    }
  })
})

describe('a pause', () => {
  it('holds the upstream up, and loses nothing', async () => {
    const text = 'x'.repeat(8 * 1024 * 1024)
    const upstream = await openUpstream(({ socket }) => void socket.write(ok(text)))
    const pool = openPool(upstream.origin)
    let pauses = 0
    const asker = ask(
      pool,
      {},
      {
        onResponseData: (controller) => {
          controller.pause()
          pauses++
          const before = asker.body.length
          // By the next turn nothing may have come but what was read already.
          setImmediate(() => {
            if (asker.body.length !== before) pauses = Number.NaN
            controller.resume()
          })
        },
      },
    )
    await asker.done
    expect([asker.error, asker.body === text, pauses > 10]).toEqual([null, true, true])
  })

  it('at the end of an answer is over with it', async () => {
    const upstream = await openUpstream(echo)
    const pool = openPool(upstream.origin)
    const asker = ask(pool, { path: '/a' }, { onResponseData: (controller) => controller.pause() })
    await asker.done
    const next = await answered(pool, { path: '/b' })
    expect([asker.body, next.body, upstream.sockets.length]).toEqual(['/a', '/b', 1])
  })
})

describe('connecting', () => {
  /** A connector whose connections come about, or not, when the test says so. */
  function heldConnector() {
    const callbacks: buildConnector.Callback[] = []
    const targets: buildConnector.Options[] = []
    const open = connector()
    return {
      connect: ((options, callback) => {
        targets.push(options)
        callbacks.push(callback)
      }) satisfies buildConnector.connector,
      fail: (at: number, error: Error) => callbacks[at]?.(error, null),
      open: (at: number) => {
        const [callback, target] = [callbacks[at], targets[at]]
        if (callback && target) open(target, callback)
      },
    }
  }

  it('that fails is told to one request each, the first first', async () => {
    const { connect, fail } = heldConnector()
    const pool = openPool('http://127.0.0.1:1', connect)
    const askers = [ask(pool), ask(pool), ask(pool)]
    const failures = [new Error('1'), new Error('2'), new Error('3')]
    const told: (string | undefined)[][] = []
    for (const [at, failure] of failures.entries()) {
      fail(2 - at, failure)
      told.push(askers.map(({ error }) => error?.message))
    }
    expect(told).toEqual([
      ['1', undefined, undefined],
      ['1', '2', undefined],
      ['1', '2', '3'],
    ])
    expect(askers.map(({ calls }) => calls)).toEqual(askers.map(() => ['onResponseError']))
  })

  it('that fails fails nobody who does not need it', async () => {
    const { connect, fail, open } = heldConnector()
    const upstream = await openUpstream(echo)
    const pool = openPool(upstream.origin, connect)
    const askers = [ask(pool, { path: '/a' }), ask(pool, { path: '/b' })]
    open(1)
    for (const { done } of askers) await done
    fail(0, new Error('too late'))
    expect([askers.map(({ body }) => body), (await answered(pool, { path: '/c' })).body]).toEqual([['/a', '/b'], '/c'])
    expect(upstream.sockets.length).toBe(1)
  })

  it('that throws is a failure', async () => {
    const pool = openPool('http://127.0.0.1:1', () => {
      throw new Error('no such thing')
    })
    expect((await answered(pool)).error?.message).toBe('no such thing')
  })

  it('that nobody waits for any more leaves a connection for the next', async () => {
    const { connect, open } = heldConnector()
    const upstream = await openUpstream(echo)
    const pool = openPool(upstream.origin, connect)
    // As handlers see no controller before they start, only the pool itself can end such a wait.
    const asker = ask(pool, { path: '/a' })
    const other = ask(pool, { path: '/b' })
    open(0)
    await asker.done
    await other.done
    open(1)
    await vi.waitFor(() => expect(upstream.sockets.length).toBe(2), { interval: 1 })
    expect((await answered(pool, { path: '/c' })).body).toBe('/c')
    expect(upstream.sockets.length).toBe(2)
  })
})

describe('a pool that is destroyed', () => {
  it('ends all there is: waiting, running, idle, and connections to come', async () => {
    const upstream = await openUpstream((seen) => (pathOf(seen) === '/held' ? undefined : echo(seen)))
    const open = connector()
    const late: (() => void)[] = []
    let isHeld = false
    const pool = openPool(upstream.origin, (options, callback) => {
      if (isHeld) late.push(() => open(options, callback))
      else open(options, callback)
    })
    const held = ask(pool, { path: '/held' })
    const idle = ask(pool, { path: '/idle' })
    await idle.done
    await vi.waitFor(() => expect(upstream.seen.length).toBe(2), { interval: 1 })
    const again = ask(pool, { path: '/held' })
    isHeld = true
    const waiting = ask(pool)
    const reason = new Error('over')
    await pool.destroy(reason)
    expect([held.error, again.error, waiting.error, idle.error]).toEqual([reason, reason, reason, null])
    await upstream.ended(2)
    for (const connect of late) connect()
    await upstream.ended(3)
    expect((await answered(pool)).error).toBeInstanceOf(errors.ClientDestroyedError)
    expect(upstream.sockets.length).toBe(3)
  })
})
