import { describe, expect, it } from 'vitest'
import { StickyIds } from '../../../proxy/gateway/sticky-ids.ts'

const place = (project = 'p', upstream = 'a') => ({ upstream, keyId: 'k', project, usedAt: 1 })

describe('ids that upstreams gave', () => {
  it('are found by the project that made them only', () => {
    const ids = new StickyIds()
    ids.remember('file-1', place())
    expect([ids.find('file-1', 'p'), ids.find('file-1', 'q'), ids.find('file-2', 'p')]).toEqual([place(), null, null])
  })

  it('take their newest place', () => {
    const ids = new StickyIds()
    ids.remember('file-1', place())
    ids.remember('file-1', place('p', 'b'))
    expect(ids.find('file-1', 'p')?.upstream).toBe('b')
  })

  it('survive as plain data', () => {
    const ids = new StickyIds()
    ids.remember('file-1', place())
    const next = new StickyIds()
    next.restore(JSON.parse(JSON.stringify(ids.save())) as ReturnType<StickyIds['save']>)
    expect(next.find('file-1', 'p')).toEqual(place())
  })

  it('are bounded: the one unused for longest goes', () => {
    const ids = new StickyIds()
    for (let index = 0; index < 20_000; index++) ids.remember(`file-${index}`, place())
    ids.find('file-0', 'p')
    ids.remember('file-new', place())
    expect([ids.save().length, ids.find('file-0', 'p') !== null, ids.find('file-1', 'p')]).toEqual([20_000, true, null])
  })

  it('tell whoever saves them of each new one, not of each look', () => {
    const ids = new StickyIds()
    ids.remember('file-1', place())
    const { version } = ids
    ids.find('file-1', 'p')
    expect(ids.version).toBe(version)
    ids.remember('file-2', place())
    expect(ids.version).toBeGreaterThan(version)
  })
})
