/**
 * The console's memory of requests: at most 100,000 records, oldest first, changed in batches of hundreds every 50 ms.
 *
 * Copying 100,000 entries a batch would take longer than the batch lasts. So the rows are one array that is changed in
 * place, behind a small object which is new after each change: `useStore(store, (s) => s.requests)` and
 * `useMemo(() => …, [requests])` notice it, and nobody copies. The price: an older `RequestTable` sees the newer rows too.
 */
import type { RequestRecord } from '../proxy/contract.ts'

/** Rows dropped at once when full, so that dropping costs little per record. */
const evictionShare = 0.02

/** Changes remembered, so that a filtered list can follow without looking at all rows: two seconds of full traffic. */
const rememberedChanges = 40

interface Storage {
  readonly limit: number
  /** What each of the newest versions brought, the newest last. */
  readonly changes: { readonly version: number; readonly records: readonly RequestRecord[] }[]
  /** Oldest first, by `startedAt`. */
  readonly rows: RequestRecord[]
  /** Id → place in `rows`, plus `evicted`. Places only move when a record is put between others. */
  readonly places: Map<string, number>
  evicted: number
}

export class RequestTable {
  /** Rises with each change. */
  readonly version: number
  readonly #storage: Storage

  private constructor(version: number, storage: Storage) {
    this.version = version
    this.#storage = storage
  }

  static empty(limit = 100_000): RequestTable {
    return new RequestTable(0, { limit, changes: [], rows: [], places: new Map(), evicted: 0 })
  }

  /** Oldest first, newest last. Read it, don't keep it: the array changes in place. */
  get rows(): readonly RequestRecord[] {
    return this.#storage.rows
  }

  get(id: string): RequestRecord | undefined {
    const { rows, places, evicted } = this.#storage
    const place = places.get(id)
    return place === undefined ? undefined : rows[place - evicted]
  }

  /**
   * The records that came or changed after `version`, oldest change first; one may stand in it twice, or be dropped
   * from the rows already. Null when that is longer ago than remembered: then look at all rows.
   */
  changesSince(version: number): readonly RequestRecord[] | null {
    const { changes } = this.#storage
    if (version >= this.version) return []
    const oldest = changes[0]
    if (oldest === undefined || version < oldest.version - 1) return null
    return changes.slice(version - oldest.version + 1).flatMap((change) => change.records)
  }

  /** Without the requests that began before a moment. */
  startingAt(startedAt: number): RequestTable {
    const rows = this.#storage.rows.filter((record) => record.startedAt >= startedAt)
    const places = new Map(rows.map(({ id }, place) => [id, place]))
    // Without the changes so far: whoever follows them looks at all rows once.
    return new RequestTable(this.version + 1, { limit: this.#storage.limit, changes: [], rows, places, evicted: 0 })
  }

  /** Takes in changed and new records; the same table when none of them is news. */
  with(records: readonly RequestRecord[]): RequestTable {
    const storage = this.#storage
    const unknown = new Map<string, RequestRecord>()
    const changed: RequestRecord[] = []
    for (const record of records) {
      const place = storage.places.get(record.id)
      if (place === undefined) {
        const other = unknown.get(record.id)
        if (other === undefined || other.seq < record.seq) unknown.set(record.id, record)
        continue
      }
      const known = storage.rows[place - storage.evicted]
      if (known !== undefined && known.seq >= record.seq) continue
      storage.rows[place - storage.evicted] = record
      changed.push(record)
    }
    const added = insert(storage, [...unknown.values()])
    if (changed.length === 0 && !added) return this
    const version = this.version + 1
    storage.changes.push({ version, records: [...changed, ...unknown.values()] })
    if (storage.changes.length > rememberedChanges) storage.changes.shift()
    return new RequestTable(version, storage)
  }
}

/** Puts new records in order of their start. Nearly all go to the end; a late one moves only the rows after it. */
function insert(storage: Storage, records: readonly RequestRecord[]): boolean {
  const { rows, places, limit } = storage
  // A record older than all we keep would be dropped again at once.
  const oldest = rows.length >= limit ? (rows[0]?.startedAt ?? 0) : -Infinity
  const news = records.filter((record) => record.startedAt >= oldest).sort((a, b) => a.startedAt - b.startedAt)
  const first = news[0]
  if (first === undefined) return false

  let keep = rows.length
  while (keep > 0 && (rows[keep - 1]?.startedAt ?? 0) > first.startedAt) keep--
  const tail = mergeByStart(rows.splice(keep), news)
  for (const record of tail) {
    places.set(record.id, rows.length + storage.evicted)
    rows.push(record)
  }
  if (rows.length > limit) evict(storage, rows.length - Math.floor(limit * (1 - evictionShare)))
  return true
}

function mergeByStart(tail: readonly RequestRecord[], news: readonly RequestRecord[]): RequestRecord[] {
  if (tail.length === 0) return [...news]
  // Stable: of two that began in the same millisecond the known one stays first.
  return [...tail, ...news].sort((a, b) => a.startedAt - b.startedAt)
}

function evict(storage: Storage, count: number): void {
  for (const record of storage.rows.splice(0, count)) storage.places.delete(record.id)
  storage.evicted += count
}
