/** The way out through HTTP, CONNECT and SOCKS5 proxies, with and without login, of an upstream and of the environment. */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { makeUpstream } from '../helpers/make.ts'
import { answer, closeIdleSocketAfterAnswer, testCertificatePath } from '../helpers/scripted-upstream.ts'
import { atEnd, attemptsOf, chat, healthOf, openEngine, openTcp, openUpstream, seen, streamed } from './faults-setup.ts'

interface TestProxy {
  readonly host: string
  /** `CONNECT host:port`, `GET url` or `SOCKS host:port`, each with the login presented. */
  readonly seen: { readonly line: string; readonly login: string | null; readonly headers: IncomingHttpHeaders }[]
}

/** An HTTP proxy that takes plain requests and CONNECT and leads all of them to `port`. */
async function openHttpProxy(port: number, login: string | null = null): Promise<TestProxy> {
  const lines: TestProxy['seen'] = []
  const sockets = new Set<Socket>()
  const loginOf = (headers: IncomingHttpHeaders) => {
    const value = headers['proxy-authorization']
    return value === undefined ? null : Buffer.from(value.replace('Basic ', ''), 'base64').toString('utf8')
  }
  const server = createServer((request, response) => {
    lines.push({ line: `${request.method} ${request.url}`, login: loginOf(request.headers), headers: request.headers })
    if (login !== null && loginOf(request.headers) !== login) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic' }).end('no')
      return
    }
    const url = new URL(request.url ?? '')
    const headers = { ...request.headers }
    delete headers['proxy-authorization']
    const onward = httpRequest(
      { port, path: url.pathname + url.search, method: request.method, headers },
      (answered) => {
        response.writeHead(answered.statusCode ?? 500, answered.headers)
        answered.pipe(response)
      },
    )
    request.pipe(onward)
  })
  server.on('connect', (request, socket: Socket) => {
    lines.push({ line: `CONNECT ${request.url}`, login: loginOf(request.headers), headers: request.headers })
    sockets.add(socket)
    socket.on('error', () => {})
    if (login !== null && loginOf(request.headers) !== login) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
      return
    }
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
    onward.on('error', () => socket.destroy())
    sockets.add(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(() => {
    for (const socket of sockets) socket.destroy()
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  // Safe: a server that listens on a TCP port has an AddressInfo.
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen: lines }
}

/** A SOCKS5 proxy (RFC 1928, RFC 1929) that leads everything to `port`. */
async function openSocksProxy(port: number, login: string | null = null): Promise<TestProxy> {
  const lines: TestProxy['seen'] = []
  const server = await openTcp((socket) => {
    let state: 'greeting' | 'login' | 'request' | 'open' = 'greeting'
    let presented: string | null = null
    socket.on('data', (data) => {
      if (state === 'greeting') {
        const methods = [...data.subarray(2)]
        const wanted = login === null ? 0 : 2
        state = login === null ? 'request' : 'login'
        socket.write(Buffer.from([5, methods.includes(wanted) ? wanted : 255]))
      } else if (state === 'login') {
        const nameEnd = 2 + (data[1] ?? 0)
        presented = `${data.toString('utf8', 2, nameEnd)}:${data.toString('utf8', nameEnd + 1)}`
        state = 'request'
        socket.write(Buffer.from([1, presented === login ? 0 : 1]))
      } else if (state === 'request') {
        const isName = data[3] === 3
        const host = isName ? data.toString('utf8', 5, 5 + (data[4] ?? 0)) : [...data.subarray(4, 8)].join('.')
        lines.push({ line: `SOCKS ${host}:${data.readUInt16BE(data.length - 2)}`, login: presented, headers: {} })
        state = 'open'
        const onward = connect(port, '127.0.0.1', () => {
          socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]))
          socket.pipe(onward).pipe(socket)
        })
        onward.on('error', () => socket.destroy())
        socket.on('close', () => onward.destroy())
      }
    })
  })
  return { host: `127.0.0.1:${server.port}`, seen: lines }
}

const login = 'us er:p@ss:word%'
const inUrl = `${encodeURIComponent('us er')}:${encodeURIComponent('p@ss:word%')}@`

const kinds = [
  ['HTTP', 'http://', openHttpProxy],
  ['SOCKS5', 'socks5://', openSocksProxy],
] as const

describe.each(kinds)('%s proxy', (kind, scheme, openProxy) => {
  it.each([
    ['an http upstream', false, null],
    ['an http upstream, with login', false, login],
    ['an https upstream', true, null],
    ['an https upstream, with login', true, login],
  ])('leads to %s', async (_, tls, wanted) => {
    const upstream = await openUpstream({ tls })
    const proxy = await openProxy(upstream.port, wanted)
    const base = upstream.url.replace('127.0.0.1', 'localhost')
    const engine = await openEngine({
      server: { port: 0, max_retries: 0, ca_file: testCertificatePath },
      upstreams: [makeUpstream('a', base, { proxy: `${scheme}${wanted === null ? '' : inUrl}${proxy.host}` })],
    })
    for (const body of [chat, streamed]) {
      const answered = await seen(engine.post('/v1/chat/completions', body))
      expect([answered.status, answered.content]).toEqual([200, 'Hello!'])
    }
    const target = `localhost:${upstream.port}`
    const line =
      kind === 'SOCKS5' ? `SOCKS ${target}` : tls ? `CONNECT ${target}` : `POST http://${target}/v1/chat/completions`
    expect(proxy.seen.map((entry) => [entry.line, entry.login])[0]).toEqual([line, wanted])
    expect(upstream.requests.map(({ key, headers }) => [key, headers['proxy-authorization'], headers.host])).toEqual([
      ['sk-a-0001', undefined, target],
      ['sk-a-0001', undefined, target],
    ])
    // Through a tunnel nobody but the upstream sees the key.
    if (line.startsWith('CONNECT')) expect(JSON.stringify(proxy.seen)).not.toContain('sk-a-0001')
  })

  it('that refuses the login is a failure of the way, not of the key', async () => {
    const upstream = await openUpstream({ tls: true })
    const proxy = await openProxy(upstream.port, login)
    const engine = await openEngine({
      server: { port: 0, max_retries: 0, ca_file: testCertificatePath },
      upstreams: [makeUpstream('a', upstream.url, { proxy: `${scheme}us:wrong-pass-word@${proxy.host}` })],
    })
    const answered = await seen(engine.post('/v1/chat/completions', chat))
    const record = await engine.lastRecord()
    expect([answered.status, answered.code, attemptsOf(record), healthOf(engine)]).toEqual([
      502,
      'upstream_error',
      ['a upstream_error -'],
      ['a: closed, ready'],
    ])
    expect(upstream.requests.length).toBe(0)
    expect(JSON.stringify([record, engine.lines, answered.text, engine.engine.status()])).not.toContain(
      'wrong-pass-word',
    )
  })

  it('that is not there is a failure of the way', async () => {
    const upstream = await openUpstream()
    const engine = await openEngine({
      server: { port: 0, max_retries: 0 },
      upstreams: [makeUpstream('a', upstream.url, { proxy: `${scheme}127.0.0.1:1` })],
    })
    const answered = await seen(engine.post('/v1/chat/completions', chat))
    expect([answered.status, attemptsOf(await engine.lastRecord())]).toEqual([502, ['a upstream_error -']])
    expect(upstream.requests.length).toBe(0)
  })

  it('that never answers costs the time for a connection, not more', async () => {
    const upstream = await openUpstream({ tls: true })
    const silent = await openTcp(() => {})
    const b = await openUpstream()
    const engine = await openEngine({
      server: {
        port: 0,
        max_retries: 1,
        ca_file: testCertificatePath,
        timeouts: { connect_seconds: 0.2 },
      },
      upstreams: [
        makeUpstream('a', upstream.url, { proxy: `${scheme}127.0.0.1:${silent.port}` }),
        makeUpstream('b', b),
      ],
    })
    const answered = await seen(engine.post('/v1/chat/completions', chat))
    expect([answered.status, b.requests.length]).toEqual([200, 1])
  })

  it('keeps connections for as long as upstreams do, without a failed request', async () => {
    const upstream = await openUpstream()
    upstream.always(closeIdleSocketAfterAnswer(answer()))
    const proxy = await openProxy(upstream.port)
    const engine = await openEngine({
      upstreams: [makeUpstream('a', upstream.url, { proxy: `${scheme}${proxy.host}` })],
    })
    for (let index = 0; index < 40; index++)
      expect((await seen(engine.post('/v1/chat/completions', chat))).status).toBe(200)
    expect(healthOf(engine)).toEqual(['a: closed, ready'])
  })
})

describe('the proxy of the environment', () => {
  it('is taken for http by HTTP_PROXY, and not for hosts in NO_PROXY', async () => {
    const upstream = await openUpstream()
    const proxy = await openHttpProxy(upstream.port, login)
    const engine = await openEngine(
      {
        server: { port: 0, max_retries: 0 },
        upstreams: [
          makeUpstream('a', 'http://upstream.test', { models: ['a'] }),
          makeUpstream('b', 'http://b.exempt.invalid', { models: ['b'] }),
          makeUpstream('c', upstream, { models: ['c'] }),
          makeUpstream('d', 'http://direct.invalid', { models: ['d'], proxy: 'direct' }),
        ],
      },
      { env: { HTTP_PROXY: `http://${inUrl}${proxy.host}`, NO_PROXY: '.exempt.invalid' } },
    )
    const statuses: number[] = []
    for (const model of ['a', 'b', 'c', 'd'])
      statuses.push((await seen(engine.post('/v1/chat/completions', { ...chat, model }))).status)
    expect(statuses).toEqual([200, 502, 200, 502])
    expect(proxy.seen.map(({ line }) => line)).toEqual(['POST http://upstream.test/v1/chat/completions'])
  })

  it('is taken for https by HTTPS_PROXY', async () => {
    const upstream = await openUpstream({ tls: true })
    const proxy = await openHttpProxy(upstream.port)
    const engine = await openEngine(
      {
        server: { port: 0, max_retries: 0, ca_file: testCertificatePath },
        upstreams: [makeUpstream('a', 'https://upstream.test')],
      },
      { env: { https_proxy: `http://${proxy.host}` } },
    )
    // The certificate is for another name, so the tunnel is all that comes about.
    expect((await seen(engine.post('/v1/chat/completions', chat))).status).toBe(502)
    expect(proxy.seen.map(({ line }) => line)).toEqual(['CONNECT upstream.test:443'])
    expect(upstream.requests.length).toBe(0)
  })

  it('changes with a reload of the upstream, and the old way is closed', async () => {
    const upstream = await openUpstream()
    const proxy = await openHttpProxy(upstream.port)
    const engine = await openEngine({ upstreams: [makeUpstream('a', upstream)] })
    await seen(engine.post('/v1/chat/completions', chat))
    await engine.configure({ upstreams: [makeUpstream('a', upstream, { proxy: `http://${proxy.host}` })] })
    await seen(engine.post('/v1/chat/completions', chat))
    await engine.configure({ upstreams: [makeUpstream('a', upstream)] })
    await seen(engine.post('/v1/chat/completions', chat))
    expect([proxy.seen.length, upstream.requests.length]).toEqual([1, 3])
    const connections = upstream.requests.map(({ connection }) => connection)
    expect(new Set(connections).size).toBe(3)
  })
})
