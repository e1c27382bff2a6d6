/**
 * Frees the memory of large bodies when they are done with. V8 counts it as memory outside of its heap and marks the
 * whole heap after each 64 MB of it, which costs as much as half of all that is done with a prompt; a collection of
 * young objects, in which nearly all bodies are, frees the same at a twentieth.
 */
import { collectGarbage } from '../collector.ts'

/** Well before V8 does something about it, since what is freed counts for a while longer. */
const WORTH_BYTES = 8 * 1_048_576

let freedBytes = 0

/** Notes that nobody holds so many bytes of bodies any more. */
export function noteFreedBody(bytes: number): void {
  freedBytes += bytes
  if (freedBytes < WORTH_BYTES) return
  freedBytes = 0
  // Behind the answers that are about to leave.
  setImmediate(() => collectGarbage({ type: 'minor' }))
}
