import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classifyFailure, readProviderError } from '../../../proxy/providers/failures.ts'
import type { FailureClass } from '../../../proxy/contract.ts'
import type { Failure, ProviderError } from '../../../proxy/providers/failures.ts'

const now = Date.UTC(2026, 10, 23, 12)

/** A body as sent: an object becomes JSON, text stays text. */
function classify(profileId: string, status: number, body: unknown, headers: Record<string, string> = {}): Failure {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return classifyFailure(
    profileId,
    readProviderError(status, (name) => headers[name] ?? null, text, now),
  )
}

const openai = (message: string, type: string | null, code: string | null, param: string | null = null) => ({
  error: { message, type, param, code },
})
const messages = (type: string, message: string, details?: unknown) => ({
  type: 'error',
  error: { type, message, ...(details === undefined ? {} : { details }) },
  request_id: 'req_1',
})
const google = (code: number, status: string, message: string, details: readonly unknown[] = []) => ({
  error: { code, status, message, details },
})
const quota = (quotaId: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId }],
})
const info = (reason: string) => ({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason })
const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '31s' }
const router = (code: number, message: string, metadata?: unknown) => ({ error: { code, message, metadata } })
const coded = (code: string, message = 'message') => ({ error: { code, message } })

/** What each provider answers, in the order of `providerRules`. */
const cells: readonly (readonly [string, number, unknown, FailureClass])[] = [
  ['openai', 401, openai('Incorrect API key provided', 'invalid_request_error', 'invalid_api_key'), 'key_invalid'],
  ['openai', 401, openai('Deactivated', 'invalid_request_error', 'account_deactivated'), 'key_invalid'],
  ['openai', 401, openai('Your IP is not authorized', 'invalid_request_error', 'ip_not_authorized'), 'key_invalid'],
  ['openai', 403, openai('Country', 'request_forbidden', 'unsupported_country_region_territory'), 'key_no_access'],
  [
    'openai',
    429,
    openai('You exceeded your current quota', 'insufficient_quota', 'insufficient_quota'),
    'key_exhausted',
  ],
  ['openai', 429, openai('m', 'insufficient_quota', 'credit_balance_exhausted'), 'key_exhausted'],
  ['openai', 429, openai('m', 'insufficient_quota', 'organization_spend_limit_exceeded'), 'key_exhausted'],
  ['openai', 429, openai('m', null, 'project_spend_limit_exceeded'), 'key_exhausted'],
  ['openai', 429, openai('m', null, 'organization_usage_limit_exceeded'), 'key_exhausted'],
  ['openai', 429, openai('m', 'billing_not_active', 'billing_not_active'), 'key_exhausted'],
  ['openai', 429, openai('Rate limit reached', 'requests', 'rate_limit_exceeded'), 'rate_limited'],
  ['openai', 429, openai('Rate limit reached', 'tokens', 'rate_limit_exceeded'), 'rate_limited'],
  ['openai', 503, openai('Slow down', 'requests', 'slow_down'), 'rate_limited'],
  ['openai', 503, openai('m', 'server_error', 'server_is_overloaded'), 'overloaded'],
  ['openai', 500, openai('The server had an error', 'server_error', null), 'upstream_error'],
  ['openai', 400, openai('m', 'invalid_request_error', 'context_length_exceeded', 'messages'), 'context_too_long'],
  ['openai', 429, openai('Request too large for gpt-4o', 'tokens', 'rate_limit_exceeded'), 'context_too_long'],
  ['openai', 404, openai('The model `x` does not exist', 'invalid_request_error', 'model_not_found'), 'key_no_access'],
  ['openai', 400, openai('m', 'image_generation_user_error', 'content_policy_violation'), 'content_blocked'],
  ['openai', 400, openai('m', 'invalid_request_error', 'invalid_prompt'), 'content_blocked'],

  ['anthropic', 401, messages('authentication_error', 'invalid x-api-key'), 'key_invalid'],
  ['anthropic', 403, messages('permission_error', 'Your API key lacks permission'), 'key_no_access'],
  ['anthropic', 403, messages('permission_error', 'This organization has been disabled.'), 'key_invalid'],
  ['anthropic', 402, messages('billing_error', 'Billing'), 'key_exhausted'],
  ['anthropic', 400, messages('invalid_request_error', 'Your credit balance is too low'), 'key_exhausted'],
  [
    'anthropic',
    400,
    messages('invalid_request_error', 'You have reached your specified API usage limits.'),
    'key_exhausted',
  ],
  [
    'anthropic',
    429,
    messages('rate_limit_error', 'm', { error_code: 'enforced_spend_limit_reached' }),
    'key_exhausted',
  ],
  ['anthropic', 429, messages('rate_limit_error', 'This request would exceed your limit'), 'rate_limited'],
  ['anthropic', 529, messages('overloaded_error', 'Overloaded'), 'overloaded'],
  ['anthropic', 500, messages('api_error', 'Internal server error'), 'upstream_error'],
  ['anthropic', 504, messages('timeout_error', 'Timeout'), 'upstream_error'],
  ['anthropic', 400, messages('invalid_request_error', 'prompt is too long: 2 tokens > 1 maximum'), 'context_too_long'],
  ['anthropic', 413, messages('request_too_large', 'Request exceeds the maximum size'), 'request_invalid'],
  ['anthropic', 404, messages('not_found_error', 'model: claude-x'), 'model_not_found'],

  ['gemini', 400, google(400, 'INVALID_ARGUMENT', 'API key not valid.', [info('API_KEY_INVALID')]), 'key_invalid'],
  ['gemini', 400, [google(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.')], 'key_invalid'],
  ['gemini', 401, google(401, 'UNAUTHENTICATED', 'Request had invalid credentials'), 'key_invalid'],
  ['gemini', 400, google(400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.'), 'key_invalid'],
  ['gemini', 403, google(403, 'PERMISSION_DENIED', 'Permission denied on resource'), 'key_no_access'],
  ['gemini', 403, google(403, 'PERMISSION_DENIED', 'Not used before', [info('SERVICE_DISABLED')]), 'key_invalid'],
  ['gemini', 403, google(403, 'PERMISSION_DENIED', 'Your API key was reported as leaked.'), 'key_invalid'],
  ['gemini', 402, google(402, 'RESOURCE_EXHAUSTED', 'Prepaid credits'), 'key_exhausted'],
  ['gemini', 402, openai('m', 'payment_required', null), 'key_exhausted'],
  ['gemini', 400, google(400, 'FAILED_PRECONDITION', 'Free tier is not available in your country'), 'key_exhausted'],
  [
    'gemini',
    429,
    google(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota', [quota('RequestsPerMinutePerProject')]),
    'rate_limited',
  ],
  [
    'gemini',
    429,
    google(429, 'RESOURCE_EXHAUSTED', 'Quota', [quota('RequestsPerDayPerProject'), retryInfo]),
    'rate_limited',
  ],
  ['gemini', 429, google(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded, limit: 0\nPlease retry in 3s'), 'key_no_access'],
  ['gemini', 503, google(503, 'UNAVAILABLE', 'The model is overloaded.'), 'overloaded'],
  ['gemini', 500, google(500, 'INTERNAL', 'An internal error has occurred'), 'upstream_error'],
  ['gemini', 504, google(504, 'DEADLINE_EXCEEDED', 'Deadline expired'), 'upstream_error'],
  [
    'gemini',
    400,
    google(400, 'INVALID_ARGUMENT', 'The input exceeds the maximum number of tokens allowed (1).'),
    'context_too_long',
  ],
  ['gemini', 404, google(404, 'NOT_FOUND', 'models/x is not found for API version v1beta'), 'model_not_found'],

  ['deepseek', 401, openai('Authentication Fails', 'authentication_error', 'invalid_request_error'), 'key_invalid'],
  ['deepseek', 402, openai('Insufficient Balance', 'unknown_error', 'invalid_request_error'), 'key_exhausted'],
  ['deepseek', 429, openai('Too many', null, null), 'rate_limited'],
  ['deepseek', 503, '', 'overloaded'],
  ['deepseek', 500, '', 'upstream_error'],
  [
    'deepseek',
    400,
    openai("This model's maximum context length is 1", 'invalid_request_error', null),
    'context_too_long',
  ],
  ['deepseek', 400, openai('Model Not Exist', 'invalid_request_error', 'invalid_request_error'), 'model_not_found'],
  ['deepseek', 400, openai('Content Exists Risk', 'invalid_request_error', 'invalid_request_error'), 'content_blocked'],

  ['nvidia', 401, { status: 401, title: 'Unauthorized', detail: 'Authentication failed' }, 'key_invalid'],
  ['nvidia', 403, { status: 403, title: 'Forbidden', detail: 'Authorization failed' }, 'key_invalid'],
  ['nvidia', 402, '', 'key_exhausted'],
  ['nvidia', 429, '', 'rate_limited'],
  ['nvidia', 200, openai('Worker local total request limit reached (33/32)', null, null), 'overloaded'],
  ['nvidia', 500, openai('Worker local total request limit reached (33/32)', null, null), 'overloaded'],
  [
    'nvidia',
    400,
    { status: 400, title: 'Bad Request', detail: "Function id 'x': DEGRADED function cannot be invoked" },
    'overloaded',
  ],
  [
    'nvidia',
    400,
    { object: 'error', message: "This model's maximum context length is 1", type: 'BadRequestError', code: 400 },
    'context_too_long',
  ],
  [
    'nvidia',
    404,
    { status: 404, title: 'Not Found', detail: "Function 'x': Not found for account 'y'" },
    'key_no_access',
  ],
  ['nvidia', 404, '404 page not found', 'request_invalid'],
  ['nvidia', 410, { status: 410, title: 'Gone', detail: 'End of life' }, 'model_not_found'],

  ['azure', 401, coded('401', 'Access denied due to invalid subscription key'), 'key_invalid'],
  ['azure', 403, coded('403', 'Access denied due to Virtual Network/Firewall rules.'), 'key_no_access'],
  ['azure', 429, coded('429', 'Please retry after 86400 seconds.'), 'key_exhausted'],
  ['azure', 429, coded('429', 'Please retry after 6 seconds.'), 'rate_limited'],
  ['azure', 429, coded('RateLimitReached'), 'rate_limited'],
  ['azure', 503, '', 'overloaded'],
  ['azure', 500, '', 'upstream_error'],
  ['azure', 408, coded('Timeout', 'The operation was timeout.'), 'upstream_error'],
  ['azure', 400, openai('m', 'invalid_request_error', 'context_length_exceeded', 'messages'), 'context_too_long'],
  ['azure', 404, coded('DeploymentNotFound', 'The API deployment does not exist'), 'model_not_found'],
  ['azure', 404, coded('404', 'Resource not found'), 'request_invalid'],
  [
    'azure',
    400,
    { error: { code: 'content_filter', message: 'm', innererror: { code: 'ResponsibleAIPolicyViolation' } } },
    'content_blocked',
  ],
  [
    'azure',
    400,
    { error: { code: null, message: 'm', innererror: { code: 'ResponsibleAIPolicyViolation' } } },
    'content_blocked',
  ],

  ['openrouter', 401, router(401, 'No auth credentials found'), 'key_invalid'],
  ['openrouter', 401, router(401, 'This key is disabled'), 'key_invalid'],
  ['openrouter', 402, router(402, 'Credits', { limit_source: 'openrouter_credits' }), 'key_exhausted'],
  ['openrouter', 402, router(402, 'Key limit', { limit_source: 'openrouter_key_limit' }), 'key_exhausted'],
  ['openrouter', 402, router(402, 'In flight', { limit_source: 'openrouter_in_flight_budget' }), 'rate_limited'],
  ['openrouter', 403, router(403, 'Budget', { resets_at: '2026-11-24T00:00:00Z' }), 'key_exhausted'],
  ['openrouter', 400, router(400, 'm', { error_type: 'token_limit_exceeded' }), 'key_exhausted'],
  ['openrouter', 400, coded('token_limit_exceeded'), 'key_exhausted'],
  ['openrouter', 429, router(429, 'Provider returned error', { provider_name: 'X', raw: 'limited' }), 'rate_limited'],
  ['openrouter', 502, router(502, 'Provider down'), 'upstream_error'],
  ['openrouter', 503, router(503, 'No provider available'), 'overloaded'],
  ['openrouter', 408, router(408, 'Timed out'), 'upstream_error'],
  ['openrouter', 400, router(400, 'm', { error_type: 'context_length_exceeded' }), 'context_too_long'],
  ['openrouter', 404, router(404, 'No endpoints found for x/y.'), 'model_not_found'],
  ['openrouter', 400, router(400, 'No endpoints found matching your data policy'), 'model_not_found'],
  ['openrouter', 403, router(403, 'Flagged', { reasons: ['violence'], flagged_input: 'text' }), 'content_blocked'],

  ['groq', 401, openai('Invalid API Key', 'invalid_request_error', 'invalid_api_key'), 'key_invalid'],
  ['groq', 400, openai('m', 'invalid_request_error', 'organization_restricted'), 'key_invalid'],
  ['groq', 403, openai('Update your billing details', 'permissions_error', null), 'key_exhausted'],
  ['groq', 429, openai('Rate limit reached', 'tokens', 'rate_limit_exceeded'), 'rate_limited'],
  ['groq', 498, openai('m', 'server_error', 'capacity_exceeded'), 'overloaded'],
  ['groq', 503, '', 'overloaded'],
  ['groq', 502, '', 'upstream_error'],
  ['groq', 500, '', 'upstream_error'],
  ['groq', 400, openai('m', 'invalid_request_error', 'context_length_exceeded'), 'context_too_long'],
  ['groq', 413, openai('Request too large for model', 'tokens', 'rate_limit_exceeded'), 'context_too_long'],
  ['groq', 404, openai('The model `x` does not exist', 'invalid_request_error', 'model_not_found'), 'model_not_found'],
  ['groq', 400, openai('m', 'invalid_request_error', 'model_decommissioned'), 'model_not_found'],
  [
    'groq',
    400,
    { error: { message: 'm', type: 'invalid_request_error', code: 'tool_use_failed', failed_generation: '<' } },
    'upstream_error',
  ],

  ['mistral', 401, { detail: 'Unauthorized' }, 'key_invalid'],
  ['mistral', 401, { message: 'Unauthorized', request_id: 'r' }, 'key_invalid'],
  ['mistral', 402, { message: 'Payment required' }, 'key_exhausted'],
  [
    'mistral',
    429,
    { object: 'error', message: 'Rate limit exceeded', type: 'rate_limited', param: null, code: '1300' },
    'rate_limited',
  ],
  [
    'mistral',
    429,
    {
      object: 'error',
      message: 'Service tier capacity exceeded for this model.',
      type: 'invalid_request_error',
      code: '3505',
    },
    'overloaded',
  ],
  ['mistral', 503, { message: 'Service tier capacity exceeded for this model.' }, 'overloaded'],
  [
    'mistral',
    400,
    { object: 'error', message: 'too large for model with 8 maximum context length', type: 'invalid_request_error' },
    'context_too_long',
  ],
  [
    'mistral',
    400,
    { object: 'error', message: 'Invalid model: x', type: 'invalid_model', code: '1500' },
    'model_not_found',
  ],
  [
    'mistral',
    422,
    { object: 'error', message: { detail: [{ loc: ['body', 'x'], msg: 'Extra inputs are not permitted' }] } },
    'request_invalid',
  ],

  ['together', 401, openai('Invalid API key provided', 'invalid_request_error', 'invalid_api_key'), 'key_invalid'],
  ['together', 402, openai('Spending limit', null, null), 'key_exhausted'],
  ['together', 429, openai('Rate', null, null), 'rate_limited'],
  ['together', 503, openai('Engine Overloaded', null, null), 'overloaded'],
  ['together', 500, '', 'upstream_error'],
  ['together', 403, openai('input + max_tokens must be below', null, null), 'context_too_long'],
  ['together', 404, openai('Unable to access x', null, null), 'model_not_found'],
  ['together', 400, openai('m', 'invalid_request_error', 'model_not_available'), 'model_not_found'],

  ['fireworks', 401, coded('UNAUTHORIZED'), 'key_invalid'],
  ['fireworks', 403, coded('FORBIDDEN'), 'key_invalid'],
  ['fireworks', 412, coded('PRECONDITION_FAILED', 'Account x is suspended'), 'key_invalid'],
  ['fireworks', 412, coded('PRECONDITION_FAILED', 'LoRA failed to load'), 'upstream_error'],
  ['fireworks', 402, '', 'key_exhausted'],
  ['fireworks', 429, '', 'rate_limited'],
  ['fireworks', 503, '', 'overloaded'],
  ['fireworks', 500, '', 'upstream_error'],
  ['fireworks', 502, '', 'upstream_error'],
  ['fireworks', 408, '', 'upstream_error'],
  ['fireworks', 400, openai('The prompt is too long: 9', 'invalid_request_error', null), 'context_too_long'],
  [
    'fireworks',
    404,
    { fault: { faultstring: 'Model not found, inaccessible, and/or not deployed', detail: { errorcode: 'x' } } },
    'model_not_found',
  ],

  [
    'xai',
    400,
    { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: xa***.' },
    'key_invalid',
  ],
  ['xai', 401, { code: 'unauthenticated', error: 'No authorization header' }, 'key_invalid'],
  ['xai', 403, { code: 'denied', error: 'The API key is currently blocked' }, 'key_invalid'],
  ['xai', 403, { code: 'denied', error: 'The caller does not have permission' }, 'key_no_access'],
  [
    'xai',
    429,
    { code: 'exhausted', error: 'Your team has used all available credits or reached its monthly spending limit' },
    'key_exhausted',
  ],
  ['xai', 403, { code: 'denied', error: 'You have run out of credits' }, 'key_exhausted'],
  ['xai', 429, { code: 'exhausted', error: 'Too many requests for the team' }, 'rate_limited'],
  ['xai', 503, '', 'overloaded'],
  ['xai', 500, '', 'upstream_error'],
  [
    'xai',
    400,
    { code: 'c', error: "This model's maximum prompt length is 1, maximum context length" },
    'context_too_long',
  ],
  ['xai', 404, { code: 'c', error: 'The model x does not exist or your team lacks access' }, 'model_not_found'],
  ['xai', 400, { code: 'c', error: 'Model not found: x' }, 'model_not_found'],
  ['xai', 403, { code: 'c', error: 'Content violates usage guidelines.' }, 'content_blocked'],

  ['moonshot', 401, openai('m', 'invalid_authentication_error', null), 'key_invalid'],
  ['moonshot', 401, openai('m', 'incorrect_api_key_error', null), 'key_invalid'],
  ['moonshot', 403, openai('m', 'permission_denied_error', null), 'key_no_access'],
  ['moonshot', 429, openai('m', 'exceeded_current_quota_error', null), 'key_exhausted'],
  ['moonshot', 403, openai('m', 'exceeded_current_quota_error', null), 'key_exhausted'],
  ['moonshot', 429, openai('m', 'rate_limit_reached_error', null), 'rate_limited'],
  ['moonshot', 429, openai('m', 'engine_overloaded_error', null), 'overloaded'],
  ['moonshot', 500, openai('m', 'server_error', null), 'upstream_error'],
  [
    'moonshot',
    400,
    openai('Your request exceeded model token limit: 8192', 'invalid_request_error', null),
    'context_too_long',
  ],
  ['moonshot', 404, openai('Not found the model x', 'resource_not_found_error', null), 'model_not_found'],
  ['moonshot', 400, openai('m', 'content_filter', null), 'content_blocked'],

  ...['1000', '1001', '1002', '1004', '1003'].map((code) => ['zhipu', 401, coded(code), 'key_invalid'] as const),
  ...['1110', '1112', '1121'].map((code) => ['zhipu', 429, coded(code), 'key_invalid'] as const),
  ...['1113', '1304', '1308', '1310', '1309'].map((code) => ['zhipu', 429, coded(code), 'key_exhausted'] as const),
  ...['1302', '1303', '1313'].map((code) => ['zhipu', 429, coded(code), 'rate_limited'] as const),
  ...['1305', '1312'].map((code) => ['zhipu', 429, coded(code), 'overloaded'] as const),
  ['zhipu', 500, '', 'upstream_error'],
  ['zhipu', 400, coded('1234'), 'upstream_error'],
  ['zhipu', 400, coded('1261'), 'context_too_long'],
  ['zhipu', 400, coded('1211'), 'model_not_found'],
  ['zhipu', 403, coded('1220'), 'key_no_access'],
  ['zhipu', 429, coded('1311'), 'key_no_access'],
  ['zhipu', 400, coded('1301'), 'content_blocked'],

  ['dashscope', 401, openai('Incorrect API key provided.', 'invalid_request_error', 'invalid_api_key'), 'key_invalid'],
  ['dashscope', 401, { code: 'InvalidApiKey', message: 'Invalid API-key provided.' }, 'key_invalid'],
  ['dashscope', 403, { code: 'AccessDenied.Unpurchased', message: 'm' }, 'key_no_access'],
  ['dashscope', 400, { code: 'Arrearage', message: 'Access denied' }, 'key_exhausted'],
  ['dashscope', 403, { code: 'AllocationQuota.FreeTierOnly', message: 'm' }, 'key_exhausted'],
  ['dashscope', 429, { code: 'Throttling.RateQuota', message: 'm' }, 'rate_limited'],
  ['dashscope', 429, openai('m', 'limit_requests', 'limit_requests'), 'rate_limited'],
  ['dashscope', 429, { code: 'Throttling.AllocationQuota', message: 'm' }, 'rate_limited'],
  [
    'dashscope',
    429,
    openai('You exceeded your current quota', 'insufficient_quota', 'insufficient_quota'),
    'rate_limited',
  ],
  ['dashscope', 429, openai('Your free quota is used up', 'insufficient_quota', 'insufficient_quota'), 'key_exhausted'],
  ['dashscope', 500, '', 'upstream_error'],
  ['dashscope', 503, '', 'overloaded'],
  [
    'dashscope',
    400,
    { code: 'InvalidParameter', message: 'Range of input length should be [1, 30720]' },
    'context_too_long',
  ],
  ['dashscope', 404, openai('does not exist or you do not have access', null, 'model_not_found'), 'model_not_found'],
  ['dashscope', 404, { code: 'ModelNotFound', message: 'm' }, 'model_not_found'],
  ['dashscope', 400, openai('m', 'data_inspection_failed', 'data_inspection_failed'), 'content_blocked'],
  ['dashscope', 400, { code: 'DataInspectionFailed', message: 'm' }, 'content_blocked'],

  ['ark', 401, coded('AuthenticationError'), 'key_invalid'],
  ['ark', 403, coded('AccessDenied'), 'key_no_access'],
  ['ark', 403, coded('AccountOverdueError'), 'key_exhausted'],
  ['ark', 429, coded('SetLimitExceeded'), 'key_exhausted'],
  ['ark', 429, coded('QuotaExceeded'), 'key_exhausted'],
  ['ark', 429, coded('RateLimitExceeded.EndpointRPMExceeded'), 'rate_limited'],
  ['ark', 429, coded('ModelAccountRpmRateLimitExceeded'), 'rate_limited'],
  ['ark', 429, coded('ModelAccountTpmRateLimitExceeded'), 'rate_limited'],
  ['ark', 429, coded('ServerOverloaded'), 'overloaded'],
  ['ark', 500, coded('InternalServiceError'), 'upstream_error'],
  ['ark', 400, coded('InvalidEndpoint.ClosedEndpoint'), 'overloaded'],
  [
    'ark',
    400,
    coded('InvalidParameter', 'Total tokens of image and text exceed max message tokens.'),
    'context_too_long',
  ],
  ['ark', 404, coded('InvalidEndpointOrModel.NotFound'), 'model_not_found'],
  ['ark', 404, coded('ModelNotOpen'), 'key_no_access'],
  ['ark', 400, coded('InputTextRiskDetection'), 'content_blocked'],
  ['ark', 400, coded('SensitiveContentDetected.Violence'), 'content_blocked'],
  ['ark', 400, coded('OutputTextRiskDetection'), 'content_blocked'],

  ['siliconflow', 401, '"Api key is invalid"', 'key_invalid'],
  ['siliconflow', 403, { code: 30011, message: 'Please complete identity verification', data: null }, 'key_no_access'],
  ['siliconflow', 403, { code: 30001, message: 'm', data: null }, 'key_exhausted'],
  [
    'siliconflow',
    403,
    { code: 1, message: 'Sorry, your account balance is insufficient', data: null },
    'key_exhausted',
  ],
  [
    'siliconflow',
    429,
    { message: 'Request was rejected due to rate limiting. Details: RPM limit reached.', data: null },
    'rate_limited',
  ],
  [
    'siliconflow',
    429,
    { message: 'Request was rejected due to rate limiting. Details: RPD limit reached.', data: null },
    'rate_limited',
  ],
  [
    'siliconflow',
    503,
    { code: 50505, message: 'Model service overloaded. Please try again later.', data: null },
    'overloaded',
  ],
  ['siliconflow', 504, '', 'upstream_error'],
  [
    'siliconflow',
    400,
    { code: 20015, message: 'length of prompt exceeds maximum context length', data: null },
    'context_too_long',
  ],
  [
    'siliconflow',
    400,
    { code: 20012, message: 'Model does not exist. Please check it carefully.', data: null },
    'model_not_found',
  ],
  ['siliconflow', 451, '', 'content_blocked'],
  ['siliconflow', 403, { code: 1, message: 'Blocked by the safety system', data: null }, 'content_blocked'],

  ['minimax', 401, messages('authorized_error', 'login fail (1004)'), 'key_invalid'],
  ['minimax', 401, messages('authorized_error', 'invalid api key (2049)'), 'key_invalid'],
  ['minimax', 500, messages('api_error', 'insufficient balance (1008)'), 'key_exhausted'],
  ['minimax', 429, messages('rate_limit_error', 'insufficient balance (1008)'), 'key_exhausted'],
  ['minimax', 402, messages('insufficient_balance_error', 'insufficient balance (1008)'), 'key_exhausted'],
  ['minimax', 500, messages('api_error', 'plan limit (2056)'), 'key_exhausted'],
  ['minimax', 429, messages('rate_limit_error', 'rate limit (1002)'), 'rate_limited'],
  ['minimax', 200, { base_resp: { status_code: 1039, status_msg: 'token limit' } }, 'rate_limited'],
  ...[1000, 1001, 1013, 1033].map(
    (code) => ['minimax', 200, { base_resp: { status_code: code, status_msg: 'm' } }, 'upstream_error'] as const,
  ),
  [
    'minimax',
    400,
    messages('invalid_request_error', 'invalid params, context window exceeds limit (2013)'),
    'context_too_long',
  ],
  ['minimax', 400, messages('invalid_request_error', 'invalid params (2013)'), 'request_invalid'],
  ['minimax', 400, messages('invalid_request_error', "invalid params, unknown model 'x' (2013)"), 'model_not_found'],
  ['minimax', 200, { base_resp: { status_code: 1026, status_msg: 'input' } }, 'content_blocked'],
  ['minimax', 200, { base_resp: { status_code: 1027, status_msg: 'output' } }, 'content_blocked'],

  ['perplexity', 401, '<html><head><title>401 Authorization Required</title></head></html>', 'key_invalid'],
  ['perplexity', 401, openai('No credit left', null, null), 'key_exhausted'],
  ['perplexity', 402, '', 'key_exhausted'],
  ['perplexity', 429, '', 'rate_limited'],
  ['perplexity', 500, '', 'upstream_error'],
  ['perplexity', 400, openai('too many tokens', 'bad_request', null), 'context_too_long'],
  ['perplexity', 400, openai("Invalid model 'x'", 'invalid_model', '400'), 'model_not_found'],

  [
    'cerebras',
    401,
    { message: 'Wrong API Key', type: 'invalid_request_error', param: 'api_key', code: 'wrong_api_key' },
    'key_invalid',
  ],
  ['cerebras', 403, { message: 'm', type: 'm', param: '', code: '' }, 'key_no_access'],
  ['cerebras', 402, { message: 'm', type: 'm', param: '', code: '' }, 'key_exhausted'],
  [
    'cerebras',
    429,
    { message: 'm', type: 'too_many_requests_error', param: 'quota', code: 'request_quota_exceeded' },
    'rate_limited',
  ],
  [
    'cerebras',
    429,
    { message: 'm', type: 'too_many_requests_error', param: 'quota', code: 'token_quota_exceeded' },
    'rate_limited',
  ],
  [
    'cerebras',
    429,
    { message: 'm', type: 'too_many_requests_error', param: 'queue', code: 'queue_exceeded' },
    'overloaded',
  ],
  ['cerebras', 503, '', 'overloaded'],
  [
    'cerebras',
    400,
    { message: 'Current length is 9000 while limit is 8192', type: 'invalid_request_error' },
    'context_too_long',
  ],
  ['cerebras', 404, { message: 'Model x does not exist', type: 'not_found_error', code: 'm' }, 'model_not_found'],

  ['cohere', 401, { message: 'invalid api token' }, 'key_invalid'],
  ['cohere', 402, { message: 'm' }, 'key_exhausted'],
  [
    'cohere',
    429,
    { message: 'You are using a Trial key, which is limited to 1000 API calls / month.' },
    'key_exhausted',
  ],
  ['cohere', 429, { message: 'You are past the per minute request limit' }, 'rate_limited'],
  ['cohere', 503, '', 'overloaded'],
  ['cohere', 500, '', 'upstream_error'],
  ['cohere', 499, { message: 'request cancelled' }, 'upstream_error'],
  ['cohere', 400, { message: 'too many tokens: total number of tokens cannot exceed 4081' }, 'context_too_long'],
  ['cohere', 404, { message: "model 'x' not found" }, 'model_not_found'],
  ['cohere', 422, { message: 'blocked output' }, 'content_blocked'],
  ['cohere', 400, { message: 'blocked input' }, 'content_blocked'],
  ['cohere', 422, { message: 'unprocessable' }, 'request_invalid'],

  ['github', 401, coded('unauthorized'), 'key_invalid'],
  ['github', 403, coded('no_access', 'No access to model: x'), 'key_no_access'],
  [
    'github',
    429,
    coded('RateLimitReached', 'Rate limit of 50 per 86400s exceeded. Please wait 80000 seconds'),
    'key_exhausted',
  ],
  [
    'github',
    429,
    coded('RateLimitReached', 'Rate limit of 10 per 60s exceeded. Please wait 20 seconds'),
    'rate_limited',
  ],
  ['github', 500, '', 'upstream_error'],
  ['github', 413, coded('tokens_limit_reached', 'Request body too large'), 'context_too_long'],
  ['github', 400, coded('unknown_model', 'Unknown model: x'), 'model_not_found'],
  ['github', 404, coded('x', 'Unknown model: x'), 'model_not_found'],
  ['github', 400, coded('content_filter'), 'content_blocked'],

  ['ollama', 401, { error: 'unauthorized' }, 'key_invalid'],
  ['ollama', 402, { error: 'm' }, 'key_exhausted'],
  ['ollama', 429, { error: "you've reached your hourly usage limit" }, 'key_exhausted'],
  ['ollama', 429, { error: 'too many concurrent requests' }, 'rate_limited'],
  ['local', 503, { error: 'server busy, please try again. maximum pending requests exceeded' }, 'overloaded'],
  ['local', 503, { error: 'Server overloaded' }, 'overloaded'],
  ['local', 404, { error: "model 'x' not found, try pulling it first" }, 'model_not_found'],

  ['local', 401, openai('Invalid API Key', 'authentication_error', null), 'key_invalid'],
  ['local', 503, { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } }, 'overloaded'],
  [
    'local',
    400,
    { error: { code: 400, message: 'm', type: 'exceed_context_size_error', n_prompt_tokens: 9, n_ctx: 8 } },
    'context_too_long',
  ],
  ['local', 500, { error: { code: 500, message: 'm', type: 'exceed_context_size_error' } }, 'context_too_long'],
  [
    'local',
    400,
    { object: 'error', message: "This model's maximum context length is 8", type: 'BadRequestError', code: 400 },
    'context_too_long',
  ],
  [
    'local',
    404,
    { object: 'error', message: 'The model `x` does not exist.', type: 'NotFoundError', code: 404 },
    'model_not_found',
  ],
]

describe('classifyFailure', () => {
  it.each(
    cells.map(([profileId, status, body, expected]) => [profileId, status, JSON.stringify(body), expected, body]),
  )('%s: %d %s is %s', (profileId, status, _, expected, body) => {
    expect(classify(String(profileId), Number(status), body).class).toBe(expected)
  })

  it.each<[string, number, unknown, Partial<Failure>]>([
    ['openai', 429, openai('m', 'tokens', 'rate_limit_exceeded'), { perModel: true, sharedLimit: true }],
    ['openai', 404, openai('m', null, 'model_not_found'), { perModel: true }],
    ['openai', 403, openai('m', null, 'unsupported_country_region_territory'), { perModel: false }],
    ['openai', 401, openai('m', null, 'invalid_api_key'), { perModel: false }],
    ['openai', 429, openai('m', null, 'insufficient_quota'), { perModel: false, sharedLimit: true }],
    ['deepseek', 429, '', { perModel: false }],
    ['mistral', 429, '', { perModel: false, sharedLimit: true }],
    ['gemini', 429, google(429, 'RESOURCE_EXHAUSTED', 'm', [quota('XPerDayY')]), { perModel: true, sharedLimit: true }],
    ['gemini', 400, google(400, 'X', 'User location is not supported for the API use.'), { perModel: false }],
    ['zhipu', 429, coded('1302'), { perModel: true, sharedLimit: true }],
    ['zhipu', 429, coded('1313'), { perModel: false, sharedLimit: true }],
    ['dashscope', 403, { code: 'AllocationQuota.FreeTierOnly', message: 'm' }, { perModel: true }],
    ['github', 429, coded('RateLimitReached', 'per 86400s. Please wait 80000 seconds'), { perModel: true }],
    [
      'openrouter',
      402,
      router(402, 'm', { limit_source: 'openrouter_credits' }),
      { perModel: false, sharedLimit: true },
    ],
    ['openrouter', 402, router(402, 'm', { limit_source: 'openrouter_key_limit' }), { perModel: false }],
    [
      'openrouter',
      402,
      router(402, 'm', { limit_source: 'openrouter_in_flight_budget' }),
      { perModel: false, sharedLimit: true },
    ],
    ['nvidia', 404, { detail: "Function 'x': Not found for account 'y'" }, { perModel: true }],
    ['unknown', 429, '', { perModel: false }],
    ['unknown', 503, '', { perModel: false }],
    ['unknown', 403, '', { perModel: true }],
  ])('%s: tells how far the blame for %d %j reaches', (profileId, status, body, expected) => {
    const { class: _class, error: _error, ...reach } = classify(profileId, status, body)
    expect(reach).toEqual(expected)
  })

  it.each([
    ['nvidia', '', {}, 60_000],
    ['nvidia', '', { 'retry-after': '7' }, 7_000],
    ['openai', '', {}, null],
    ['unknown', '', {}, null],
  ])('%s: knows the window of its limit for 429 %j with %j', (profileId, body, headers, expected) => {
    expect(classify(profileId, 429, body, headers).error.retryAfterMs).toBe(expected)
  })

  describe('for hosts that are not known', () => {
    const wordings: readonly (readonly [FailureClass, readonly string[]])[] = [
      [
        'key_invalid',
        [
          'Incorrect API key',
          'Invalid API key',
          'API key not valid',
          'API key expired',
          'invalid x-api-key',
          'Api key is invalid',
          'Authentication Fails',
          'Authorization failed',
          'Your access was terminated',
          'This organization has been disabled',
          'organization has been restricted',
          'account_deactivated',
          'Account is suspended',
        ],
      ],
      [
        'key_exhausted',
        [
          'Insufficient Balance',
          'insufficient_balance',
          'Your credit balance is too low',
          'You exceeded your current quota',
          'run out of credits',
          'used all available credits',
          'monthly spending limit',
          'your API usage limits',
          'Arrearage',
          'account overdue',
          '账户已欠费',
          '余额不足',
          'Payment Required',
        ],
      ],
      [
        'rate_limited',
        [
          'Rate limit reached',
          'rate_limit hit',
          'Too Many Requests',
          'please retry after a while',
          'try again in 3s',
          '请求过于频繁',
          '速率限制',
        ],
      ],
      [
        'overloaded',
        [
          'Overloaded',
          'capacity exceeded',
          'at capacity',
          'high traffic',
          'server busy',
          'Loading model',
          'total request limit reached',
          'DEGRADED function',
          '当前访问量过大',
          'overloaded, please retry after 5 seconds',
        ],
      ],
      [
        'context_too_long',
        [
          'maximum context length',
          'exceeds the context length',
          'prompt is too long',
          'exceeds the available context size',
          'maximum number of tokens allowed',
          'exceeded model token limit',
          'input token length too long',
          'Range of input length',
          'too many tokens',
          'Current length is 2 while limit is 1',
        ],
      ],
      [
        'content_blocked',
        [
          'content management policy',
          'content_filter',
          'our safety system',
          'Content Exists Risk',
          'data_inspection',
          'risk detection',
          '包含敏感内容',
          'considered high risk',
        ],
      ],
      [
        'model_not_found',
        [
          'model_not_found',
          'Model Not Exist',
          'The model x does not exist',
          'unknown_model',
          'No endpoints found',
          'Not found for account',
        ],
      ],
    ]
    it.each(wordings.flatMap(([expected, texts]) => texts.map((text) => [text, expected] as const)))(
      'understands "%s" as %s',
      (text, expected) => {
        expect(classify('unknown', 500, openai(`Sorry: ${text}.`, null, null)).class).toBe(expected)
      },
    )

    it.each<[string, number, unknown, FailureClass]>([
      ['a code', 400, openai('rate limit', null, 'context_length_exceeded'), 'context_too_long'],
      ['a type', 400, openai('credit balance is too low', 'overloaded_error', null), 'overloaded'],
      ['payment', 402, google(402, 'RESOURCE_EXHAUSTED', 'rate limit'), 'key_exhausted'],
    ])('lets %s decide over the wording', (_, status, body, expected) => {
      expect(classify('unknown', status, body).class).toBe(expected)
    })

    it.each<[string, number, string, FailureClass]>([
      ['a bare number', 400, 'You said: 429 402 401', 'request_invalid'],
      ['a quoted rate limit in a refused request', 400, 'Invalid value: "rate limit"', 'request_invalid'],
      ['a context text where tokens are counted by the minute', 429, 'Too many tokens, please wait', 'rate_limited'],
      ['what follows far behind', 400, `Invalid value: ${'x'.repeat(600)} overdue`, 'request_invalid'],
    ])('is not misled by %s', (_, status, message, expected) => {
      expect(classify('unknown', status, openai(message, 'invalid_request_error', null)).class).toBe(expected)
    })

    it('does not take a quota for money where quotas are rates', () => {
      const body = openai('You exceeded your current quota', null, null)
      const profileIds = ['gemini', 'dashscope', 'unknown']
      expect(profileIds.map((profileId) => classify(profileId, 429, body).class)).toEqual([
        'rate_limited',
        'rate_limited',
        'key_exhausted',
      ])
    })

    it.each<[number, FailureClass]>([
      [200, 'upstream_error'],
      [302, 'upstream_error'],
      [400, 'request_invalid'],
      [401, 'key_invalid'],
      [402, 'key_exhausted'],
      [403, 'key_no_access'],
      [404, 'request_invalid'],
      [405, 'request_invalid'],
      [408, 'upstream_error'],
      [409, 'upstream_error'],
      [413, 'request_invalid'],
      [415, 'request_invalid'],
      [422, 'request_invalid'],
      [425, 'upstream_error'],
      [429, 'rate_limited'],
      [451, 'content_blocked'],
      [498, 'overloaded'],
      [500, 'upstream_error'],
      [502, 'upstream_error'],
      [503, 'overloaded'],
      [504, 'upstream_error'],
      [520, 'upstream_error'],
      [529, 'overloaded'],
    ])('goes by status %d: %s', (status, expected) => {
      expect(classify('unknown', status, '').class).toBe(expected)
    })

    it.each<[string, unknown, FailureClass]>([
      ['a path', { detail: 'Not Found' }, 'request_invalid'],
      ['a path with a type', { error: { message: 'File Not Found', type: 'not_found_error' } }, 'request_invalid'],
      ['a page', '<h1>404 Not Found</h1>', 'request_invalid'],
      ['a model', openai('model `x` not found', 'not_found_error', null), 'model_not_found'],
      ['a relayed model', openai('unknown model: x', null, null), 'model_not_found'],
      ['a wrong address', openai('Invalid URL (POST /v1/v1/chat)', 'invalid_request_error', null), 'request_invalid'],
    ])('tells a missing model from a missing path: %s', (_, body, expected) => {
      expect(classify('unknown', 404, body).class).toBe(expected)
    })
  })

  it('gives every error a class, and blames a model only with a key', () => {
    const text = fc.option(fc.oneof(fc.string(), fc.constantFrom('insufficient_quota', 'constructor', '__proto__')))
    const error = fc.record<ProviderError>({
      status: fc.integer({ min: 100, max: 599 }),
      type: text,
      code: text,
      message: fc.string(),
      param: text,
      details: fc.anything(),
      retryAfterMs: fc.option(fc.nat()),
    })
    const profileId = fc.constantFrom(...cells.map(([id]) => id), 'unknown', 'constructor', '__proto__', '')
    fc.assert(
      fc.property(profileId, error, (id, failed) => {
        const failure = classifyFailure(id, failed)
        expect(failure.class).toMatch(/^[a-z_]+$/)
        expect(failure.class).not.toBe('timeout')
        if (failure.perModel) expect(failure.class).toMatch(/^(?:key_|rate_limited)/)
      }),
    )
  })
})
