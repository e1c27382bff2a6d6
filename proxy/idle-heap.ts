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

/**
 * The first eight seconds of a process, with a margin: until then V8 has not begun to make the heap small. Once it has, it
 * ends the process when it finds that it has done so more often than the flag allows.
 */
const SAFE_SECONDS = 5
let isOurs = false

/** Takes over from V8, for as long as the process lives, if that is young enough; else all stays as V8 does it. */
export function keepCompiledCode(work: Work): () => void {
  if (!isOurs && process.uptime() < SAFE_SECONDS) {
    // `--no-memory-reducer` does nothing once V8 runs.
    setFlagsFromString('--memory-reducer-gc-count=0')
    isOurs = true
  }
  if (!isOurs) return () => undefined
  const pause = new Pause(performance.now())
  const timer = setInterval(() => {
    if (pause.isLong(work, performance.now())) shrink()
  }, LOOK_MS).unref()
  return () => clearInterval(timer)
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
