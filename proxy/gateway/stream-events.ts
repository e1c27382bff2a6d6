/**
 * What the events of an answer's stream mean, for each protocol: does one carry content, does it end the answer, is
 * it an error, where does it name the model. Pure.
 */
import type { Protocol, TokenUsage } from '../contract.ts'
import type { ProviderError } from '../providers/failures.ts'
import { errorInSuccess } from '../providers/failures.ts'
import { mergeUsage, readUsage } from '../providers/usage.ts'
import type { ValueSpan } from './json-scan.ts'
import { scanObject } from './json-scan.ts'
import type { EventFields } from './sse.ts'

export interface EventMeaning {
  /** Text, reasoning, a tool call: something the user would see. */
  readonly hasContent: boolean
  /** The answer is complete with this event, whatever follows. */
  readonly isFinish: boolean
  readonly error: ProviderError | null
  /** Carries nothing but usage: only clients that asked for it get to see it. */
  readonly isUsageOnly: boolean
  /** `usage` stands in it beside other things. */
  readonly hasUsage: boolean
}

const nothing: EventMeaning = { hasContent: false, isFinish: false, error: null, isUsageOnly: false, hasUsage: false }

const DONE = Buffer.from('[DONE]')

export function isDone(data: Buffer): boolean {
  return data.length < 16 && data.indexOf(DONE) === 0
}

/** Follows one stream; keeps the usage and whether it came to its end. */
export class StreamReader {
  readonly #protocol: Protocol
  readonly #profileId: string
  usage: TokenUsage | null = null
  /** A finish reason or the protocol's last event has been seen. */
  isFinished = false
  /** The protocol's last event has been seen: what may follow is nothing that a client reads. */
  isTerminated = false
  /** Something with content has been seen. */
  hasContent = false
  /** Where an answer that has an id says it (Responses), for calls that build upon it. */
  responseId: string | null = null
  /** The last bytes of this stream that were looked through and found to change nothing. */
  #plain: Buffer | null = null

  constructor(protocol: Protocol, profileId: string) {
    this.#protocol = protocol
    this.#profileId = profileId
  }

  /** True when no event of a block of a running answer can change anything: it need not be read event by event. */
  mayPassOver(block: Buffer): boolean {
    return this.hasContent && this.#isPlain(block)
  }

  // Events of a running answer differ in their text only: what was found of one holds for the next.
  #isPlain(bytes: Buffer): boolean {
    if (this.#plain && differInTextOnly(this.#protocol, this.#plain, bytes)) return true
    if (mayMatter(this.#protocol, bytes) || bytes.includes(DONE)) return false
    // A copy: a view would keep the whole chunk alive.
    this.#plain = bytes.length <= PLAIN_LIMIT_BYTES ? Buffer.from(bytes) : null
    return true
  }

  /** Reads an event. Most events of a running answer are told by a few byte searches and never parsed. */
  read(event: EventFields): EventMeaning {
    const { data } = event
    if (data === null || data.length === 0) return nothing
    if (isDone(data)) {
      if (this.hasContent) this.isFinished = true
      if (!this.isFinished) return nothing
      this.isTerminated = true
      return { ...nothing, isFinish: true }
    }
    if (this.hasContent && this.#isPlain(data)) return plainContent
    const value = parseOrNull(data)
    if (value === null) return this.hasContent ? plainContent : nothing
    const error = errorInEvent(value, event.name)
    if (error) return { ...nothing, error }
    const found = readUsage(this.#protocol, this.#profileId, value)
    if (found) this.usage = mergeUsage(this.usage, found, this.#protocol)
    const meaning = meanings[this.#protocol](value, event.name)
    if (meaning.hasContent) this.hasContent = true
    if (meaning.isFinish) {
      this.isFinished = true
      if (this.#protocol === 'responses' || value['type'] === 'message_stop') this.isTerminated = true
    }
    if (this.#protocol === 'responses') this.responseId ??= idOfResponse(value)
    return meaning
  }
}

const plainContent: EventMeaning = { ...nothing, hasContent: true }

// Names of members that would change state, as bytes. The quotes keep text that talks about these names out: in a
// JSON string they would be escaped.
const needles: Readonly<Record<Protocol, readonly Buffer[]>> = {
  chat: ['"usage"', '"error"', '"finish_reason"'].map((text) => Buffer.from(text)),
  responses: ['"response.completed"', '"response.incomplete"', '"response.failed"', '"error"'].map((text) =>
    Buffer.from(text),
  ),
  messages: ['"message_delta"', '"message_stop"', '"message_start"', '"error"'].map((text) => Buffer.from(text)),
  gemini: ['"finishReason"', '"usageMetadata"', '"error"', '"promptFeedback"'].map((text) => Buffer.from(text)),
}

function mayMatter(protocol: Protocol, data: Buffer): boolean {
  for (const needle of needles[protocol]) if (standsFilled(needle, data)) return true
  return false
}

// True when the name stands somewhere with another value than null, which many upstreams send with every chunk.
function standsFilled(name: Buffer, data: Buffer): boolean {
  for (let at = data.indexOf(name); at !== -1; at = data.indexOf(name, at + name.length)) {
    let value = at + name.length
    while (isSpace(data[value]) || data[value] === COLON) value++
    if (data[value] !== LETTER_N) return true
  }
  return false
}

/**
 * True when two texts of JSON have the same members: all that differs is one stretch without quotes, which is within
 * a string or a number. One that follows a colon may be a `null` that has become something else, and a string may
 * have become a name that matters: `ping` becomes `message_stop`.
 */
function differInTextOnly(protocol: Protocol, known: Buffer, bytes: Buffer): boolean {
  const shorter = Math.min(known.length, bytes.length)
  let start = 0
  while (start < shorter && known[start] === bytes[start]) start++
  let same = 0
  while (same < shorter - start && known[known.length - 1 - same] === bytes[bytes.length - 1 - same]) same++
  const before = start === 0 ? COLON : bytes[start - 1]
  if (before === COLON || isSpace(before)) return false
  for (let at = start; at < known.length - same; at++) if (known[at] === QUOTE) return false
  for (let at = start; at < bytes.length - same; at++) if (bytes[at] === QUOTE) return false
  let left = start - 1
  while (left >= 0 && bytes[left] !== QUOTE) left--
  let right = bytes.length - same
  while (right < bytes.length && bytes[right] !== QUOTE) right++
  if (left === -1) return false
  for (const needle of needles[protocol]) if (isBetween(bytes, left, right + 1, needle)) return false
  return true
}

function isBetween(bytes: Buffer, start: number, end: number, text: Buffer): boolean {
  return end - start === text.length && end <= bytes.length && text.compare(bytes, start, end) === 0
}

/** Longer ones are not worth comparing. */
const PLAIN_LIMIT_BYTES = 2048

const COLON = 0x3a
const LETTER_N = 0x6e

type Json = Readonly<Record<string, unknown>>

const meanings: Readonly<Record<Protocol, (value: Json, name: string | null) => EventMeaning>> = {
  chat: chatMeaning,
  responses: responsesMeaning,
  messages: messagesMeaning,
  gemini: geminiMeaning,
}

// Chat chunks and legacy completions. A chunk may have no choices at all (usage, Azure's prompt filter).
function chatMeaning(value: Json): EventMeaning {
  const choices = list(value['choices'])
  const hasUsage = value['usage'] !== undefined
  if (choices.length === 0) return { ...nothing, hasUsage, isUsageOnly: isRecord(value['usage']) && 'choices' in value }
  let hasContent = false
  let isFinish = false
  for (const choice of choices) {
    if (!isRecord(choice)) continue
    if (typeof choice['finish_reason'] === 'string' && choice['finish_reason'] !== '') isFinish = true
    const delta = choice['delta'] ?? choice['message']
    if (isFilled(choice['text']) || (isRecord(delta) && contentKeys.some((key) => isFilled(delta[key]))))
      hasContent = true
  }
  return { ...nothing, hasContent, isFinish, hasUsage }
}

const contentKeys = [
  'content',
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'tool_calls',
  'function_call',
  'refusal',
  'audio',
  'images',
]

function responsesMeaning(value: Json, name: string | null): EventMeaning {
  const type = typeof value['type'] === 'string' ? value['type'] : (name ?? '')
  if (type === 'response.completed' || type === 'response.incomplete')
    return { ...nothing, isFinish: true, hasUsage: true }
  if (type === 'response.output_item.added') {
    const item = value['item']
    return { ...nothing, hasContent: isRecord(item) && item['type'] !== 'message' && item['type'] !== 'reasoning' }
  }
  return { ...nothing, hasContent: type.endsWith('.delta') || type === 'response.output_item.done' }
}

function messagesMeaning(value: Json, name: string | null): EventMeaning {
  const type = typeof value['type'] === 'string' ? value['type'] : name
  if (type === 'message_stop') return { ...nothing, isFinish: true }
  if (type === 'message_delta') {
    const delta = value['delta']
    return { ...nothing, isFinish: isRecord(delta) && typeof delta['stop_reason'] === 'string', hasUsage: true }
  }
  if (type === 'content_block_start') {
    const block = value['content_block']
    const kind = isRecord(block) ? block['type'] : null
    return { ...nothing, hasContent: kind !== 'text' && kind !== 'thinking' }
  }
  return { ...nothing, hasContent: type === 'content_block_delta' }
}

function geminiMeaning(value: Json): EventMeaning {
  let hasContent = false
  let isFinish = isRecord(value['promptFeedback']) && value['promptFeedback']['blockReason'] !== undefined
  for (const candidate of list(value['candidates'])) {
    if (!isRecord(candidate)) continue
    if (typeof candidate['finishReason'] === 'string') isFinish = true
    const content = candidate['content']
    if (isRecord(content) && list(content['parts']).length > 0) hasContent = true
  }
  return { ...nothing, hasContent, isFinish, hasUsage: value['usageMetadata'] !== undefined }
}

function errorInEvent(value: Json, name: string | null): ProviderError | null {
  // A failed response carries its error one level down; other events of that protocol echo `error: null`.
  const response = value['response']
  if (value['type'] === 'response.failed' && isRecord(response)) {
    return errorInSuccess({
      error: isRecord(response['error']) ? response['error'] : { message: 'The response failed.' },
    })
  }
  if (value['type'] === 'error' || name === 'error')
    return errorInSuccess(isRecord(value['error']) ? value : { error: value })
  // Whole responses echo `error: null` and, when they failed, their own error: told by their last event.
  return isRecord(response) ? null : errorInSuccess(value)
}

/** Places of the model's name in an event or a whole answer, quotes included. */
export function modelSpans(protocol: Protocol, json: Buffer): readonly ValueSpan[] {
  const key = protocol === 'gemini' ? 'modelVersion' : 'model'
  const nested = protocol === 'responses' ? 'response' : protocol === 'messages' ? 'message' : null
  const scanner = scanObject(json, nested === null ? [key] : [key, nested])
  return scanner.found.flatMap(({ key: found, span }) => {
    if (found === key) return json[span.start] === 0x22 ? [span] : []
    return scanObject(json, [key], span.start, span.end).found.flatMap((inner) =>
      json[inner.span.start] === 0x22 ? [inner.span] : [],
    )
  })
}

/**
 * Takes `usage` out of a chunk whose client did not ask for it. @returns the same buffer when there is nothing to do.
 */
export function withoutUsage(json: Buffer): Buffer {
  const found = scanObject(json, ['usage']).found[0]
  if (!found) return json
  // Backwards over the colon to the name, in whatever spelling: no quote stands within it.
  const nameEnd = json.lastIndexOf(QUOTE, found.span.start - 1)
  const nameStart = json.lastIndexOf(QUOTE, nameEnd - 1)
  // From the comma before the name, or to the comma behind the value when it is the first member.
  let start = nameStart
  while (start > 0 && isSpace(json[start - 1])) start--
  let { end } = found.span
  if (json[start - 1] === COMMA) start--
  else {
    while (end < json.length && isSpace(json[end])) end++
    if (json[end] === COMMA) end++
  }
  // Again, should it be there twice.
  return withoutUsage(Buffer.concat([json.subarray(0, start), json.subarray(end)]))
}

const QUOTE = 0x22
const COMMA = 0x2c
const USAGE = Buffer.from('"usage"')

/** True when a chunk carries `usage` as everybody writes it: a cheap look before `withoutUsage`. */
export function mentionsUsage(json: Buffer): boolean {
  return json.includes(USAGE)
}

function idOfResponse(value: Json): string | null {
  const response = value['response']
  return isRecord(response) && typeof response['id'] === 'string' ? response['id'] : null
}

function parseOrNull(data: Buffer): Json | null {
  try {
    const value: unknown = JSON.parse(data.toString('utf8'))
    return isRecord(value) ? value : null
  } catch {
    // Broken JSON in one event is relayed as it came; the client's parser has the say.
    return null
  }
}

function isFilled(value: unknown): boolean {
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0
  return typeof value === 'object' && value !== null
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
