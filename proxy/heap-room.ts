/**
 * Leaves V8's heap room to grow before all of it is marked. After each marking V8 sets a limit: once the process has
 * paused for some seconds, little over what it found. It counts the bodies of requests toward that, and begins to mark
 * when less is left than its young objects may take: where prompts of 8 MB come in it never stops, and marking is two
 * thirds of what they cost. With more room, bodies are freed among the young (`gateway/body-garbage.ts`) long before.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'

/** What young objects take on a busy day. */
const ROOM_BYTES = 64 * 1_048_576
/** The least by which V8 itself lets a heap grow that seems to be at rest. */
const LEAST_PERCENT = 30
const LOOK_MS = 30_000

/** Keeps that room, while what the heap holds changes, until what it gives back is called. */
export function leaveHeapRoom(): () => void {
  const look = () => {
    // Read at the end of each marking: `GrowingFactor` in V8's src/heap/heap-controller.cc. That of Node 22 knows it, too,
    // but does not heed it.
    setFlagsFromString(`--heap-growing-percent=${growthPercent(getHeapStatistics().used_heap_size)}`)
  }
  look()
  const timer = setInterval(look, LOOK_MS).unref()
  return () => clearInterval(timer)
}

/** By how much of itself a heap may grow until it is marked: a small one by `ROOM_BYTES`, a large one by a share. */
export function growthPercent(heapBytes: number): number {
  return Math.max(LEAST_PERCENT, Math.round((100 * ROOM_BYTES) / heapBytes))
}
