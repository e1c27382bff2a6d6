/**
 * What each provider means by its errors: a table as data. A rule holds
 * when all of its conditions do; the first that holds decides. What is the same everywhere is in
 * `commonNames`, `weakNames` and `classByStatus`.
 */

import type { FailureClass } from '../contract.ts'

export interface FailureRule {
  readonly class: FailureClass
  readonly status?: readonly number[]
  /** Matched against every name in the error: code, type and the like, in lower case. */
  readonly name?: RegExp
  /** Matched against the message, in lower case. */
  readonly wording?: RegExp
  /** The upstream wants a longer wait than this. */
  readonly waitOverMs?: number
  /** Overrides whether the key is blamed with this model only. */
  readonly perModel?: boolean
  /** When to come back where the upstream does not say. */
  readonly defaultWaitMs?: number
}

const tenMinutesMs = 600_000

export const providerRules: Readonly<Record<string, readonly FailureRule[]>> = {
  openai: [
    { class: 'context_too_long', status: [429], wording: /request too large/ },
    // "does not exist or you do not have access to it": another key may have.
    { class: 'key_no_access', status: [404], name: /^model_not_found$/ },
  ],
  anthropic: [
    { class: 'key_exhausted', status: [400], wording: /credit balance is too low|api usage limits/ },
    {
      class: 'key_invalid',
      status: [403],
      wording: /(?:organization|access|account) (?:has been|was) (?:disabled|terminated)/,
    },
    { class: 'request_invalid', status: [413] },
    { class: 'model_not_found', status: [404], name: /^not_found_error$/ },
  ],
  gemini: [
    { class: 'key_invalid', name: /^api_key_|^service_disabled$|^consumer_(?:suspended|invalid)$/ },
    { class: 'key_invalid', status: [400, 403], wording: /api key (?:not valid|expired)|leaked/ },
    { class: 'key_exhausted', status: [402] },
    { class: 'key_no_access', status: [400], wording: /location is not supported/, perModel: false },
    { class: 'key_exhausted', status: [400], name: /^failed_precondition$/ },
    { class: 'key_no_access', status: [429], wording: /limit: 0(?![\d.])/ },
    { class: 'rate_limited', status: [429], perModel: true },
    { class: 'model_not_found', status: [404], name: /^not_found$/ },
  ],
  nvidia: [
    { class: 'overloaded', wording: /worker local total request limit reached|degraded function/ },
    { class: 'key_invalid', status: [403], wording: /authorization failed/ },
    { class: 'key_no_access', status: [404], wording: /not found for account/ },
    { class: 'model_not_found', status: [410] },
    // Its limit is counted by the minute, and it never says so.
    { class: 'rate_limited', status: [429], defaultWaitMs: 60_000 },
  ],
  azure: [
    { class: 'key_exhausted', status: [429], waitOverMs: tenMinutesMs },
    { class: 'context_too_long', status: [429], wording: /request too large/ },
    { class: 'content_blocked', status: [400], name: /^responsibleaipolicyviolation$/ },
    { class: 'model_not_found', status: [404], name: /^deploymentnotfound$/ },
    { class: 'request_invalid', status: [404], wording: /resource not found/ },
  ],
  openrouter: [
    { class: 'rate_limited', status: [402], name: /^openrouter_in_flight_budget$/, perModel: false },
    { class: 'content_blocked', status: [403], name: /^moderation$/ },
    { class: 'key_exhausted', status: [403], name: /^resets_at$/ },
    { class: 'key_exhausted', status: [400], name: /^token_limit_exceeded$/ },
    { class: 'key_exhausted', status: [400], wording: /token_limit_exceeded/ },
    { class: 'model_not_found', status: [400, 404], wording: /no endpoints found|not a valid model/ },
  ],
  groq: [
    { class: 'key_invalid', status: [400], name: /^organization_restricted$/ },
    { class: 'key_exhausted', status: [403], wording: /billing|payment/ },
    { class: 'context_too_long', status: [413] },
    // The model wrote a call that is none; asked again it mostly does better.
    { class: 'upstream_error', status: [400], name: /^tool_use_failed$/ },
  ],
  mistral: [
    { class: 'overloaded', wording: /service tier capacity exceeded/ },
    { class: 'model_not_found', status: [400, 404], wording: /invalid model/ },
  ],
  // It answers 403 where input and max_tokens together are too long (its error table).
  together: [
    { class: 'context_too_long', status: [403] },
    { class: 'model_not_found', status: [404] },
  ],
  fireworks: [
    { class: 'upstream_error', status: [412], wording: /lora|adapter|failed to load/ },
    { class: 'key_invalid', status: [403, 412] },
    { class: 'model_not_found', status: [404], wording: /not found, inaccessible|model/ },
  ],
  xai: [
    { class: 'key_invalid', status: [400, 403], wording: /incorrect api key|api key .*(?:blocked|disabled)/ },
    { class: 'key_exhausted', status: [403, 429], wording: /out of credits|used all available credits|spending limit/ },
    { class: 'content_blocked', status: [403], wording: /usage guideline/ },
    { class: 'model_not_found', status: [400, 404], wording: /model .*(?:not found|not exist)|model not found/ },
  ],
  moonshot: [
    { class: 'key_invalid', name: /^(?:invalid_authentication|incorrect_api_key)_error$/ },
    { class: 'key_no_access', name: /^permission_denied_error$/ },
    { class: 'key_exhausted', name: /^exceeded_current_quota_error$/ },
    { class: 'rate_limited', name: /^rate_limit_reached_error$/ },
    { class: 'overloaded', name: /^engine_overloaded_error$/ },
    { class: 'model_not_found', name: /^resource_not_found_error$/ },
  ],
  zhipu: [
    { class: 'key_invalid', name: /^(?:1000|1001|1002|1003|1004|1110|1112|1121)$/ },
    { class: 'key_exhausted', name: /^(?:1113|1304|1308|1309|1310)$/ },
    { class: 'rate_limited', name: /^(?:1302|1303)$/ },
    // Fair use: the whole account is slowed down, whichever the model.
    { class: 'rate_limited', name: /^1313$/, perModel: false },
    { class: 'overloaded', name: /^(?:1305|1312)$/ },
    { class: 'upstream_error', name: /^1234$/ },
    { class: 'context_too_long', name: /^1261$/ },
    { class: 'model_not_found', name: /^1211$/ },
    { class: 'key_no_access', name: /^(?:1220|1311)$/ },
    { class: 'content_blocked', name: /^1301$/ },
  ],
  dashscope: [
    { class: 'key_exhausted', wording: /free (?:quota|tier)/, perModel: true },
    { class: 'key_exhausted', name: /^allocationquota\.freetieronly$/, perModel: true },
    // Here a token rate, unlike everywhere else.
    { class: 'rate_limited', name: /^(?:throttling.*|limit_requests|insufficient_quota)$/ },
    { class: 'key_no_access', name: /accessdenied/ },
    { class: 'model_not_found', status: [404], name: /^(?:model_not_found|modelnotfound)$/ },
  ],
  ark: [
    { class: 'key_exhausted', name: /^(?:accountoverdueerror|setlimitexceeded|quotaexceeded)$/ },
    { class: 'rate_limited', name: /ratelimitexceeded|[rt]pmratelimit/ },
    { class: 'overloaded', name: /^(?:serveroverloaded|invalidendpoint\.closedendpoint)$/ },
    { class: 'context_too_long', status: [400], wording: /exceed max message tokens|input length .*exceed/ },
    { class: 'model_not_found', name: /^invalidendpointormodel\.notfound$/ },
    { class: 'key_no_access', name: /^modelnotopen$|^accessdenied/ },
    { class: 'content_blocked', name: /riskdetection|sensitivecontentdetected/ },
  ],
  siliconflow: [
    { class: 'key_exhausted', name: /^30001$/ },
    { class: 'key_exhausted', status: [403], wording: /balance/ },
    { class: 'model_not_found', name: /^20012$/ },
  ],
  minimax: [
    { class: 'key_invalid', name: /^(?:1004|2049|authorized_error)$/ },
    { class: 'key_exhausted', name: /^(?:1008|2056|insufficient_balance_error)$/ },
    { class: 'rate_limited', name: /^(?:1002|1039)$/ },
    { class: 'content_blocked', name: /^(?:1026|1027)$/ },
    { class: 'upstream_error', name: /^(?:1000|1001|1013|1033)$/ },
    {
      class: 'model_not_found',
      status: [200, 400, 404],
      wording: /(?:unknown|invalid) model|model .*not (?:found|exist)/,
    },
    { class: 'context_too_long', name: /^2013$/, wording: /context|too long|tokens? limit/ },
    { class: 'request_invalid', name: /^2013$/ },
  ],
  perplexity: [
    { class: 'key_exhausted', status: [401], wording: /credit|quota|balance/ },
    { class: 'model_not_found', status: [400], wording: /invalid model/ },
  ],
  cerebras: [
    { class: 'overloaded', name: /^queue_exceeded$/ },
    { class: 'model_not_found', status: [404] },
  ],
  cohere: [
    { class: 'key_exhausted', status: [429], wording: /month/ },
    { class: 'content_blocked', status: [400, 422], wording: /blocked|safety/ },
    { class: 'model_not_found', status: [404], wording: /model/ },
  ],
  github: [
    { class: 'key_exhausted', status: [429], waitOverMs: tenMinutesMs, perModel: true },
    { class: 'key_exhausted', status: [429], wording: /per 86400s/, perModel: true },
    { class: 'key_no_access', status: [403], name: /^no_access$/ },
    { class: 'context_too_long', status: [413] },
    { class: 'model_not_found', status: [404], wording: /model/ },
  ],
  ollama: [
    { class: 'key_exhausted', status: [429], wording: /usage limit/ },
    { class: 'model_not_found', status: [404], wording: /model/ },
  ],
  local: [{ class: 'model_not_found', status: [404], wording: /model/ }],
}

/**
 * Names that mean the same wherever they appear, in lower case.
 */
export const commonNames: Readonly<Record<string, FailureClass>> = {
  invalid_api_key: 'key_invalid',
  invalidapikey: 'key_invalid',
  incorrect_api_key: 'key_invalid',
  api_key_invalid: 'key_invalid',
  api_key_expired: 'key_invalid',
  account_deactivated: 'key_invalid',
  authentication_error: 'key_invalid',
  authenticationerror: 'key_invalid',
  unauthenticated: 'key_invalid',

  unsupported_country_region_territory: 'key_no_access',
  model_not_allowed: 'key_no_access',
  no_access: 'key_no_access',

  insufficient_quota: 'key_exhausted',
  insufficient_user_quota: 'key_exhausted',
  credit_balance_exhausted: 'key_exhausted',
  organization_spend_limit_exceeded: 'key_exhausted',
  project_spend_limit_exceeded: 'key_exhausted',
  organization_usage_limit_exceeded: 'key_exhausted',
  enforced_spend_limit_reached: 'key_exhausted',
  billing_not_active: 'key_exhausted',
  billing_hard_limit_reached: 'key_exhausted',
  billing_error: 'key_exhausted',
  payment_required: 'key_exhausted',
  insufficient_balance_error: 'key_exhausted',
  exceeded_current_quota_error: 'key_exhausted',
  arrearage: 'key_exhausted',
  openrouter_credits: 'key_exhausted',
  openrouter_key_limit: 'key_exhausted',

  rate_limit_exceeded: 'rate_limited',
  rate_limit_error: 'rate_limited',
  rate_limit_reached_error: 'rate_limited',
  rate_limited: 'rate_limited',
  ratelimitreached: 'rate_limited',
  slow_down: 'rate_limited',
  too_many_requests: 'rate_limited',
  too_many_requests_error: 'rate_limited',
  request_quota_exceeded: 'rate_limited',
  token_quota_exceeded: 'rate_limited',
  resource_exhausted: 'rate_limited',

  server_is_overloaded: 'overloaded',
  overloaded_error: 'overloaded',
  engine_overloaded_error: 'overloaded',
  capacity_exceeded: 'overloaded',
  unavailable: 'overloaded',
  unavailable_error: 'overloaded',

  context_length_exceeded: 'context_too_long',
  exceed_context_size_error: 'context_too_long',
  tokens_limit_reached: 'context_too_long',

  content_policy_violation: 'content_blocked',
  content_filter: 'content_blocked',
  invalid_prompt: 'content_blocked',
  data_inspection_failed: 'content_blocked',
  datainspectionfailed: 'content_blocked',

  model_not_found: 'model_not_found',
  modelnotfound: 'model_not_found',
  model_not_available: 'model_not_found',
  model_decommissioned: 'model_not_found',
  unknown_model: 'model_not_found',
  invalid_model: 'model_not_found',
  deploymentnotfound: 'model_not_found',
}

/** Names so broad that wording goes first. */
export const weakNames: Readonly<Record<string, FailureClass>> = {
  permission_error: 'key_no_access',
  permission_denied: 'key_no_access',
  permission_denied_error: 'key_no_access',
  api_error: 'upstream_error',
  server_error: 'upstream_error',
  internal_error: 'upstream_error',
  internal_server_error: 'upstream_error',
  internal: 'upstream_error',
  timeout_error: 'upstream_error',
  deadline_exceeded: 'upstream_error',
}

/** Names that many put beside any 4xx, so they count only where there is no such status: within a 200. */
export const requestNames: Readonly<Record<string, FailureClass>> = {
  invalid_request_error: 'request_invalid',
  invalid_argument: 'request_invalid',
  request_too_large: 'request_invalid',
}

/** What is left when nothing but the status speaks. An error behind a 200 is the upstream's. */
export function classByStatus(status: number): FailureClass {
  switch (status) {
    case 401:
      return 'key_invalid'
    case 402:
      return 'key_exhausted'
    case 403:
      return 'key_no_access'
    case 429:
      return 'rate_limited'
    case 451:
      return 'content_blocked'
    case 498:
    case 503:
    case 529:
      return 'overloaded'
    case 408:
    case 409:
    case 425:
    case 499:
      return 'upstream_error'
    default:
      return status >= 400 && status < 500 ? 'request_invalid' : 'upstream_error'
  }
}
