/**
 * One attempt: sends the request to one upstream with one key and reads what comes back until it is clear what it is.
 * A failure is returned as a value; an answer is relayed to its end. The undici handler lives here and nowhere else.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Transform } from 'node:stream'
import {
  brotliDecompressSync,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
  gunzipSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib'
import type { Dispatcher } from 'undici'
import type { FailureClass, RequestEnd, TokenUsage } from '../contract.ts'
import type { ProviderError } from '../providers/failures.ts'
import { classifyFailure, readProviderError } from '../providers/failures.ts'
import { ByteRelay } from './byte-relay.ts'
import type { ClientAnswer } from './client-answer.ts'
import type { AnswerForm } from './endpoints.ts'
import { JsonRelay } from './json-relay.ts'
import { OpenStreamRelay } from './open-stream-relay.ts'
import type { OutboundConnection } from './outbound.ts'
import { wasReusedSocket } from './outbound.ts'
import type { Relay, RelayContext, RelayEnd } from './relay.ts'
import { SniffingRelay } from './sniffing-relay.ts'
import { StreamRelay } from './stream-relay.ts'
import { Watched, unwatch, watch } from './watch.ts'

export interface AttemptOptions {
  readonly origin: string
  readonly path: string
  readonly method: string
  readonly headers: string[]
  readonly body: Buffer | readonly Buffer[] | null
  readonly bodyBytes: number
  readonly profileId: string
  readonly answer: ClientAnswer
  readonly answers: AnswerForm
  readonly expectsStream: boolean
  /** 0 = none. */
  readonly firstByteTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly relayContext: (status: number, headers: IncomingHttpHeaders) => RelayContext
}

export type AttemptEnd =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly end: RequestEnd
      readonly usage: TokenUsage | null
      readonly message: string | null
    }
  | { readonly kind: 'client-gone'; readonly status: number | null }
  | AttemptFailure

export interface AttemptFailure {
  readonly kind: 'failed'
  readonly failure: FailureClass | 'redirect'
  readonly error: ProviderError
  /** Null when no answer came. */
  readonly status: number | null
  readonly perModel: boolean
  readonly timedOut: boolean
  /** No connection came about, or the network is away: the upstream may be well. */
  readonly isNetwork: boolean
  /** The request cannot have been worked on: nothing of it was sent. */
  readonly wasNotSent: boolean
  /** A kept connection was closed just as it was used again. */
  readonly isStaleSocket: boolean
  /** The upstream's answer as it came, for the client's own mistakes. */
  readonly raw: { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer } | null
}

const ERROR_BODY_LIMIT_BYTES = 64 * 1024
/** How long an upstream may keep its answer open that is whole already. */
const CLOSING_MS = 1000

/** Sends the request over connections that the caller holds, and follows it to its end. Never throws. */
export function sendAttempt(connection: OutboundConnection, options: AttemptOptions): Promise<AttemptEnd> {
  return new Promise((resolve) => new AttemptHandler(options, resolve).send(connection))
}

class ClientGone extends Error {}
class FirstByteTimeout extends Error {}
class IdleTimeout extends Error {}
class AnswerRefused extends Error {}

class AttemptHandler extends Watched implements Dispatcher.DispatchHandler {
  readonly #options: AttemptOptions
  readonly #resolve: (end: AttemptEnd) => void
  #controller: Dispatcher.DispatchController | null = null
  #isSettled = false
  #status: number | null = null
  #headers: IncomingHttpHeaders = {}
  #relay: Relay | null = null
  #decoder: Transform | null = null
  #errorBody: Buffer[] | null = null
  #errorBytes = 0
  /** Since when there is silence, by the clock of `watch`, and whether that is over since its last look. */
  #silentSince = performance.now()
  #hadBytes = false
  #closingTimer: NodeJS.Timeout | null = null

  constructor(options: AttemptOptions, resolve: (end: AttemptEnd) => void) {
    super()
    this.#options = options
    this.#resolve = resolve
  }

  send(connection: OutboundConnection): void {
    const { answer, origin, path, method, headers, body, bodyBytes } = this.#options
    answer.onGone(() => this.#abort(new ClientGone()))
    if (this.#isSettled) return
    watch(this)
    if (body !== null) headers.push('content-length', String(bodyBytes))
    try {
      // Our own timers watch; undici's are switched off here, too, since its proxy agents keep theirs.
      const timeouts = { headersTimeout: 0, bodyTimeout: 0 }
      // undici takes an iterable of buffers as body; its types do not say so.
      connection
        .dispatcher()
        .dispatch({ origin, path, method, headers, body: body as Buffer | null, ...timeouts }, this)
    } catch (error) {
      this.#failWith(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** The wait for a connection has its own limit; that for the first byte also covers a queue or a proxy in between. */
  look(now: number): void {
    // A slow reader keeps the upstream waiting, not the other way round.
    if (this.#hadBytes || this.#controller?.paused || this.#decoder?.isPaused()) {
      this.#hadBytes = false
      this.#silentSince = now
      return
    }
    const hasBegun = this.#status !== null
    const limitMs = hasBegun ? this.#options.idleTimeoutMs : this.#options.firstByteTimeoutMs
    if (limitMs > 0 && now - this.#silentSince >= limitMs)
      this.#abort(hasBegun ? new IdleTimeout() : new FirstByteTimeout())
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isSettled) controller.abort(new ClientGone())
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return
    this.#status = status
    this.#headers = headers
    this.#hadBytes = true
    if (status >= 300) {
      this.#errorBody = []
      return
    }
    const decoder = (this.#decoder = this.#openDecoder(headers))
    // What is decoded has neither the length nor the encoding that the upstream states.
    if (decoder) this.#headers = { ...headers, 'content-encoding': undefined, 'content-length': undefined }
    this.#options.answer.onDrain(() => {
      // Its silence was ours: it counts from now on.
      this.#hadBytes = true
      if (decoder) decoder.resume()
      else controller.resume()
    })
    this.#relay = this.#openRelay(status, this.#headers)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#hadBytes = true
    if (this.#errorBody) {
      this.#errorBytes += chunk.length
      if (this.#errorBytes <= ERROR_BODY_LIMIT_BYTES) this.#errorBody.push(chunk)
      else {
        this.#settleError()
        controller.abort(new AnswerRefused())
      }
    } else if (this.#decoder) {
      if (!this.#decoder.write(chunk)) controller.pause()
    } else this.#relayData(chunk)
  }

  onResponseEnd(): void {
    if (this.#errorBody) this.#settleError()
    else if (this.#decoder) this.#decoder.end()
    else if (this.#relay && !this.#isSettled) this.#settleRelay(this.#relay.end())
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#failWith(error)
  }

  #openRelay(status: number, headers: IncomingHttpHeaders): Relay {
    const { answers, expectsStream, relayContext } = this.#options
    const context = relayContext(status, headers)
    const type = headers['content-type']?.toLowerCase() ?? ''
    if (!looksInto(answers, headers)) return new ByteRelay(context)
    if (isEventStream(type)) return answers === 'open' ? new OpenStreamRelay(context) : new StreamRelay(context)
    // An error may come as JSON with status 200 to a call for a stream; others name no type at all.
    if (expectsStream && !isJson(type)) return new SniffingRelay(context)
    if (isJson(type) || type === '' || type.startsWith('text/')) return new JsonRelay(context)
    return new ByteRelay(context)
  }

  // We ask for no compression where every answer is looked into; some upstreams compress all the same.
  #openDecoder(headers: IncomingHttpHeaders): Transform | null {
    const encoding = headers['content-encoding']
    if (!looksInto(this.#options.answers, headers) || encoding === undefined || encoding === 'identity') return null
    const open = decoders[encoding.toLowerCase()]
    if (!open) return null
    const decoder = open()
    // undici turns what its handlers throw into the request's failure; here nobody else would.
    const guarded = (act: () => void) => {
      try {
        act()
      } catch (error) {
        this.#abort(error instanceof Error ? error : new Error(String(error)))
      }
    }
    decoder.on('data', (chunk: Buffer) => guarded(() => this.#relayData(chunk)))
    decoder.on('drain', () => this.#controller?.resume())
    decoder.on('end', () =>
      guarded(() => {
        if (this.#relay && !this.#isSettled) this.#settleRelay(this.#relay.end())
      }),
    )
    decoder.on('error', (error) => this.#abort(error))
    return decoder
  }

  #relayData(chunk: Buffer): void {
    const relay = this.#relay
    if (!relay || this.#isSettled) return
    if (!relay.data(chunk)) {
      if (this.#decoder) this.#decoder.pause()
      else this.#controller?.pause()
    }
    // There is no use in the rest of an answer that failed, before or after its beginning.
    if (relay.failed || relay.isOver) this.#endEarly()
    else if (relay.isTerminated) this.#closingTimer ??= setTimeout(() => this.#endEarly(), CLOSING_MS)
  }

  #endEarly(): void {
    if (!this.#relay || this.#isSettled) return
    this.#settleRelay(this.#relay.end())
    this.#controller?.abort(new AnswerRefused())
  }

  #abort(error: Error): void {
    if (this.#isSettled) return
    this.#failWith(error)
    this.#controller?.abort(error)
  }

  #failWith(error: Error): void {
    if (this.#isSettled) return
    if (error instanceof ClientGone || this.#options.answer.isGone) {
      // Many clients leave as soon as they have read the end, without waiting for that of the connection.
      if (this.#relay?.isTerminated) this.#settleRelay(this.#relay.end())
      else this.#settle({ kind: 'client-gone', status: this.#status })
      return
    }
    const broken = this.#relay?.abort(error instanceof IdleTimeout ? 'idle' : 'interrupted') ?? null
    if (broken) {
      this.#settleRelay(broken)
      return
    }
    // The body of an error answer broke off: its status says enough.
    if (this.#errorBody && this.#status !== null) {
      this.#settleError()
      return
    }
    const timedOut = error instanceof FirstByteTimeout || error instanceof IdleTimeout
    const wasNotSent = this.#controller === null
    this.#settle({
      kind: 'failed',
      failure: timedOut ? 'timeout' : 'upstream_error',
      error: {
        status: this.#status ?? 0,
        type: null,
        code: codeOf(error),
        message: describe(error),
        param: null,
        details: null,
        retryAfterMs: null,
      },
      status: this.#status,
      perModel: timedOut && !wasNotSent,
      timedOut,
      isNetwork: wasNotSent && !timedOut,
      wasNotSent: wasNotSent && !timedOut,
      isStaleSocket: !timedOut && !wasNotSent && this.#status === null && wasReusedSocket(error),
      raw: null,
    })
  }

  #settleRelay(end: RelayEnd): void {
    const status = this.#status ?? 200
    if (end.kind === 'done') this.#settle({ kind: 'answered', status, end: 'done', usage: end.usage, message: null })
    else if (end.kind === 'broken')
      this.#settle({ kind: 'answered', status, end: end.end, usage: end.usage, message: end.message })
    else this.#settleFailure(end.error, null)
  }

  #settleError(): void {
    const status = this.#status ?? 502
    const body = Buffer.concat(this.#errorBody ?? [])
    this.#errorBody = null
    const text = decodeError(body, this.#headers)
    const isWhole = text !== null && this.#errorBytes <= ERROR_BODY_LIMIT_BYTES
    const header = (name: string) => {
      const value = this.#headers[name]
      return Array.isArray(value) ? value.join(', ') : (value ?? null)
    }
    const error = readProviderError(status, header, text?.toString('utf8') ?? '', Date.now())
    if (status < 400) {
      this.#settle({
        ...failed(
          'redirect',
          { ...error, message: `Redirect to ${safeHost(header('location'))}; never followed.` },
          status,
        ),
        raw: null,
      })
      this.#controller?.abort(new AnswerRefused())
      return
    }
    this.#settleFailure(error, isWhole ? { status, headers: this.#headers, body: text } : null)
  }

  #settleFailure(error: ProviderError, raw: AttemptFailure['raw']): void {
    const failure = classifyFailure(this.#options.profileId, error)
    this.#settle({ ...failed(failure.class, failure.error, this.#status), perModel: failure.perModel, raw })
  }

  #settle(end: AttemptEnd): void {
    if (this.#isSettled) return
    this.#isSettled = true
    unwatch(this)
    if (this.#closingTimer) clearTimeout(this.#closingTimer)
    this.#decoder?.destroy()
    this.#options.answer.onGone(null)
    this.#options.answer.onDrain(null)
    this.#resolve(end)
  }
}

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
}

const decodeOptions = { maxOutputLength: 1024 * 1024 }
const syncDecoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: (body) => gunzipSync(body, decodeOptions),
  'x-gzip': (body) => gunzipSync(body, decodeOptions),
  deflate: (body) => inflateSync(body, decodeOptions),
  br: (body) => brotliDecompressSync(body, decodeOptions),
  zstd: (body) => zstdDecompressSync(body, decodeOptions),
}

function failed(failure: AttemptFailure['failure'], error: ProviderError, status: number | null): AttemptFailure {
  return {
    kind: 'failed',
    failure,
    error,
    status,
    perModel: false,
    timedOut: false,
    isNetwork: false,
    wasNotSent: false,
    isStaleSocket: false,
    raw: null,
  }
}

function isEventStream(type: string): boolean {
  return type.startsWith('text/event-stream')
}

function isJson(type: string): boolean {
  return type.startsWith('application/json') || type.includes('+json')
}

/** Of an open answer what may be an error or name the model; one without a type is most likely JSON. */
function looksInto(answers: AnswerForm, headers: IncomingHttpHeaders): boolean {
  if (answers !== 'open') return answers === 'protocol'
  const type = headers['content-type']?.toLowerCase() ?? ''
  return type === '' || isJson(type) || isEventStream(type) || isWebPage(type)
}

function isWebPage(type: string): boolean {
  return type.startsWith('text/html') || type.startsWith('application/xhtml')
}

// Small error bodies only, so in one go. Null for what cannot be decoded: its status tells enough.
function decodeError(body: Buffer, headers: IncomingHttpHeaders): Buffer | null {
  const encoding = headers['content-encoding']
  if (encoding === undefined || encoding === 'identity') return body
  const decode = syncDecoders[encoding.toLowerCase()]
  try {
    return decode ? decode(body) : null
  } catch {
    return null
  }
}

function codeOf(error: Error): string | null {
  return 'code' in error && typeof error.code === 'string' ? error.code : null
}

/** The words for the log: undici's and Node's, which hold addresses but no secrets. */
function describe(error: Error): string {
  if (error instanceof FirstByteTimeout) return 'No answer began in time.'
  if (error instanceof IdleTimeout) return 'The upstream stopped sending.'
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.message || codeOf(error) || error.name}${cause}`
}

function safeHost(location: string | null): string {
  try {
    return new URL(location ?? '').host
  } catch {
    return 'another address'
  }
}
