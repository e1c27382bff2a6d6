import { describe, expect, it } from 'vitest'
import { withRecords } from '../../main/recent-errors.ts'
import type { RequestRecord } from '../../proxy/contract.ts'
import { makeRecord } from './make.ts'

const failed = (id: string, endedAt: number) =>
  makeRecord({ id, endedAt, end: 'upstream_error', status: 502, errorCode: 'upstream_error' })

describe('recent errors', () => {
  it.each<[RequestRecord['end'], boolean]>([
    [null, false],
    ['done', false],
    ['client_gone', false],
    ['refused', true],
    ['upstream_error', true],
    ['truncated', true],
    ['idle_timeout', true],
  ])('a request that ended with %j counts: %j', (end, counts) => {
    expect(withRecords([], [makeRecord({ end })])).toHaveLength(counts ? 1 : 0)
  })

  it('are the five newest, the newest first, each once', () => {
    const first = withRecords(
      [],
      [1, 2, 3].map((at) => failed(`req_${at}`, at)),
    )
    const all = withRecords(first, [failed('req_2', 2), ...[4, 5, 6].map((at) => failed(`req_${at}`, at))])
    expect(all.map(({ id }) => id)).toEqual(['req_6', 'req_5', 'req_4', 'req_3', 'req_2'])
    expect(all[0]).toEqual({ id: 'req_6', at: 6, model: 'gpt-4o', status: 502, reason: 'upstream_error' })
  })

  it('stay the same list while nothing of it changes', () => {
    const list = withRecords([], [failed('req_1', 1)])
    expect(withRecords(list, [failed('req_1', 1), makeRecord({ id: 'req_2' })])).toBe(list)
  })
})
