/**
 * Sockets that listen: binds, moves to another address without dropping anybody, drains. One request handler serves
 * them all; which addresses there are is the engine's business.
 */
import type { Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GatewayRequest } from './gateway-request.ts'

export type RequestHandler = (request: GatewayRequest, response: ServerResponse) => void

export interface ListenAddress {
  /** Null: loopback, IPv4 and where there is one IPv6 too. 0.0.0.0 has that IPv6 loopback as well. */
  readonly host: string | null
  readonly port: number
}

/** Why a port cannot be listened on: Node's code and the address. */
export class ListenFailure extends Error {
  readonly code: string
  readonly host: string
  readonly port: number

  constructor(code: string, host: string, port: number, cause: unknown) {
    super(`${code}: cannot listen on ${host}:${port}`, { cause })
    this.code = code
    this.host = host
    this.port = port
  }
}

/**
 * Hosts beside which ::1 is listened on, each with the failures that leave it at IPv4. A config that says 0.0.0.0 has
 * asked for IPv4 alone, so another program's ::1 is no reason to refuse it.
 */
const withoutIpv6: ReadonlyMap<string | null, readonly string[]> = new Map([
  [null, ['EAFNOSUPPORT', 'EADDRNOTAVAIL']],
  ['0.0.0.0', ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EADDRINUSE', 'EACCES']],
])
const SWEEP_MS = 200
/** For a request's headers. Node's own limit is off where that of the whole request is, as it must be here. */
const HEADERS_MS = 60_000
/** Silence after which the system asks whether the client's machine is still there: a laptop that sleeps says nothing. */
const ALIVE_CHECK_MS = 60_000

export class Listener {
  readonly address: ListenAddress
  readonly #servers: readonly Server[]
  #closed: Promise<unknown> | null = null

  private constructor(address: ListenAddress, servers: readonly Server[]) {
    this.address = address
    this.#servers = servers
  }

  /** @throws ListenFailure */
  static async open(address: ListenAddress, handler: RequestHandler): Promise<Listener> {
    const first = await bind(address.host ?? '127.0.0.1', address.port, handler)
    const forgiven = withoutIpv6.get(address.host)
    if (forgiven === undefined) return new Listener(address, [first])
    try {
      // A plugin's "localhost" may mean either, also where the network is let in besides.
      return new Listener(address, [first, await bind('::1', portOf(first), handler)])
    } catch (error) {
      if (error instanceof ListenFailure && forgiven.includes(error.code)) return new Listener(address, [first])
      await close(first)
      throw error
    }
  }

  get port(): number {
    const [first] = this.#servers
    return first ? portOf(first) : 0
  }

  /** `host:port` of every socket. */
  get addresses(): readonly string[] {
    return this.#servers.flatMap((server) => {
      const address = server.address()
      if (address === null || typeof address === 'string') return []
      return [`${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`]
    })
  }

  /**
   * Takes no new connections; resolves when those open have finished, at the latest after `graceMs`. May be called
   * again with a shorter grace.
   */
  async close(graceMs: number): Promise<void> {
    this.#closed ??= Promise.all(this.#servers.map(close))
    const closeIdle = () => {
      for (const server of this.#servers) server.closeIdleConnections()
    }
    closeIdle()
    // Connections that were busy become idle one by one; Node closes only those that are idle at this moment.
    const sweep = setInterval(closeIdle, SWEEP_MS)
    const timer = setTimeout(() => {
      for (const server of this.#servers) server.closeAllConnections()
    }, graceMs)
    await this.#closed
    clearInterval(sweep)
    clearTimeout(timer)
  }
}

function bind(host: string, port: number, handler: RequestHandler): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(
      {
        IncomingMessage: GatewayRequest,
        maxHeaderSize: 64 * 1024,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: ALIVE_CHECK_MS,
        keepAliveTimeout: 90_000,
        headersTimeout: HEADERS_MS,
        requestTimeout: 0,
      },
      handler,
    )
    const onError = (error: NodeJS.ErrnoException) =>
      reject(new ListenFailure(error.code ?? 'ELISTEN', host, port, error))
    server.once('error', onError)
    server.listen({ host, port, backlog: 4096, exclusive: true }, () => {
      server.off('error', onError)
      resolve(server)
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

function portOf(server: Server): number {
  // A bound TCP server has no other kind of address.
  return (server.address() as AddressInfo).port
}
