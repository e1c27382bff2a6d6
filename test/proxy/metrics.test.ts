import { describe, expect, it } from 'vitest'
import { TrafficMeter } from '../../proxy/metrics.ts'
import { makeRecord } from '../helpers/console-data.ts'

const start = 1_800_000_000_000

const usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  vendorCostUsd: null,
  source: 'reported',
} as const

const good = (tookMs: number, endedAt: number) =>
  makeRecord({
    startedAt: endedAt - tookMs,
    firstTokenMs: tookMs / 2,
    end: 'done',
    status: 200,
    usage: { ...usage, inputTokens: 7, outputTokens: 3 },
  })

describe('the figures of the traffic', () => {
  it('count every request of the last five minutes, however many there are', () => {
    const meter = new TrafficMeter()
    for (let request = 0; request < 10_000; request++) {
      const now = start + request * 20
      meter.add(good(10, now), now)
    }
    const { requests, success, inputTokens, outputTokens } = meter.read(start + 200_000)
    expect({ requests, success, inputTokens, outputTokens }).toEqual({
      requests: 10_000,
      success: 1,
      inputTokens: 70_000,
      outputTokens: 30_000,
    })
  })

  it('take times from good answers, and judge nobody by what clients did', () => {
    const meter = new TrafficMeter()
    for (const tookMs of [10, 20, 30]) meter.add(good(tookMs, start), start)
    meter.add(makeRecord({ startedAt: start - 9000, end: 'upstream_error', status: 502, usage: null }), start)
    meter.add(makeRecord({ startedAt: start - 9000, end: 'client_gone', status: 499, usage: null }), start)
    expect(meter.read(start)).toMatchObject({
      requests: 5,
      success: 0.75,
      p50Ms: 20,
      p95Ms: 30,
      firstTokenP50Ms: 10,
      failedPerSecond: [...Array.from({ length: 59 }, () => 0), 1],
    })
  })

  it('forget what is older than five minutes', () => {
    const meter = new TrafficMeter()
    meter.add(good(10, start), start)
    expect(meter.read(start + 299_000).requests).toBe(1)
    expect(meter.read(start + 301_000)).toMatchObject({ requests: 0, success: null, p50Ms: null, inputTokens: 0 })
  })
})
