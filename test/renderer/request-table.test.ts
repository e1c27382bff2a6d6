import { describe, expect, it } from 'vitest'
import { RequestTable } from '../../renderer/request-table.ts'
import { makeRecord } from '../helpers/console-data.ts'

const record = (id: string, startedAt: number, seq = 1) => makeRecord({ id, startedAt, seq })
const ids = (table: RequestTable) => table.rows.map((row) => row.id).join('')

describe('RequestTable', () => {
  it('keeps records in the order of their start, however late they come', () => {
    const table = RequestTable.empty()
      .with([record('b', 2), record('d', 4)])
      .with([record('c', 3)])
      .with([record('e', 5), record('a', 1)])
    expect(ids(table)).toBe('abcde')
    expect('abcde'.split('').map((id) => table.get(id)?.id)).toEqual('abcde'.split(''))
  })

  it('takes only the newest state of a record', () => {
    const table = RequestTable.empty().with([record('a', 1, 2), record('b', 2, 1)])
    const newer = table.with([record('a', 1, 3), record('a', 1, 1)])
    expect([newer.get('a')?.seq, newer.rows.length, newer.version]).toEqual([3, 2, table.version + 1])
  })

  it('is the same table when nothing is news', () => {
    const table = RequestTable.empty().with([record('a', 1, 2)])
    expect(table.with([record('a', 1, 2), record('a', 1, 1)])).toBe(table)
    expect(table.with([])).toBe(table)
  })

  it('takes the newest of a new record that comes twice in one batch', () => {
    const table = RequestTable.empty().with([record('a', 1, 1), record('a', 1, 3), record('a', 1, 2)])
    expect([table.rows.length, table.get('a')?.seq]).toEqual([1, 3])
  })

  it('drops the oldest when full and still finds the rest', () => {
    const limit = 100
    let table = RequestTable.empty(limit)
    for (let number = 0; number < 250; number++) table = table.with([record(`r${number}`, number)])
    expect(table.rows.length).toBeLessThanOrEqual(limit)
    expect(table.rows.length).toBeGreaterThanOrEqual(limit * 0.98 - 1)
    expect(table.get('r0')).toBeUndefined()
    expect(table.rows.every((row) => table.get(row.id) === row)).toBe(true)
    expect(table.rows.at(-1)?.id).toBe('r249')
  })

  it('does not take back what it has dropped', () => {
    const full = RequestTable.empty(10).with(
      Array.from({ length: 10 }, (_, number) => record(`r${number}`, 100 + number)),
    )
    expect(full.with([record('old', 1)])).toBe(full)
  })

  it('tells what changed since a version, for as long as it remembers', () => {
    let table = RequestTable.empty().with([record('a', 1, 1)])
    const { version } = table
    table = table.with([record('a', 1, 2), record('b', 2)]).with([record('c', 3)])
    expect(table.changesSince(version)?.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(table.changesSince(table.version)).toEqual([])
    for (let number = 0; number < 100; number++) table = table.with([record(`r${number}`, 10 + number)])
    expect(table.changesSince(version)).toBeNull()
    expect(table.changesSince(table.version - 1)?.map(({ id }) => id)).toEqual(['r99'])
  })

  it('begins anew at a moment, and who follows the changes looks at all rows', () => {
    const before = RequestTable.empty().with([record('a', 1), record('b', 2), record('c', 3)])
    const after = before.startingAt(2)
    expect([ids(after), after.get('a'), after.get('c')?.startedAt]).toEqual(['bc', undefined, 3])
    expect([after.changesSince(before.version), after.changesSince(after.version)]).toEqual([null, []])
    expect(ids(after.with([record('a', 1), record('d', 4)]))).toBe('abcd')
    expect(ids(before)).toBe('abc')
  })
})
