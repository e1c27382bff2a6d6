import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { OutboundConnection, openUpstream, outboundKey, resolveProxy } from '../../../proxy/gateway/outbound.ts'
import type { Dispatcher } from 'undici'

describe('resolveProxy', () => {
  const proxy = 'http://proxy.test:3128'
  const api = 'https://api.example.com'

  it.each<[string, string | null, string, Record<string, string>, string | null]>([
    ['none anywhere', null, api, {}, null],
    ['its own', proxy, api, {}, proxy],
    ['its own over the environment', 'http://own.test:1', api, { HTTPS_PROXY: proxy }, 'http://own.test:1'],
    ['its own whatever NO_PROXY says', proxy, api, { NO_PROXY: '*' }, proxy],
    ['direct over the environment', 'direct', api, { HTTPS_PROXY: proxy }, null],
    ['HTTPS_PROXY for https', null, api, { HTTPS_PROXY: proxy }, proxy],
    ['https_proxy for https', null, api, { https_proxy: proxy }, proxy],
    ['the lower case before the upper', null, api, { https_proxy: proxy, HTTPS_PROXY: 'http://x.test' }, proxy],
    ['not HTTP_PROXY for https', null, api, { HTTP_PROXY: proxy }, null],
    ['HTTP_PROXY for http', null, 'http://api.example.com', { HTTP_PROXY: proxy }, proxy],
    ['not HTTPS_PROXY for http', null, 'http://api.example.com', { HTTPS_PROXY: proxy }, null],
    ['ALL_PROXY for the rest', null, api, { ALL_PROXY: proxy }, proxy],
    ['HTTPS_PROXY before ALL_PROXY', null, api, { ALL_PROXY: 'http://x.test', HTTPS_PROXY: proxy }, proxy],
    ['an empty variable as none', null, api, { HTTPS_PROXY: '' }, null],
    ['a host without a scheme as http', 'proxy.test:3128', api, {}, proxy],
    ['with its login', 'http://u:p@proxy.test:3128', api, {}, 'http://u:p@proxy.test:3128'],
    ['socks5', 'socks5://s.test:1080', api, {}, 'socks5://s.test:1080'],
    ['socks5h as socks5', 'socks5h://s.test:1080', api, {}, 'socks5://s.test:1080'],
    ['socks as socks5', 'socks://u:p@s.test', api, {}, 'socks5://u:p@s.test'],
    ['no environment proxy for localhost', null, 'http://localhost:11434', { HTTP_PROXY: proxy }, null],
    ['no environment proxy for 127.0.0.2', null, 'http://127.0.0.2:1', { HTTP_PROXY: proxy }, null],
    ['no environment proxy for ::1', null, 'http://[::1]:1', { HTTP_PROXY: proxy }, null],
    ['no environment proxy for a name below localhost', null, 'http://a.localhost', { HTTP_PROXY: proxy }, null],
    ['its own also for localhost', proxy, 'http://localhost:11434', {}, proxy],
  ])('takes %s', (_, configured, origin, env, expected) => {
    expect(resolveProxy(configured, origin, env)).toBe(expected)
  })

  it.each<[string, string, boolean]>([
    ['*', api, true],
    ['api.example.com', api, true],
    ['API.Example.com', api, true],
    ['example.com', api, true],
    ['.example.com', api, true],
    ['*.example.com', api, true],
    ['ample.com', api, false],
    ['example.com.test', api, false],
    ['other.test', api, false],
    ['a.test, api.example.com', api, true],
    ['a.test api.example.com', api, true],
    [' , ', api, false],
    ['api.example.com:443', api, true],
    ['api.example.com:8443', api, false],
    ['api.example.com:8443', 'https://api.example.com:8443', true],
    ['example.com:443', api, true],
    ['.', api, false],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['10.1.2.3', 'https://110.1.2.3', false],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/8', 'https://10.example.com', false],
    ['10.0.0.0/99', 'https://10.1.2.3', false],
    ['10.0.0.0/x', 'https://10.1.2.3', false],
    ['fd00::/8', 'https://[fd12::1]', true],
    ['fd00::/8', 'https://10.1.2.3', false],
    ['fd12::1', 'https://[fd12::1]', true],
    ['[fd12::1]', 'https://[fd12::1]', true],
    ['[fd12::1]:443', 'https://[fd12::1]', true],
    ['[fd12::1]:444', 'https://[fd12::1]', false],
    ['fd12::2', 'https://[fd12::1]', false],
  ])('NO_PROXY=%j keeps %s off the proxy: %s', (noProxy, origin, isOff) => {
    expect(resolveProxy(null, origin, { HTTPS_PROXY: proxy, NO_PROXY: noProxy })).toBe(isOff ? null : proxy)
    expect(resolveProxy(null, origin, { HTTPS_PROXY: proxy, no_proxy: noProxy })).toBe(isOff ? null : proxy)
  })
})

describe('outboundKey', () => {
  const settings = { origin: 'https://a.test', proxyUrl: null, connectTimeoutMs: 1000, caFile: null }

  it('is the same for the same settings and another for each change', () => {
    const changes = [
      {},
      { origin: 'https://b.test' },
      { proxyUrl: 'http://p' },
      { connectTimeoutMs: 2 },
      { caFile: 'x' },
      { serverName: 'gateway.test' },
    ]
    const keys = changes.map((change) => outboundKey({ ...settings, ...change }))
    expect(keys[0]).toBe(outboundKey({ ...settings }))
    expect(new Set(keys).size).toBe(changes.length)
  })
})

describe('an upstream reached straight', () => {
  it('is asked for the certificate of the name in its configured host header', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<string>()
    const server = createServer({ SNICallback: (name, done) => (resolve(name), done(new Error('known enough'))) })
    server.on('tlsClientError', () => undefined)
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    // A bound TCP server has no other kind of address.
    const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const settings = { origin, proxyUrl: null, connectTimeoutMs: 5000, caFile: null, serverName: 'gateway.test' }
    const dispatcher = openUpstream(settings)
    dispatcher.dispatch({ path: '/', method: 'GET', headers: ['host', 'gateway.test'] }, {})
    expect(await asked).toBe('gateway.test')
    await dispatcher.destroy()
    await new Promise((done) => server.close(done))
  })
})

describe('OutboundConnection', () => {
  function makeConnection() {
    const log: string[] = []
    // Safe: a connection calls nothing else of its dispatcher.
    const makeDispatcher = () =>
      ({
        destroy: () => {
          log.push('destroy')
          return Promise.resolve()
        },
      }) as unknown as Dispatcher
    const connection = new OutboundConnection('k', () => {
      log.push('open')
      return makeDispatcher()
    })
    return { connection, log }
  }

  function use(connection: OutboundConnection) {
    connection.hold()
    return connection.dispatcher()
  }

  it('opens with the first request, once', () => {
    const { connection, log } = makeConnection()
    expect(use(connection)).toBe(use(connection))
    expect(log).toEqual(['open'])
  })

  it('closes when retired, at once where nobody uses it', () => {
    const { connection, log } = makeConnection()
    use(connection)
    connection.release()
    connection.retire()
    expect(log).toEqual(['open', 'destroy'])
  })

  it('closes after its last user when retired before', () => {
    const { connection, log } = makeConnection()
    use(connection)
    use(connection)
    connection.retire()
    connection.release()
    expect(log).toEqual(['open'])
    connection.release()
    expect(log).toEqual(['open', 'destroy'])
  })

  it('opens again for a late retry and closes behind it', () => {
    const { connection, log } = makeConnection()
    connection.retire()
    use(connection)
    connection.release()
    expect(log).toEqual(['open', 'destroy'])
  })

  it('counts its users right when it cannot be opened', () => {
    let isBroken = true
    const log: string[] = []
    const connection = new OutboundConnection('k', () => {
      if (isBroken) throw new Error('no such file')
      // Safe: as above.
      return { destroy: () => Promise.resolve(log.push('destroy')) } as unknown as Dispatcher
    })
    expect(() => use(connection)).toThrow('no such file')
    connection.release()
    isBroken = false
    use(connection)
    connection.retire()
    expect(log).toEqual([])
    connection.release()
    expect(log).toEqual(['destroy'])
  })
})
