/**
 * When an upstream says it may be asked again. Every form that has been seen: durations as Go writes
 * them, dates, epoch times, plain seconds, and words in a message. All results are milliseconds from
 * `now`, finite and not negative; what can't be read is null.
 */

import { asList, asRecord, asText } from './json-values.ts'
import type { JsonRecord } from './json-values.ts'

/** Hints outside of these bounds are drawn to them. */
const minHintMs = 200
const maxHintMs = 24 * 3_600_000

const unitMs = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Longer ones first, so that `ms` is not read as minutes. */
const duration = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/y

const wordedWait = /\b(?:(?:try again|retry)(?: in| after)|wait(?: for)?)[:\s]+(?:about |at least )?(\d[^"\n]{0,60})/i
const wordedDuration =
  /(\d+(?:\.\d+)?)\s*(milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![a-z])[\s,]*(?:and )?/iy

/** Zhipu states reset times without a zone, and they are Beijing's. */
const wordedTime =
  /(?:resets? (?:at|on)|regain access on|将在)\s*(\d{4}-\d\d-\d\d)(?:\s+at\s+|[ T])?(\d\d:\d\d(?::\d\d)?)?(?:\.\d+)?\s*(Z|UTC|[+-]\d\d:?\d\d)?/i

export interface RetryHintSources {
  readonly status: number
  readonly header: (name: string) => string | null
  /** The error object in the body, else null. */
  readonly error: JsonRecord | null
  readonly message: string
}

/** The first hint found, what was said most exactly first, between 200 ms and 24 h; null without one. */
export function retryAfterMs(sources: RetryHintSources, now: number): number | null {
  const hint = firstHint(sources, now)
  return hint === null ? null : Math.min(Math.max(Math.round(hint), minHintMs), maxHintMs)
}

/** `retry-after-ms` (float milliseconds), else `retry-after`. */
export function retryAfterFromHeaders(header: (name: string) => string | null, now: number): number | null {
  const ms = header('retry-after-ms')
  const exact = ms === null ? null : parseNumber(ms)
  if (exact !== null) return exact
  const value = header('retry-after')
  return value === null ? null : parseRetryAfter(value, now)
}

/** A `retry-after` value: seconds, float allowed, or a date (RFC 9110 §10.2.3). A date that has passed is 0. */
export function parseRetryAfter(value: string, now: number): number | null {
  const seconds = parseNumber(value)
  if (seconds !== null) return finiteMs(seconds * 1000)
  return parseResetDuration(value) ?? parseDate(value, now)
}

/** A duration as Go and protobuf write it: `1s`, `6m0s`, `494ms`, `1m0.052s`, `45.578s`. */
export function parseResetDuration(value: string): number | null {
  const text = value.trim()
  let totalMs = 0
  let position = 0
  while (position < text.length) {
    duration.lastIndex = position
    const match = duration.exec(text)
    if (match === null) return null
    // Safe: the second group matches the names of these units only.
    totalMs += Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]
    position = duration.lastIndex
  }
  return text === '' ? null : finiteMs(totalMs)
}

/**
 * A time of reset in any form: a duration, a date, or a number, which is an epoch time in milliseconds
 * or seconds when it is as large as one, else seconds from now.
 */
export function parseReset(value: string, now: number): number | null {
  const number = parseNumber(value)
  if (number === null) return parseResetDuration(value) ?? parseDate(value, now)
  if (number >= 1e11) return finiteMs(number - now)
  if (number >= 1e9) return finiteMs(number * 1000 - now)
  return finiteMs(number * 1000)
}

/** A wait named in a message: "try again in 41.724s", "retry after 20 seconds", "resets at 2026-01-02 03:04:05". */
export function parseWordedWait(message: string, now: number): number | null {
  const words = wordedWait.exec(message)?.[1]
  const waitMs = words === undefined ? null : parseWordedDuration(words)
  if (waitMs !== null) return waitMs

  const [, day, time = '00:00', zone] = wordedTime.exec(message) ?? []
  if (day !== undefined) {
    const offset = zone === undefined ? '+08:00' : /^(?:Z|UTC)$/i.test(zone) ? 'Z' : zone
    return parseDate(`${day}T${time}${offset}`, now)
  }
  // SiliconFlow names the limit: requests, tokens or images per day, which begin anew at midnight.
  return /\b[RTI]PD limit/.test(message) ? msUntilMidnight('Asia/Shanghai', now) : null
}

function firstHint({ status, header, error, message }: RetryHintSources, now: number): number | null {
  const details = asList(error?.['details']).map(asRecord)
  // A spent day still carries a RetryInfo of seconds: the quota's name decides (google-gemini/gemini-cli#8437).
  const isDaySpent = details.some((detail) =>
    asList(detail?.['violations']).some((violation) => /PerDay/i.test(asText(asRecord(violation)?.['quotaId']) ?? '')),
  )
  if (isDaySpent) return msUntilMidnight('America/Los_Angeles', now)

  return (
    retryAfterFromHeaders(header, now) ??
    retryDelayOf(details) ??
    resetOf(error, now) ??
    // Every answer carries these headers; only a 429 says that they are why it was refused.
    (status === 429 ? exhaustedReset(header, now) : null) ??
    parseWordedWait(message, now)
  )
}

/** `google.rpc.RetryInfo` among Gemini's details. */
function retryDelayOf(details: readonly (JsonRecord | null)[]): number | null {
  for (const detail of details) {
    const delay = asText(detail?.['retryDelay'])
    const ms = delay === null ? null : parseResetDuration(delay)
    if (ms !== null) return ms
  }
  return null
}

/** OpenRouter: the headers of the provider behind it, or the end of a budget's period. */
function resetOf(error: JsonRecord | null, now: number): number | null {
  const metadata = asRecord(error?.['metadata'])
  const headers = asRecord(metadata?.['headers'])
  const found = headers?.['X-RateLimit-Reset'] ?? metadata?.['resets_at'] ?? error?.['resets_at']
  return typeof found === 'string' || typeof found === 'number' ? parseReset(String(found), now) : null
}

const limitFamilies = [
  ...['requests', 'tokens'].map((kind) => ({
    limit: `x-ratelimit-limit-${kind}`,
    remaining: `x-ratelimit-remaining-${kind}`,
    reset: `x-ratelimit-reset-${kind}`,
  })),
  ...['requests', 'tokens', 'input-tokens', 'output-tokens'].map((kind) => ({
    limit: `anthropic-ratelimit-${kind}-limit`,
    remaining: `anthropic-ratelimit-${kind}-remaining`,
    reset: `anthropic-ratelimit-${kind}-reset`,
  })),
  { limit: 'x-ratelimit-limit', remaining: 'x-ratelimit-remaining', reset: 'x-ratelimit-reset' },
]

/** The latest reset among the limits that are used up. Azure sends 0 and -1 for "unknown", limit included. */
function exhaustedReset(header: (name: string) => string | null, now: number): number | null {
  const resets = limitFamilies.flatMap(({ limit, remaining, reset }) => {
    const left = header(remaining)
    const allowed = header(limit)
    const isUsedUp = left !== null && parseNumber(left) === 0 && (allowed === null || Number(allowed) > 0)
    const value = isUsedUp ? header(reset) : null
    const ms = value === null ? null : parseReset(value, now)
    return ms === null || ms === 0 ? [] : [ms]
  })
  return resets.length === 0 ? null : Math.max(...resets)
}

function parseWordedDuration(words: string): number | null {
  let totalMs = 0
  let position = 0
  for (;;) {
    wordedDuration.lastIndex = position
    const match = wordedDuration.exec(words)
    if (match === null) break
    const unit = (match[2] ?? '').toLowerCase()
    const name = unit.startsWith('ms') || unit.startsWith('milli') ? 'ms' : unit.charAt(0)
    // Safe: every unit that the pattern knows begins with the letter of its short form.
    totalMs += Number(match[1]) * unitMs[name as 'ms' | 's' | 'm' | 'h' | 'd']
    position = wordedDuration.lastIndex
  }
  return position === 0 ? null : finiteMs(totalMs)
}

/** Only decimal notation: `Number` alone would take blanks, hexadecimal and exponents too. */
function parseNumber(value: string): number | null {
  const text = value.trim()
  return /^(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? finiteMs(Number(text)) : null
}

function parseDate(value: string, now: number): number | null {
  const text = value.trim()
  // `Date.parse` takes nearly anything with a digit in it; real dates begin with a weekday or a year and have a time.
  if (!/^(?:[A-Z][a-z]{2,8},? |\d{4}-\d\d-\d\d[T ]).*\d\d:\d\d/.test(text)) return null
  const time = Date.parse(text)
  return Number.isNaN(time) ? null : Math.max(0, time - now)
}

/** An hour off on the two days of the year when clocks change, which a spent day does not notice. */
function msUntilMidnight(timeZone: string, now: number): number {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', timeStyle: 'medium' }).format(now)
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(':').map(Number)
  return 86_400_000 - ((hours * 60 + minutes) * 60 + seconds) * 1000
}

function finiteMs(ms: number): number | null {
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}
