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
  it.each([
    ['8 MB of them', Array.from({ length: 8 }, () => mb)],
    ['a large one', [9 * mb]],
  ])('is freed after %s, by a collection of young objects', async (_, freed) => {
    const collected = youngCollected()
    for (const bytes of freed) noteFreedBody(bytes)
    await expect(collected).resolves.toBeUndefined()
  })
})
