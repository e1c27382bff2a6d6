/**
 * Writes to sockets together, at the end of a turn of the event loop: each write may wake a process on another core,
 * which costs more than all else about a small request; those that follow at once find it awake.
 */
import type { Writable } from 'node:stream'

let waiting: (() => void)[] = []

/** Does `write` at the end of this turn. */
export function writeAtTurnEnd(write: () => void): void {
  if (waiting.push(write) === 1) setImmediate(writeAll)
}

/** Holds back what is written to `socket` until the end of this turn. */
export function holdWrites(socket: Writable): void {
  if (socket.writableCorked > 0) return
  socket.cork()
  writeAtTurnEnd(() => socket.uncork())
}

function writeAll(): void {
  const writes = waiting
  waiting = []
  for (const write of writes) write()
}
