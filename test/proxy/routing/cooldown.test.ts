import { describe, expect, it } from 'vitest'
import type { KeyFailure, KeyState } from '../../../proxy/routing/cooldown.ts'
import {
  activePause,
  afterKeyFailure,
  afterKeySuccess,
  afterProbeStart,
  healthyKey,
  isReady,
  mayProbe,
} from '../../../proxy/routing/cooldown.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const policy = { coolDownMs: 10 * minute }

/** A failure at `now` of an attempt that was sent just before, unless told otherwise. */
function fail(state: KeyState, now: number, failure: Partial<KeyFailure> = {}): KeyState {
  const whole = {
    reason: 'rate_limited' as const,
    perModel: false,
    model: 'm',
    retryAfterMs: null,
    attemptStartedAt: now,
    ...failure,
  }
  return afterKeyFailure(state, whole, policy, now)
}

describe('the length of a pause', () => {
  it.each<[string, Partial<KeyFailure>, { readonly untilMs: number; readonly guessed: boolean }]>([
    ['a rate limit without a hint', {}, { untilMs: 10 * minute, guessed: true }],
    ['a rate limit with a hint', { retryAfterMs: 7 * second }, { untilMs: 7 * second, guessed: false }],
    ['a hint of a day', { retryAfterMs: 24 * hour }, { untilMs: 24 * hour, guessed: false }],
    ['no credit', { reason: 'key_exhausted' }, { untilMs: 10 * minute, guessed: true }],
    ['a refused key', { reason: 'key_invalid' }, { untilMs: 10 * minute, guessed: true }],
  ])('%s', (_, failure, { untilMs, guessed }) => {
    const { pause } = fail(healthyKey, 1000, failure)
    expect({ until: pause?.until, guessed: pause?.guessed }).toEqual({ until: 1000 + untilMs, guessed })
  })

  it('doubles for a key without credit, up to a day', () => {
    let state = healthyKey
    let now = 0
    const minutes: number[] = []
    for (let time = 0; time < 10; time++) {
      state = fail(state, now, { reason: 'key_exhausted' })
      minutes.push(((state.pause?.until ?? 0) - now) / minute)
      now = state.pause?.until ?? 0
    }
    expect(minutes).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440])
  })

  it('does not double for other failures', () => {
    const second2 = fail(fail(healthyKey, 0), 20 * minute)
    expect(second2.pause?.until).toBe(30 * minute)
  })

  it('is the short one again after an answer', () => {
    const tired = fail(fail(healthyKey, 0, { reason: 'key_exhausted' }), 10 * minute, { reason: 'key_exhausted' })
    const again = fail(afterKeySuccess(tired, 'm', 11 * minute), 12 * minute, { reason: 'key_exhausted' })
    expect(again.pause?.until).toBe(22 * minute)
  })
})

describe('a burst of failures', () => {
  it('counts once', () => {
    let state = fail(healthyKey, 1000, { reason: 'key_exhausted', attemptStartedAt: 0 })
    for (let other = 0; other < 5; other++)
      state = fail(state, 1001, { reason: 'key_exhausted', attemptStartedAt: other })
    expect(state.pause).toMatchObject({ strikes: 1, since: 1000, until: 1001 + 10 * minute })
  })

  it('of refusals does not put the key out of use', () => {
    const first = fail(healthyKey, 1000, { reason: 'key_invalid', attemptStartedAt: 0 })
    const state = fail(first, 1500, { reason: 'key_invalid', attemptStartedAt: 900 })
    expect(state.refused).toBeNull()
  })
})

describe('a key that is refused', () => {
  const refused = fail(fail(healthyKey, 1000, { reason: 'key_invalid' }), 2000, { reason: 'key_invalid' })

  it('is out of use after the second time', () => {
    expect(refused.refused).toEqual({ since: 2000, probeAt: 32_000 })
    expect(isReady(refused, 'm', 24 * hour)).toBe(false)
  })

  it('may be tested every 30 s', () => {
    expect([31_999, 32_000].map((now) => mayProbe(refused, 'm', now))).toEqual([false, true])
    const probing = afterProbeStart(refused, 'm', 32_000)
    expect([61_999, 62_000].map((now) => mayProbe(probing, 'm', now))).toEqual([false, true])
  })

  it('comes back with one answer', () => {
    expect(afterKeySuccess(refused, 'm', 40_000)).toBe(healthyKey)
  })

  it('stays out of use when the answer belongs to a request sent before the refusal', () => {
    expect(afterKeySuccess(refused, 'm', 1999).refused).not.toBeNull()
  })

  it('is not refused when an answer came in between', () => {
    const once = afterKeySuccess(fail(healthyKey, 1000, { reason: 'key_invalid' }), 'm', 1500)
    expect(fail(once, 2000, { reason: 'key_invalid' }).refused).toBeNull()
  })

  it('is refused also when a longer pause for another reason runs', () => {
    const limited = fail(healthyKey, 0, { retryAfterMs: 2 * hour })
    const once = fail(limited, 20 * minute, { reason: 'key_invalid' })
    expect(once.pause).toMatchObject({ until: 2 * hour, reason: 'key_invalid' })
    expect(fail(once, 40 * minute, { reason: 'key_invalid' }).refused).not.toBeNull()
  })
})

describe('an answer', () => {
  const paused = fail(healthyKey, 1000, { retryAfterMs: hour })

  it.each<[string, number, boolean]>([
    ['of a request sent after the failure clears it', 1000, true],
    ['of a request sent before the failure does not', 999, false],
  ])('%s', (_, startedAt, clears) => {
    expect(afterKeySuccess(paused, 'm', startedAt) === healthyKey).toBe(clears)
  })

  it('for one model leaves the pause of another model', () => {
    const both = fail(fail(healthyKey, 0, { perModel: true, model: 'a' }), 0, { perModel: true, model: 'b' })
    const left = afterKeySuccess(both, 'a', 5)
    expect([...left.models.keys()]).toEqual(['b'])
    expect(afterKeySuccess(left, 'b', 5)).toBe(healthyKey)
  })
})

describe('a pause for one model', () => {
  it.each<[string, Partial<KeyFailure>, readonly [m: boolean, other: boolean]]>([
    ['limits by model', { perModel: true }, [false, true]],
    ['limits of the whole key', {}, [false, false]],
    ['a model that this key may not use', { reason: 'key_no_access', perModel: true }, [false, true]],
    ['a country that no key may call from', { reason: 'key_no_access' }, [false, false]],
    ['a model that is not there', { reason: 'model_not_found' }, [false, true]],
  ])('%s', (_, failure, expected) => {
    const state = fail(healthyKey, 0, failure)
    expect(['m', 'other'].map((model) => isReady(state, model, 1))).toEqual(expected)
  })

  it('ends by itself', () => {
    const state = fail(healthyKey, 0, { perModel: true })
    expect(isReady(state, 'm', 10 * minute)).toBe(true)
  })

  it('is kept for so many names only: clients can make up any number', () => {
    let state = healthyKey
    for (let index = 0; index < 1000; index++)
      state = fail(state, index, { reason: 'model_not_found', model: `made-up-${index}` })
    expect(state.models.size).toBe(200)
    expect(isReady(state, 'made-up-999', 1000)).toBe(false)
  })
})

describe('two pauses', () => {
  it.each<[string, number | null, number | null, { readonly until: number; readonly guessed: boolean }]>([
    ['the later stated one wins', 30 * second, minute, { until: second + minute, guessed: false }],
    ['a shorter stated one does not shorten', minute, 30 * second, { until: minute, guessed: false }],
    ['a guess outlasts what was stated', minute, null, { until: second + 10 * minute, guessed: true }],
    ['a stated one outlasts a guess', null, hour, { until: second + hour, guessed: false }],
    ['a short stated one leaves the guess a guess', null, minute, { until: 10 * minute, guessed: true }],
    ['a guess leaves a long stated one stated', hour, null, { until: hour, guessed: false }],
  ])('%s', (_, first, then, expected) => {
    const state = fail(fail(healthyKey, 0, { retryAfterMs: first }), second, { retryAfterMs: then })
    expect({ until: state.pause?.until, guessed: state.pause?.guessed }).toEqual(expected)
  })
})

describe('the pause that counts', () => {
  it('is the later one of key and model', () => {
    const state = fail(fail(healthyKey, 0, { retryAfterMs: minute }), 0, { perModel: true, retryAfterMs: hour })
    expect(activePause(state, 'm', 1)?.until).toBe(hour)
    expect(activePause(state, 'other', 1)?.until).toBe(minute)
    expect(activePause(state, 'other', minute)).toBeNull()
  })
})

describe('a probe', () => {
  /** Seconds at which probes go when one is tried as soon as allowed and each fails like `failure`. */
  function probeTimes(count: number, failure: Partial<KeyFailure>): readonly number[] {
    let state = fail(healthyKey, 0, failure)
    const times: number[] = []
    for (let now = 0; times.length < count && now < 3 * hour; now += second) {
      if (!mayProbe(state, 'm', now)) continue
      times.push(now / second)
      state = fail(afterProbeStart(state, 'm', now), now, failure)
    }
    return times
  }

  it('of a guessed pause goes at once, then every 5 s doubling to 60 s', () => {
    expect(probeTimes(9, {})).toEqual([0, 5, 15, 35, 75, 135, 195, 255, 315])
  })

  it('of a guessed pause for one model keeps the same times', () => {
    expect(probeTimes(5, { perModel: true })).toEqual([0, 5, 15, 35, 75])
  })

  it('of a stated pause goes every 15 minutes, never before', () => {
    const state = fail(healthyKey, 0, { retryAfterMs: 2 * hour })
    expect([0, 15 * minute - 1, 15 * minute].map((now) => mayProbe(state, 'm', now))).toEqual([false, false, true])
    const probing = afterProbeStart(state, 'm', 15 * minute)
    expect([29, 30].map((minutes) => mayProbe(probing, 'm', minutes * minute))).toEqual([false, true])
  })

  it('that fails without a hint leaves the times of a stated pause', () => {
    const state = fail(healthyKey, 0, { retryAfterMs: 2 * hour })
    const failed = fail(afterProbeStart(state, 'm', 15 * minute), 15 * minute)
    expect([16, 29, 30].map((minutes) => mayProbe(failed, 'm', minutes * minute))).toEqual([false, false, true])
  })

  it('that is told to wait a little leaves the times of a guessed pause, but for that wait', () => {
    const failed = fail(afterProbeStart(fail(healthyKey, 0), 'm', 0), 0, { retryAfterMs: 20 * second })
    expect([19, 20].map((seconds) => mayProbe(failed, 'm', seconds * second))).toEqual([false, true])
  })

  it('waits for the end that was stated, where a guess outlasts it', () => {
    const state = fail(fail(healthyKey, 0, { retryAfterMs: 30 * second }), second)
    expect([29, 30].map((seconds) => mayProbe(state, 'm', seconds * second))).toEqual([false, true])
  })

  it('is not needed for a key without a pause', () => {
    expect(mayProbe(healthyKey, 'm', 0)).toBe(false)
    expect(mayProbe(fail(healthyKey, 0, { retryAfterMs: minute }), 'm', minute)).toBe(false)
  })
})
