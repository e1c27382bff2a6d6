/**
 * Frees the memory of large bodies when they are done with. V8 counts it as memory outside of its heap and marks the
 * whole heap after each 32 MB of it, which costs a prompt of 1 MB more than all that is done with it; a collection of
 * young objects, in which nearly all bodies are, frees the same at a twentieth.
 */
import { collectGarbage } from '../collector.ts'

/** Well before V8 does something about it, since what is freed counts for a while longer. */
const WORTH_BYTES = 8 * 1_048_576
const MOST_BYTES = 20 * 1_048_576

let freedBytes = 0

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
  setImmediate(() => collectGarbage({ type: 'minor' }))
}
