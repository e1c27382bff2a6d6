/**
 * Finds members of a JSON object without parsing it: a structural scan that knows strings, escapes and nesting,
 * and reports where the values of the wanted top-level members stand. It can stop at any byte and go on when more
 * has arrived, so that an 8 MB prompt never blocks the process in one piece.
 *
 * It does not validate: what only a full parse could judge is left to the upstream. For valid JSON it finds exactly
 * the members that `JSON.parse` would, doubled and escaped names included (fuzz-tested against it).
 */
import { skipNested } from './json-skip.ts'

/** Byte offsets of a value: `end` is exclusive, no white space around. */
export interface ValueSpan {
  readonly start: number
  readonly end: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COMMA = 0x2c
const COLON = 0x3a

/** From this length on a native search pays its call. */
const BYTES_BEFORE_SEARCH = 64
/** From this length on the quick way over nested values pays its copy, also where its code is not at hand. */
const BYTES_BEFORE_SKIP = 4096

type State =
  | 'start'
  | 'key'
  | 'in-key'
  | 'colon'
  | 'value'
  | 'in-value'
  | 'in-string'
  | 'nested'
  | 'nested-string'
  | 'done'
  | 'not-object'

export class TopLevelScanner {
  /** Every occurrence of the wanted members, in order; the first `mostFound` of them. */
  readonly found: { readonly key: string; readonly span: ValueSpan }[] = []
  readonly #wanted: readonly string[]
  readonly #mostFound: number
  #state: State = 'start'
  /** Bytes of the pieces before this one. All offsets that are kept are of the whole. */
  #before: number
  #depth = 0
  #isEscaped = false
  /** Opening quote of the name that is read, in this piece. */
  #keyStart = 0
  /** The name's beginning in the pieces before. */
  #keyHead: Buffer | null = null
  #keyHasEscape = false
  #key: string | null = null
  #valueStart = 0
  #lastSolid = 0
  #firstMemberAt: number | null = null

  /**
   * @param wanted - names, ASCII only.
   * @param before - offset of the first piece in what the spans are to be of.
   * @param mostFound - where to stop noting: each takes ten times the memory of the shortest member.
   */
  constructor(wanted: readonly string[], before = 0, mostFound = Infinity) {
    this.#wanted = wanted
    this.#before = before
    this.#mostFound = mostFound
  }

  /** Offset behind the opening brace; null before it. */
  get firstMemberAt(): number | null {
    return this.#firstMemberAt
  }

  /** True once the object has been closed. */
  get isDone(): boolean {
    return this.#state === 'done'
  }

  /** True when the text is something else than an object. */
  get isNotObject(): boolean {
    return this.#state === 'not-object'
  }

  /** Scans the next piece. */
  advance(bytes: Buffer): void {
    const end = bytes.length
    let at = 0
    while (at < end) {
      switch (this.#state) {
        case 'nested-string':
          at = end - at < BYTES_BEFORE_SKIP ? this.#skipString(bytes, at, end) : this.#skipMuch(bytes, at, end)
          break
        case 'nested':
          at = end - at < BYTES_BEFORE_SKIP ? this.#skipNested(bytes, at, end) : this.#skipMuch(bytes, at, end)
          break
        case 'in-string':
          at = this.#skipString(bytes, at, end)
          break
        case 'done':
        case 'not-object':
          at = end
          break
        default:
          this.#step(bytes, at)
          at++
      }
    }
    if (this.#state === 'in-key') this.#keepKey(bytes)
    this.#before += end
  }

  // Moves to just behind the closing quote, or to `end`. Looks for quotes only: whether one is escaped is told by the
  // backslashes before it, which costs less than a look at every byte for both.
  #skipString(bytes: Buffer, from: number, end: number): number {
    let start = from
    if (this.#isEscaped) {
      this.#isEscaped = false
      start++
    }
    let at = start
    while (at < end) {
      const stop = Math.min(end, at + BYTES_BEFORE_SEARCH)
      while (at < stop && bytes[at] !== QUOTE) at++
      if (at === stop) {
        // A long stretch without a quote: the native search is quicker from here.
        const found = at < end ? bytes.indexOf(QUOTE, at) : -1
        at = found === -1 ? end : found
      }
      const isEscaped = at > start && bytes[at - 1] === BACKSLASH && backslashesBefore(bytes, at, start) % 2 === 1
      if (at === end) {
        // An escape may be cut in two: its second half comes with the next bytes.
        this.#isEscaped = isEscaped
        return end
      }
      if (!isEscaped) return this.#endString(at)
      at++
      start = at
    }
    // The first byte was the second half of an escape, and the last one there is.
    return end
  }

  #endString(quote: number): number {
    if (this.#state === 'nested-string') this.#state = 'nested'
    else {
      this.#lastSolid = this.#before + quote + 1
      this.#state = 'in-value'
    }
    return quote + 1
  }

  // The same for all that is nested, strings included, where there is much of it.
  #skipMuch(bytes: Buffer, from: number, end: number): number {
    const state = { depth: this.#depth, isInString: this.#state === 'nested-string', isEscaped: this.#isEscaped }
    const at = skipNested(bytes, from, end, state)
    this.#depth = state.depth
    this.#isEscaped = state.isEscaped
    if (state.depth === 1) {
      this.#lastSolid = this.#before + at
      this.#state = 'in-value'
    } else this.#state = state.isInString ? 'nested-string' : 'nested'
    return at
  }

  #skipNested(bytes: Buffer, from: number, end: number): number {
    let depth = this.#depth
    for (let at = from; at < end; at++) {
      const byte = bytes[at]
      if (byte === QUOTE) {
        this.#depth = depth
        this.#state = 'nested-string'
        return at + 1
      }
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth--
        if (depth === 1) {
          this.#depth = 1
          this.#lastSolid = this.#before + at + 1
          this.#state = 'in-value'
          return at + 1
        }
      }
    }
    this.#depth = depth
    return end
  }

  #step(bytes: Buffer, at: number): void {
    const byte = bytes[at] ?? 0
    switch (this.#state) {
      case 'start':
        if (byte === OPEN_BRACE) {
          this.#depth = 1
          this.#firstMemberAt = this.#before + at + 1
          this.#state = 'key'
        } else if (!isSpace(byte) && !isByteOrderMark(byte)) this.#state = 'not-object'
        return
      case 'key':
        if (byte === QUOTE) {
          this.#keyStart = at
          this.#keyHead = null
          this.#keyHasEscape = false
          this.#state = 'in-key'
        } else if (byte === CLOSE_BRACE) this.#state = 'done'
        return
      case 'in-key':
        if (this.#isEscaped) this.#isEscaped = false
        else if (byte === BACKSLASH) {
          this.#isEscaped = true
          this.#keyHasEscape = true
        } else if (byte === QUOTE) {
          this.#key = this.#readKey(bytes, at)
          this.#state = 'colon'
        }
        return
      case 'colon':
        if (byte === COLON) this.#state = 'value'
        return
      case 'value':
        if (isSpace(byte)) return
        this.#valueStart = this.#before + at
        this.#lastSolid = this.#valueStart + 1
        if (byte === QUOTE) this.#state = 'in-string'
        else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
          this.#depth = 2
          this.#state = 'nested'
        } else this.#state = 'in-value'
        return
      case 'in-value':
        if (byte === COMMA || byte === CLOSE_BRACE) {
          if (this.#key !== null && this.found.length < this.#mostFound)
            this.found.push({ key: this.#key, span: { start: this.#valueStart, end: this.#lastSolid } })
          this.#state = byte === COMMA ? 'key' : 'done'
        } else if (!isSpace(byte)) this.#lastSolid = this.#before + at + 1
        return
      default:
        return
    }
  }

  // A name may be cut in two. What is longer than any wanted one, written as escapes of six, grows no further.
  #keepKey(bytes: Buffer): void {
    const part = bytes.subarray(this.#keyStart)
    if (!this.#keyHead) this.#keyHead = Buffer.from(part)
    else if (this.#isPossible(this.#keyHead.length)) this.#keyHead = Buffer.concat([this.#keyHead, part])
    this.#keyStart = 0
  }

  #isPossible(rawLength: number): boolean {
    return this.#wanted.some((key) => rawLength <= key.length * 6 + 2)
  }

  // The decoded name when it is wanted, else null.
  #readKey(bytes: Buffer, endQuote: number): string | null {
    if (this.#keyHead) return this.#readKeyAt(Buffer.concat([this.#keyHead, bytes.subarray(0, endQuote + 1)]), 0)
    return this.#readKeyAt(bytes, this.#keyStart, endQuote)
  }

  #readKeyAt(bytes: Buffer, start: number, endQuote = bytes.length - 1): string | null {
    const length = endQuote - start - 1
    if (!this.#keyHasEscape) return this.#wanted.find((key) => isAt(bytes, start + 1, length, key)) ?? null
    if (!this.#isPossible(length + 2)) return null
    try {
      const key: unknown = JSON.parse(bytes.toString('utf8', start, endQuote + 1))
      return this.#wanted.find((wanted) => wanted === key) ?? null
    } catch {
      // A bad escape: no parser takes this body for valid, so the upstream refuses it.
      return null
    }
  }
}

/** The wanted top-level members of a whole object. */
export function scanObject(bytes: Buffer, wanted: readonly string[], from = 0, end = bytes.length): TopLevelScanner {
  const scanner = new TopLevelScanner(wanted, from)
  scanner.advance(from === 0 && end === bytes.length ? bytes : bytes.subarray(from, end))
  return scanner
}

/** Whether these bytes are the name; all wanted ones are ASCII. */
function isAt(bytes: Buffer, start: number, length: number, name: string): boolean {
  if (name.length !== length) return false
  for (let at = 0; at < length; at++) if (bytes[start + at] !== name.charCodeAt(at)) return false
  return true
}

function backslashesBefore(bytes: Buffer, at: number, from: number): number {
  let count = 0
  while (at - count > from && bytes[at - count - 1] === BACKSLASH) count++
  return count
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isByteOrderMark(byte: number): boolean {
  return byte === 0xef || byte === 0xbb || byte === 0xbf
}
