/**
 * The rows of the log that a filter lets through, kept up to date from what changed rather than from all rows: 100,000
 * records are looked at when the filter changes, never when a batch comes.
 *
 * Like `RequestTable` the array changes in place behind a new `RowsView`. `read` gives the same view for the same table,
 * so it can be a selector of the store.
 */
import type { RequestRecord } from '../../../proxy/contract.ts'
import type { RequestTable } from '../../request-table.ts'

export interface RowsView {
  /** Rises with each change. */
  readonly version: number
  /** Oldest first. Read it, don't keep it. */
  readonly rows: readonly RequestRecord[]
  /** New matching records held back while paused. */
  readonly waiting: number
}

/** More changes than this at once (a page of history): looking at all rows is cheaper than placing each. */
const manyChanges = 1500

export class FilteredRows {
  readonly #matches: (record: RequestRecord) => boolean
  #rows: RequestRecord[] = []
  #seen = -1
  #view: RowsView = { version: 0, rows: [], waiting: 0 }
  #paused = false
  readonly #held = new Set<string>()

  constructor(matches: (record: RequestRecord) => boolean) {
    this.#matches = matches
  }

  read(table: RequestTable, options: { readonly paused: boolean }): RowsView {
    const resumed = this.#paused && !options.paused
    if (table.version <= this.#seen && !resumed) return this.#view
    const changes = this.#seen < 0 || resumed ? null : table.changesSince(this.#seen)
    this.#paused = options.paused && this.#seen >= 0
    this.#seen = table.version
    if (this.#paused) this.#hold(table, changes ?? table.rows)
    else if (changes === null || changes.length > manyChanges) this.#takeAll(table)
    else this.#take(table, changes)
    this.#view = { version: this.#view.version + 1, rows: this.#rows, waiting: this.#held.size }
    return this.#view
  }

  #takeAll(table: RequestTable): void {
    this.#held.clear()
    this.#rows = table.rows.filter(this.#matches)
  }

  #take(table: RequestTable, changes: readonly RequestRecord[]): void {
    const rows = this.#rows
    for (const { id } of changes) {
      // What the table has now: a change may be older, or dropped already.
      const record = table.get(id)
      if (record === undefined) continue
      const place = placeOf(rows, record)
      const known = rows[place]?.id === id
      if (this.#matches(record)) rows.splice(place, known ? 1 : 0, record)
      else if (known) rows.splice(place, 1)
    }
    let dropped = 0
    while (dropped < rows.length && table.get(rows[dropped]?.id ?? '') === undefined) dropped++
    if (dropped > 0) rows.splice(0, dropped)
  }

  /** While paused the rows stay as they are; only what is new is counted. */
  #hold(table: RequestTable, changes: readonly RequestRecord[]): void {
    const rows = this.#rows
    for (const { id } of changes) {
      const record = table.get(id)
      if (record === undefined || rows[placeOf(rows, record)]?.id === id) continue
      if (this.#matches(record)) this.#held.add(id)
      else this.#held.delete(id)
    }
  }
}

/** Where a record stands among rows in order of their start, or where it would have to be put. */
export function placeOf(rows: readonly RequestRecord[], record: Pick<RequestRecord, 'id' | 'startedAt'>): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((rows[middle]?.startedAt ?? 0) < record.startedAt) low = middle + 1
    else high = middle
  }
  let place = low
  for (; rows[place]?.startedAt === record.startedAt; place++) if (rows[place]?.id === record.id) return place
  return place
}
