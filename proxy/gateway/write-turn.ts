/**
 * Writes to sockets together, at the end of a turn of the event loop, where there are many of them: a write may wake a
 * process on another core, which costs more than all else about a small request; those that follow at once find it
 * awake. Where there are few, nothing waits.
 */

/** As many writes in a turn are few. */
const FEW = 2

let waiting: (() => void)[] = []
let writesInTurn = 0
let writesInLastTurn = 0

/** Whether the next write is held to the end of this turn. */
export function holdsWrites(): boolean {
  return writesInLastTurn > FEW
}

/** Does `write` at the end of this turn; at once where there are few. */
export function writeInTurn(write: () => void): void {
  if (holdsWrites()) waiting.push(write)
  else write()
  if (writesInTurn++ === 0) setImmediate(endTurn)
}

function endTurn(): void {
  writesInLastTurn = writesInTurn
  writesInTurn = 0
  const writes = waiting
  waiting = []
  for (const write of writes) {
    try {
      write()
    } catch (bug) {
      // Reported as what it is; thrown from here it would keep the others from being written.
      queueMicrotask(() => {
        throw bug
      })
    }
  }
}
