/**
 * Reads an upstream's error, whatever its shape, into one form. The numbers in comments are those
 * of the shapes in its test. Nothing here judges what the error means; that is `failures.ts`.
 *
 * Upstreams echo what they were sent, keys included: redact `message` and `details` before they are
 * stored or shown.
 */

import { asList, asRecord, asText, parseJson } from './json-values.ts'
import type { JsonRecord } from './json-values.ts'
import { retryAfterMs } from './retry-hints.ts'

export interface ProviderError {
  /** HTTP status; for an error behind a 200 the one that the body names, else 200. */
  readonly status: number
  readonly type: string | null
  /** Numbers as text. */
  readonly code: string | null
  /** Never empty. */
  readonly message: string
  readonly param: string | null
  /** The provider's further facts as they came (`details`, `metadata`, `innererror`), else null. */
  readonly details: unknown
  /** The upstream's own hint, between 200 ms and 24 h. */
  readonly retryAfterMs: number | null
}

/** What a body says, before status and headers are added. */
interface BodyError {
  readonly type?: string | null
  readonly code?: string | null
  readonly message: string | null
  readonly param?: string | null
  readonly details?: unknown
  /** The object that holds the hints on when to come back. */
  readonly source?: JsonRecord | null
}

const maxPlainCharacters = 300
const maxMessageCharacters = 2000

/** Objects that hold an answer; others with an `error` member describe a job that failed, which is a good answer. */
const answerObjects = new Set(['chat.completion', 'chat.completion.chunk', 'text_completion', 'response', 'error'])

/**
 * Reads the error that came with HTTP `status`.
 *
 * @param header - looks a response header up by its lower-case name.
 * @param bodyText - the first 64 KiB of the body at most; may be cut, HTML, or empty.
 */
export function readProviderError(
  status: number,
  header: (name: string) => string | null,
  bodyText: string,
  now: number,
): ProviderError {
  const parsed = parseBody(bodyText)
  const body = (parsed === undefined ? null : errorIn(parsed)) ?? { message: plainText(bodyText) }
  return complete(status, header, body, now)
}

/**
 * The error in a body that came with HTTP 200, or in one event of a stream; null when `value` is an
 * answer. For routes that generate: elsewhere a 200 may well report a job's failure.
 *
 * A chunk with a top-level `error` is one even if it has `choices`, since the official clients throw on it.
 *
 * @param now - only needed for hints that name a time of day.
 */
export function errorInSuccess(value: unknown, now: number = Date.now()): ProviderError | null {
  const body = hiddenError(value)
  if (body === null) return null
  const inner = Number(body.source?.['code'] ?? body.source?.['status'])
  const status = Number.isInteger(inner) && inner >= 400 && inner < 600 ? inner : 200
  return complete(status, () => null, body, now)
}

function complete(
  status: number,
  header: (name: string) => string | null,
  body: BodyError,
  now: number,
): ProviderError {
  const message = (body.message ?? `HTTP ${status} without an explanation`).slice(0, maxMessageCharacters)
  return {
    status,
    type: body.type ?? null,
    code: body.code ?? null,
    message,
    param: body.param ?? null,
    details: body.details ?? null,
    retryAfterMs: retryAfterMs({ status, header, error: body.source ?? null, message }, now),
  }
}

function parseBody(bodyText: string): unknown {
  const text = bodyText.replace(/^\uFEFF/, '').trim()
  if (text === '') return undefined
  const parsed = parseJson(text)
  if (parsed !== undefined) return parsed
  // A server that had begun to stream wraps the error in an event.
  const event = /^data:(.*)$/m.exec(text)?.[1]
  return event === undefined ? undefined : parseJson(event)
}

function errorIn(value: unknown): BodyError | null {
  // 14: a bare text.
  if (typeof value === 'string') return { message: asText(value) }
  // 2: Gemini's list around the error.
  if (Array.isArray(value)) return value.length === 0 ? null : errorIn(value.find(hasError) ?? value[0])
  const body = asRecord(value)
  if (body === null) return null

  const error = body['error']
  const inner = asRecord(error)
  if (inner !== null) return wrappedError(inner)
  // 7: xAI's responses API and Ollama; the code lies beside it.
  if (typeof error === 'string') return { message: asText(error), code: codeOf(body['code']), source: body }
  // 13: MiniMax's old API.
  const base = asRecord(body['base_resp'])
  if (base !== null) return { message: asText(base['status_msg']), code: codeOf(base['status_code']), source: base }
  // 15: the gateway before Fireworks.
  const fault = asRecord(body['fault'])
  if (fault !== null) {
    return { message: asText(fault['faultstring']), code: codeOf(asRecord(fault['detail'])?.['errorcode']) }
  }
  // Cloudflare's envelope.
  const first = asRecord(asList(body['errors'])[0])
  if (first !== null) return flatError(first)
  // An event of the responses protocol whose response failed.
  const response = asRecord(asRecord(body['response'])?.['error'])
  if (response !== null) return wrappedError(response)
  return flatError(body)
}

/** 1, 3, 4, 5, 6 and 16: the object under `error`. */
function wrappedError(error: JsonRecord): BodyError {
  const text = messageOf(error['message'])
  // 16: a gateway that put another's whole body into the message.
  const nested = text?.trimStart().startsWith('{') ? errorIn(parseJson(text)) : null
  const message = nested?.message ?? text
  const details = error['details'] ?? error['metadata'] ?? error['innererror'] ?? null
  return {
    type: nested?.type ?? asText(error['type']) ?? asText(error['status']),
    code: nested?.code ?? reasonOf(error) ?? codeOf(error['code']) ?? trailingNumber(message),
    message,
    param: asText(error['param']),
    details: nested?.details ?? details,
    source: nested?.source ?? error,
  }
}

/** What names the cause better than `code`: Google's ErrorInfo, Anthropic's `error_code`, Azure's inner code. */
function reasonOf(error: JsonRecord): string | null {
  const details = error['details']
  const infos = asList(details).map((detail) => asText(asRecord(detail)?.['reason']))
  return infos.find((reason) => reason !== null) ?? codeOf(asRecord(details)?.['error_code']) ?? innerCodeOf(error)
}

function innerCodeOf(error: JsonRecord): string | null {
  return error['code'] == null ? codeOf(asRecord(error['innererror'])?.['code']) : null
}

/** 8 to 12: the members lie at the top. */
function flatError(body: JsonRecord): BodyError {
  const message = messageOf(body['message']) ?? messageOf(body['detail']) ?? messageOf(body['msg'])
  return {
    type: asText(body['type']) ?? asText(body['title']),
    code: codeOf(body['code']) ?? trailingNumber(message),
    message: message ?? (Object.keys(body).length === 0 ? null : JSON.stringify(body).slice(0, maxPlainCharacters)),
    param: asText(body['param']),
    details: Array.isArray(body['detail']) ? body['detail'] : null,
    source: body,
  }
}

/** A text; or FastAPI's list of problems, which Mistral also puts under `message`. */
function messageOf(value: unknown): string | null {
  const problems = Array.isArray(value) ? value : asList(asRecord(value)?.['detail'])
  if (problems.length === 0) return asText(value) ?? asText(asRecord(value)?.['message'])
  const texts = problems.map((problem) => {
    const { loc, msg } = asRecord(problem) ?? {}
    const place = asList(loc).filter((part) => typeof part === 'string' || typeof part === 'number')
    return [place.join('.'), asText(msg) ?? asText(problem)].filter((part) => part != null && part !== '').join(': ')
  })
  return asText(texts.filter((text) => text !== '').join('; '))
}

function codeOf(value: unknown): string | null {
  return typeof value === 'number' ? String(value) : asText(value)
}

/** MiniMax ends its messages with its own number: "insufficient balance (1008)". */
function trailingNumber(message: string | null): string | null {
  return /\((\d{4})\)\.?\s*$/.exec(message ?? '')?.[1] ?? null
}

/** 17: what a person would read on an error page. No pattern here starts over, so a hostile page costs no time. */
function plainText(bodyText: string): string | null {
  const text = bodyText
    .replace(/<(script|style)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, ' ')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return asText(text.slice(0, maxPlainCharacters))
}

function hiddenError(value: unknown): BodyError | null {
  if (Array.isArray(value)) {
    // Gemini's stream without `alt=sse` is one array that ends with the error.
    const found = value.find(hasError)
    return found === undefined ? null : errorIn(found)
  }
  const body = asRecord(value)
  if (body === null) return null
  const object = asText(body['object'])
  if (object !== null && !answerObjects.has(object)) return null

  if (hasError(body)) {
    const isWholeAnswer = asList(body['choices']).some((choice) => asRecord(choice)?.['message'] != null)
    return isWholeAnswer && !asList(body['choices']).some(isFailedChoice) ? null : errorIn(body)
  }
  const failedChoice = asList(body['choices']).find(isFailedChoice)
  if (failedChoice !== undefined) return errorIn(failedChoice)
  if (body['type'] === 'response.failed' || body['type'] === 'error') return errorIn(withoutEventType(body))
  const minimax = asRecord(body['base_resp'])
  if (minimax !== null) return Number(minimax['status_code'] ?? 0) === 0 ? null : errorIn(body)
  return isFlatError(body) ? errorIn(body) : null
}

/** `error` of a responses event names the kind of event, not of error. */
function withoutEventType(body: JsonRecord): JsonRecord {
  return body['type'] === 'error' ? { ...body, type: null } : body
}

function hasError(value: unknown): boolean {
  const error = asRecord(value)?.['error']
  if (asText(error) !== null) return true
  const inner = asRecord(error)
  return inner !== null && ['message', 'code', 'type', 'status'].some((name) => inner[name] != null)
}

/** OpenRouter puts the error of a single choice into it. */
function isFailedChoice(choice: unknown): boolean {
  return asRecord(choice)?.['finish_reason'] === 'error' && hasError(choice)
}

/** The flat shapes (8, 9, 11) and `success: false`, as gateways send them with a 200. */
function isFlatError(body: JsonRecord): boolean {
  if (body['object'] === 'error' || body['success'] === false) return true
  if (Number(body['status']) >= 400 && asText(body['detail']) !== null) return true
  const isNonZero = body['code'] != null && body['code'] !== '' && Number(body['code']) !== 0
  const hasAnswer = ['choices', 'output', 'content', 'candidates', 'embeddings'].some((name) => body[name] != null)
  return (
    isNonZero &&
    Number(body['code']) !== 200 &&
    messageOf(body['message']) !== null &&
    body['data'] == null &&
    !hasAnswer
  )
}
