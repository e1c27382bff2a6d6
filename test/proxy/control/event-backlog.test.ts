import { expect, it } from 'vitest'
import type { EngineEvent, Notice, RequestRecord } from '../../../proxy/contract.ts'
import { EventBacklog } from '../../../proxy/control/event-backlog.ts'
import { makeRecord } from '../../helpers/console-data.ts'

const requests = (...records: RequestRecord[]): EngineEvent => ({ type: 'requests', records })
const changed = (revision: string): EngineEvent => ({ type: 'config-changed', revision })
const notice = (at: number): EngineEvent => {
  const about = { upstream: null, keyLabel: null, model: null, until: null, message: '' }
  const value: Notice = { kind: 'key-paused', at, ...about }
  return { type: 'notice', notice: value }
}

it('keeps the last state of each thing and forgets what it gave', () => {
  const backlog = new EventBacklog()
  const first = makeRecord({ id: 'req_1', seq: 1 })
  const other = makeRecord({ id: 'req_2', seq: 1 })
  const later = makeRecord({ id: 'req_1', seq: 2 })
  for (const event of [requests(first, other), changed('a'), notice(1), requests(later), changed('b'), notice(2)])
    backlog.add(event)
  expect(backlog.take()).toEqual([changed('b'), requests(other, later), notice(1), notice(2)])
  expect(backlog.take()).toEqual([])
})

it('is bounded, and drops the oldest', () => {
  const backlog = new EventBacklog()
  for (let index = 0; index < 6000; index += 1) {
    backlog.add(requests(makeRecord({ id: `req_${index}` })))
    backlog.add(notice(index))
  }
  const [records, ...notices] = backlog.take()
  expect(records?.type === 'requests' ? [records.records.length, records.records[0]?.id] : null).toEqual([
    5000,
    'req_1000',
  ])
  expect(notices).toHaveLength(50)
  expect(notices.at(-1)).toEqual(notice(5999))
})
