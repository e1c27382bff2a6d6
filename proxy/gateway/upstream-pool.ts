/**
 * The connections to one upstream that is reached straight: as many as there are requests, kept open between them.
 * HTTP/1.1, one request at a time on each, so that a stuck one holds up nobody. Stands where an undici dispatcher
 * stands and behaves as one (errors, controllers), for a third of its time a request; undici opens the sockets.
 */
import type { Socket } from 'node:net'
import type { IncomingHttpHeaders } from 'node:http'
import type { buildConnector } from 'undici'
import { Dispatcher, errors } from 'undici'
import { AnswerParser } from './answer-parser.ts'
import { requestHead } from './request-head.ts'
import { holdsWrites, writeInTurn } from './write-turn.ts'

export interface UpstreamPoolOptions {
  /** `https://host[:port]` */
  readonly origin: string
  readonly connect: buildConnector.connector
}

/** Providers close idle connections after a minute or more; ours go first, so that a request seldom meets a closed one. */
const IDLE_MS = 30_000
const MOST_IDLE_MS = 300_000
/** An upstream that says how long it waits may be that much quicker than its word. */
const IDLE_MARGIN_MS = 2000
const SWEEP_MS = 1000
/** Up to this size Node writes text in one go, from the stack: https://github.com/nodejs/node/blob/v24.x/src/stream_base.cc */
const SHORT_REQUEST_BYTES = 16 * 1024

/** Errors of connections that had served a request and broke before a byte of the next answer. */
const staleErrors = new WeakSet<object>()

/** True when the connection had served an earlier request: its end may have crossed with our request. */
export function isStaleConnection(error: object): boolean {
  return staleErrors.has(error)
}

export class UpstreamPool extends Dispatcher {
  readonly #connect: buildConnector.connector
  readonly #target: buildConnector.Options
  readonly #host: string
  /** The newest last: it is taken first, so that the others may end. */
  readonly #idle: Connection[] = []
  readonly #open = new Set<Connection>()
  readonly #waiting: Exchange[] = []
  #connecting = 0
  #sweep: NodeJS.Timeout | null = null
  #isDestroyed = false

  constructor({ origin, connect }: UpstreamPoolOptions) {
    super()
    const { protocol, hostname, host, port } = new URL(origin)
    this.#connect = connect
    this.#host = host
    this.#target = { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), host, port }
  }

  /**
   * Sends a request.
   * @param options - headers as a flat list, names in lower case; with a body `content-length` stands among them, and
   *   `host` or `connection` go before the pool's own. The body is one buffer or several.
   */
  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const exchange = new Exchange(options, handler, this)
    if (this.#isDestroyed) {
      queueMicrotask(() => exchange.abort(new errors.ClientDestroyedError()))
      return false
    }
    const connection = this.#takeIdle()
    if (connection) {
      if (!connection.send(exchange, this.#host)) this.release(connection)
    } else {
      this.#waiting.push(exchange)
      this.#openOne()
    }
    return true
  }

  override close(callback: () => void): void
  override close(): Promise<void>
  override close(callback?: () => void): Promise<void> | void {
    return this.#end(new errors.ClientClosedError(), callback)
  }

  override destroy(error: Error | null, callback: () => void): void
  override destroy(callback: () => void): void
  override destroy(error: Error | null): Promise<void>
  override destroy(): Promise<void>
  override destroy(error?: Error | null | (() => void), callback?: () => void): Promise<void> | void {
    const reason = error instanceof Error ? error : new errors.ClientDestroyedError()
    return this.#end(reason, typeof error === 'function' ? error : callback)
  }

  /** For connections: this one is free. */
  release(connection: Connection): void {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift())
      if (connection.send(next, this.#host)) return
    connection.isReused = true
    this.#idle.push(connection)
    this.#sweep ??= setInterval(() => this.#endOld(), SWEEP_MS).unref()
  }

  /** For connections: this one has ended. */
  drop(connection: Connection): void {
    this.#open.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at !== -1) this.#idle.splice(at, 1)
  }

  /** For exchanges: this one waits no more. */
  forget(exchange: Exchange): void {
    const at = this.#waiting.indexOf(exchange)
    if (at !== -1) this.#waiting.splice(at, 1)
  }

  #end(reason: Error, callback: (() => void) | undefined): Promise<void> | void {
    this.#isDestroyed = true
    for (const exchange of this.#waiting.splice(0)) exchange.abort(reason)
    for (const connection of this.#open) connection.end(reason)
    this.#stopSweep()
    if (callback) queueMicrotask(callback)
    else return Promise.resolve()
  }

  #takeIdle(): Connection | null {
    const now = performance.now()
    for (let connection = this.#idle.pop(); connection; connection = this.#idle.pop()) {
      if (connection.isUsable(now)) return connection
      connection.end(null)
    }
    return null
  }

  #openOne(): void {
    this.#connecting++
    const onOpen: buildConnector.Callback = (error, socket) => {
      this.#connecting--
      if (error) {
        // As long as there are connections to come for all that wait, this one was not needed.
        if (this.#waiting.length > this.#connecting) this.#waiting.shift()?.fail(error)
      } else if (this.#isDestroyed) socket.destroy()
      else {
        const connection = new Connection(socket, this)
        this.#open.add(connection)
        this.release(connection)
      }
    }
    try {
      this.#connect(this.#target, onOpen)
    } catch (error) {
      onOpen(asError(error), null)
    }
  }

  #endOld(): void {
    const now = performance.now()
    for (const connection of this.#idle.filter((idle) => !idle.isUsable(now))) connection.end(null)
    if (this.#idle.length === 0) this.#stopSweep()
  }

  #stopSweep(): void {
    if (this.#sweep) clearInterval(this.#sweep)
    this.#sweep = null
  }
}

/** One request on its way; what undici hands to a handler as its controller. */
class Exchange implements Dispatcher.DispatchController {
  readonly options: Dispatcher.DispatchOptions
  readonly handler: Dispatcher.DispatchHandler
  readonly #pool: UpstreamPool
  /** Null before it is sent and after its end: there is nothing to pause then. */
  connection: Connection | null = null
  rawHeaders: null = null
  isEnded = false
  #reason: Error | null = null

  constructor(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler, pool: UpstreamPool) {
    this.options = options
    this.handler = handler
    this.#pool = pool
  }

  get aborted(): boolean {
    return this.#reason !== null
  }

  get reason(): Error | null {
    return this.#reason
  }

  get paused(): boolean {
    return this.connection?.isPaused ?? false
  }

  pause(): void {
    this.connection?.pause()
  }

  resume(): void {
    this.connection?.resume()
  }

  /** Ends its connection. Tells the handler at once, as undici's own dispatchers do. */
  abort(reason: Error): void {
    if (this.isEnded) return
    this.#reason = reason
    const { connection } = this
    if (connection) connection.end(reason)
    else {
      this.#pool.forget(this)
      this.fail(reason)
    }
  }

  /** For connections: nothing more comes of it. */
  fail(error: Error): void {
    if (this.isEnded) return
    this.#end()
    this.#tell(error)
  }

  /** For connections: its answer is whole. */
  finish(): void {
    if (this.isEnded) return
    this.#end()
    try {
      this.handler.onResponseEnd?.(this, {})
    } catch (error) {
      // Its own failure only: the connection may serve the next request by now.
      this.#tell(asError(error))
    }
  }

  #end(): void {
    this.isEnded = true
    this.connection = null
  }

  #tell(error: Error): void {
    try {
      this.handler.onResponseError?.(this, error)
    } catch (bug) {
      // Reported as what it is; thrown from here it would keep others from being told.
      queueMicrotask(() => {
        throw bug
      })
    }
  }
}

class Connection {
  readonly #socket: Socket
  readonly #pool: UpstreamPool
  readonly #parser: AnswerParser
  #exchange: Exchange | null = null
  /** Bytes of the answer have come. */
  #hasAnswered = false
  /** Until when it may be used again, by `performance.now()`. */
  #usableUntil = performance.now() + IDLE_MS
  isPaused = false
  /** It has served a request or been idle, so its end may cross with the next. */
  isReused = false

  constructor(socket: Socket, pool: UpstreamPool) {
    this.#socket = socket
    this.#pool = pool
    this.#parser = new AnswerParser({
      onHead: (status, headers) => this.#onHead(status, headers),
      onBody: (bytes) => this.#exchange?.handler.onResponseData?.(this.#exchange, bytes),
      onEnd: () => this.#onEnd(),
    })
    socket
      .on('data', (chunk: Buffer) => this.#read(chunk))
      .on('end', () => this.#onSocketEnd())
      .on('error', (error) => this.#break(error))
      .on('close', () => this.#break(new errors.SocketError('The upstream closed the connection.')))
  }

  isUsable(now: number): boolean {
    return now < this.#usableUntil && this.#socket.writable
  }

  /** False when there was nothing to send after all: the connection is free as before. */
  send(exchange: Exchange, host: string): boolean {
    const { options, handler } = exchange
    let head: string
    try {
      handler.onRequestStart?.(exchange, null)
      // The handler may have changed its mind.
      if (exchange.isEnded) return false
      head = requestHead(options, host)
    } catch (error) {
      exchange.fail(asError(error))
      return false
    }
    this.#exchange = exchange
    this.#hasAnswered = false
    exchange.connection = this
    this.#parser.begin(options.method === 'HEAD')
    this.#write(head, options.body ?? null)
    return true
  }

  pause(): void {
    this.isPaused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.isPaused) return
    this.isPaused = false
    this.#socket.resume()
  }

  /** @param reason - for the request that runs on it. */
  end(reason: Error | null): void {
    this.#pool.drop(this)
    this.#parser.stop()
    this.#socket.destroy()
    const exchange = this.#exchange
    this.#exchange = null
    exchange?.fail(reason ?? new errors.ClientDestroyedError())
  }

  #write(head: string, body: unknown): void {
    const socket = this.#socket
    const isShort = Buffer.isBuffer(body) && head.length + body.length <= SHORT_REQUEST_BYTES
    const isCorked = !isShort || holdsWrites()
    // Held back it stands in the socket's buffer, where an answer that is too early finds it.
    if (isCorked) socket.cork()
    // As text both leave in one piece; latin1 keeps each byte.
    if (isShort) socket.write(head + body.toString('latin1'), 'latin1')
    else {
      socket.write(head, 'latin1')
      // Safe: see `dispatch`.
      if (body !== null)
        for (const piece of Buffer.isBuffer(body) ? [body] : (body as readonly Buffer[])) socket.write(piece)
    }
    writeInTurn(() => {
      if (isCorked) socket.uncork()
    })
  }

  #read(chunk: Buffer): void {
    this.#hasAnswered = true
    try {
      this.#parser.push(chunk)
    } catch (error) {
      this.end(asError(error))
    }
  }

  #onHead(status: number, headers: IncomingHttpHeaders): void {
    if (this.#exchange) this.#exchange.handler.onResponseStart?.(this.#exchange, status, headers)
  }

  #onEnd(): void {
    const exchange = this.#exchange
    this.#exchange = null
    this.isReused = true
    const { keepsAlive, keepAliveMs, hasRest } = this.#parser
    const idleMs = keepAliveMs === null ? IDLE_MS : Math.min(keepAliveMs - IDLE_MARGIN_MS, MOST_IDLE_MS)
    this.resume()
    // An answer may come before the request is sent: what is left of that would be taken for the next one.
    if (keepsAlive && !hasRest && idleMs > 0 && this.#socket.writableLength === 0 && this.#socket.writable) {
      this.#usableUntil = performance.now() + idleMs
      this.#pool.release(this)
    } else this.end(null)
    exchange?.finish()
  }

  #onSocketEnd(): void {
    try {
      if (!this.#parser.finish()) this.#break(new errors.SocketError('other side closed'))
    } catch (error) {
      this.end(asError(error))
    }
  }

  #break(error: Error): void {
    if (this.isReused && !this.#hasAnswered) staleErrors.add(error)
    this.end(error)
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
