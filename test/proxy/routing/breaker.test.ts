import { describe, expect, it } from 'vitest'
import type { Breaker } from '../../../proxy/routing/breaker.ts'
import {
  afterBreakerProbe,
  afterUpstreamFailure,
  afterUpstreamSuccess,
  breakerState,
  closedBreaker,
  isBreakerOpen,
} from '../../../proxy/routing/breaker.ts'

const second = 1000

function fail(times: number, now: number, from: Breaker = closedBreaker): Breaker {
  return Array.from({ length: times }).reduce<Breaker>((breaker) => afterUpstreamFailure(breaker, now), from)
}

describe('the breaker', () => {
  it.each<[number, 'closed' | 'open']>([
    [4, 'closed'],
    [5, 'open'],
    [6, 'open'],
  ])('after %i failures in a row is %s', (times, expected) => {
    expect(breakerState(fail(times, 1000), 1000)).toBe(expected)
  })

  it('begins to count anew after an answer', () => {
    const breaker = fail(4, 0, afterUpstreamSuccess(fail(4, 0)))
    expect(isBreakerOpen(breaker, 0)).toBe(false)
  })

  it('opens for 10 s, doubling to 2 min while openings follow each other', () => {
    let breaker = fail(5, 0)
    const lengths = [breaker.until]
    for (let opening = 0; opening < 6; opening++) {
      const now = breaker.until
      breaker = afterUpstreamFailure(afterBreakerProbe(breaker, now), now)
      lengths.push(breaker.until - now)
    }
    expect(lengths.map((length) => length / second)).toEqual([10, 20, 40, 80, 120, 120, 120])
  })

  it('starts at 10 s again after it has been closed', () => {
    const reopened = fail(5, 100_000, afterUpstreamSuccess(fail(7, 0)))
    expect(reopened.until).toBe(110_000)
  })

  it('takes failures of requests that were under way as part of the same opening', () => {
    expect(fail(20, 5 * second, fail(5, 0)).until).toBe(10 * second)
  })

  it('lets one request through when half open, and keeps the others away', () => {
    const open = fail(5, 0)
    expect(isBreakerOpen(open, 9999)).toBe(true)
    expect([breakerState(open, 10_000), isBreakerOpen(open, 10_000)]).toEqual(['half-open', false])
    expect(isBreakerOpen(afterBreakerProbe(open, 10_000), 10_001)).toBe(true)
  })

  it('lets the next one through when the probe never tells how it went', () => {
    const probing = afterBreakerProbe(fail(5, 0), 10_000)
    expect(isBreakerOpen(probing, 19_999)).toBe(true)
    expect(isBreakerOpen(probing, 20_000)).toBe(false)
  })

  it('is not changed by a request that is sent while it is open or closed', () => {
    const open = fail(5, 0)
    expect(afterBreakerProbe(open, 5000)).toBe(open)
    expect(afterBreakerProbe(closedBreaker, 5000)).toBe(closedBreaker)
  })

  it('closes with one answer', () => {
    expect(afterUpstreamSuccess(afterBreakerProbe(fail(5, 0), 10_000))).toBe(closedBreaker)
  })

  it('stays the same object while nothing fails', () => {
    expect(afterUpstreamSuccess(closedBreaker)).toBe(closedBreaker)
  })
})
