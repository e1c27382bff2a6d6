/**
 * Changes the few bytes of a stream's events that the client must not see: the real model's name, and usage that it
 * did not ask for. Events of one stream begin alike, so the place found in one is the place in the next: it is looked
 * up by comparing the beginning, and only scanned for where that differs.
 */
import type { Protocol } from '../contract.ts'
import { mentionsUsage, modelSpans, withoutUsage } from './stream-events.ts'

const USAGE_NULL_END = Buffer.from(',"usage":null}')
const CLOSING_BRACE = Buffer.from('}')
const MODEL_NAMES: Readonly<Record<Protocol, Buffer>> = {
  chat: Buffer.from('"model"'),
  responses: Buffer.from('"model"'),
  messages: Buffer.from('"model"'),
  gemini: Buffer.from('"modelVersion"'),
}

export class EventEditor {
  readonly #protocol: Protocol
  readonly #name: Buffer | null
  readonly #withholdsUsage: boolean
  /** The beginning of the last event, up to the end of the model's name, and what takes its place. */
  #known: { readonly before: Buffer; readonly after: Buffer } | null = null

  /** @param hideModelAs - the name to put in place of the upstream's own, or null. */
  constructor(protocol: Protocol, hideModelAs: string | null, withholdsUsage: boolean) {
    this.#protocol = protocol
    this.#name = hideModelAs === null ? null : Buffer.from(JSON.stringify(hideModelAs))
    this.#withholdsUsage = withholdsUsage && protocol === 'chat'
  }

  /** The pieces of an event's data once edited; null when nothing changes. */
  edit(data: Buffer): readonly Buffer[] | null {
    if (!this.#withholdsUsage) return this.#rename(data)
    // At the very end of valid JSON this can only be the last member of the outermost object.
    if (endsWith(data, USAGE_NULL_END)) {
      const kept = data.subarray(0, data.length - USAGE_NULL_END.length)
      return [...(this.#rename(kept) ?? [kept]), CLOSING_BRACE]
    }
    const edited = mentionsUsage(data) ? withoutUsage(data) : data
    return this.#rename(edited) ?? (edited === data ? null : [edited])
  }

  #rename(data: Buffer): readonly Buffer[] | null {
    if (this.#name === null) return null
    const known = this.#known
    if (known && startsWith(data, known.before)) return [known.after, data.subarray(known.before.length)]
    if (!data.includes(MODEL_NAMES[this.#protocol])) return null
    const spans = modelSpans(this.#protocol, data)
    const [first] = spans
    if (!first) return null
    const pieces: Buffer[] = []
    let at = 0
    for (const span of spans) {
      pieces.push(data.subarray(at, span.start), this.#name)
      at = span.end
    }
    if (spans.length === 1) {
      // A copy: a view would keep the whole chunk alive.
      const before = Buffer.from(data.subarray(0, first.end))
      this.#known = { before, after: Buffer.concat(pieces) }
    }
    pieces.push(data.subarray(at))
    return pieces
  }
}

function startsWith(data: Buffer, beginning: Buffer): boolean {
  return data.length >= beginning.length && data.compare(beginning, 0, beginning.length, 0, beginning.length) === 0
}

function endsWith(data: Buffer, ending: Buffer): boolean {
  return data.length >= ending.length && data.compare(ending, 0, ending.length, data.length - ending.length) === 0
}
