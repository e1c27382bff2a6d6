import { PerformanceObserver, constants } from 'node:perf_hooks'
import { describe, expect, it } from 'vitest'
import { noteFreedBody } from '../../../proxy/gateway/body-garbage.ts'

const mb = 1_048_576

/** Tells the kind of the next collection. */
function nextCollection(): Promise<number> {
  return new Promise((resolve) => {
    const observer = new PerformanceObserver((list) => {
      observer.disconnect()
      // Safe: entries of `gc` say so there, which the type does not know.
      resolve((list.getEntries()[0] as unknown as { detail: { kind: number } }).detail.kind)
    })
    observer.observe({ entryTypes: ['gc'] })
  })
}

describe('the memory of bodies', () => {
  it.each<[string, readonly (readonly [freed: number, held: number])[]]>([
    ['8 MB of them where few are needed', Array.from({ length: 8 }, () => [mb, mb] as const)],
    ['a large one', [[9 * mb, 0]]],
    ['20 MB of them however many are needed', Array.from({ length: 4 }, () => [5 * mb, 50 * mb] as const)],
  ])('is freed after %s, by a collection of young objects', async (_, notes) => {
    const collected = nextCollection()
    for (const [freed, held] of notes) noteFreedBody(freed, held)
    expect(await collected).toBe(constants.NODE_PERFORMANCE_GC_MINOR)
  })
})
