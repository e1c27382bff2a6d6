/**
 * Keeps compiled code over the pauses of a working day. Eight seconds after the last request V8 makes its heap small
 * ("memory reducer"), and lets go of all code that was compiled for objects of which none is alive just then: the whole
 * way of a request. At the pace of one developer it is not compiled again before the next pause, and each answer begins
 * half as late again. Here the heap is made small when nobody has asked for anything in ten minutes.
 */
import { setFlagsFromString } from 'node:v8'
import { collectGarbage } from './collector.ts'

const LOOK_MS = 30_000
const PAUSE_MS = 10 * 60_000
/** To get back less is not worth the code. */
const WORTH_BYTES = 32 * 1_048_576

/** What the engine has been asked for. */
export interface Work {
  /** Requests since start. */
  readonly total: number
  /** Those that run. */
  readonly active: number
}

/** Takes over from V8, in the whole process. Returns the way back. */
export function keepCompiledCode(work: Work): () => void {
  // `--no-memory-reducer` does nothing once V8 runs.
  setFlagsFromString('--memory-reducer-gc-count=0')
  const pause = new Pause(performance.now())
  const timer = setInterval(() => {
    if (pause.isLong(work, performance.now())) shrink()
  }, LOOK_MS).unref()
  return () => {
    clearInterval(timer)
    // As V8 has it.
    setFlagsFromString('--memory-reducer-gc-count=2')
  }
}

/** Tells of each long pause once. */
export class Pause {
  #since: number
  #total = 0
  #isToldOf = false

  /** @param now - ms, as of `performance.now()`. */
  constructor(now: number) {
    this.#since = now
  }

  /** True at the first look at which nobody has asked for anything in ten minutes. */
  isLong({ total, active }: Work, now: number): boolean {
    if (active > 0 || total !== this.#total) {
      this.#total = total
      this.#since = now
      this.#isToldOf = false
      return false
    }
    if (this.#isToldOf || now - this.#since < PAUSE_MS) return false
    this.#isToldOf = true
    return true
  }
}

function shrink(): void {
  const { heapTotal, heapUsed } = process.memoryUsage()
  if (heapTotal - heapUsed >= WORTH_BYTES) collectGarbage({ type: 'major', flavor: 'last-resort' })
}
