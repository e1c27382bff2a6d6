/**
 * Looks at what waits, ten times a second: whether an answer is overdue, or a silence too long. One timer for all of
 * them; two of their own for each request would cost more than all else that is decided about it.
 */

const LOOK_MS = 100

export abstract class Watched {
  /** Place in the list; -1 outside. */
  watchedAt = -1

  /** @param now - of `performance.now()`: a changed clock makes nothing late. */
  abstract look(now: number): void
}

// No Set: its table outlives what has been deleted from it, and keeps whole requests from the garbage collector.
const watched: Watched[] = []
let timer: NodeJS.Timeout | null = null

/** Looks at it from now on, until `unwatch`. */
export function watch(item: Watched): void {
  if (item.watchedAt !== -1) return
  item.watchedAt = watched.push(item) - 1
  // What is watched keeps the process alive by its sockets.
  timer ??= setInterval(lookAtAll, LOOK_MS).unref()
}

/** Looks at it no more. */
export function unwatch(item: Watched): void {
  const place = item.watchedAt
  if (place === -1) return
  item.watchedAt = -1
  const last = watched.pop()
  if (!last || last === item) return
  watched[place] = last
  last.watchedAt = place
}

function lookAtAll(): void {
  const now = performance.now()
  // From the end: a place that becomes free is taken by one that has been looked at.
  for (let place = watched.length - 1; place >= 0; place--) watched[place]?.look(now)
  if (watched.length > 0 || timer === null) return
  // A program at rest wakes up for nothing.
  clearInterval(timer)
  timer = null
}
