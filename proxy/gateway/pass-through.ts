/**
 * Hands an upstream's refusal of the client's own request to the client: as it came where the client named the real
 * model, in neutral words where it asked by an alias. Keys are taken out in any case.
 */
import { GatewayError } from '../errors.ts'
import { redactSecrets } from '../providers/redact.ts'
import type { AttemptFailure } from './attempt.ts'
import type { Exchange } from './exchange.ts'
import { clientHeaders } from './headers.ts'

/** Codes that clients act upon, and that belong to the protocol and not to a supplier. */
const COMMON_CODES = new Set([
  'context_length_exceeded',
  'content_filter',
  'content_policy_violation',
  'invalid_prompt',
  'invalid_image',
  'missing_required_parameter',
  'unsupported_parameter',
  'unsupported_value',
  'invalid_value',
  'invalid_type',
  'string_above_max_length',
  'array_above_max_length',
  'rate_limit_exceeded',
])

export function passThrough(exchange: Exchange, isAlias: boolean, failure: AttemptFailure): void {
  const { answer, snapshot, id, endpoint, record } = exchange
  const redact = (text: string) => redactSecrets(text, snapshot.secrets)
  const message = redact(failure.error.message)
  record.errorCode = redact(failure.error.code ?? failure.failure)
  record.errorMessage = message
  if (failure.raw && !isAlias && !answer.headersSent) {
    const text = failure.raw.body.toString('utf8')
    const redacted = redact(text)
    const body = redacted === text ? failure.raw.body : Buffer.from(redacted)
    const headers = clientHeaders(failure.raw.headers, { isAlias: false, keepsBytes: false }).map(redact)
    // The caller's own mistake is the same with the next try.
    answer.start(failure.raw.status, [...headers, 'content-length', String(body.length), 'x-should-retry', 'false'])
    answer.end(body)
    return
  }
  answer.fail(isAlias ? neutral(failure, redact) : asTold(failure, redact), id, endpoint.protocol)
}

function asTold(failure: AttemptFailure, redact: (text: string) => string): GatewayError {
  const { type, code, param, message } = failure.error
  return new GatewayError(redact(code ?? failure.failure), clientStatus(failure), redact(message), {
    type: redact(type ?? 'invalid_request_error'),
    param: param === null ? null : redact(param),
    shouldRetry: false,
  })
}

function neutral(failure: AttemptFailure, redact: (text: string) => string): GatewayError {
  const { code, param } = failure.error
  const kept = code !== null && COMMON_CODES.has(code) ? code : neutralCodes[failure.failure]
  return new GatewayError(
    kept ?? 'invalid_request',
    clientStatus(failure),
    neutralTexts[failure.failure] ?? 'The model refused the request.',
    {
      type: 'invalid_request_error',
      param: param !== null && /^[a-z_][a-z0-9_.[\]]*$/i.test(param) && redact(param) === param ? param : null,
      shouldRetry: false,
    },
  )
}

function clientStatus(failure: AttemptFailure): number {
  const status = failure.status ?? 400
  return status >= 400 && status < 500 ? status : 400
}

const neutralCodes: Readonly<Partial<Record<AttemptFailure['failure'], string>>> = {
  context_too_long: 'context_length_exceeded',
  content_blocked: 'content_filter',
}

const neutralTexts: Readonly<Partial<Record<AttemptFailure['failure'], string>>> = {
  context_too_long: 'The request is longer than the context of this model. Shorten it and try again.',
  content_blocked: 'The request was blocked by a content filter.',
  request_invalid: "The model refused the request as invalid. The proxy's log has its reason under this request id.",
}
