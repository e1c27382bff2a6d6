/**
 * Counts an upstream's failures in a row. An open breaker only puts the upstream last in the order of targets;
 * it never refuses a request, so that a wrong guess costs an attempt and not an answer. Pure.
 */

export interface Breaker {
  readonly failures: number
  /** Epoch ms until which it is open; 0 when closed. */
  readonly until: number
  /** Length of the last opening, ms; doubles while openings follow each other. */
  readonly openedForMs: number
  /**
   * Epoch ms until which the request that tests a half-open upstream is waited for; 0 when there is none. With a limit,
   * because a client that leaves takes the probe with it and nobody would ever hear how it went.
   */
  readonly probingUntil: number
}

const FAILURES_TO_OPEN = 5
const FIRST_OPEN_MS = 10_000
const LONGEST_OPEN_MS = 120_000

export const closedBreaker: Breaker = Object.freeze({ failures: 0, until: 0, openedForMs: 0, probingUntil: 0 })

export function afterUpstreamFailure(breaker: Breaker, now: number): Breaker {
  const failures = breaker.failures + 1
  if (failures < FAILURES_TO_OPEN) return { ...breaker, failures, probingUntil: 0 }
  // Failures of requests that were under way when it opened belong to that opening.
  if (breaker.until > now) return { ...breaker, failures }
  const openedForMs = breaker.openedForMs === 0 ? FIRST_OPEN_MS : Math.min(breaker.openedForMs * 2, LONGEST_OPEN_MS)
  return { failures, until: now + openedForMs, openedForMs, probingUntil: 0 }
}

/** An answer of any kind closes it. Returns the same object when nothing changes: this runs for every request. */
export function afterUpstreamSuccess(breaker: Breaker): Breaker {
  return breaker.failures === 0 && breaker.until === 0 ? breaker : closedBreaker
}

export function breakerState(breaker: Breaker, now: number): 'closed' | 'open' | 'half-open' {
  if (breaker.until === 0) return 'closed'
  return breaker.until > now ? 'open' : 'half-open'
}

/** True when requests should go elsewhere first: open, or half open with a probe on its way. */
export function isBreakerOpen(breaker: Breaker, now: number): boolean {
  if (breaker.until === 0) return false
  return breaker.until > now || breaker.probingUntil > now
}

/** Marks the one request that tests a half-open upstream. */
export function afterBreakerProbe(breaker: Breaker, now: number): Breaker {
  const isHalfOpen = breaker.until !== 0 && breaker.until <= now
  return isHalfOpen && breaker.probingUntil <= now ? { ...breaker, probingUntil: now + breaker.openedForMs } : breaker
}
