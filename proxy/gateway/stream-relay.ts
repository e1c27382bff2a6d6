/** Relays the event streams of the chat protocols: knows by their meaning whether an answer is begun, whole or broken. */
import { GatewayError } from '../errors.ts'
import type { ProviderError } from '../providers/failures.ts'
import { errorEvent } from './client-answer.ts'
import { EventEditor } from './event-editor.ts'
import { parseJson } from './json-value.ts'
import type { Relay, RelayContext, RelayEnd } from './relay.ts'
import { noError } from './relay.ts'
import type { FramedEvent } from './sse.ts'
import { EventFramer, EventTooLarge, nextEvent, rebuiltEvent } from './sse.ts'
import { brokenOff, reportedError } from './stream-errors.ts'
import type { EventMeaning } from './stream-events.ts'
import { StreamReader, isDone } from './stream-events.ts'

/** Events that may wait for the first content; then the answer starts as it is. */
const HELD_EVENTS = 64
const HELD_BYTES = 256 * 1024
const EVENT_LIMIT_BYTES = 16 * 1024 * 1024

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
      const error = new GatewayError('upstream_stream_truncated', 502, 'The answer ended before it was complete.', {
        type: 'server_error',
      })
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
    const error = brokenOff(reason)
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
      : [rebuiltEvent(event.name, Buffer.concat(edited))]
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
    this.#brokenBy = this.#context.redact(error.message)
    this.#endWithError(reportedError(error, this.#context))
  }

  #endWithError(error: GatewayError): void {
    this.isOver = true
    const { answer, protocol, requestId } = this.#context
    answer.end(errorEvent(error, protocol, requestId))
  }
}

// Half an event, cut off with the stream, is nothing that a client could read.
function isWholeEvent(block: Buffer): boolean {
  const { data } = nextEvent(block, 0)
  return data !== null && (isDone(data) || parseJson(data) !== undefined)
}
