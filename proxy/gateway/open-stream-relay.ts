/**
 * Relays event streams that no chat protocol describes: images, transcripts, speech, what is yet to come. Any event
 * is content and a clean end is an end; only errors are looked for, and the model's name is hidden where it stands.
 */
import type { TokenUsage } from '../contract.ts'
import type { GatewayError } from '../errors.ts'
import type { ProviderError } from '../providers/failures.ts'
import { errorInSuccess } from '../providers/failures.ts'
import { readUsage } from '../providers/usage.ts'
import { errorEvent } from './client-answer.ts'
import { EventEditor } from './event-editor.ts'
import { isRecord, parseJson } from './json-value.ts'
import type { Relay, RelayContext, RelayEnd } from './relay.ts'
import { noError } from './relay.ts'
import type { FramedEvent } from './sse.ts'
import { EventFramer, EventTooLarge, nextEvent, rebuiltEvent } from './sse.ts'
import { brokenOff, reportedError } from './stream-errors.ts'

/** One event may hold a whole image in base64. */
const EVENT_LIMIT_BYTES = 64 * 1024 * 1024
const USAGE = Buffer.from('"usage"')
const ERROR = Buffer.from('"error"')

export class OpenStreamRelay implements Relay {
  readonly isTerminated = false
  isOver = false
  failed: ProviderError | null = null
  readonly #context: RelayContext
  readonly #framer = new EventFramer(EVENT_LIMIT_BYTES)
  readonly #editor: EventEditor | null
  #isStarted = false
  #brokenBy: string | null = null
  #usage: TokenUsage | null = null

  constructor(context: RelayContext) {
    this.#context = context
    this.#editor = context.hideModelAs === null ? null : new EventEditor(context.protocol, context.hideModelAs, false)
  }

  data(chunk: Buffer): boolean {
    if (this.failed || this.isOver) return true
    try {
      const block = this.#framer.push(chunk)
      return block ? this.#take(block) : true
    } catch (error) {
      if (!(error instanceof EventTooLarge)) throw error
      this.#fail({ ...noError, message: 'The upstream sent an event that is too large.' })
      return true
    }
  }

  end(): RelayEnd {
    const rest = this.failed || this.isOver ? null : this.#framer.end()
    if (rest) this.#take(rest)
    if (this.failed) return { kind: 'failed', error: this.failed, isEmpty: false }
    if (this.#brokenBy !== null) return this.#broken('upstream_error', this.#brokenBy)
    if (!this.#isStarted) {
      const error = { ...noError, message: 'The upstream ended the stream without an answer.' }
      return { kind: 'failed', error, isEmpty: true }
    }
    this.#context.answer.end()
    return { kind: 'done', usage: this.#usage, responseId: null }
  }

  abort(reason: 'interrupted' | 'idle'): RelayEnd | null {
    if (!this.#isStarted) return null
    if (this.#brokenBy !== null) return this.#broken('upstream_error', this.#brokenBy)
    const error = brokenOff(reason)
    this.#endWith(error)
    return this.#broken(reason === 'idle' ? 'idle_timeout' : 'upstream_error', error.message)
  }

  #take(block: Buffer): boolean {
    const parts: Buffer[] = []
    let end = 0
    let hasData = this.#isStarted
    for (let start = 0; start < block.length; start = end) {
      const event = nextEvent(block, start)
      end = event.end
      if (event.data !== null) {
        const error = this.#read(event.data, event.name)
        if (error) {
          if (hasData) this.#send(Buffer.concat(parts))
          this.#fail(error)
          return true
        }
        hasData = true
      }
      // The upstream's own keep-alives mean nothing before there is an answer.
      if (hasData) parts.push(...this.#edited(block, start, event))
    }
    return !hasData || this.#send(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts))
  }

  /** Keeps the usage that an event tells, and returns the error that it is. */
  #read(data: Buffer, name: string | null): ProviderError | null {
    if (name !== 'error' && !data.includes(ERROR) && !data.includes(USAGE)) return null
    const parsed = parseJson(data)
    const value = isRecord(parsed) ? parsed : null
    if (name === 'error' || value?.['type'] === 'error')
      return errorInSuccess(isRecord(value?.['error']) ? value : { error: value ?? data.toString('utf8') })
    if (!value) return null
    const { protocol, profileId } = this.#context
    this.#usage = readUsage(protocol, profileId, value) ?? this.#usage
    return errorInSuccess(value)
  }

  #edited(block: Buffer, start: number, { data, dataStart, name, end }: FramedEvent): readonly Buffer[] {
    const edited = data === null ? null : (this.#editor?.edit(data) ?? null)
    if (data === null || edited === null) return [block.subarray(start, end)]
    if (dataStart >= 0)
      return [block.subarray(start, dataStart), ...edited, block.subarray(dataStart + data.length, end)]
    return [rebuiltEvent(name, Buffer.concat(edited))]
  }

  #send(bytes: Buffer): boolean {
    const { answer, status, headers, onFirstContent } = this.#context
    if (!this.#isStarted) {
      this.#isStarted = true
      answer.startStream(status, headers({ keepsBytes: false }))
      onFirstContent()
    }
    return bytes.length === 0 || answer.write(bytes)
  }

  #fail(error: ProviderError): void {
    if (!this.#isStarted) {
      this.failed = error
      return
    }
    this.#brokenBy = this.#context.redact(error.message)
    this.#endWith(reportedError(error, this.#context))
  }

  #endWith(error: GatewayError): void {
    this.isOver = true
    const { answer, protocol, requestId } = this.#context
    answer.end(errorEvent(error, protocol, requestId))
  }

  #broken(end: 'upstream_error' | 'idle_timeout', message: string): RelayEnd {
    return { kind: 'broken', end, usage: this.#usage, message }
  }
}
