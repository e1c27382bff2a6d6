/**
 * How an upstream is reached: straight, or through an HTTP(S) or SOCKS5 proxy of the upstream's own or of the
 * environment. One dispatcher per upstream; what makes two alike is `outboundKey`.
 */
import { subscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { getCACertificates } from 'node:tls'
import type { DiagnosticsChannel, Dispatcher } from 'undici'
import { Pool, ProxyAgent, Socks5ProxyAgent, buildConnector } from 'undici'
import { UpstreamPool, isStaleConnection } from './upstream-pool.ts'

export interface OutboundSettings {
  /** `https://host[:port]` of the upstream. */
  readonly origin: string
  /** Resolved proxy URL, or null for none. */
  readonly proxyUrl: string | null
  readonly connectTimeoutMs: number
  readonly caFile: string | null
  /** The name that a configured `host` header gives the upstream: its certificate has that one. */
  readonly serverName?: string | undefined
}

/** Two settings with the same key can share connections. */
export function outboundKey(settings: OutboundSettings): string {
  const { origin, proxyUrl, connectTimeoutMs, caFile, serverName } = settings
  return JSON.stringify([origin, proxyUrl, connectTimeoutMs, caFile, serverName])
}

/**
 * The proxy for an origin.
 * @param configured - `proxy` of the upstream: a URL, `direct`, or null to ask the environment.
 */
export function resolveProxy(
  configured: string | null,
  origin: string,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  if (configured === 'direct') return null
  if (configured !== null) return normaliseProxy(configured)
  const url = new URL(origin)
  const read = (name: string) => env[name.toLowerCase()] || env[name.toUpperCase()] || null
  const fromEnv = (url.protocol === 'https:' ? read('https_proxy') : read('http_proxy')) ?? read('all_proxy')
  if (fromEnv === null || isExempt(url, read('no_proxy') ?? '')) return null
  return normaliseProxy(fromEnv)
}

/** Whether NO_PROXY (hosts by comma or space, `.suffix`, `*`, `host:port`, `net/bits`) or loopback keeps a host off the proxy. */
function isExempt(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1' || host.startsWith('127.')) return true
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return noProxy.split(/[\s,]+/).some((entry) => {
    if (entry === '') return false
    if (entry === '*') return true
    if (entry.includes('/')) return isInSubnet(host, entry)
    if (isIP(entry) === 6) return host === entry.toLowerCase()
    const [, name = '', entryPort] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
    if (entryPort !== undefined && entryPort !== port) return false
    const suffix = name.replace(/^\*?\./, '').replace(/^\[|\]$/g, '')
    return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`))
  })
}

/** `10.0.0.0/8`, as curl, Go and company set-ups have it. */
function isInSubnet(host: string, entry: string): boolean {
  const [net = '', bits = ''] = entry.split('/', 2)
  const version = isIP(net)
  if (version === 0 || isIP(host) !== version || !/^\d+$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128))
    return false
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(net, Number(bits), family)
  return list.check(host, family)
}

function normaliseProxy(proxy: string): string {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`
  // socks5h (names resolved by the proxy) is what our client does anyway.
  return withScheme.replace(/^socks(?:5h|4a?)?:\/\//i, 'socks5://')
}

interface SocketUse {
  requests: number
  /** As the latest request went out. */
  bytesRead: number
}

const uses = new WeakMap<object, SocketUse>()
/** Errors of connections that had served a request and broke before a byte of the next answer. */
const staleErrors = new WeakSet<object>()

// The only place that tells which socket a request takes, for every kind of dispatcher:
// https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md
subscribe('undici:client:sendHeaders', (message) => {
  // Safe: as documented there.
  const { socket } = message as DiagnosticsChannel.ClientSendHeadersMessage
  const known = uses.get(socket)
  if (known) {
    known.requests++
    known.bytesRead = socket.bytesRead
    return
  }
  const use = { requests: 1, bytesRead: socket.bytesRead }
  uses.set(socket, use)
  // Before undici's own listener, which hands the error to the request.
  socket.prependListener('error', (error: Error) => {
    // Where it is encrypted, the farewell alone counts as bytes.
    if (use.requests > 1 && (socket.bytesRead === use.bytesRead || 'encrypted' in socket)) staleErrors.add(error)
  })
})

/** True when the connection had served an earlier request: its end may have crossed with our request. */
export function wasReusedSocket(error: object): boolean {
  return staleErrors.has(error) || isStaleConnection(error)
}

/**
 * The connections of one upstream under one set of settings. Opened with the first request; once retired they close
 * when nothing uses them, and a late retry of an old request may still open them again: it must never reach another
 * host than the one that its key is for.
 */
export class OutboundConnection {
  readonly key: string
  readonly #open: () => Dispatcher
  #dispatcher: Dispatcher | null = null
  #users = 0
  #isRetired = false

  constructor(key: string, open: () => Dispatcher) {
    this.key = key
    this.#open = open
  }

  /** Keeps it open until `release`. */
  hold(): void {
    this.#users++
  }

  /** For holders only. @throws Error when the CA file cannot be read. */
  dispatcher(): Dispatcher {
    return (this.#dispatcher ??= this.#open())
  }

  release(): void {
    this.#users--
    this.#closeIfDone()
  }

  retire(): void {
    this.#isRetired = true
    this.#closeIfDone()
  }

  #closeIfDone(): void {
    if (!this.#isRetired || this.#users > 0 || !this.#dispatcher) return
    // Destroyed, not closed: only idle connections are left, and a dead network would never let them close.
    this.#dispatcher.destroy().catch(() => undefined)
    this.#dispatcher = null
  }
}

/** The way of requests to an upstream: our own pool where it is reached straight, else undici, which knows proxies. */
export function openUpstream(settings: OutboundSettings): Dispatcher {
  if (settings.proxyUrl !== null) return openDispatcher(settings)
  // undici finds that name by itself, in the header.
  const name = settings.serverName === undefined ? {} : { servername: settings.serverName }
  return new UpstreamPool({
    origin: settings.origin,
    connect: buildConnector({ ...connectOptions(settings), ...name }),
  })
}

function connectOptions({ caFile, connectTimeoutMs }: OutboundSettings): buildConnector.BuildOptions {
  const ca = caFile === null ? {} : { ca: [...getCACertificates('default'), readFileSync(caFile, 'utf8')] }
  return { ...ca, allowH2: false, timeout: connectTimeoutMs }
}

/** Opens a dispatcher of undici. HTTP/1.1 only: one stuck connection must not hold up all that share it. */
export function openDispatcher(settings: OutboundSettings): Dispatcher {
  const tls = connectOptions(settings)
  const shared = {
    allowH2: false,
    pipelining: 1,
    // Providers close idle connections after a minute or more; ours go first, so that a request seldom meets a closed one.
    keepAliveTimeout: 30_000,
    keepAliveMaxTimeout: 300_000,
    maxHeaderSize: 64 * 1024,
    // Both waits are the relay's business: it knows what it waits for.
    headersTimeout: 0,
    bodyTimeout: 0,
  }
  if (settings.proxyUrl === null) return new Pool(settings.origin, { ...shared, connect: tls })
  if (settings.proxyUrl.startsWith('socks5:')) {
    const url = new URL(settings.proxyUrl)
    const login =
      url.username === ''
        ? {}
        : { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
    return new Socks5ProxyAgent(`socks5://${url.host}`, {
      ...shared,
      ...login,
      connectTimeout: settings.connectTimeoutMs,
      requestTls: tls,
    })
  }
  return new ProxyAgent({
    ...shared,
    uri: settings.proxyUrl,
    // Of this client the proxy gets CONNECT only, whose answer is part of connecting.
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: settings.connectTimeoutMs }),
    connectTimeout: settings.connectTimeoutMs,
    requestTls: tls,
    proxyTls: tls,
  })
}
