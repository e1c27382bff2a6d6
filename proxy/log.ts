/**
 * The log of the engine: one line an event, with the tags that users know, as text or as JSON.
 * What comes in may hold anything a client sent: line breaks and control characters are escaped, so that nobody can
 * forge a line, and whatever looks like a key is masked, should one have slipped through to here.
 */
import type { RequestRecord } from './contract.ts'
import { maskSecrets } from './log-masks.ts'
import { requestFields, requestText } from './log-request.ts'
import type { Language } from './log-texts.ts'

export type LogTag = 'SYSTEM' | 'CONFIG' | 'ROUTE' | 'INFO' | 'WARN' | 'ERROR'

/** Details of a line. Objects are written as JSON, an Error as its message; undefined is left out. */
export type LogFields = Readonly<Record<string, unknown>>

export interface Logger {
  system(message: string, fields?: LogFields): void
  config(message: string, fields?: LogFields): void
  route(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /**
   * The one line of a request that has ended. It waits a moment for others: made and written together they cost half,
   * and no request waits for the line of another. All other lines write what waits first.
   */
  requestLine(record: RequestRecord): void
  /** Writes what waits: before the process ends. */
  flush(): void
  /**
   * Writes a line as it is: no tag, no masking, not kept in `tail`. Only for what is meant for the eyes at a terminal,
   * like the first project key; the caller makes sure that it is one.
   */
  print(line: string): void
  /** The last 200 lines, oldest first. */
  tail(): readonly string[]
}

export interface LoggerOptions {
  /** Asked for each line, so that a reload can change it. */
  readonly format: () => 'text' | 'json'
  readonly language: () => Language
  /** Takes a line without its line break; must neither block nor throw: see `lineWriter`. */
  readonly write: (line: string) => void
  /** Epoch ms. */
  readonly now?: () => number
}

export function createLogger(options: LoggerOptions): Logger {
  const now = options.now ?? Date.now
  const kept: string[] = []
  let waiting: { readonly record: RequestRecord; readonly at: number }[] = []
  let timer: NodeJS.Timeout | null = null

  const write = (tag: LogTag, message: string, fields: LogFields, at: number) => {
    const format = options.format() === 'json' ? jsonLine : textLine
    const line = maskSecrets(format(tag, message, fields, at))
    kept.push(line)
    // Not with each line, which would move all that are kept.
    if (kept.length > 2 * keptLines) kept.splice(0, kept.length - keptLines)
    options.write(line)
  }
  const flush = () => {
    if (timer) clearTimeout(timer)
    timer = null
    const ended = waiting
    waiting = []
    for (const { record, at } of ended) {
      if (options.format() === 'json') {
        const { tag, message, fields } = requestFields(record, options.language())
        write(tag, message, fields, at)
      } else {
        const { tag, text } = requestText(record, options.language())
        write(tag, text, {}, at)
      }
    }
  }
  const log = (tag: LogTag, message: string, fields: LogFields = {}) => {
    flush()
    write(tag, message, fields, now())
  }

  return {
    system: (message, fields) => log('SYSTEM', message, fields),
    config: (message, fields) => log('CONFIG', message, fields),
    route: (message, fields) => log('ROUTE', message, fields),
    info: (message, fields) => log('INFO', message, fields),
    warn: (message, fields) => log('WARN', message, fields),
    error: (message, fields) => log('ERROR', message, fields),
    requestLine(record) {
      waiting.push({ record, at: now() })
      timer ??= setTimeout(flush, GATHER_MS)
    },
    flush,
    print(line) {
      flush()
      options.write(line)
    },
    tail() {
      flush()
      return kept.slice(-keptLines)
    },
  }
}

/** Where lines go. */
export interface LineWriter {
  (line: string): void
  /** Hands over what waits: before the process ends. */
  readonly flush: () => void
}

/**
 * Writes lines to stdout or another stream without ever blocking or throwing. Lines of one turn of the event loop go
 * out together: under load a system call each would cost more than the requests they tell of. A reader that doesn't
 * keep up costs lines, not memory: beyond 1 MiB they are dropped, and a line says how many. After EPIPE all is silent.
 */
export function lineWriter(stream: NodeJS.WritableStream & { readonly writableLength?: number }): LineWriter {
  let isBroken = false
  let dropped = 0
  let waiting = ''
  let isScheduled = false
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has gone; anything else (a full disk) may pass.
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') isBroken = true
  })
  const flush = () => {
    isScheduled = false
    if (waiting === '' || isBroken || !stream.writable) return
    const lines = waiting
    waiting = ''
    try {
      stream.write(lines)
    } catch {
      // A destroyed stream may throw; a log line is never worth an error.
      isBroken = true
    }
  }
  const write = (line: string) => {
    if (isBroken || !stream.writable) return
    if ((stream.writableLength ?? 0) + waiting.length > maxBufferedBytes) {
      dropped += 1
      return
    }
    if (dropped > 0) waiting += `… ${dropped} log lines dropped: the reader did not keep up\n`
    dropped = 0
    waiting += `${line}\n`
    if (isScheduled) return
    isScheduled = true
    setImmediate(flush)
  }
  return Object.assign(write, { flush })
}

/** How long the line of a request may wait for others. */
const GATHER_MS = 25
const keptLines = 200
const maxBufferedBytes = 1_048_576

function textLine(tag: LogTag, message: string, fields: LogFields, at: number): string {
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${textValue(value)}`)
  return escapeControls(`${localTime(at)} [${tag}] ${message}${pairs.join('')}`)
}

function jsonLine(tag: LogTag, message: string, fields: LogFields, at: number): string {
  const plain = Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? value.message : value])
  const line = { time: new Date(at).toISOString(), tag, message, ...Object.fromEntries(plain) }
  // The first three stand whatever the fields are called; JSON leaves a few control characters as they are.
  return escapeControls(JSON.stringify({ ...line, time: new Date(at).toISOString(), tag, message }))
}

/** Bare where it reads well, else quoted as in JSON. */
function textValue(value: unknown): string {
  if (value instanceof Error) return textValue(value.message)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const isBare = typeof value !== 'string' || /^[^\s"=]+$/.test(text)
  return isBare ? text : JSON.stringify(text)
}

/** Escapes line breaks, control characters and the marks that reorder text on a screen. */
function escapeControls(text: string): string {
  if (!controls.test(text)) return text
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, (character) => {
    const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
    return named[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

const controls = /[\p{Cc}\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]/u

let lastSecond = { at: Number.NaN, text: '' }

/** 2026-11-23 17:20:01, in the machine's time zone. Many lines share a second: its text is kept. */
function localTime(at: number): string {
  const second = Math.floor(at / 1000)
  if (lastSecond.at !== second) lastSecond = { at: second, text: formatTime(at) }
  return lastSecond.text
}

function formatTime(at: number): string {
  const time = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}
