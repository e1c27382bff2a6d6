/**
 * The answer as the client gets it: one status, one set of headers, bytes in order, and in the end either a clean end
 * or an error in the form its protocol knows. Everything that is written to a client's socket goes through here.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Protocol, RequestEnd } from '../contract.ts'
import type { ErrorDialect, GatewayError } from '../errors.ts'
import { errorBody } from '../errors.ts'
import type { LiveRecord } from '../records/record.ts'
import { Watched, unwatch, watch } from './watch.ts'
import { writeInTurn } from './write-turn.ts'

const SSE_HEADERS: readonly string[] = [
  'content-type',
  'text/event-stream; charset=utf-8',
  'cache-control',
  'no-cache',
  // nginx in front of us would hold events back.
  'x-accel-buffering',
  'no',
]

/** Up to this size Node writes text in one go, from the stack: https://github.com/nodejs/node/blob/v24.x/src/stream_base.cc */
const SHORT_ANSWER_BYTES = 8 * 1024

const keepAliveComment = Buffer.from(': keep-alive\n\n')
const keepAlivePing = Buffer.from('event: ping\ndata: {"type":"ping"}\n\n')

export interface ClientAnswerOptions {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly record: LiveRecord
  /** Headers that every answer of this request carries, flat (`x-request-id`, CORS). */
  readonly headers: readonly string[]
  /** Silence after which a stream gets a comment, ms. */
  readonly keepAliveMs: number
}

export class ClientAnswer extends Watched {
  readonly response: ServerResponse
  readonly #record: LiveRecord
  readonly #headers: readonly string[]
  readonly #keepAliveMs: number
  dialect: ErrorDialect = 'openai'
  /** True once the client has left; nothing can be written any more. */
  isGone = false
  /** True once part of an answer (not only keep-alives) is with the client. */
  isStarted = false
  #onGone: (() => void) | null = null
  #onDrain: (() => void) | null = null
  #keepAliveBytes = keepAliveComment
  /** Since when there is silence, by the clock of `watch`, and whether that is over since its last look. */
  #silentSince = 0
  #hasWritten = false
  #awaitsDrain = false
  /** Part of the body is out, and so are the headers. */
  #hasBody = false
  #isCut = false

  constructor(options: ClientAnswerOptions) {
    super()
    this.response = options.response
    this.#record = options.record
    this.#headers = options.headers
    this.#keepAliveMs = options.keepAliveMs
    const { response } = options
    response.on('close', () => {
      this.#stopKeepAlive()
      if (response.writableFinished || this.isGone || this.#isCut) return
      this.isGone = true
      this.#onGone?.()
    })
    // A write that races with the client's leaving: `close` follows and tells.
    response.on('error', ignoreError)
  }

  /** Headers are out, be it only for a keep-alive. */
  get headersSent(): boolean {
    return this.response.headersSent
  }

  /** Sets who is told when the client leaves; at once when it has. One at a time: the attempt that runs. */
  onGone(listener: (() => void) | null): void {
    this.#onGone = listener
    if (this.isGone) listener?.()
  }

  /** Sets who is told when a full buffer has emptied. */
  onDrain(listener: (() => void) | null): void {
    this.#onDrain = listener
  }

  /** Begins to send comments into silences of this stream, so that clients and proxies on the way keep waiting. */
  startKeepAlive(protocol: Protocol): void {
    // Once gone, nothing would ever stop it.
    if (this.#keepAliveMs === 0 || this.isGone) return
    this.#keepAliveBytes = protocol === 'messages' ? keepAlivePing : keepAliveComment
    this.#silentSince = performance.now()
    watch(this)
  }

  /** Sends status and headers of an answer that is no stream: no comment may get into it. */
  start(status: number, headers: readonly string[]): void {
    this.isStarted = true
    this.#stopKeepAlive()
    if (this.headersSent) return
    this.#writeHead(status, headers)
  }

  /**
   * Sets status and headers of a stream, unless a keep-alive has sent them already. They leave with the first write
   * that follows: one packet for both.
   */
  startStream(status: number, headers: readonly string[]): void {
    this.isStarted = true
    if (this.headersSent) return
    const own = headers.filter((_, index) => !isStreamHeader(headers[index - (index % 2)] ?? ''))
    this.#writeHead(status, [...own, ...SSE_HEADERS])
  }

  /** @returns false when the client's buffer is full: wait for drain. */
  write(bytes: Buffer): boolean {
    if (this.isGone) return true
    this.#hasWritten = true
    this.#record.responseBytes += bytes.length
    const hasRoom = this.#writeBody(bytes)
    if (!hasRoom && !this.#awaitsDrain) this.#awaitDrain()
    return hasRoom
  }

  /** Ends a whole answer. */
  end(bytes: Buffer | null = null): void {
    this.#stopKeepAlive()
    if (this.isGone) return
    if (bytes) {
      this.#record.responseBytes += bytes.length
      // As text it leaves together with the headers, in one piece; latin1 keeps each byte.
      if (bytes.length <= SHORT_ANSWER_BYTES) {
        const text = bytes.toString('latin1')
        writeInTurn(() => this.response.end(text, 'latin1'))
      } else this.response.end(bytes)
    } else this.response.end()
  }

  /** Ends an answer that cannot be completed: the client must not take it for whole. */
  cut(): void {
    this.#stopKeepAlive()
    this.#isCut = true
    this.response.destroy()
  }

  /**
   * Answers with an error: as a body while no headers are out, else as the stream's last event. Never followed by
   * `[DONE]`: SDKs would take the answer for complete.
   */
  fail(error: GatewayError, requestId: string, protocol: Protocol): void {
    this.#stopKeepAlive()
    if (this.isGone) return
    this.#record.errorCode ??= error.code
    this.#record.errorMessage ??= error.message
    if (this.headersSent) {
      this.end(errorEvent(error, protocol, requestId))
      return
    }
    const body = Buffer.from(JSON.stringify(errorBody(error, this.dialect, requestId)))
    const headers = ['content-type', 'application/json', 'content-length', String(body.length), ...retryHeaders(error)]
    this.start(error.status, headers)
    this.end(body)
  }

  /** Which end to record when the client has left. */
  endOr(end: RequestEnd): RequestEnd {
    return this.isGone ? 'client_gone' : end
  }

  #writeHead(status: number, headers: readonly string[]): void {
    const all = [...headers, ...this.#headers]
    this.#record.status = status
    this.#record.responseHeaders = all
    this.response.writeHead(status, all)
  }

  // Node sends a chunk in three pieces, and the first one a tick later. A short one goes to the socket as the one text that
  // it is, behind the headers; latin1 keeps each byte.
  #writeBody(bytes: Buffer): boolean {
    const { response } = this
    const { socket } = response
    if (!socket || !response.chunkedEncoding || bytes.length > SHORT_ANSWER_BYTES || bytes.length === 0) {
      this.#hasBody = true
      return response.write(bytes)
    }
    const text = `${bytes.length.toString(16)}\r\n${bytes.toString('latin1')}\r\n`
    if (this.#hasBody) return socket.write(text, 'latin1')
    this.#hasBody = true
    socket.cork()
    response.flushHeaders()
    const hasRoom = socket.write(text, 'latin1')
    socket.uncork()
    return hasRoom
  }

  /** Sends a comment into a silence that has lasted long enough. */
  look(now: number): void {
    if (this.#hasWritten) {
      this.#hasWritten = false
      this.#silentSince = now
    }
    if (now - this.#silentSince < this.#keepAliveMs) return
    if (!this.headersSent) this.#writeHead(200, SSE_HEADERS)
    // A client that does not read is not helped by more bytes.
    if (!this.#awaitsDrain) this.write(this.#keepAliveBytes)
    this.#silentSince = now
  }

  #stopKeepAlive(): void {
    unwatch(this)
  }

  #awaitDrain(): void {
    this.#awaitsDrain = true
    // Node tells the response of it only where the response itself was full.
    const full = this.response.socket ?? this.response
    full.once('drain', () => {
      this.#awaitsDrain = false
      this.#onDrain?.()
    })
  }
}

function ignoreError(): void {}

/** The last event of a stream that failed, in the form that makes the protocol's own SDK throw. */
export function errorEvent(error: GatewayError, protocol: Protocol, requestId: string): Buffer {
  const openai = errorBody(error, 'openai', requestId)
  switch (protocol) {
    case 'messages':
      return Buffer.from(`event: error\ndata: ${JSON.stringify(errorBody(error, 'anthropic', requestId))}\n\n`)
    case 'responses': {
      const event = { type: 'error', code: error.code, message: error.message, param: error.param, sequence_number: 0 }
      return Buffer.from(`event: error\ndata: ${JSON.stringify(event)}\n\n`)
    }
    case 'gemini':
      return Buffer.from(`data: ${JSON.stringify(errorBody(error, 'gemini', requestId))}\n\n`)
    default:
      return Buffer.from(`data: ${JSON.stringify(openai)}\n\n`)
  }
}

// What the official SDKs obey: `x-should-retry` before the status, `retry-after` before their own back-off.
function retryHeaders(error: GatewayError): string[] {
  const headers: string[] = []
  if (error.retryAfterMs !== null) {
    headers.push(
      'retry-after',
      String(Math.ceil(error.retryAfterMs / 1000)),
      'retry-after-ms',
      String(Math.ceil(error.retryAfterMs)),
    )
  }
  if (error.shouldRetry !== null) headers.push('x-should-retry', String(error.shouldRetry))
  return headers
}

function isStreamHeader(name: string): boolean {
  return name === 'content-type' || name === 'cache-control' || name === 'content-length' || name === 'content-encoding'
}
