/**
 * What an upstream's error means: whose fault it is and how far the blame reaches. Pauses, attempts
 * and the answer to the client are decided elsewhere, from the class found here.
 */

import type { FailureClass } from '../contract.ts'
import type { ProviderError } from './error-body.ts'
import { classByWording } from './failure-patterns.ts'
import { classByStatus, commonNames, providerRules, requestNames, weakNames } from './failure-rules.ts'
import type { FailureRule } from './failure-rules.ts'
import { limitsPerModel } from './hosts.ts'
import { asRecord, asText } from './json-values.ts'

export { errorInSuccess, readProviderError } from './error-body.ts'
export type { ProviderError } from './error-body.ts'

export interface Failure {
  readonly class: FailureClass
  /** As it was given; `retryAfterMs` may be filled in from what is known of the provider. */
  readonly error: ProviderError
  /** Blame the key together with this model, not the whole key. False where no key is to blame. */
  readonly perModel: boolean
  /** The provider counts by account, so further keys of the same account fail alike. */
  readonly sharedLimit?: boolean
}

/** Where limits and balances are those of the account, organization or project. */
const sharedByAccount = new Set(['openai', 'anthropic', 'groq', 'mistral', 'gemini', 'moonshot', 'zhipu', 'openrouter'])

/** Paths that don't exist, as servers say it that know nothing of models. */
const wrongPath =
  /^(?:404:? ?)?(?:page |file |resource )?not found[.!]?$|^404 page not found|unknown (?:request )?url|invalid url/

/**
 * Puts an error into its class. Evidence in order: what this provider is known to mean, names that mean
 * the same everywhere, wording, broad names, status.
 *
 * @param profileId - `id` of the upstream's `HostProfile`; unknown ids have no rules of their own.
 */
export function classifyFailure(profileId: string, error: ProviderError): Failure {
  const names = namesIn(error)
  const rules = Object.hasOwn(providerRules, profileId) ? providerRules[profileId] : undefined
  const rule = rules?.find((candidate) => holds(candidate, error, names))
  const failureClass =
    rule?.class ??
    // Money is the matter whatever the name: Google calls an empty account RESOURCE_EXHAUSTED as well.
    (error.status === 402 ? 'key_exhausted' : null) ??
    firstKnown(commonNames, names) ??
    modelOfPath(error, names) ??
    classByWording(profileId, error) ??
    firstKnown(weakNames, names) ??
    (error.status < 400 ? firstKnown(requestNames, names) : null) ??
    classByStatus(error.status)

  const isLimit = failureClass === 'rate_limited' || failureClass === 'key_exhausted'
  const isKeyLimit = names.includes('openrouter_key_limit')
  return {
    class: failureClass,
    error: withDefaultWait(error, rule),
    perModel: rule?.perModel ?? isPerModel(failureClass, profileId, names),
    ...(isLimit && !isKeyLimit && sharedByAccount.has(profileId) ? { sharedLimit: true } : {}),
  }
}

/** Code, type and the names that providers keep further inside, in lower case, most exact first. */
function namesIn(error: ProviderError): readonly string[] {
  const details = asRecord(error.details)
  const inner = [details?.['limit_source'], details?.['error_type'], details?.['reason'], details?.['code']]
  const names = [error.code, error.type, ...inner.map(asText)].filter((name) => name !== null)
  // OpenRouter names neither: a moderated request has the reasons, a spent budget the end of its period.
  if (details?.['reasons'] !== undefined || details?.['flagged_input'] !== undefined) names.push('moderation')
  if (details?.['resets_at'] !== undefined) names.push('resets_at')
  return names.map((name) => name.toLowerCase())
}

function holds(rule: FailureRule, error: ProviderError, names: readonly string[]): boolean {
  const { status, name, wording, waitOverMs } = rule
  if (status !== undefined && !status.includes(error.status)) return false
  if (name !== undefined && !names.some((candidate) => name.test(candidate))) return false
  if (wording !== undefined && !wording.test(error.message.toLowerCase())) return false
  if (waitOverMs !== undefined && (error.retryAfterMs ?? 0) <= waitOverMs) return false
  // A path that doesn't exist is a wrong base address, and says nothing of any model.
  return rule.class !== 'model_not_found' || !wrongPath.test(error.message.toLowerCase())
}

function firstKnown(known: Readonly<Record<string, FailureClass>>, names: readonly string[]): FailureClass | null {
  const name = names.find((candidate) => Object.hasOwn(known, candidate))
  return name === undefined ? null : (known[name] ?? null)
}

/** A 404 is the path's unless it speaks of a model. */
function modelOfPath(error: ProviderError, names: readonly string[]): FailureClass | null {
  if (error.status !== 404 && !names.some((name) => /^not_?found(?:_?error)?$/.test(name))) return null
  const message = error.message.toLowerCase()
  if (wrongPath.test(message)) return 'request_invalid'
  return /\bmodels?\b.*(?:not|n't|unknown)|(?:not|n't|unknown).*\bmodels?\b/.test(message) ? 'model_not_found' : null
}

function isPerModel(failureClass: FailureClass, profileId: string, names: readonly string[]): boolean {
  if (failureClass === 'rate_limited') return limitsPerModel(profileId)
  // A country is refused whatever the model.
  return failureClass === 'key_no_access' && !names.includes('unsupported_country_region_territory')
}

function withDefaultWait(error: ProviderError, rule: FailureRule | undefined): ProviderError {
  const waitMs = error.retryAfterMs ?? rule?.defaultWaitMs ?? null
  return waitMs === error.retryAfterMs ? error : { ...error, retryAfterMs: waitMs }
}
