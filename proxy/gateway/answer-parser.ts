/**
 * Reads the answers of one HTTP/1.1 connection from its bytes (RFC 9112): heads become headers, bodies stay the bytes
 * they are. Pure: no socket, no clock. As strict as the parser of Node where leniency could glue two answers together.
 */
import type { IncomingHttpHeaders } from 'node:http'

/** What is told of an answer, in this order; interim answers (1xx) are passed over. */
export interface AnswerSink {
  onHead(status: number, headers: IncomingHttpHeaders): void
  onBody(bytes: Buffer): void
  onEnd(): void
}

/** Not HTTP/1.1, or not as it must be. */
export class BadAnswer extends Error {
  readonly code = 'BAD_ANSWER'
}

/** Of a head, and of what follows a chunked body. */
const HEAD_LIMIT_BYTES = 64 * 1024
/** Of the line before each chunk: a number, and extensions that nobody uses. */
const CHUNK_LINE_LIMIT_BYTES = 1024

type State = 'idle' | 'head' | 'counted' | 'until-close' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailer' | 'stopped'

export class AnswerParser {
  readonly #sink: AnswerSink
  #state: State = 'idle'
  #isForHead = false
  /** Bytes of a head or line whose end has not come yet. */
  #pending: Buffer | null = null
  /** Bytes of the body, or of its chunk, that are still to come. */
  #left = 0
  #trailerBytes = 0
  /** Whether the connection can take another request after this answer. */
  keepsAlive = false
  /** How long the upstream says it keeps an idle connection, ms; null when it does not say. */
  keepAliveMs: number | null = null
  /** There are bytes behind the answer that has just ended. */
  hasRest = false

  constructor(sink: AnswerSink) {
    this.#sink = sink
  }

  /** Expects an answer from now on. @param isForHead - to a HEAD request, whose answer has no body. */
  begin(isForHead: boolean): void {
    this.#state = 'head'
    this.#isForHead = isForHead
    this.#trailerBytes = 0
  }

  /** Tells nothing more of this answer. */
  stop(): void {
    this.#state = 'stopped'
    this.#pending = null
  }

  /** @throws BadAnswer, and whatever the sink throws. */
  push(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      switch (this.#state) {
        case 'head':
          at = this.#readHead(bytes, at)
          break
        case 'counted':
        case 'chunk':
          at = this.#readCounted(bytes, at)
          break
        case 'until-close':
          this.#sink.onBody(at === 0 ? bytes : bytes.subarray(at))
          return
        case 'chunk-line':
        case 'chunk-end':
        case 'trailer':
          at = this.#readLine(bytes, at)
          break
        case 'idle':
          throw new BadAnswer('The upstream sent more than its answer.')
        case 'stopped':
          return
      }
    }
  }

  /** The connection has ended. True when that is the end of the answer, too. */
  finish(): boolean {
    if (this.#state !== 'until-close') return false
    this.#end(0)
    return true
  }

  #readHead(bytes: Buffer, from: number): number {
    // Some servers end a body with a line break too many.
    let start = from
    if (this.#pending === null) while (bytes[start] === CR || bytes[start] === LF) start++
    if (start === bytes.length) return start
    const whole = this.#pending === null ? bytes : Buffer.concat([this.#pending, bytes])
    const head = this.#pending === null ? start : 0
    // The end may be cut in two.
    const found = whole.indexOf('\r\n\r\n', Math.max(head, (this.#pending?.length ?? 0) - 3))
    if ((found === -1 ? whole.length : found) - head > HEAD_LIMIT_BYTES)
      throw new BadAnswer('The headers of the answer are too large.')
    if (found === -1) {
      this.#pending = whole.subarray(head)
      // What is something else than HTTP may never end a head.
      if (!isBeginOfHead(this.#pending)) throw new BadAnswer('The answer is not HTTP/1.1.')
      return bytes.length
    }
    const behind = found + 4 - (whole.length - bytes.length)
    this.#pending = null
    this.#takeHead(whole.toString('latin1', head, found + 2), bytes.length - behind)
    return behind
  }

  #takeHead(text: string, restBytes: number): void {
    const { status, isOldVersion, headers } = parseHead(text)
    if (status === 101) throw new BadAnswer('The upstream switched the protocol, which nobody asked for.')
    if (status < 200) return
    const { connection, 'keep-alive': hint } = headers
    // In HTTP/1.0 there are no chunks; who sends them all the same may have been misunderstood (RFC 9112 §6.1).
    this.keepsAlive = isOldVersion
      ? hasToken(connection, 'keep-alive') && headers['transfer-encoding'] === undefined
      : !hasToken(connection, 'close')
    const seconds = hint === undefined ? null : /timeout=(\d+)/i.exec(String(hint))
    this.keepAliveMs = seconds === null ? null : Number(seconds[1]) * 1000
    this.#state = this.#bodyOf(status, headers)
    const hasNoBody = this.#state === 'counted' && this.#left === 0
    this.#sink.onHead(status, headers)
    if (hasNoBody && this.#isOpen()) this.#end(restBytes)
  }

  // RFC 9112 §6.3, in its order. Sets how much is to come.
  #bodyOf(status: number, headers: IncomingHttpHeaders): State {
    this.#left = 0
    if (this.#isForHead || status === 204 || status === 304) return 'counted'
    const { 'transfer-encoding': coding, 'content-length': length } = headers
    if (coding !== undefined) {
      if (length !== undefined) throw new BadAnswer('The answer states its length and that it comes in chunks.')
      if (hasToken(coding, 'chunked', { isLast: true })) return 'chunk-line'
    } else if (length !== undefined) {
      if (typeof length !== 'string' || !/^\d{1,15}$/.test(length))
        throw new BadAnswer('The answer states no valid length.')
      this.#left = Number(length)
      return 'counted'
    }
    this.keepsAlive = false
    return 'until-close'
  }

  #readCounted(bytes: Buffer, from: number): number {
    const end = Math.min(bytes.length, from + this.#left)
    this.#left -= end - from
    const isWhole = this.#left === 0
    const isChunk = this.#state === 'chunk'
    if (isWhole && isChunk) this.#state = 'chunk-end'
    this.#sink.onBody(from === 0 && end === bytes.length ? bytes : bytes.subarray(from, end))
    if (isWhole && !isChunk && this.#isOpen()) this.#end(bytes.length - end)
    return end
  }

  // Lines are short and mostly whole, so they are read in place.
  #readLine(bytes: Buffer, from: number): number {
    const found = bytes.indexOf(LF, from)
    const end = found === -1 ? bytes.length : found + 1
    const length = (this.#pending?.length ?? 0) + end - from
    const isTrailer = this.#state === 'trailer'
    if (length > (isTrailer ? HEAD_LIMIT_BYTES : CHUNK_LINE_LIMIT_BYTES))
      throw new BadAnswer('A line of the chunked answer is too long.')
    if (found === -1 || this.#pending !== null) {
      const part = bytes.subarray(from, end)
      this.#pending = this.#pending === null ? Buffer.from(part) : Buffer.concat([this.#pending, part])
      if (found === -1) return end
    }
    const line = this.#pending ?? bytes
    const start = this.#pending === null ? from : 0
    this.#pending = null
    if (length < 2 || line[start + length - 2] !== CR) throw new BadAnswer('A line of the chunked answer is not ended.')
    this.#takeLine(line, start, start + length - 2, bytes.length - end)
    return end
  }

  #takeLine(bytes: Buffer, start: number, end: number, restBytes: number): void {
    switch (this.#state) {
      case 'chunk-line':
        this.#left = chunkLength(bytes, start, end)
        this.#state = this.#left === 0 ? 'trailer' : 'chunk'
        return
      case 'chunk-end':
        if (start !== end) throw new BadAnswer('A chunk of the answer is longer than it says.')
        this.#state = 'chunk-line'
        return
      default:
        if (start === end) {
          this.#end(restBytes)
          return
        }
        // What stands there nobody reads; but what is no header may be a body, behind a chunk whose length is wrong.
        if (!TRAILER.test(bytes.toString('latin1', start, end)))
          throw new BadAnswer('What follows the answer is no header.')
        this.#trailerBytes += end - start
        if (this.#trailerBytes > HEAD_LIMIT_BYTES) throw new BadAnswer('What follows the answer is too long.')
    }
  }

  #end(restBytes: number): void {
    this.#state = 'idle'
    this.hasRest = restBytes > 0
    this.#sink.onEnd()
  }

  #isOpen(): boolean {
    return this.#state !== 'stopped'
  }
}

function isBeginOfHead(bytes: Buffer): boolean {
  const begin = bytes.toString('latin1', 0, HTTP.length)
  // Lines that end with LF alone never make an end of a head either.
  const lineEnd = bytes.indexOf(LF)
  return HTTP.startsWith(begin) && (lineEnd === -1 || bytes[lineEnd - 1] === CR)
}

const HTTP = 'HTTP/1.'
/** A header, or a folded line of one. */
const TRAILER = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:|[ \t])/
const CR = 0x0d
const LF = 0x0a

interface AnswerHead {
  readonly status: number
  /** HTTP/1.0, whose connections end unless they say otherwise. */
  readonly isOldVersion: boolean
  /** Names in lower case; what comes more than once as a list. */
  readonly headers: IncomingHttpHeaders
}

/** An object without inherited names, which V8 keeps as quick as one of a class. */
const HeaderTable = function () {} as unknown as new () => Record<string, string | string[]>
HeaderTable.prototype = Object.create(null)

/**
 * Reads a head.
 * @param text - latin1, every line with its CRLF, without the empty line.
 * @throws BadAnswer
 */
function parseHead(text: string): AnswerHead {
  if (FORBIDDEN.test(text)) throw new BadAnswer('The headers of the answer hold control characters.')
  const start = text.indexOf('\r\n')
  const [, minor, code] = STATUS_LINE.exec(text.slice(0, start)) ?? []
  if (code === undefined) throw new BadAnswer('The answer is not HTTP/1.1.')
  const headers = new HeaderTable()
  let last = ''
  for (let at = start + 2; at < text.length;) {
    const end = text.indexOf('\r\n', at)
    const isFolded = text.charCodeAt(at) === SPACE || text.charCodeAt(at) === TAB
    const colon = isFolded ? at : text.indexOf(':', at)
    if (colon === -1 || colon > end) throw new BadAnswer('A header of the answer has no name.')
    const value = trimmed(text, isFolded ? at : colon + 1, end)
    if (!isFolded) add(headers, (last = nameOf(text.slice(at, colon))), value)
    // An old form of long headers (RFC 9112 §5.2).
    else if (last === '') throw new BadAnswer('A header of the answer has no name.')
    else extend(headers, last, value)
    at = end + 2
  }
  return { status: Number(code), isOldVersion: minor === '0', headers }
}

const SPACE = 0x20
const TAB = 0x09
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/
// oxlint-disable-next-line no-control-regex -- what a header may not hold, and line breaks that are none
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/

function add(headers: Record<string, string | string[]>, name: string, value: string): void {
  const known = headers[name]
  if (known === undefined) headers[name] = value
  // Everybody reads these two as texts, as their type says.
  else if (name === 'content-type') return
  else if (name === 'content-encoding') headers[name] = `${String(known)}, ${value}`
  else if (typeof known === 'string') headers[name] = [known, value]
  else known.push(value)
}

function extend(headers: Record<string, string | string[]>, name: string, more: string): void {
  const known = headers[name]
  if (typeof known === 'string') headers[name] = `${known} ${more}`
  else known?.push(`${known.pop() ?? ''} ${more}`)
}

function trimmed(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB
}

/** Names as they were sent → in lower case. Upstreams send the same few for ever; a hostile one could send more. */
const names = new Map<string, string>()
const MOST_NAMES = 1000
const LONGEST_NAME = 64

function nameOf(sent: string): string {
  const known = names.get(sent)
  if (known !== undefined) return known
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(sent)) throw new BadAnswer('A header of the answer has no valid name.')
  if (names.size >= MOST_NAMES || sent.length > LONGEST_NAME) return sent.toLowerCase()
  // A copy: what is cut out of a head keeps all of it in memory.
  const copy = Buffer.from(sent).toString('latin1')
  const name = copy.toLowerCase()
  names.set(copy, name)
  return name
}

/** Whether a list of tokens has this one; with `isLast`, as its last. */
function hasToken(list: string | string[] | undefined, token: string, { isLast = false } = {}): boolean {
  if (list === undefined) return false
  if (list === token) return true
  const tokens = String(list).toLowerCase().split(',')
  return isLast ? tokens.at(-1)?.trim() === token : tokens.some((one) => one.trim() === token)
}

function chunkLength(bytes: Buffer, start: number, end: number): number {
  let length = 0
  let at = start
  for (; at < end; at++) {
    const digit = hexDigit(bytes[at] ?? 0)
    if (digit === -1) break
    length = length * 16 + digit
  }
  // Behind the number only blanks and extensions (RFC 9112 §7.1.1).
  let behind = at
  while (behind < end && isBlank(bytes[behind] ?? 0)) behind++
  const isValid = at > start && at - start <= 12 && (behind === end || bytes[behind] === SEMICOLON)
  if (!isValid) throw new BadAnswer('A chunk of the answer states no valid length.')
  return length
}

const SEMICOLON = 0x3b

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
