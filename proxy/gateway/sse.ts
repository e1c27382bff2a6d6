/**
 * Server-sent events as bytes (WHATWG HTML §9.2): finds whole events in chunks cut anywhere, and the data in them,
 * without decoding text. Lines end in LF, CRLF or CR.
 */

const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a
const SPACE = 0x20

/** Thrown when one event outgrows the limit: nothing sensible is that large, and memory must stay bounded. */
export class EventTooLarge extends Error {}

/**
 * Cuts a byte stream into blocks of whole events. In the usual case, a chunk that holds whole events and nothing
 * else, the chunk itself is handed back.
 */
export class EventFramer {
  readonly #limitBytes: number
  #carry: Buffer[] = []
  #carryBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** The whole events that this chunk completes, or null while there is none. @throws EventTooLarge */
  push(chunk: Buffer): Buffer | null {
    if (this.#carryBytes === 0) {
      const end = lastEventEnd(chunk)
      if (end < chunk.length) this.#keep(chunk.subarray(end))
      return end === chunk.length ? chunk : end === 0 ? null : chunk.subarray(0, end)
    }
    // A blank line may be cut between two chunks, so the search begins with the last bytes of what is kept.
    const tail = this.#carryTail()
    const end = lastEventEnd(Buffer.concat([tail, chunk])) - tail.length
    if (end <= 0) {
      this.#keep(chunk)
      return null
    }
    const block = Buffer.concat([...this.#carry, chunk.subarray(0, end)])
    this.#carry = []
    this.#carryBytes = 0
    if (end < chunk.length) this.#keep(chunk.subarray(end))
    return block
  }

  /** What is left at the end of the stream: a last event without its blank line, completed; null when nothing is. */
  end(): Buffer | null {
    if (this.#carryBytes === 0) return null
    const rest = Buffer.concat([...this.#carry, Buffer.from('\n\n')])
    this.#carry = []
    this.#carryBytes = 0
    return rest
  }

  #carryTail(): Buffer {
    const last = this.#carry.at(-1) ?? Buffer.alloc(0)
    // No piece is empty, so the last three pieces hold the last three bytes.
    return last.length >= 3 ? last.subarray(-3) : Buffer.concat(this.#carry.slice(-3)).subarray(-3)
  }

  #keep(rest: Buffer): void {
    this.#carryBytes += rest.length
    if (this.#carryBytes > this.#limitBytes) throw new EventTooLarge()
    this.#carry.push(rest)
  }
}

/** Offset behind the last blank line of `bytes`; 0 when there is none. */
export function lastEventEnd(bytes: Buffer): number {
  const { length } = bytes
  // Nearly every chunk ends with its event.
  if (length > 1 && bytes[length - 1] === LF && bytes[length - 2] === LF) return length
  let lf = bytes.lastIndexOf(LF)
  let cr = bytes.lastIndexOf(CR)
  // Each of the two searches goes on where it stood, so no byte is looked at twice.
  for (let at = Math.max(lf, cr); at > 0; at = Math.max(lf, cr)) {
    const before = bytes[at - 1]
    if (at === lf) {
      if (before === LF) return at + 1
      // CRLF CRLF, or LF CRLF: a line end right before the CR makes the line blank.
      if (before === CR && at >= 2 && (bytes[at - 2] === LF || bytes[at - 2] === CR)) return at + 1
      lf = bytes.lastIndexOf(LF, at - 1)
    } else {
      // A CR at the very end may be half of a CRLF: CR CR LF is a blank line all the same.
      if (before === CR) return at + 1
      cr = bytes.lastIndexOf(CR, at - 1)
    }
  }
  return 0
}

// Offset behind the blank line that ends the event which begins at `start`. Leading blank lines belong to it.
function eventEnd(block: Buffer, start: number): number {
  let isBegun = false
  let at = start
  while (at < block.length) {
    const { contentEnd, next } = lineEnd(block, at)
    if (contentEnd > at) isBegun = true
    else if (isBegun) return next
    at = next
  }
  return block.length
}

function lineEnd(bytes: Buffer, from: number): { readonly contentEnd: number; readonly next: number } {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === LF) return { contentEnd: at, next: at + 1 }
    if (byte === CR) return { contentEnd: at, next: bytes[at + 1] === LF ? at + 2 : at + 1 }
  }
  return { contentEnd: bytes.length, next: bytes.length }
}

/** An event's data and name. */
export interface EventFields {
  /** The `data` lines joined with LF; null for comments and events without data. A view where it is one line. */
  readonly data: Buffer | null
  /** Offset of `data` in the block when it is one line, else -1: only then can it be replaced in place. */
  readonly dataStart: number
  readonly name: string | null
}

export interface FramedEvent extends EventFields {
  /** Offset behind the event's blank line: where the next one begins. */
  readonly end: number
}

/** Reads the event that begins at `start` in a block of whole events. */
export function nextEvent(block: Buffer, start: number): FramedEvent {
  // The usual event: one line of data and a blank one, found without looking at every byte.
  const lf = block.indexOf(LF, start)
  if (block[lf + 1] === LF && lf > start + DATA_FIELD.length && beginsWithData(block, start)) {
    const data = block.subarray(start + DATA_FIELD.length, lf)
    if (!data.includes(CR)) return { data, dataStart: start + DATA_FIELD.length, name: null, end: lf + 2 }
  }
  const end = eventEnd(block, start)
  return { ...readEvent(block, start, end), end }
}

const DATA_FIELD = Buffer.from('data: ')

function beginsWithData(block: Buffer, start: number): boolean {
  for (let index = 0; index < DATA_FIELD.length; index++) {
    if (block[start + index] !== DATA_FIELD[index]) return false
  }
  return true
}

// The fields of the event in `block[start, end)`.
function readEvent(block: Buffer, start: number, end: number): EventFields {
  let data: Buffer | null = null
  let dataStart = -1
  let name: string | null = null
  let lines = 0
  // A byte order mark may stand before the first line.
  let at = block[start] === 0xef && block[start + 1] === 0xbb && block[start + 2] === 0xbf ? start + 3 : start
  while (at < end) {
    const { contentEnd, next } = lineEnd(block, at)
    if (startsWith(block, at, contentEnd, 'data')) {
      const valueStart = valueOffset(block, at + 4, contentEnd)
      const value = block.subarray(valueStart, contentEnd)
      lines++
      dataStart = lines === 1 ? valueStart : -1
      data = data === null ? value : Buffer.concat([data, Buffer.from('\n'), value])
    } else if (startsWith(block, at, contentEnd, 'event')) {
      name = block.toString('utf8', valueOffset(block, at + 5, contentEnd), contentEnd)
    }
    at = next
  }
  return { data, dataStart, name }
}

// A field is its name followed by a colon or by the end of the line.
function startsWith(bytes: Buffer, at: number, lineEndAt: number, field: string): boolean {
  if (lineEndAt - at < field.length) return false
  for (let index = 0; index < field.length; index++) {
    if (bytes[at + index] !== field.charCodeAt(index)) return false
  }
  return lineEndAt - at === field.length || bytes[at + field.length] === COLON
}

// Behind the colon and one space, if it has them.
function valueOffset(bytes: Buffer, at: number, lineEndAt: number): number {
  if (at >= lineEndAt) return lineEndAt
  return bytes[at + 1] === SPACE && at + 1 < lineEndAt ? at + 2 : at + 1
}

/** An event made anew: data of several lines becomes one, since JSON has no line ends that matter. */
export function rebuiltEvent(name: string | null, data: Buffer): Buffer {
  const line = data.toString('utf8').replaceAll(/[\r\n]+/g, ' ')
  return Buffer.from(`${name === null ? '' : `event: ${name}\n`}data: ${line}\n\n`)
}
