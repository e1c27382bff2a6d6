/** V8's garbage collector, to be asked for a collection at a moment of our own choice. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * - `minor`: young objects only
 * - `last-resort`: all there is, and what the heap holds in reserve goes back to the system
 */
export type Collection = { readonly type: 'minor' } | { readonly type: 'major'; readonly flavor: 'last-resort' }

type Collect = (collection: Collection) => void

/** Undefined until it is needed; null where this V8 has none to give. */
let collect: Collect | null | undefined

/** Collects at once, where this V8 lets us; elsewhere it collects as it always did. */
export function collectGarbage(collection: Collection): void {
  if (collect === undefined) collect = openCollector()
  collect?.(collection)
}

// https://nodejs.org/docs/latest-v24.x/api/cli.html#--expose-gc: given to contexts that are made while the flag is set.
function openCollector(): Collect | null {
  try {
    setFlagsFromString('--expose-gc')
    const gc: unknown = runInNewContext('globalThis.gc')
    setFlagsFromString('--no-expose-gc')
    // Safe: as documented there.
    return typeof gc === 'function' ? (gc as Collect) : null
  } catch {
    // Where flags cannot be set.
    return null
  }
}
