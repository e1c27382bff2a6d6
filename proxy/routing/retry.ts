/**
 * Decides what follows an attempt, and what the client is told when nothing is left. Pure: no clock, no I/O.
 * `gateway/forward.ts` asks and obeys; it has no opinion about status codes.
 */
import type { FailureClass } from '../contract.ts'
import type { Obstacle } from './key-pool.ts'
import { GatewayError, modelNotFound } from '../errors.ts'

/** How an attempt ended, as far as the next step depends on it. */
export type AttemptOutcome =
  | { readonly kind: 'answered' }
  | { readonly kind: 'client-gone' }
  | { readonly kind: 'failed'; readonly failure: FailureClass | 'redirect'; readonly timedOut: boolean }

export interface Progress {
  /** Bytes of an answer have reached the client: nothing may be glued to them. */
  readonly answerStarted: boolean
  /** Attempts after the first so far. */
  readonly retries: number
  readonly maxRetries: number
  /** The call makes something (a file, a batch, a stored response) and may have been carried out. */
  readonly mayHaveCreated: boolean
  /** Failures of the same target in this request, this one included. */
  readonly failuresHere: number
  /** Another upstream that this request has not tried is left. */
  readonly otherTargets: boolean
}

export type NextStep =
  | { readonly step: 'finish' }
  /** The answer is the client's own mistake: it goes through as it is. */
  | { readonly step: 'pass-through' }
  | { readonly step: 'next-key' }
  | { readonly step: 'next-target' }
  /** The same upstream once more, after a pause; another key if there is one. */
  | { readonly step: 'again'; readonly afterMs: number }
  | { readonly step: 'give-up' }

const FIRST_BACK_OFF_MS = 250
const LONGEST_BACK_OFF_MS = 8000

/** @param jitter - 0 to 1, from the caller, so that this stays pure. */
export function nextStep(outcome: AttemptOutcome, progress: Progress, jitter: number): NextStep {
  if (outcome.kind !== 'failed' || progress.answerStarted) return { step: 'finish' }
  const isExhausted = progress.retries >= progress.maxRetries
  switch (outcome.failure) {
    case 'request_invalid':
    case 'content_blocked':
    case 'context_too_long':
      return { step: 'pass-through' }
    case 'redirect':
      return { step: 'give-up' }
    case 'rate_limited':
    case 'key_invalid':
    case 'key_exhausted':
    case 'key_no_access':
      return isExhausted ? { step: 'give-up' } : { step: 'next-key' }
    case 'model_not_found':
      if (isExhausted) return { step: 'give-up' }
      // Elsewhere first: what one key may not see, the other keys of the same account mostly may not see either.
      return progress.otherTargets ? { step: 'next-target' } : { step: 'next-key' }
    case 'overloaded':
    case 'upstream_error':
    case 'timeout':
      if (isExhausted || progress.mayHaveCreated) return { step: 'give-up' }
      if (progress.otherTargets) return { step: 'next-target' }
      // A prompt that the upstream could not begin in time would only queue up there twice.
      if (outcome.timedOut) return { step: 'give-up' }
      return { step: 'again', afterMs: backOffMs(progress.failuresHere, jitter) }
    default:
      return outcome.failure satisfies never
  }
}

function backOffMs(failures: number, jitter: number): number {
  const full = Math.min(FIRST_BACK_OFF_MS * 2 ** Math.max(0, failures - 1), LONGEST_BACK_OFF_MS)
  return Math.round(full * (0.75 + jitter * 0.25))
}

/** What is known when nothing is left to try. */
export interface DeadEnd {
  /** The name that the client asked for. */
  readonly model: string
  /** What the attempts of this request met, and when the upstream said to come back. */
  readonly failures: readonly {
    readonly failure: FailureClass | 'redirect'
    readonly timedOut: boolean
    readonly error: { readonly retryAfterMs: number | null }
  }[]
  /** What keeps the keys that are left. */
  readonly obstacles: readonly Obstacle[]
}

/** Official SDKs ignore longer waits or give up on them: `retry-after` never says more. */
const LONGEST_RETRY_AFTER_MS = 60_000
const SHORTEST_RETRY_AFTER_MS = 1000

/**
 * The client's error when no way is left: of several reasons the one that recovers soonest. It names no upstream and
 * no key; those stand in the log and the console under the request id.
 */
export function finalAnswer(end: DeadEnd, now: number): GatewayError {
  const has = (...classes: readonly string[]) =>
    end.failures.some(({ failure }) => classes.includes(failure)) ||
    end.obstacles.some(({ reason }) => classes.includes(reason))
  const isDown = has('overloaded', 'upstream_error', 'timeout')
  const limitMs = rateLimitMs(end, now)

  // Of a service that is down nobody knows more than "soon": a limit is the better news when it ends within a minute.
  if (limitMs !== null && (limitMs <= LONGEST_RETRY_AFTER_MS || !isDown)) return rateLimited(end.model, limitMs)
  if (has('overloaded')) {
    return new GatewayError(
      'server_is_overloaded',
      503,
      `The service behind "${end.model}" is overloaded. Try again in a moment.`,
      { retryAfterMs: 5000, shouldRetry: false },
    )
  }
  if (end.failures.some(({ timedOut }) => timedOut)) {
    return new GatewayError('upstream_timeout', 504, `The service behind "${end.model}" did not answer in time.`, {
      shouldRetry: false,
    })
  }
  if (isDown) {
    return new GatewayError(
      'upstream_error',
      502,
      `The service behind "${end.model}" could not be reached or failed. Try again in a moment.`,
      { shouldRetry: false },
    )
  }
  if (has('key_exhausted')) {
    return new GatewayError(
      'insufficient_quota',
      429,
      `The account behind "${end.model}" is out of credit or quota. Top it up at the provider.`,
      { type: 'insufficient_quota', shouldRetry: false },
    )
  }
  if (has('key_invalid', 'key_refused')) {
    return new GatewayError(
      'upstream_credentials_exhausted',
      502,
      `The provider refuses every key that this proxy has for "${end.model}". Check the keys in the proxy's console.`,
      { shouldRetry: false },
    )
  }
  if (has('redirect')) {
    return new GatewayError(
      'upstream_error',
      502,
      `The service behind "${end.model}" answered with a redirect, which is never followed. Its base_url in config.yaml needs mending.`,
      { shouldRetry: false },
    )
  }
  if (has('key_no_access', 'model_not_found')) return modelNotFound(end.model)
  return new GatewayError('upstream_error', 502, `No upstream could answer for "${end.model}".`, { shouldRetry: false })
}

/**
 * Milliseconds until a rate limit is over, or null when none is met. Where nobody stated a time it is the time of the
 * next probe: a guessed pause does not keep requests away that long.
 */
function rateLimitMs(end: DeadEnd, now: number): number | null {
  const paused = end.obstacles.filter(({ reason }) => reason === 'rate_limited')
  const waits = paused.map(({ until, guessed, probeAt }) => (guessed ? probeAt : (until ?? probeAt)) - now)
  if (waits.length === 0) {
    // An upstream without keys, or a call that only one key can make.
    for (const { failure, error } of end.failures) {
      if (failure === 'rate_limited') waits.push(error.retryAfterMs ?? SHORTEST_RETRY_AFTER_MS)
    }
  }
  return waits.length === 0 ? null : Math.max(Math.min(...waits), SHORTEST_RETRY_AFTER_MS)
}

function rateLimited(model: string, waitMs: number): GatewayError {
  const message = `Every key for "${model}" is rate limited. Try again in about ${describeWait(waitMs)}.`
  return new GatewayError('rate_limit_exceeded', 429, message, {
    type: 'rate_limit_error',
    retryAfterMs: Math.min(waitMs, LONGEST_RETRY_AFTER_MS),
    // The SDKs wait at most a minute: past that, repeating would only fail again.
    shouldRetry: waitMs > LONGEST_RETRY_AFTER_MS ? false : null,
  })
}

/**
 * How long to wait for a key that returns soon, or null when none does within 5 s. A guessed pause is no promise.
 */
export function waitForKeyMs(obstacles: readonly Obstacle[], now: number): number | null {
  const waits = obstacles.flatMap(({ until, guessed }) =>
    until !== null && !guessed ? [Math.max(0, until - now)] : [],
  )
  const soonest = Math.min(...waits)
  return soonest <= 5000 ? soonest : null
}

function describeWait(ms: number): string {
  if (ms < 90_000) return `${Math.ceil(ms / 1000)} s`
  if (ms < 90 * 60_000) return `${Math.ceil(ms / 60_000)} min`
  return `${Math.ceil(ms / 3_600_000)} h`
}
