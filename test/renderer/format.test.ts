import { describe, expect, it } from 'vitest'
import type { RequestRecord } from '../../proxy/contract.ts'
import {
  formatBytes,
  formatCountdown,
  formatDateTime,
  formatDuration,
  formatNumber,
  formatPercent,
  formatRelative,
  formatTime,
  formatTokens,
  recordTone,
  type Tone,
} from '../../renderer/format.ts'

const now = Date.UTC(2026, 10, 23, 14, 3, 7)

describe('formatDuration', () => {
  it.each<[number | null, string]>([
    [null, '–'],
    [0, '0 ms'],
    [319.6, '320 ms'],
    [1000, '1.00 s'],
    [1236, '1.24 s'],
    [9994, '9.99 s'],
    [9996, '10.0 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 00 s'],
    [125_400, '2 min 05 s'],
    [3_599_600, '1 h 00 min'],
    [3_840_000, '1 h 04 min'],
  ])('%s ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})

describe('formatCountdown', () => {
  it.each<[number, string]>([
    [-5000, '0:00'],
    [1, '0:01'],
    [59_000, '0:59'],
    [598_000, '9:58'],
    [3_600_000, '1:00:00'],
    [90_061_000, '25:01:01'],
  ])('%s ms are left as %s', (left, text) => {
    expect(formatCountdown(now + left, now)).toBe(text)
  })
})

describe('formatBytes', () => {
  it.each<[number | null, string]>([
    [null, '–'],
    [812, '812 B'],
    [1024, '1.0 KB'],
    [123_456, '121 KB'],
    [1_048_570, '1.0 MB'],
    [5_000_000_000, '4.7 GB'],
  ])('%s bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })
})

describe('formatTokens', () => {
  it.each<[number | null, string]>([
    [null, '–'],
    [0, '0'],
    [999, '999'],
    [1204, '1.2k'],
    [34_200, '34k'],
    [999_600, '1.0M'],
    [12_340_000, '12M'],
  ])('%s tokens are %s', (tokens, text) => {
    expect(formatTokens(tokens)).toBe(text)
  })
})

describe('numbers and times', () => {
  it('follow the locale', () => {
    expect([
      formatNumber(18432, 'en'),
      formatTime(now, 'zh-CN', 'UTC'),
      formatTime(now, 'en', 'UTC'),
      formatDateTime(now, 'zh-CN', 'UTC'),
      formatRelative(now - 300_000, now, 'en'),
      formatRelative(now - 300_000, now, 'zh-CN'),
      formatRelative(now + 7_200_000, now, 'en'),
    ]).toEqual(['18,432', '14:03:07', '14:03:07', '2026年11月23日 14:03:07', '5 minutes ago', '5分钟前', 'in 2 hours'])
  })

  it('say 100 % only of all', () => {
    expect([
      formatPercent(0.9996, 'en'),
      formatPercent(1, 'en'),
      formatPercent(0, 'en'),
      formatPercent(null, 'en'),
    ]).toEqual(['99.9%', '100%', '0%', '–'])
  })
})

describe('recordTone', () => {
  it.each<[string, RequestRecord['end'], number | null, Tone]>([
    ['a running one is busy', null, null, 'busy'],
    ['a good answer is good', 'done', 200, 'good'],
    ["an upstream's 400 passed on is the client's mistake", 'done', 400, 'warning'],
    ['a client that left is nobody’s fault', 'client_gone', 499, 'off'],
    ['a refusal is a warning', 'refused', 403, 'warning'],
    ['a cut stream is bad although its status was 200', 'truncated', 200, 'bad'],
  ])('%s', (_, end, status, tone) => {
    expect(recordTone({ end, status })).toBe(tone)
  })
})
