/** Relays JSON answers: held until they are whole to be looked into, from a size on as they come. */
import type { Protocol, TokenUsage } from '../contract.ts'
import type { ProviderError } from '../providers/failures.ts'
import { errorInSuccess } from '../providers/failures.ts'
import { readUsage } from '../providers/usage.ts'
import { cutOff } from './byte-relay.ts'
import { scanObject } from './json-scan.ts'
import { isRecord, parseJson } from './json-value.ts'
import type { Relay, RelayContext, RelayEnd } from './relay.ts'
import { noError } from './relay.ts'
import { modelSpans } from './stream-events.ts'

/** JSON answers up to this size are held until they are whole, to be looked into. */
const JSON_HELD_BYTES = 1024 * 1024
/** End of a large answer, where its usage stands. */
const TAIL_BYTES = 4096
/** An aliased answer must be whole before the name in it can be found and replaced. */
const JSON_RENAMED_BYTES = 64 * 1024 * 1024

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
    const value = parseJson(whole)
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

// Large answers (embeddings) name their usage at the end: the object that follows the last mention of it.
function usageInTail(protocol: Protocol, profileId: string, tail: Buffer): TokenUsage | null {
  const name = protocol === 'gemini' ? 'usageMetadata' : 'usage'
  const at = tail.lastIndexOf(`"${name}"`)
  if (at === -1) return null
  const span = scanObject(Buffer.concat([Buffer.from('{'), tail.subarray(at)]), [name]).found[0]?.span
  if (!span) return null
  // One byte for the brace put in front.
  const value = parseJson(tail.subarray(at + span.start - 1, at + span.end - 1))
  return value === undefined ? null : readUsage(protocol, profileId, { [name]: value })
}
