import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PackedRecords } from '../../../proxy/records/packed-records.ts'
import { LiveRecord } from '../../../proxy/records/record.ts'

const listener = { changed: () => undefined, ended: () => undefined }
const ms = fc.integer({ min: 0, max: 4_000_000_000_000 })
const count = fc.nat(2 ** 40)
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const latin1 = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'ÿ', 'é', ' ', '0'), maxLength })

const usages = fc.record({
  inputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  outputTokens: count,
  reasoningTokens: count,
  vendorCostUsd: orNull(fc.double({ min: 0, max: 1e6, noNaN: true })),
  source: fc.constantFrom('reported' as const, 'estimated' as const),
})

const attempts = fc.record({
  upstream: fc.string(),
  model: fc.string(),
  keyId: orNull(fc.string()),
  keyLabel: orNull(fc.string()),
  startedAt: ms,
  waitedMs: count,
  endedAt: orNull(ms),
  status: orNull(fc.integer({ min: 200, max: 399 })),
  result: fc.constantFrom('answered' as const),
  message: fc.constant(null),
  upstreamRequestId: orNull(latin1(88)),
})

const records = fc
  .record({
    id: latin1(40),
    startedAt: ms,
    method: fc.constantFrom('POST', 'GET'),
    path: fc.string(),
    query: fc.string(),
    client: fc.record({ address: fc.string(), userAgent: orNull(fc.string()) }),
    rest: fc.record({
      seq: count,
      endedAt: ms,
      protocol: fc.constantFrom('chat' as const, 'gemini' as const, null),
      project: orNull(fc.string()),
      requestedModel: orNull(fc.string()),
      stream: fc.boolean(),
      status: fc.integer({ min: 200, max: 399 }),
      firstTokenMs: orNull(count),
      requestBytes: count,
      responseBytes: count,
      usage: orNull(usages),
      attempts: fc.oneof(fc.constant([]), fc.tuple(attempts)),
    }),
  })
  .map(({ rest, ...start }) => {
    const record = new LiveRecord({ ...start, requestHeaders: ['a', 'b'] }, listener)
    return Object.assign(record, rest, { end: 'done' as const })
  })

describe('PackedRecords', () => {
  it('gives back what went in, slot by slot, also where another was before', () => {
    fc.assert(
      fc.property(fc.array(records, { minLength: 1, maxLength: 12 }), (all) => {
        const packed = new PackedRecords(3)
        all.forEach((record, index) => expect(packed.pack(index % 3, record)).toBe(true))
        all.slice(-3).forEach((record) => {
          const slot = all.lastIndexOf(record) % 3
          const unpacked = packed.unpack(slot)
          expect(unpacked.copy()).toEqual(record.copy())
          expect([packed.idOf(slot), unpacked.query, unpacked.requestHeaders]).toEqual([record.id, record.query, []])
        })
      }),
    )
  })

  it('takes nothing that it could not give back', () => {
    const start = { startedAt: 1, method: 'POST', path: '/', query: '', client: { address: '', userAgent: null } }
    const make = (changes: Partial<LiveRecord>, id = 'req_1') => {
      const record = new LiveRecord({ ...start, id, requestHeaders: [] }, listener)
      return Object.assign(record, { end: 'done', status: 200, endedAt: 2 }, changes)
    }
    const attempt = { upstream: 'A', model: 'm', keyId: null, keyLabel: null, startedAt: 1, waitedMs: 0 }
    const answered = { ...attempt, endedAt: 2, status: 200, result: 'answered' as const, message: null }
    const whole = { ...answered, upstreamRequestId: null }
    const packed = new PackedRecords(1)
    const takes = (record: LiveRecord) => packed.pack(0, record)
    expect(takes(make({ attempts: [whole] }))).toBe(true)
    const refused = [
      make({ end: null }),
      make({ end: 'client_gone' }),
      make({ status: null }),
      make({ status: 404 }),
      make({ errorCode: 'x' }),
      make({ errorMessage: 'x' }),
      make({ requestBody: Buffer.from('{}') }),
      make({ attempts: [whole, whole] }),
      make({ attempts: [{ ...whole, message: 'slow' }] }),
      make({ attempts: [{ ...whole, result: 'pending' }] }),
      make({ attempts: [{ ...whole, upstreamRequestId: 'x'.repeat(89) }] }),
      make({}, 'r'.repeat(41)),
    ]
    expect(refused.map(takes)).toEqual(refused.map(() => false))
  })
})
