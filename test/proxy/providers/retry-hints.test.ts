import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readProviderError } from '../../../proxy/providers/failures.ts'
import {
  parseReset,
  parseResetDuration,
  parseRetryAfter,
  parseWordedWait,
  retryAfterFromHeaders,
} from '../../../proxy/providers/retry-hints.ts'

// Monday, 12:00 in London, 04:00 in Los Angeles, 20:00 in Shanghai.
const now = Date.UTC(2026, 10, 23, 12)
const hours = 3_600_000

describe('parseRetryAfter', () => {
  it.each<[string, number | null]>([
    ['0', 0],
    ['20', 20_000],
    ['1.5', 1500],
    [' 3 ', 3000],
    ['.5', 500],
    ['Mon, 23 Nov 2026 12:00:30 GMT', 30_000],
    ['Monday, 23-Nov-26 12:00:30 GMT', 30_000],
    ['Mon, 23 Nov 2026 11:59:00 GMT', 0],
    ['2026-11-23T12:01:00Z', 60_000],
    ['1m30s', 90_000],
    ['-1', null],
    ['', null],
    ['soon', null],
    ['NaN', null],
    ['Infinity', null],
    ['1e9', null],
    ['0x10', null],
    ['9'.repeat(400), null],
    ['Mon, 99 Nov', null],
  ])('reads %j as %j', (text, expected) => {
    expect(parseRetryAfter(text, now)).toBe(expected)
  })
})

describe('parseResetDuration', () => {
  it.each<[string, number | null]>([
    ['1s', 1000],
    ['6m0s', 360_000],
    ['494ms', 494],
    ['1m0.052s', 60_052],
    ['2m59.56s', 179_560],
    ['1h2m3s', 3_723_000],
    ['1d', 86_400_000],
    ['45.578s', 45_578],
    ['500µs', 0.5],
    ['500us', 0.5],
    ['20', null],
    ['-1s', null],
    ['1s x', null],
    ['s', null],
    ['', null],
  ])('reads %j as %j', (text, expected) => {
    const ms = parseResetDuration(text)
    expect(ms === null ? null : Math.round(ms * 1000) / 1000).toBe(expected)
  })
})

describe('parseReset', () => {
  it.each<[string, number | null]>([
    ['2026-11-23T12:00:05Z', 5000],
    ['2026-11-23T12:00:05.5+00:00', 5500],
    [String(now + 7000), 7000],
    [String((now + 7000) / 1000), 7000],
    [String(now - 7000), 0],
    ['33.5', 33_500],
    ['6m0s', 360_000],
    ['-1', null],
    ['later', null],
  ])('reads %j as %j', (text, expected) => {
    expect(parseReset(text, now)).toBe(expected)
  })
})

describe('parseWordedWait', () => {
  it.each<[string, number | null]>([
    ['Please try again in 41.724s. Visit https://example.com to learn more.', 41_724],
    ['Please try again in 6m0s.', 360_000],
    ['Please try again in 494ms.', 494],
    ['Please try again in 1h2m3s', 3_723_000],
    ['Please retry in 45.5s.', 45_500],
    ['Please retry after 20 seconds.', 20_000],
    ['Please retry after 86400 seconds.', 86_400_000],
    ['Please wait 123 seconds before', 123_000],
    ['wait for 2 minutes and 5 seconds', 125_000],
    ['try again in about 3 hours', 10_800_000],
    ['try again in 1 day', 86_400_000],
    ['Your limit will reset at 2026-11-23 20:10:00', 600_000],
    ['您的限额将在 2026-11-23 20:10:00 重置', 600_000],
    ['You will regain access on 2026-12-01 at 00:00 UTC.', 7.5 * 24 * hours],
    ['Details: RPD limit reached.', 4 * hours],
    ['Details: TPD limit reached.', 4 * hours],
    ['Details: RPM limit reached.', null],
    ['try again in 5 models', null],
    ['try again later', null],
    ['wait 5', null],
    ['', null],
  ])('reads %j as %j', (text, expected) => {
    expect(parseWordedWait(text, now)).toBe(expected)
  })
})

describe('retryAfterFromHeaders', () => {
  it.each<[Record<string, string>, number | null]>([
    [{ 'retry-after-ms': '1500.5', 'retry-after': '9' }, 1500.5],
    [{ 'retry-after-ms': 'soon', 'retry-after': '9' }, 9000],
    [{ 'retry-after': '9' }, 9000],
    [{}, null],
  ])('reads %j as %j', (headers, expected) => {
    expect(retryAfterFromHeaders((name) => headers[name] ?? null, now)).toBe(expected)
  })
})

describe('the hint of an error', () => {
  const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '31s' }
  const violation = (quotaId: string) => ({ violations: [{ quotaId }] })
  const error = (fields: Record<string, unknown>) => ({ error: { message: 'm', ...fields } })

  it.each<[string, number, Record<string, string>, unknown, number | null]>([
    [
      'retry-after-ms first',
      429,
      { 'retry-after-ms': '900', 'retry-after': '5' },
      error({ details: [retryInfo] }),
      900,
    ],
    ['then retry-after', 429, { 'retry-after': '5' }, error({ details: [retryInfo] }), 5000],
    ['then RetryInfo', 429, {}, error({ details: [{}, retryInfo], message: 'try again in 9s' }), 31_000],
    [
      'a spent day over its own RetryInfo',
      429,
      {},
      error({ details: [violation('RequestsPerDayPerX'), retryInfo] }),
      20 * hours,
    ],
    [
      'RetryInfo for a spent minute',
      429,
      {},
      error({ details: [violation('RequestsPerMinutePerX'), retryInfo] }),
      31_000,
    ],
    [
      'then the headers that OpenRouter quotes',
      429,
      {},
      error({ metadata: { headers: { 'X-RateLimit-Reset': String(now + 4000) } } }),
      4000,
    ],
    ['a budget with an end', 403, {}, error({ metadata: { resets_at: '2026-11-23T13:00:00Z' } }), 1 * hours],
    [
      'then the limit that is used up',
      429,
      {
        'x-ratelimit-remaining-requests': '10',
        'x-ratelimit-reset-requests': '1h0m0s',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '7.66s',
      },
      error({ message: 'try again in 99s' }),
      7660,
    ],
    [
      'the later one when both are',
      429,
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '2m59.56s',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '1s',
      },
      error({}),
      179_560,
    ],
    [
      "Anthropic's",
      429,
      {
        'anthropic-ratelimit-input-tokens-limit': '50000',
        'anthropic-ratelimit-input-tokens-remaining': '0',
        'anthropic-ratelimit-input-tokens-reset': '2026-11-23T12:00:12Z',
      },
      error({}),
      12_000,
    ],
    [
      "OpenRouter's own",
      429,
      { 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now + 3000) },
      error({}),
      3000,
    ],
    [
      'nothing from counts that mean "unknown"',
      429,
      {
        'x-ratelimit-limit-requests': '-1',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '60',
        'x-ratelimit-remaining-tokens': '-1',
        'x-ratelimit-reset-tokens': '60',
      },
      error({}),
      null,
    ],
    [
      'nothing from counts of another failure',
      500,
      { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '60s' },
      error({}),
      null,
    ],
    ['last the words', 429, {}, error({ message: 'Please try again in 41.724s.' }), 41_724],
    ['no hint', 429, {}, error({}), null],
    ['at least a moment', 429, { 'retry-after': '0' }, error({}), 200],
    ['at most a day', 429, { 'retry-after': '864000' }, error({}), 24 * hours],
  ])('takes %s', (_, status, headers, body, expected) => {
    const read = readProviderError(status, (name) => headers[name] ?? null, JSON.stringify(body), now)
    expect(read.retryAfterMs).toBe(expected)
  })

  const text = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.integer().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.stringMatching(/^-?\d{0,12}(?:\.\d{0,4})?(?:ns|us|ms|s|m|h|d)?(?:\d{1,3}s)?$/),
  )

  it('is never NaN, negative or without end, in no form', () => {
    fc.assert(
      fc.property(text, (value) => {
        const found = [parseRetryAfter(value, now), parseResetDuration(value), parseReset(value, now)]
        const worded = [`try again in ${value}`, `resets at ${value}`].map((words) => parseWordedWait(words, now))
        for (const ms of [...found, ...worded]) expect(ms === null || (Number.isFinite(ms) && ms >= 0)).toBe(true)
      }),
    )
  })

  it('stays within its bounds, whatever the headers say', () => {
    fc.assert(
      fc.property(text, text, (value, words) => {
        const body = JSON.stringify({ error: { message: words, resets_at: value, details: [{ retryDelay: value }] } })
        const ms = readProviderError(429, () => value, body, now).retryAfterMs
        expect(ms === null || (ms >= 200 && ms <= 24 * hours)).toBe(true)
      }),
    )
  })
})
