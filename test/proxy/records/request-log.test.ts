import { describe, expect, it } from 'vitest'
import type { RequestEnd } from '../../../proxy/contract.ts'
import type { LiveRecord } from '../../../proxy/records/record.ts'
import { RequestLog } from '../../../proxy/records/request-log.ts'

function makeLog({ capacity = 1000 } = {}) {
  let count = 0
  const log = new RequestLog(capacity, () => undefined)
  const open = (): LiveRecord => {
    count++
    const start = { startedAt: count, method: 'POST', path: '/', client: { address: '', userAgent: null }, query: '' }
    return log.open({ ...start, id: `req_${count}`, requestHeaders: ['host', 'x'] })
  }
  const end = (as: RequestEnd, status: number): LiveRecord => {
    const record = open()
    record.status = status
    record.responseHeaders = ['date', 'x']
    record.finish(as, count)
    return record
  }
  return { log, open, end }
}

describe('RequestLog', () => {
  it('keeps so many and no more, newest first', () => {
    const { log, end } = makeLog({ capacity: 3 })
    for (let index = 0; index < 5; index++) end('done', 200)
    expect(log.list(10).map(({ id }) => id)).toEqual(['req_5', 'req_4', 'req_3'])
    expect(log.list(1, 'req_4').map(({ id }) => id)).toEqual(['req_3'])
    expect([log.find('req_2'), log.find('req_3')?.id]).toEqual([null, 'req_3'])
    // One that is no longer known is no reason to show nothing.
    expect(log.list(1, 'req_1').map(({ id }) => id)).toEqual(['req_5'])
  })

  it('lets headers go of all but the newest, what failed and what still runs', () => {
    const { open, end } = makeLog()
    const running = open()
    const good = end('done', 200)
    const refused = end('refused', 401)
    const notFound = end('done', 404)
    const whole = end('done', 200)
    whole.requestBody = Buffer.from('{}')
    const newer = end('done', 200)
    for (let index = 0; index < 299; index++) end('done', 200)
    const kept = [running, good, refused, notFound, whole, newer].map(({ requestHeaders }) => requestHeaders.length > 0)
    expect(kept).toEqual([true, false, true, true, true, true])
    expect(good.responseHeaders).toEqual([])
    end('done', 200)
    expect(newer.requestHeaders).toEqual([])
  })

  it('lets headers go also of what ran longer than those that came after it', () => {
    const { log, open, end } = makeLog()
    const slow = open()
    for (let index = 0; index < 400; index++) end('done', 200)
    slow.status = 200
    slow.finish('done', 1)
    for (let index = 0; index < 300; index++) end('done', 200)
    expect(slow.requestHeaders).toEqual([])
    expect(log.find(slow.id)?.copy()).toEqual(slow.copy())
  })

  it('finds and lists old ones as they were', () => {
    const { log, end } = makeLog({ capacity: 400 })
    const all = Array.from({ length: 1000 }, () => end('done', 200))
    const newest = all.slice(-400).toReversed()
    expect(log.list(1000).map((record) => record.copy())).toEqual(newest.map((record) => record.copy()))
    expect(log.list(2, 'req_620').map(({ id }) => id)).toEqual(['req_619', 'req_618'])
    expect([log.find('req_601')?.id, log.find('req_600')]).toEqual(['req_601', null])
    // A running one is not packed, and is found among packed ones.
    expect(log.find('req_1000')).toBe(all[999])
  })
})
