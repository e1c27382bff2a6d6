/**
 * The request body: read once, looked into, and changed only where a model's name or the wish for usage must go in.
 * The bytes themselves go upstream as they came.
 */
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import { GatewayError, badRequest, requestTooLarge, serverBusy } from '../errors.ts'
import type { ValueSpan } from './json-scan.ts'
import { TopLevelScanner } from './json-scan.ts'
import { boundaryOf, findFormField } from './multipart.ts'

/** Bodies up to this size are parsed whole; above, the structural scan tells what is needed. */
const PARSE_LIMIT_BYTES = 64 * 1024

const WANTED = [
  'model',
  'models',
  'stream',
  'stream_options',
  'store',
  'background',
  'previous_response_id',
  'conversation',
  'input_file_id',
  'training_file',
  'file_id',
]

/** The sum of all buffered request bodies, so that memory stays bounded under any load. */
export class BodyBudget {
  readonly #limitBytes: number
  #usedBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  tryReserve(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#limitBytes) return false
    this.#usedBytes += bytes
    return true
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes
  }
}

export interface ReceivedBody {
  readonly bytes: Buffer
  readonly contentType: string
  /** Set when the scan ran while the body came in. */
  readonly scanner: TopLevelScanner | null
  /** What `budget` holds for it; given back by the caller when the request ends. */
  readonly reservedBytes: number
}

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
 * Reads the whole body.
 * @throws GatewayError 413 over `limitBytes`, 503 when the budget is used up, 400 for an unknown content encoding.
 */
export function readBody(request: IncomingMessage, limitBytes: number, budget: BodyBudget): Promise<ReceivedBody> {
  const encoding = request.headers['content-encoding']
  const received = collect(request, limitBytes, budget)
  return encoding === undefined || encoding === 'identity' ? received : unpack(received, encoding, limitBytes, budget)
}

async function unpack(
  packed: Promise<ReceivedBody>,
  encoding: string,
  limitBytes: number,
  budget: BodyBudget,
): Promise<ReceivedBody> {
  const received = await packed
  try {
    const bytes = await decompress(received.bytes, encoding, limitBytes)
    if (!budget.tryReserve(bytes.length)) throw serverBusy()
    budget.release(received.reservedBytes)
    return { ...received, bytes, reservedBytes: bytes.length }
  } catch (error) {
    budget.release(received.reservedBytes)
    throw error
  }
}

function collect(request: IncomingMessage, limitBytes: number, budget: BodyBudget): Promise<ReceivedBody> {
  return new Promise((resolve, reject) => {
    const contentType = request.headers['content-type'] ?? ''
    const isScanned = request.headers['content-encoding'] === undefined && !isMultipart(contentType)
    const statedBytes = Number(request.headers['content-length'] ?? Number.NaN)
    if (statedBytes > limitBytes) throw requestTooLarge(limitBytes)
    let bytes: Buffer | null = null
    let length = 0
    let reservedBytes = 0
    let scanner: TopLevelScanner | null = null

    const fail = (error: Error) => {
      request.off('data', onData).off('end', onEnd).off('error', onLeft).off('close', onLeft)
      budget.release(reservedBytes)
      reject(error)
    }
    const reserve = (more: number) => {
      if (!budget.tryReserve(more)) throw serverBusy()
      reservedBytes += more
    }
    const onData = (chunk: Buffer) => {
      try {
        if (length + chunk.length > limitBytes) throw requestTooLarge(limitBytes)
        if (bytes === null && (Number.isNaN(statedBytes) || chunk.length === statedBytes)) {
          // Nearly every request comes in one piece, which is then used as it is.
          reserve(chunk.length)
          bytes = chunk
        } else {
          if (bytes === null || length + chunk.length > bytes.length) {
            const room = Number.isNaN(statedBytes)
              ? Math.min(Math.max((length + chunk.length) * 2, 65_536), limitBytes)
              : statedBytes
            reserve(room - reservedBytes)
            const grown = Buffer.allocUnsafe(room)
            bytes?.copy(grown, 0, 0, length)
            bytes = grown
          }
          chunk.copy(bytes, length)
        }
        length += chunk.length
        if (isScanned && length > PARSE_LIMIT_BYTES) {
          scanner ??= new TopLevelScanner(WANTED)
          scanner.advance(bytes, length)
        }
      } catch (error) {
        // Only GatewayErrors are thrown above.
        fail(error as Error)
      }
    }
    const onEnd = () => {
      request.off('error', onLeft).off('close', onLeft)
      // Nearly always as long as what came, and then no other view of it is made.
      const whole = bytes === null || bytes.length === length ? bytes : bytes.subarray(0, length)
      resolve({ bytes: whole ?? Buffer.alloc(0), contentType, scanner, reservedBytes })
    }
    // A connection that breaks off is an error to Node (ECONNRESET); to us it is a client that has left.
    const onLeft = () => fail(new ClientLeft())
    request.on('data', onData).on('end', onEnd).on('error', onLeft).on('close', onLeft)
  })
}

/** The client went away before its request was complete. */
export class ClientLeft extends Error {}

/**
 * Looks into a body.
 * @throws GatewayError 400 when it is no JSON object, or names a model twice: two parsers could read it differently.
 */
export function inspectBody(body: ReceivedBody): BodyFacts {
  if (body.bytes.length === 0) return noFacts
  if (isMultipart(body.contentType)) return inspectForm(body)
  const parsed = body.bytes.length <= PARSE_LIMIT_BYTES ? parseObject(body.bytes) : null
  const scanner = body.scanner ?? new TopLevelScanner(WANTED)
  if (!body.scanner) scanner.advance(body.bytes, body.bytes.length)
  if (scanner.isNotObject) throw badRequest('The request body must be a JSON object.')
  if (!scanner.isDone) throw badRequest('The request body is not valid JSON: it ends too early.')

  const { found } = scanner
  found.forEach(({ key }, index) => {
    if (found.findIndex((other) => other.key === key) < index)
      throw badRequest(`The request body names "${key}" twice. Send it once.`, key)
  })
  const spanOf = (key: string) => found.find((member) => member.key === key)?.span ?? null
  const value = (key: string): unknown => {
    if (parsed) return parsed[key]
    const span = spanOf(key)
    return span === null ? undefined : parseValue(body.bytes, span, key)
  }
  const model = value('model')
  if (model !== undefined && model !== null && typeof model !== 'string')
    throw badRequest('"model" must be a string.', 'model')
  const options = value('stream_options')
  const modelSpan = spanOf('model')
  const optionsSpan = spanOf('stream_options')
  return {
    model: typeof model === 'string' && model !== '' ? model : null,
    modelSpans: modelSpan ? [modelSpan] : [],
    isForm: false,
    stream: value('stream') === true,
    includeUsage: isRecord(options) && options['include_usage'] === true,
    streamOptions: isRecord(options) || options === null ? optionsSpan : null,
    otherModels: strings(value('models')),
    createsTwice: value('background') === true || value('store') === true,
    buildsOn: [
      value('previous_response_id'),
      conversationId(value('conversation')),
      value('input_file_id'),
      value('training_file'),
      value('file_id'),
    ].filter((id) => typeof id === 'string'),
    // A second member of that name would be read differently by different parsers.
    insertAt: optionsSpan ? null : body.bytes.indexOf(0x7b) + 1,
  }
}

export interface BodyEdit extends ValueSpan {
  readonly text: string
}

/** Puts a model's name in; the old one's places come from `inspectBody`. */
export function modelEdits(facts: BodyFacts, model: string): readonly BodyEdit[] {
  const text = facts.isForm ? model : JSON.stringify(model)
  return facts.modelSpans.map((span) => ({ ...span, text }))
}

/** Asks for usage in a stream whose client did not: without it nobody knows what the answer cost. */
export function usageEdit(body: Buffer, facts: BodyFacts): BodyEdit | null {
  if (facts.includeUsage) return null
  if (!facts.streamOptions) {
    const { insertAt } = facts
    return insertAt === null
      ? null
      : { start: insertAt, end: insertAt, text: '"stream_options":{"include_usage":true},' }
  }
  const options: unknown = JSON.parse(body.toString('utf8', facts.streamOptions.start, facts.streamOptions.end))
  return {
    ...facts.streamOptions,
    text: JSON.stringify({ ...(isRecord(options) ? options : {}), include_usage: true }),
  }
}

/**
 * The body with its edits. Small ones become one buffer; large ones stay in pieces, so that megabytes are not copied
 * for the sake of one name.
 */
export function editBody(
  body: Buffer,
  edits: readonly BodyEdit[],
): { readonly pieces: Buffer | readonly Buffer[]; readonly length: number } {
  if (edits.length === 0) return { pieces: body, length: body.length }
  const pieces: Buffer[] = []
  let at = 0
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    pieces.push(body.subarray(at, edit.start), Buffer.from(edit.text, 'utf8'))
    at = edit.end
  }
  pieces.push(body.subarray(at))
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  return { pieces: length <= PARSE_LIMIT_BYTES ? Buffer.concat(pieces, length) : pieces, length }
}

function inspectForm(body: ReceivedBody): BodyFacts {
  const boundary = boundaryOf(body.contentType)
  if (boundary === null) throw badRequest('The multipart body has no boundary in its content-type.')
  const spans = findFormField(body.bytes, boundary, 'model')
  const read = (span: ValueSpan) => body.bytes.toString('utf8', span.start, span.end)
  if (spans.length > 1) throw badRequest('The form names "model" twice. Send it once.', 'model')
  const streamAt = findFormField(body.bytes, boundary, 'stream').at(-1)
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

function parseValue(bytes: Buffer, span: ValueSpan, key: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8', span.start, span.end))
  } catch {
    throw badRequest(`The value of "${key}" is not valid JSON.`, key)
  }
}

const decoders: Readonly<Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
}

async function decompress(bytes: Buffer, encoding: string, limitBytes: number): Promise<Buffer> {
  const decode = decoders[encoding.trim().toLowerCase()]
  if (!decode)
    throw new GatewayError(
      'unsupported_content_encoding',
      415,
      `The content-encoding "${encoding}" of the request is not known.`,
    )
  try {
    return await decode(bytes, { maxOutputLength: limitBytes })
  } catch (error) {
    if (error instanceof RangeError) throw requestTooLarge(limitBytes)
    throw badRequest(`The request body is no valid ${encoding} data.`)
  }
}

function isMultipart(contentType: string): boolean {
  return /^multipart\//i.test(contentType)
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
