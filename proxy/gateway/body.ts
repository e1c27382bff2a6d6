/** What a request body says, and the few changes it may get: a model's name, the wish for usage. */
import { badRequest } from '../errors.ts'
import type { TopLevelScanner, ValueSpan } from './json-scan.ts'
import { boundaryOf, findFormField } from './multipart.ts'
import type { Edit } from './pieces.ts'
import { bytesBetween, withEdits } from './pieces.ts'
import type { ReceivedBody } from './read-body.ts'
import { SMALL_BODY_BYTES, bodyScanner, isMultipart } from './read-body.ts'

/** What a body says, as far as routing depends on it. */
export interface BodyFacts {
  readonly model: string | null
  /** Places of the model's name, JSON quotes included; form fields without. */
  readonly modelSpans: readonly ValueSpan[]
  readonly isForm: boolean
  readonly stream: boolean
  readonly includeUsage: boolean
  /** Place of an object or null; null when the member is missing or is something that only the upstream can judge. */
  readonly streamOptions: ValueSpan | null
  /** Further names that the upstream may use instead (OpenRouter's `models`). */
  readonly otherModels: readonly string[]
  /** Kept or run on by the upstream after the answer: repeating it makes a second one. */
  readonly createsTwice: boolean
  /** Ids of an upstream that the call builds upon. */
  readonly buildsOn: readonly string[]
  /** Offset behind the opening brace, where `stream_options` can be put in; null where it cannot. */
  readonly insertAt: number | null
}

/** What is known of a request without a body. */
export const noFacts: BodyFacts = {
  model: null,
  modelSpans: [],
  isForm: false,
  stream: false,
  includeUsage: false,
  streamOptions: null,
  otherModels: [],
  createsTwice: false,
  buildsOn: [],
  insertAt: null,
}

/**
 * Looks into a body.
 * @throws GatewayError 400 when it is no JSON object, or names a model twice: two parsers could read it differently.
 */
export function inspectBody(body: ReceivedBody): BodyFacts {
  if (body.length === 0) return noFacts
  if (isMultipart(body.contentType)) return inspectForm(body)
  const parsed = body.length <= SMALL_BODY_BYTES && body.pieces[0] ? parseObject(body.pieces[0]) : null
  const scanner = body.scanner ?? scanned(body.pieces)
  if (scanner.isNotObject) throw badRequest('The request body must be a JSON object.')
  if (!scanner.isDone) throw badRequest('The request body is not valid JSON: it ends too early.')

  const { found } = scanner
  const doubled = found.find(({ key }, index) => found.findIndex((other) => other.key === key) < index)
  if (doubled) throw badRequest(`The request body names "${doubled.key}" twice. Send it once.`, doubled.key)
  const facts: WritableFacts = { ...noFacts, insertAt: scanner.firstMemberAt }
  for (const { key, span } of found) {
    const value = parsed ? parsed[key] : parseValue(bytesBetween(body.pieces, span.start, span.end), key)
    note(facts, key, value, span)
  }
  return facts
}

type WritableFacts = { -readonly [K in keyof BodyFacts]: BodyFacts[K] }

/** Notes what one member of a body says; most bodies have two or three of those that count. */
function note(facts: WritableFacts, key: string, value: unknown, span: ValueSpan): void {
  switch (key) {
    case 'model':
      if (value !== null && typeof value !== 'string') throw badRequest('"model" must be a string.', 'model')
      facts.model = value === '' ? null : value
      facts.modelSpans = [span]
      return
    case 'models':
      facts.otherModels = strings(value)
      return
    case 'stream':
      facts.stream = value === true
      return
    case 'stream_options':
      facts.includeUsage = isRecord(value) && value['include_usage'] === true
      facts.streamOptions = isRecord(value) || value === null ? span : null
      // A second member of that name would be read differently by different parsers.
      facts.insertAt = null
      return
    case 'background':
    case 'store':
      facts.createsTwice ||= value === true
      return
    default: {
      // All others that are looked for are ids.
      const id = key === 'conversation' ? conversationId(value) : value
      if (typeof id === 'string') facts.buildsOn = [...facts.buildsOn, id]
    }
  }
}

/** Puts a model's name in; the old one's places come from `inspectBody`. */
export function modelEdits(facts: BodyFacts, model: string): readonly Edit[] {
  const text = facts.isForm ? model : JSON.stringify(model)
  return facts.modelSpans.map((span) => ({ ...span, text }))
}

/** Asks for usage in a stream whose client did not: without it nobody knows what the answer cost. */
export function usageEdit({ pieces }: ReceivedBody, facts: BodyFacts): Edit | null {
  if (facts.includeUsage) return null
  if (!facts.streamOptions) {
    const { insertAt } = facts
    return insertAt === null
      ? null
      : { start: insertAt, end: insertAt, text: '"stream_options":{"include_usage":true},' }
  }
  const { start, end } = facts.streamOptions
  const options: unknown = JSON.parse(bytesBetween(pieces, start, end).toString('utf8'))
  return {
    start,
    end,
    text: JSON.stringify({ ...(isRecord(options) ? options : {}), include_usage: true }),
  }
}

/** The body with its edits: a small one as one buffer, a large one in pieces. */
export function editBody(
  { pieces, length: bytes }: ReceivedBody,
  edits: readonly Edit[],
): { readonly pieces: Buffer | readonly Buffer[]; readonly length: number } {
  if (edits.length === 0 && pieces.length === 1 && pieces[0]) return { pieces: pieces[0], length: bytes }
  const edited = withEdits(pieces, edits)
  const length = edited.reduce((sum, piece) => sum + piece.length, 0)
  if (edited.length === 1 && edited[0]) return { pieces: edited[0], length }
  return { pieces: length <= SMALL_BODY_BYTES ? Buffer.concat(edited, length) : edited, length }
}

function scanned(pieces: readonly Buffer[]): TopLevelScanner {
  const scanner = bodyScanner()
  for (const piece of pieces) scanner.advance(piece)
  return scanner
}

function inspectForm(body: ReceivedBody): BodyFacts {
  const boundary = boundaryOf(body.contentType)
  if (boundary === null) throw badRequest('The multipart body has no boundary in its content-type.')
  const bytes = body.pieces[0] ?? Buffer.alloc(0)
  const spans = findFormField(bytes, boundary, 'model')
  const read = (span: ValueSpan) => bytes.toString('utf8', span.start, span.end)
  if (spans.length > 1) throw badRequest('The form names "model" twice. Send it once.', 'model')
  const streamAt = findFormField(bytes, boundary, 'stream').at(-1)
  const model = spans[0] ? read(spans[0]) : ''
  return {
    ...noFacts,
    model: model === '' ? null : model,
    modelSpans: spans,
    isForm: true,
    stream: streamAt ? read(streamAt) === 'true' : false,
  }
}

function parseObject(bytes: Buffer): Record<string, unknown> {
  let value: unknown
  try {
    // A byte order mark is no JSON, but some Windows clients send one.
    value = JSON.parse(bytes[0] === 0xef ? bytes.toString('utf8', 3) : bytes.toString('utf8'))
  } catch {
    // V8's message quotes the text, which may be a prompt: ours does not.
    throw badRequest('The request body is not valid JSON.')
  }
  if (!isRecord(value)) throw badRequest('The request body must be a JSON object.')
  return value
}

function parseValue(bytes: Buffer, key: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw badRequest(`The value of "${key}" is not valid JSON.`, key)
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
}

function conversationId(value: unknown): unknown {
  return isRecord(value) ? value['id'] : value
}
