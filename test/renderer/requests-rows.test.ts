import { describe, expect, it } from 'vitest'
import type { RequestRecord } from '../../proxy/contract.ts'
import { FacetIndex } from '../../renderer/pages/requests/facets.ts'
import { FilteredRows } from '../../renderer/pages/requests/filtered-rows.ts'
import { RequestTable } from '../../renderer/request-table.ts'
import { makeRecord } from '../helpers/console-data.ts'

const live = { paused: false }
const paused = { paused: true }

function record(id: string, startedAt: number, overrides: Partial<RequestRecord> = {}): RequestRecord {
  return makeRecord({ id, startedAt, seq: 1, ...overrides })
}

const ids = (rows: readonly RequestRecord[]) => rows.map(({ id }) => id).join('')

describe('the filtered rows', () => {
  const ofIde = () => new FilteredRows(({ project }) => project === 'IDE')

  it('hold what matches, in order, also what comes late', () => {
    const rows = ofIde()
    let table = RequestTable.empty().with([record('a', 1), record('b', 2, { project: 'other' }), record('e', 9)])
    expect(ids(rows.read(table, live).rows)).toBe('ae')
    table = table.with([record('d', 7), record('c', 7), record('x', 8, { project: null }), record('f', 10)])
    expect(ids(rows.read(table, live).rows)).toBe('adcef')
  })

  it('are the same view while nothing has come', () => {
    const rows = ofIde()
    const table = RequestTable.empty().with([record('a', 1)])
    expect(rows.read(table, live)).toBe(rows.read(table, live))
  })

  it('change, lose and gain a record as it changes', () => {
    const rows = new FilteredRows(({ end }) => end === null)
    let table = RequestTable.empty().with([
      record('a', 1, { end: null }),
      record('b', 1, { end: null }),
      record('c', 1),
    ])
    expect(ids(rows.read(table, live).rows)).toBe('ab')
    table = table.with([record('a', 1, { seq: 2 }), record('b', 1, { seq: 2, end: null, status: 200 })])
    const view = rows.read(table, live)
    expect([ids(view.rows), view.rows[0]?.status]).toEqual(['b', 200])
  })

  it('drop what the table has dropped', () => {
    const rows = ofIde()
    let table = RequestTable.empty(100)
    for (let number = 0; number < 300; number++) {
      table = table.with([record(`${number},`, number, { project: number % 2 === 0 ? 'IDE' : null })])
      rows.read(table, live)
    }
    expect(ids(rows.read(table, live).rows)).toBe(ids(table.rows.filter(({ project }) => project === 'IDE')))
  })

  it('catch up when more has happened than the table remembers', () => {
    const rows = ofIde()
    let table = RequestTable.empty().with([record('a', 1)])
    rows.read(table, live)
    for (let number = 0; number < 200; number++) table = table.with([record(`${number},`, 2 + number)])
    expect(rows.read(table, live).rows.length).toBe(201)
  })

  it('stand still while paused, count what waits, and show it afterwards', () => {
    const rows = ofIde()
    let table = RequestTable.empty().with([record('a', 1)])
    rows.read(table, live)
    table = table.with([record('b', 2), record('c', 3, { project: 'other' }), record('a', 1, { seq: 2, status: 500 })])
    const still = rows.read(table, paused)
    expect([ids(still.rows), still.rows[0]?.status, still.waiting]).toEqual(['a', 200, 1])
    table = table.with([record('b', 2, { seq: 2 })])
    expect(rows.read(table, paused).waiting).toBe(1)
    const after = rows.read(table, live)
    expect([ids(after.rows), after.rows[0]?.status, after.waiting]).toEqual(['ab', 500, 0])
  })

  it('agree with a filter over all rows, whatever comes in whatever order', () => {
    const matches = ({ status }: RequestRecord) => status === 200
    const rows = new FilteredRows(matches)
    let table = RequestTable.empty(200)
    let seed = 7
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
    for (let batch = 0; batch < 200; batch++) {
      const records = Array.from({ length: random(9) }, () => {
        const number = random(400)
        return record(`${number},`, Math.floor(number / 3), { seq: batch, status: random(2) === 0 ? 200 : 500 })
      })
      table = table.with(records)
      expect(new Set(rows.read(table, live).rows)).toEqual(new Set(table.rows.filter(matches)))
      expect(rows.read(table, live).rows.map(({ startedAt }) => startedAt)).toEqual(
        table.rows.filter(matches).map(({ startedAt }) => startedAt),
      )
    }
  })
})

describe('the facets', () => {
  it('are what occurs in the log, once each, and the same object until something new does', () => {
    const index = new FacetIndex()
    let table = RequestTable.empty().with([record('a', 1), record('b', 2, { project: null, requestedModel: 'x' })])
    const facets = index.read(table)
    expect(facets).toEqual({
      projects: ['IDE'],
      models: ['gpt-4o', 'x'],
      upstreams: ['OpenAI-Pool'],
      keys: [{ id: 'f00d', label: 'team', upstream: 'OpenAI-Pool' }],
    })
    table = table.with([record('c', 3)])
    expect(index.read(table)).toBe(facets)
    table = table.with([record('d', 4, { project: 'new' })])
    expect(index.read(table).projects).toEqual(['IDE', 'new'])
  })
})
