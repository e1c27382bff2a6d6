import { PerformanceObserver, constants } from 'node:perf_hooks'
import { describe, expect, it } from 'vitest'
import { noteFreedBody } from '../../../proxy/gateway/body-garbage.ts'

const mb = 1_048_576

/** Resolves when young objects have been collected because somebody asked for it. */
function youngCollected(): Promise<void> {
  return new Promise((resolve) => {
    const observer = new PerformanceObserver((list) => {
      // Safe: entries of `gc` say so there, which the type does not know.
      const entries = list.getEntries() as unknown as readonly { detail: { kind: number; flags: number } }[]
      const isIt = ({ detail: { kind, flags } }: (typeof entries)[number]) =>
        kind === constants.NODE_PERFORMANCE_GC_MINOR && flags === constants.NODE_PERFORMANCE_GC_FLAGS_FORCED
      if (!entries.some(isIt)) return
      observer.disconnect()
      resolve()
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
    const collected = youngCollected()
    for (const [freed, held] of notes) noteFreedBody(freed, held)
    await expect(collected).resolves.toBeUndefined()
  })
})
