/**
 * Copies the chosen answer to the client. Three kinds, told by what comes back: an event stream, a JSON body, other
 * bytes. Until something of an answer has gone out, a relay may still say that the answer is a failure in disguise.
 */
import type { Protocol, RequestEnd, TokenUsage } from '../contract.ts'
import { GatewayError } from '../errors.ts'
import type { ProviderError } from '../providers/failures.ts'
import { errorInSuccess } from '../providers/failures.ts'
import { readUsage } from '../providers/usage.ts'
import type { ClientAnswer } from './client-answer.ts'
import { errorEvent } from './client-answer.ts'
import { scanObject } from './json-scan.ts'
import type { FramedEvent } from './sse.ts'
import { EventFramer, EventTooLarge, nextEvent } from './sse.ts'
import { EventEditor } from './event-editor.ts'
import type { EventMeaning } from './stream-events.ts'
import { StreamReader, isDone, modelSpans } from './stream-events.ts'

/** How a relay came to its end. */
export type RelayEnd =
  | { readonly kind: 'done'; readonly usage: TokenUsage | null; readonly responseId: string | null }
  /** The answer had begun: it was ended with an error event, or cut. */
  | { readonly kind: 'broken'; readonly end: RequestEnd; readonly usage: TokenUsage | null; readonly message: string }
  /** Nothing of it has gone out: another attempt may follow. */
  | { readonly kind: 'failed'; readonly error: ProviderError; readonly isEmpty: boolean }

export interface RelayContext {
  readonly answer: ClientAnswer
  readonly protocol: Protocol
  readonly profileId: string
  readonly status: number
  /** For the client, without the gateway's own. Built when the answer starts. */
  readonly headers: (rules: { readonly keepsBytes: boolean }) => string[]
  readonly requestId: string
  /** The name to put in place of the upstream's own; null when they are equal. */
  readonly hideModelAs: string | null
  /** True when the client asked by an alias: the upstream's words stay here. */
  readonly isAlias: boolean
  /** The client did not ask for usage, we did. */
  readonly withholdsUsage: boolean
  readonly redact: (text: string) => string
  /** Told once, when the first content is on its way. */
  readonly onFirstContent: () => void
  /** Told the ids that an answer brings, for calls that build upon them. */
  readonly onAnswerId: (id: string) => void
  /** Takes a whole JSON answer before it goes out (lists that are filtered by project). */
  readonly rewriteJson: ((value: unknown) => unknown) | null
}

/** Takes an answer's bytes. `data` returns false when the client cannot take more for now. */
export interface Relay {
  data(chunk: Buffer): boolean
  /** The upstream ended cleanly. */
  end(): RelayEnd
  /** The upstream broke off. Null when nothing has gone out yet: the attempt's own error counts then. */
  abort(reason: 'interrupted' | 'idle'): RelayEnd | null
  /** Set as soon as the answer shows to be a failure, before its end. */
  readonly failed: ProviderError | null
  /** The client's answer has been ended with an error: the rest of what comes is of no use. */
  readonly isOver: boolean
  /** The answer is whole; only the end of the connection's message is missing. */
  readonly isTerminated: boolean
}

/** Events that may wait for the first content; then the answer starts as it is. */
const HELD_EVENTS = 64
const HELD_BYTES = 256 * 1024
const EVENT_LIMIT_BYTES = 16 * 1024 * 1024
/** JSON answers up to this size are held until they are whole, to be looked into. */
const JSON_HELD_BYTES = 1024 * 1024
/** End of a large answer, where its usage stands. */
const TAIL_BYTES = 4096
/** An aliased answer must be whole before the name in it can be found and replaced. */
const JSON_RENAMED_BYTES = 64 * 1024 * 1024

export class StreamRelay implements Relay {
  readonly #context: RelayContext
  readonly #framer = new EventFramer(EVENT_LIMIT_BYTES)
  readonly #reader: StreamReader
  /** Null where the events go out as they come. */
  readonly #editor: EventEditor | null
  /** Blocks that wait for the first content; null once the answer has started. */
  #held: Buffer[] | null = []
  #heldBytes = 0
  #heldEvents = 0
  #isFull = false
  isOver = false
  #brokenBy: string | null = null
  failed: ProviderError | null = null

  constructor(context: RelayContext) {
    this.#context = context
    this.#reader = new StreamReader(context.protocol, context.profileId)
    const { protocol, hideModelAs, withholdsUsage } = context
    this.#editor =
      hideModelAs !== null || withholdsUsage ? new EventEditor(protocol, hideModelAs, withholdsUsage) : null
  }

  get isTerminated(): boolean {
    return this.#reader.isTerminated
  }

  data(chunk: Buffer): boolean {
    if (this.failed || this.isOver) return true
    let block: Buffer | null
    try {
      block = this.#framer.push(chunk)
    } catch (error) {
      if (!(error instanceof EventTooLarge)) throw error
      this.#fail({ ...noError, message: 'The upstream sent an event that is too large.' })
      return true
    }
    this.#isFull = false
    if (block) this.#take(block)
    return !this.#isFull
  }

  end(): RelayEnd {
    const rest = this.failed || this.isOver ? null : this.#framer.end()
    if (rest && isWholeEvent(rest)) this.#take(rest)
    if (this.failed && this.#held) return { kind: 'failed', error: this.failed, isEmpty: false }
    const { usage, isFinished, responseId } = this.#reader
    if (this.#brokenBy !== null) return { kind: 'broken', end: 'upstream_error', usage, message: this.#brokenBy }
    if (this.#held) {
      if (!isFinished)
        return {
          kind: 'failed',
          error: { ...noError, message: 'The upstream ended the stream without an answer.' },
          isEmpty: true,
        }
      this.#commit()
    }
    if (!isFinished) {
      const error = streamError('upstream_stream_truncated', 'The answer ended before it was complete.')
      this.#endWithError(error)
      return { kind: 'broken', end: 'truncated', usage, message: error.message }
    }
    this.#context.answer.end()
    return { kind: 'done', usage, responseId }
  }

  abort(reason: 'interrupted' | 'idle'): RelayEnd | null {
    if (this.#held) return null
    const { usage, isFinished, responseId } = this.#reader
    // What was cut off behind the finish is at most a usage figure or [DONE].
    if (isFinished) {
      this.#context.answer.end()
      return { kind: 'done', usage, responseId }
    }
    if (this.#brokenBy !== null) return { kind: 'broken', end: 'upstream_error', usage, message: this.#brokenBy }
    const error =
      reason === 'idle'
        ? streamError('upstream_stream_interrupted', 'The upstream stopped sending; the answer is incomplete.')
        : streamError('upstream_stream_interrupted', 'The connection to the upstream broke; the answer is incomplete.')
    this.#endWithError(error)
    return { kind: 'broken', end: reason === 'idle' ? 'idle_timeout' : 'upstream_error', usage, message: error.message }
  }

  #take(block: Buffer): void {
    // The usual block of a running answer: nothing in it changes, or would be changed by it.
    if (this.#held === null && this.#editor === null && this.#reader.mayPassOver(block)) {
      this.#send(block, true)
      return
    }
    const parts: Buffer[] = []
    // Where the bytes begin that go out unchanged and have not been put into `parts`.
    let keptFrom = 0
    let end = 0
    for (let start = 0; start < block.length; start = end) {
      const event = nextEvent(block, start)
      end = event.end
      const meaning = this.#reader.read(event)
      if (meaning.error) {
        // Whole events before it go out first.
        parts.push(block.subarray(keptFrom, start))
        this.#send(Buffer.concat(parts), this.#reader.hasContent)
        this.#fail(meaning.error)
        return
      }
      const edited = this.#editEvent(block, start, event, meaning)
      if (edited === null) continue
      parts.push(block.subarray(keptFrom, start), ...edited)
      keptFrom = end
    }
    const isUnchanged = keptFrom === 0
    if (!isUnchanged) parts.push(block.subarray(keptFrom))
    this.#send(isUnchanged ? block : Buffer.concat(parts), this.#reader.hasContent || this.#reader.isFinished)
  }

  /** What goes out in place of an event, nothing for one that is withheld; null when it goes out as it is. */
  #editEvent(block: Buffer, start: number, event: FramedEvent, meaning: EventMeaning): readonly Buffer[] | null {
    const { data } = event
    if (data === null) {
      // The upstream's own keep-alives mean nothing before there is an answer; ours do their work.
      return this.#held ? [] : null
    }
    this.#heldEvents++
    if (this.#editor === null || isDone(data)) return null
    if (this.#context.withholdsUsage && meaning.isUsageOnly) return []
    const edited = this.#editor.edit(data)
    if (edited === null) return null
    return event.dataStart >= 0
      ? [block.subarray(start, event.dataStart), ...edited, block.subarray(event.dataStart + data.length, event.end)]
      : [rebuild(event.name, Buffer.concat(edited))]
  }

  #send(bytes: Buffer, isContent: boolean): void {
    if (this.#held) {
      if (bytes.length > 0) this.#held.push(bytes)
      this.#heldBytes += bytes.length
      if (isContent || this.#heldEvents > HELD_EVENTS || this.#heldBytes > HELD_BYTES) this.#commit()
      return
    }
    if (bytes.length > 0 && !this.#context.answer.write(bytes)) this.#isFull = true
  }

  #commit(): void {
    const held = this.#held ?? []
    this.#held = null
    const { answer, status, headers } = this.#context
    answer.startStream(status, headers({ keepsBytes: false }))
    this.#context.onFirstContent()
    if (this.#reader.responseId !== null) this.#context.onAnswerId(this.#reader.responseId)
    const bytes = held.length === 1 && held[0] ? held[0] : Buffer.concat(held)
    if (bytes.length > 0 && !answer.write(bytes)) this.#isFull = true
  }

  #fail(error: ProviderError): void {
    if (this.#held) {
      this.failed = error
      return
    }
    const { isAlias, redact } = this.#context
    this.#brokenBy = redact(error.message)
    this.#endWithError(
      isAlias
        ? streamError('upstream_stream_interrupted', 'The upstream reported an error; the answer is incomplete.')
        : new GatewayError(redact(error.code ?? 'upstream_stream_interrupted'), 502, this.#brokenBy, {
            type: redact(error.type ?? 'server_error'),
          }),
    )
  }

  #endWithError(error: GatewayError): void {
    this.isOver = true
    const { answer, protocol, requestId } = this.#context
    answer.end(errorEvent(error, protocol, requestId))
  }
}

export class JsonRelay implements Relay {
  readonly #context: RelayContext
  /** Null once the answer has outgrown what is held and flows. */
  #held: Buffer[] | null = []
  #bytes = 0
  #tail: Buffer = Buffer.alloc(0)
  failed: ProviderError | null = null
  readonly isOver = false
  readonly isTerminated = false

  constructor(context: RelayContext) {
    this.#context = context
  }

  data(chunk: Buffer): boolean {
    this.#bytes += chunk.length
    if (!this.#held) {
      this.#tail = (chunk.length < TAIL_BYTES ? Buffer.concat([this.#tail, chunk]) : chunk).subarray(-TAIL_BYTES)
      return this.#context.answer.write(chunk)
    }
    this.#held.push(chunk)
    const { hideModelAs, rewriteJson, answer } = this.#context
    // Behind a keep-alive it becomes an event, which wants the whole of it, too.
    const needsWhole = hideModelAs !== null || rewriteJson !== null || answer.headersSent
    if (this.#bytes <= (needsWhole ? JSON_RENAMED_BYTES : JSON_HELD_BYTES)) return true
    if (needsWhole) {
      this.failed = { ...noError, message: 'The answer is too large to be changed as this request needs it.' }
      return true
    }
    return this.#flow()
  }

  end(): RelayEnd {
    const { answer, protocol, profileId } = this.#context
    if (!this.#held) {
      answer.end()
      return { kind: 'done', usage: usageInTail(protocol, profileId, this.#tail), responseId: null }
    }
    if (this.failed) return { kind: 'failed', error: this.failed, isEmpty: false }
    const whole = this.#held.length === 1 && this.#held[0] ? this.#held[0] : Buffer.concat(this.#held)
    const value = parse(whole)
    if (value === undefined) {
      const isHtml = /^\s*</.test(whole.toString('utf8', 0, 64))
      const message = isHtml ? 'The upstream answered with a web page.' : 'The upstream answered with no valid JSON.'
      return {
        kind: 'failed',
        error: { ...noError, message: whole.length === 0 ? 'The upstream answered with nothing.' : message },
        isEmpty: whole.length === 0,
      }
    }
    const error = errorInSuccess(value)
    if (error) return { kind: 'failed', error, isEmpty: false }
    const id = isRecord(value) && typeof value['id'] === 'string' ? value['id'] : null
    if (id !== null) this.#context.onAnswerId(id)
    const body = this.#finalBytes(whole, value)
    this.#context.onFirstContent()
    if (answer.headersSent) {
      // A keep-alive has made it a stream already: an upstream that does not stream gives one event.
      answer.start(this.#context.status, [])
      answer.end(Buffer.from(`data: ${body.toString('utf8').replaceAll(/[\r\n]+/g, ' ')}\n\ndata: [DONE]\n\n`))
      return { kind: 'done', usage: readUsage(protocol, profileId, value), responseId: null }
    }
    const headers = this.#context.headers({ keepsBytes: false })
    answer.start(this.#context.status, [...headers, 'content-length', String(body.length)])
    answer.end(body)
    return { kind: 'done', usage: readUsage(protocol, profileId, value), responseId: null }
  }

  abort(reason: 'interrupted' | 'idle'): RelayEnd | null {
    return this.#held ? null : cutOff(this.#context.answer, reason)
  }

  #flow(): boolean {
    const held = Buffer.concat(this.#held ?? [])
    this.#held = null
    this.#tail = held.subarray(-TAIL_BYTES)
    this.#context.onFirstContent()
    this.#context.answer.start(this.#context.status, this.#context.headers({ keepsBytes: true }))
    return this.#context.answer.write(held)
  }

  #finalBytes(whole: Buffer, value: unknown): Buffer {
    const { rewriteJson, hideModelAs, protocol } = this.#context
    if (rewriteJson) return Buffer.from(JSON.stringify(rewriteJson(value)))
    if (hideModelAs === null) return whole
    // Gemini streams without `alt=sse` as one list.
    if (Array.isArray(value)) return Buffer.from(JSON.stringify(value.map((part) => renamed(part, hideModelAs))))
    return replaceModel(protocol, whole, hideModelAs)
  }
}

/** Audio, files, anything that is not looked into: bytes as they come. */
export class ByteRelay implements Relay {
  readonly failed = null
  readonly isOver = false
  readonly isTerminated = false
  readonly #context: RelayContext
  #isStarted = false

  constructor(context: RelayContext) {
    this.#context = context
  }

  data(chunk: Buffer): boolean {
    this.#start()
    return this.#context.answer.write(chunk)
  }

  end(): RelayEnd {
    this.#start()
    this.#context.answer.end()
    return { kind: 'done', usage: null, responseId: null }
  }

  abort(reason: 'interrupted' | 'idle'): RelayEnd | null {
    return this.#isStarted ? cutOff(this.#context.answer, reason) : null
  }

  #start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#context.onFirstContent()
    this.#context.answer.start(this.#context.status, this.#context.headers({ keepsBytes: true }))
  }
}

const noError: ProviderError = {
  status: 200,
  type: null,
  code: null,
  message: '',
  param: null,
  details: null,
  retryAfterMs: null,
}

// The length stated in the headers cannot be kept: a cut connection tells the client so.
function cutOff(answer: ClientAnswer, reason: 'interrupted' | 'idle'): RelayEnd {
  answer.cut()
  return {
    kind: 'broken',
    end: reason === 'idle' ? 'idle_timeout' : 'upstream_error',
    usage: null,
    message:
      reason === 'idle'
        ? 'The upstream stopped sending in the middle of its answer.'
        : 'The upstream broke off in the middle of its answer.',
  }
}

// Half an event, cut off with the stream, is nothing that a client could read.
function isWholeEvent(block: Buffer): boolean {
  const { data } = nextEvent(block, 0)
  return data !== null && (isDone(data) || parse(data) !== undefined)
}

function streamError(code: string, message: string): GatewayError {
  return new GatewayError(code, 502, message, { type: 'server_error' })
}

function renamed(part: unknown, name: string): unknown {
  return isRecord(part) && typeof part['modelVersion'] === 'string' ? { ...part, modelVersion: name } : part
}

function replaceModel(protocol: Protocol, json: Buffer, name: string): Buffer {
  const spans = modelSpans(protocol, json)
  if (spans.length === 0) return json
  const text = Buffer.from(JSON.stringify(name))
  const pieces: Buffer[] = []
  let at = 0
  for (const span of spans) {
    pieces.push(json.subarray(at, span.start), text)
    at = span.end
  }
  pieces.push(json.subarray(at))
  return Buffer.concat(pieces)
}

// An event made anew: data of several lines becomes one, since JSON has no line ends that matter.
function rebuild(name: string | null, data: Buffer): Buffer {
  const line = data.toString('utf8').replaceAll(/[\r\n]+/g, ' ')
  return Buffer.from(`${name === null ? '' : `event: ${name}\n`}data: ${line}\n\n`)
}

// Large answers (embeddings) name their usage at the end: the object that follows the last mention of it.
function usageInTail(protocol: Protocol, profileId: string, tail: Buffer): TokenUsage | null {
  const name = protocol === 'gemini' ? 'usageMetadata' : 'usage'
  const at = tail.lastIndexOf(`"${name}"`)
  if (at === -1) return null
  const span = scanObject(Buffer.concat([Buffer.from('{'), tail.subarray(at)]), [name]).found[0]?.span
  if (!span) return null
  // One byte for the brace put in front.
  const value = parse(tail.subarray(at + span.start - 1, at + span.end - 1))
  return value === undefined ? null : readUsage(protocol, profileId, { [name]: value })
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
