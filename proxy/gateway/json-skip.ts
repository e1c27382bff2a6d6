/**
 * Passes over the inside of a large JSON value, as json-skip.wat says: ten times as quick as a loop in JavaScript,
 * which has neither vectors nor words of 64 bits. Prompts are megabytes of it.
 */
import { skipWasm } from './json-skip-wasm.ts'

interface SkipExports {
  readonly memory: WebAssembly.Memory
  readonly depth: WebAssembly.Global<'i32'>
  readonly inString: WebAssembly.Global<'i32'>
  readonly isEscaped: WebAssembly.Global<'i32'>
  readonly skip: (length: number) => number
}

/** Where in a value the next byte stands. */
export interface SkipState {
  /** Open brackets. */
  depth: number
  isInString: boolean
  /** The byte before was a backslash that counts. */
  isEscaped: boolean
}

/** Bytes that are looked at together: what is left of them is the caller's. */
const STEP_BYTES = 64

let opened: { readonly run: SkipExports; readonly memory: Uint8Array } | null = null

/**
 * Goes on from `from` to just behind the bracket that leaves one open, else by whole steps as far as they go, and
 * keeps `state` up to date. Returns where it has got to; as far as `from` where there is less than one step.
 */
export function skipNested(bytes: Buffer, from: number, end: number, state: SkipState): number {
  opened ??= open()
  const { run, memory } = opened
  run.depth.value = state.depth
  run.inString.value = Number(state.isInString)
  run.isEscaped.value = Number(state.isEscaped)
  let at = from
  while (end - at >= STEP_BYTES) {
    const length = Math.min(memory.length, end - at) & -STEP_BYTES
    memory.set(bytes.subarray(at, at + length))
    const found = run.skip(length)
    if (found !== -1) {
      state.depth = 1
      state.isInString = false
      state.isEscaped = false
      return at + found
    }
    at += length
  }
  state.depth = run.depth.value
  state.isInString = run.inString.value === 1
  state.isEscaped = run.isEscaped.value === 1
  return at
}

function open(): NonNullable<typeof opened> {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(skipWasm, 'base64')))
  // Safe: a test compares the module with its source, which exports these.
  const run = exports as unknown as SkipExports
  return { run, memory: new Uint8Array(run.memory.buffer) }
}
