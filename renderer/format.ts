/**
 * Values → short texts. Pure: `now` and `locale` are arguments. Units are the same in both languages where developers
 * write them so (ms, s, KB, k); words and digits follow the locale.
 */
import type { KeyStatus, RequestRecord } from '../proxy/contract.ts'
import type { UpstreamHealth } from '../proxy/upstream-health.ts'

/** What a colour and a shape stand for; see `StateBadge`. */
export type Tone = 'good' | 'busy' | 'waiting' | 'warning' | 'bad' | 'off'

export const dash = '–'

/** 320 ms, 1.24 s, 12.3 s, 2 min 05 s, 1 h 04 min. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return dash
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
}

/** What is left until a moment, rounded up so that it never says 0 while something still waits. "9:58", "1:04:10". */
export function formatCountdown(until: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((until - now) / 1000))
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  const clock = `${hours > 0 ? pad(minutes) : minutes}:${pad(seconds % 60)}`
  return hours > 0 ? `${hours}:${clock}` : clock
}

/** 812 B, 1.2 KB, 3.4 MB; 1 KB = 1024 B. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return dash
  if (bytes < 1024) return `${bytes} B`
  const units = ['KB', 'MB', 'GB', 'TB']
  let value = bytes / 1024
  let unit = 0
  // 1023.95 would be written as 1024.0.
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${value < 99.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

/** 812, 1.2k, 34k, 1.2M: for columns, where the exact count is in the details. */
export function formatTokens(tokens: number | null): string {
  if (tokens === null) return dash
  if (tokens < 1000) return String(tokens)
  const units = ['k', 'M', 'G']
  let value = tokens / 1000
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)}${units[unit]}`
}

export function formatNumber(value: number | null, locale: string): string {
  return value === null ? dash : numberFormat(locale).format(value)
}

/** A share from 0 to 1. 100 % stands only for all of them: 0.9996 is 99.9 %. */
export function formatPercent(share: number | null, locale: string): string {
  if (share === null) return dash
  const floored = share < 1 ? Math.floor(share * 1000) / 1000 : 1
  return numberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(floored)
}

/** 14:03:07 */
export function formatTime(at: number | null, locale: string, timeZone?: string): string {
  if (at === null) return dash
  const options = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone } as const
  return dateFormat(locale, options).format(at)
}

/** 23 Nov 2026, 14:03:07 */
export function formatDateTime(at: number | null, locale: string, timeZone?: string): string {
  if (at === null) return dash
  const options = { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23', timeZone } as const
  return dateFormat(locale, options).format(at)
}

/** "5 minutes ago", "in 2 hours". */
export function formatRelative(at: number | null, now: number, locale: string): string {
  if (at === null) return dash
  const seconds = Math.round((at - now) / 1000)
  const size = Math.abs(seconds)
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  if (size < 60) return words.format(seconds, 'second')
  if (size < 3600) return words.format(Math.round(seconds / 60), 'minute')
  if (size < 86_400) return words.format(Math.round(seconds / 3600), 'hour')
  return words.format(Math.round(seconds / 86_400), 'day')
}

/** A client's own mistake is a warning; what we or an upstream did wrong is bad. */
export function recordTone(record: Pick<RequestRecord, 'end' | 'status'>): Tone {
  switch (record.end) {
    case null:
      return 'busy'
    case 'done':
      return record.status !== null && record.status >= 400 ? 'warning' : 'good'
    case 'client_gone':
      return 'off'
    case 'refused':
      return 'warning'
    case 'upstream_error':
    case 'truncated':
    case 'idle_timeout':
      return 'bad'
    default:
      record.end satisfies never
      return 'warning'
  }
}

export function keyTone(state: KeyStatus['state']): Tone {
  const tones = { ready: 'good', paused: 'waiting', refused: 'bad', exhausted: 'bad', disabled: 'off' } as const
  return tones[state]
}

export function healthTone(health: UpstreamHealth): Tone {
  const tones = {
    ready: 'good',
    'last-failed': 'warning',
    failing: 'bad',
    paused: 'waiting',
    'no-key': 'bad',
    disabled: 'off',
  } as const
  return tones[health]
}

// Making a formatter takes longer than formatting a thousand times with it, and the log formats rows by the hundred.
const numberFormat = remembered(
  (locale: string, options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options),
)
const dateFormat = remembered(
  (locale: string, options?: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options),
)

/** `make` once for each locale and options; there are a handful of either. */
function remembered<Options, Format>(make: (locale: string, options?: Options) => Format) {
  const known = new Map<string, Format>()
  return (locale: string, options?: Options): Format => {
    const key = `${locale} ${JSON.stringify(options)}`
    const format = known.get(key) ?? make(locale, options)
    known.set(key, format)
    return format
  }
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
