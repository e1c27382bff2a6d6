/**
 * The one error a client may see: a stable code, an HTTP status and a message that says what to do.
 * Turned into the OpenAI, Anthropic or Gemini error body in one place, by `errorBody`.
 * Statuses, types and codes: OpenAI's and Anthropic's own, as their official SDKs map them to classes.
 */

/** Which protocol's error form a route answers with. */
export type ErrorDialect = 'openai' | 'anthropic' | 'gemini'

export interface GatewayErrorOptions {
  readonly type?: string
  readonly param?: string | null
  /** What the client may send back in `retry-after`, in milliseconds; null when waiting has no known end. */
  readonly retryAfterMs?: number | null
  /** False tells the official SDKs not to repeat the call (`x-should-retry: false`). */
  readonly shouldRetry?: boolean | null
  readonly cause?: unknown
}

export class GatewayError extends Error {
  readonly code: string
  readonly status: number
  readonly type: string
  readonly param: string | null
  readonly retryAfterMs: number | null
  readonly shouldRetry: boolean | null

  constructor(code: string, status: number, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'GatewayError'
    this.code = code
    this.status = status
    this.type = options.type ?? typeOfStatus(status)
    this.param = options.param ?? null
    this.retryAfterMs = options.retryAfterMs ?? null
    this.shouldRetry = options.shouldRetry ?? null
  }
}

export const invalidApiKey = (presented: boolean) =>
  new GatewayError(
    'invalid_api_key',
    401,
    presented
      ? "The API key is not one of this proxy's project keys. Use an api_key of project_auth in config.yaml."
      : 'No API key given. Send a project key of this proxy as "Authorization: Bearer <key>".',
    { type: 'invalid_request_error' },
  )

export const noProjects = () =>
  new GatewayError(
    'invalid_api_key',
    401,
    'This proxy has no project key yet. Add a project with an api_key to project_auth in config.yaml.',
    { type: 'invalid_request_error' },
  )

export const modelNotAllowed = (model: string) =>
  new GatewayError(
    'model_not_allowed',
    403,
    `This project may not use the model "${model}". Add it to the project's allowed_models.`,
    {
      type: 'permission_error',
      param: 'model',
    },
  )

export const routeNotAllowed = (what: string) =>
  new GatewayError(
    'model_not_allowed',
    403,
    `${what} can name any model, so the project needs allowed_models: ["*"] to use it.`,
    { type: 'permission_error' },
  )

export const modelNotFound = (model: string) =>
  new GatewayError(
    'model_not_found',
    404,
    `No upstream serves "${model}". Add it to an upstream's models or to server.auto_models.`,
    { param: 'model' },
  )

export const unknownUrl = (method: string, path: string) =>
  new GatewayError(
    'unknown_url',
    404,
    `Unknown request URL: ${method} ${path}. The API is under /v1, for example /v1/chat/completions.`,
  )

export const methodNotSupported = (method: string, path: string) =>
  new GatewayError('method_not_supported', 405, `${method} is not supported for ${path}.`)

export const requestTooLarge = (limitBytes: number) =>
  new GatewayError(
    'request_too_large',
    413,
    `The request body is over the limit of ${Math.floor(limitBytes / 1_048_576)} MB (server.max_body_mb).`,
  )

export const badRequest = (message: string, param: string | null = null, code = 'invalid_request_body') =>
  new GatewayError(code, 400, message, { param })

export const missingModel = () =>
  new GatewayError(
    'missing_required_parameter',
    400,
    'The request names no model. Set "model" to one of GET /v1/models.',
    {
      param: 'model',
    },
  )

export const serverBusy = () =>
  new GatewayError(
    'server_is_overloaded',
    503,
    'The proxy holds too many large requests at once. Try again in a moment.',
    {
      retryAfterMs: 2000,
    },
  )

export const internalError = (cause: unknown) =>
  new GatewayError(
    'internal_error',
    500,
    'The proxy failed while it handled the request. Its log has the reason under this request id.',
    {
      cause,
    },
  )

/** The body for an error, in the form that the route's official SDKs read. */
export function errorBody(error: GatewayError, dialect: ErrorDialect, requestId: string): Record<string, unknown> {
  switch (dialect) {
    case 'openai':
      return { error: { message: error.message, type: error.type, param: error.param, code: error.code } }
    case 'anthropic':
      return {
        type: 'error',
        error: { type: anthropicType(error.status), message: error.message },
        request_id: requestId,
      }
    case 'gemini':
      return { error: { code: error.status, message: error.message, status: geminiStatus(error.status) } }
    default:
      return assertNever(dialect)
  }
}

/** Closes a `switch` over a union: the compiler refuses a member that has no case. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${String(value)}`)
}

function typeOfStatus(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 429) return 'rate_limit_error'
  return status >= 500 ? 'server_error' : 'invalid_request_error'
}

// Types of Anthropic's error object: https://docs.anthropic.com/en/api/errors
function anthropicType(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error'
    case 402:
      return 'billing_error'
    case 403:
      return 'permission_error'
    case 404:
      return 'not_found_error'
    case 413:
      return 'request_too_large'
    case 429:
      return 'rate_limit_error'
    case 503:
    case 529:
      return 'overloaded_error'
    case 504:
      return 'timeout_error'
    default:
      return status >= 500 ? 'api_error' : 'invalid_request_error'
  }
}

// Canonical names of google.rpc.Code for HTTP statuses.
function geminiStatus(status: number): string {
  switch (status) {
    case 401:
      return 'UNAUTHENTICATED'
    case 403:
      return 'PERMISSION_DENIED'
    case 404:
      return 'NOT_FOUND'
    case 429:
      return 'RESOURCE_EXHAUSTED'
    case 499:
      return 'CANCELLED'
    case 503:
      return 'UNAVAILABLE'
    case 504:
      return 'DEADLINE_EXCEEDED'
    default:
      return status >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT'
  }
}
