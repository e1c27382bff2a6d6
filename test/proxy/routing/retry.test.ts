import { describe, expect, it } from 'vitest'
import type { FailureClass } from '../../../proxy/contract.ts'
import type { Obstacle } from '../../../proxy/routing/key-pool.ts'
import type { DeadEnd, NextStep, Progress } from '../../../proxy/routing/retry.ts'
import { finalAnswer, nextStep, waitForKeyMs } from '../../../proxy/routing/retry.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

type Failure = FailureClass | 'redirect'

function progress(part: Partial<Progress> = {}): Progress {
  return {
    answerStarted: false,
    retries: 0,
    maxRetries: 3,
    mayHaveCreated: false,
    failuresHere: 1,
    otherTargets: false,
    ...part,
  }
}

function stepAfter(failure: Failure, part: Partial<Progress> = {}, timedOut = false): NextStep {
  return nextStep({ kind: 'failed', failure, timedOut }, progress(part), 1)
}

const keyFailures = ['rate_limited', 'key_invalid', 'key_exhausted', 'key_no_access'] as const
const upstreamFailures = ['overloaded', 'upstream_error', 'timeout'] as const
const callerFailures = ['request_invalid', 'content_blocked', 'context_too_long'] as const
const others = { otherTargets: true }
const usedUp = { retries: 3 }

describe('after an attempt', () => {
  it.each<readonly [string, Failure, Partial<Progress>, NextStep['step']]>([
    ...callerFailures.map((failure) => [`${failure} is the caller's`, failure, others, 'pass-through'] as const),
    ...callerFailures.map((failure) => [`${failure} with no retry left`, failure, usedUp, 'pass-through'] as const),
    ...keyFailures.map((failure) => [`${failure} is the key's`, failure, {}, 'next-key'] as const),
    ...keyFailures.map((failure) => [`${failure} with another upstream`, failure, others, 'next-key'] as const),
    ...keyFailures.map((failure) => [`${failure} with no retry left`, failure, usedUp, 'give-up'] as const),
    ...keyFailures.map(
      (failure) => [`${failure}: nothing was made`, failure, { mayHaveCreated: true }, 'next-key'] as const,
    ),
    ['an unknown model with another upstream', 'model_not_found', others, 'next-target'],
    ['an unknown model: another key may have it', 'model_not_found', {}, 'next-key'],
    ['an unknown model with no retry left', 'model_not_found', { ...usedUp, ...others }, 'give-up'],
    ...upstreamFailures.map((failure) => [`${failure} with another upstream`, failure, others, 'next-target'] as const),
    ...upstreamFailures.map((failure) => [`${failure} of the only upstream`, failure, {}, 'again'] as const),
    ...upstreamFailures.map((failure) => [`${failure} with no retry left`, failure, usedUp, 'give-up'] as const),
    ...upstreamFailures.map(
      (failure) =>
        [
          `${failure} of what may have made something`,
          failure,
          { mayHaveCreated: true, ...others },
          'give-up',
        ] as const,
    ),
    ['a redirect', 'redirect', others, 'give-up'],
  ])('%s', (_, failure, part, expected) => {
    expect(stepAfter(failure, part).step).toBe(expected)
  })

  it.each<[string, number, number, NextStep['step']]>([
    ['the first with max_retries 0', 0, 0, 'give-up'],
    ['the first with max_retries 1', 0, 1, 'next-key'],
    ['the second with max_retries 1', 1, 1, 'give-up'],
    ['the third with max_retries 3', 2, 3, 'next-key'],
    ['the fourth with max_retries 3', 3, 3, 'give-up'],
  ])('%s', (_, retries, maxRetries, expected) => {
    expect(stepAfter('rate_limited', { retries, maxRetries }).step).toBe(expected)
  })

  it('does not ask the same upstream again when its first byte did not come in time', () => {
    expect(stepAfter('timeout', {}, true)).toEqual({ step: 'give-up' })
    expect(stepAfter('timeout', others, true)).toEqual({ step: 'next-target' })
  })

  it('is over once an answer has begun, whatever failed', () => {
    for (const failure of [...keyFailures, ...upstreamFailures, ...callerFailures])
      expect(stepAfter(failure, { ...others, answerStarted: true })).toEqual({ step: 'finish' })
  })

  it.each(['answered', 'client-gone'] as const)('is over when it ended as %s', (kind) => {
    expect(nextStep({ kind }, progress(others), 0)).toEqual({ step: 'finish' })
  })

  it.each<[number, number, number]>([
    [1, 1, 250],
    [2, 1, 500],
    [3, 1, 1000],
    [6, 1, 8000],
    [20, 1, 8000],
    [1, 0, 188],
    [2, 0.5, 438],
  ])('waits after failure %i of the same upstream, jitter %d: %i ms', (failuresHere, jitter, afterMs) => {
    const outcome = { kind: 'failed', failure: 'upstream_error', timedOut: false } as const
    expect(nextStep(outcome, progress({ failuresHere }), jitter)).toEqual({ step: 'again', afterMs })
  })
})

const now = 1_000_000

function met(failure: Failure, part: { readonly timedOut?: boolean; readonly retryAfterMs?: number } = {}) {
  return { failure, timedOut: part.timedOut ?? false, error: { retryAfterMs: part.retryAfterMs ?? null } }
}

function stated(waitMs: number, reason: Obstacle['reason'] = 'rate_limited'): Obstacle {
  return { reason, until: now + waitMs, guessed: false, probeAt: now + 15 * minute }
}

function guessed(probeInMs: number, reason: Obstacle['reason'] = 'rate_limited'): Obstacle {
  return { reason, until: now + 10 * minute, guessed: true, probeAt: now + probeInMs }
}

const refused: Obstacle = { reason: 'key_refused', until: null, guessed: true, probeAt: now + 30 * second }

/** Status, code, `retry-after-ms` and `x-should-retry` of the answer. */
function answerTo(end: Partial<DeadEnd>): readonly [number, string, number | null, boolean | null] {
  const error = finalAnswer({ model: 'm', failures: [], obstacles: [], ...end }, now)
  return [error.status, error.code, error.retryAfterMs, error.shouldRetry]
}

describe('the final answer', () => {
  it.each<[string, Partial<DeadEnd>, ReturnType<typeof answerTo>]>([
    ['a rate limit of 20 s', { obstacles: [stated(20 * second)] }, [429, 'rate_limit_exceeded', 20 * second, null]],
    ['the soonest of two', { obstacles: [stated(hour), stated(9000)] }, [429, 'rate_limit_exceeded', 9000, null]],
    ['a rate limit of an hour', { obstacles: [stated(hour)] }, [429, 'rate_limit_exceeded', minute, false]],
    ['a rate limit that nobody stated', { obstacles: [guessed(5000)] }, [429, 'rate_limit_exceeded', 5000, null]],
    ['a fresh guess', { obstacles: [guessed(0)] }, [429, 'rate_limit_exceeded', 1000, null]],
    [
      'a rate limit of an upstream without keys',
      { failures: [met('rate_limited', { retryAfterMs: 7000 })] },
      [429, 'rate_limit_exceeded', 7000, null],
    ],
    ['the same without a hint', { failures: [met('rate_limited')] }, [429, 'rate_limit_exceeded', 1000, null]],
    ['no credit', { failures: [met('key_exhausted')] }, [429, 'insufficient_quota', null, false]],
    [
      'no credit, known from before',
      { obstacles: [guessed(5000, 'key_exhausted')] },
      [429, 'insufficient_quota', null, false],
    ],
    ['keys refused', { failures: [met('key_invalid')] }, [502, 'upstream_credentials_exhausted', null, false]],
    ['keys refused before', { obstacles: [refused] }, [502, 'upstream_credentials_exhausted', null, false]],
    ['the model refused', { failures: [met('model_not_found')] }, [404, 'model_not_found', null, null]],
    ['the model refused to each key', { failures: [met('key_no_access')] }, [404, 'model_not_found', null, null]],
    ['no connection', { failures: [met('upstream_error')] }, [502, 'upstream_error', null, false]],
    ['no connection in time', { failures: [met('timeout')] }, [502, 'upstream_error', null, false]],
    ['no first byte', { failures: [met('timeout', { timedOut: true })] }, [504, 'upstream_timeout', null, false]],
    ['overloaded', { failures: [met('overloaded')] }, [503, 'server_is_overloaded', 5000, false]],
    ['a redirect', { failures: [met('redirect')] }, [502, 'upstream_error', null, false]],
    ['nobody there at all', {}, [502, 'upstream_error', null, false]],
  ])('%s', (_, end, expected) => {
    expect(answerTo(end)).toEqual(expected)
  })

  it.each<[string, Partial<DeadEnd>, string]>([
    [
      'a short limit beside a dead host',
      { failures: [met('upstream_error')], obstacles: [stated(9000)] },
      'rate_limit_exceeded',
    ],
    [
      'a long limit beside a dead host',
      { failures: [met('upstream_error')], obstacles: [stated(hour)] },
      'upstream_error',
    ],
    [
      'a long limit beside a full host',
      { failures: [met('overloaded')], obstacles: [stated(hour)] },
      'server_is_overloaded',
    ],
    [
      'a guessed limit beside a dead host',
      { failures: [met('upstream_error')], obstacles: [guessed(9000)] },
      'rate_limit_exceeded',
    ],
    [
      'a limit beside an empty account',
      { failures: [met('key_exhausted')], obstacles: [stated(hour)] },
      'rate_limit_exceeded',
    ],
    [
      'a dead host beside an empty account',
      { failures: [met('key_exhausted'), met('upstream_error')] },
      'upstream_error',
    ],
    ['a full host beside a dead one', { failures: [met('upstream_error'), met('overloaded')] }, 'server_is_overloaded'],
    [
      'an empty account beside refused keys',
      { failures: [met('key_exhausted')], obstacles: [refused] },
      'insufficient_quota',
    ],
    [
      'refused keys beside no access',
      { failures: [met('key_no_access')], obstacles: [refused] },
      'upstream_credentials_exhausted',
    ],
    [
      'refused keys beside a redirect',
      { failures: [met('redirect'), met('key_invalid')] },
      'upstream_credentials_exhausted',
    ],
  ])('tells what recovers soonest: %s', (_, end, expected) => {
    expect(answerTo(end)[1]).toBe(expected)
  })

  it('tells the true time in words where the header may not', () => {
    const { message } = finalAnswer({ model: 'm', failures: [], obstacles: [stated(3 * hour)] }, now)
    expect(message).toBe('Every key for "m" is rate limited. Try again in about 3 h.')
  })

  it.each<[string, number, string]>([
    ['seconds', 1500, '2 s'],
    ['minutes', 4.2 * minute, '5 min'],
    ['hours', 100 * minute, '2 h'],
  ])('tells %s', (_, waitMs, words) => {
    const { message } = finalAnswer({ model: 'm', failures: [], obstacles: [stated(waitMs)] }, now)
    expect(message).toContain(`in about ${words}.`)
  })
})

describe('waiting for a key', () => {
  it.each<[string, readonly Obstacle[], number | null]>([
    ['that returns within 5 s', [stated(hour), stated(3000)], 3000],
    ['that returns in exactly 5 s', [stated(5000)], 5000],
    ['that returns later', [stated(5001)], null],
    ['whose end is over', [stated(-10)], 0],
    ['whose end is a guess', [{ ...guessed(0), until: now + 1000 }], null],
    ['that is refused', [refused], null],
    ['when there is none', [], null],
  ])('%s', (_, obstacles, expected) => {
    expect(waitForKeyMs(obstacles, now)).toBe(expected)
  })
})
