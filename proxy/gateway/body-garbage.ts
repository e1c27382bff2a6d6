/**
 * Frees the memory of large bodies when they are done with. V8 counts it as memory outside of its heap and marks the
 * whole heap after each 32 MB of it, which costs a prompt of 1 MB more than all that is done with it; a collection of
 * young objects, in which nearly all bodies are, frees the same at a twentieth.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Well before V8 does something about it, since what is freed counts for a while longer. */
const WORTH_BYTES = 8 * 1_048_576
const MOST_BYTES = 20 * 1_048_576

type Collect = (options: { readonly type: 'minor' }) => void

let freedBytes = 0
/** Undefined until it is needed; null where this V8 has none to give. */
let collect: Collect | null | undefined

/**
 * Notes that nobody holds so many bytes of bodies any more.
 *
 * @param heldBytes - of the bodies that are still needed. What is young twice grows old, and stays until the whole heap is
 *   marked: so much of them as may be is kept out of it.
 */
export function noteFreedBody(bytes: number, heldBytes: number): void {
  freedBytes += bytes
  if (freedBytes < WORTH_BYTES || (freedBytes < MOST_BYTES && heldBytes * 4 > freedBytes)) return
  freedBytes = 0
  // Behind the answers that are about to leave.
  setImmediate(() => {
    if (collect === undefined) collect = openCollector()
    collect?.({ type: 'minor' })
  })
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
    // A V8 that does not let its flags be set collects as it always did.
    return null
  }
}
