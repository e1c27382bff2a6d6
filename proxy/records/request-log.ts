/**
 * The latest requests in memory: a ring of fixed size, so that no load can grow it. Tells listeners what changed in
 * batches, last state only; without listeners a change costs next to nothing.
 */
import type { RequestRecord } from '../contract.ts'
import type { RecordListener, RecordStart } from './record.ts'
import { PackedRecords } from './packed-records.ts'
import { LiveRecord } from './record.ts'

const BATCH_MS = 50
/** So many that have ended keep their headers however they ended: strings by the dozen, which each garbage collection would copy. */
const WITH_HEADERS = 300

export class RequestLog implements RecordListener {
  readonly #capacity: number
  /** Newest last. Holds running and ended requests; null where one is packed. */
  readonly #ring: (LiveRecord | null)[] = []
  readonly #packed: PackedRecords
  /** Those that ended last, in a ring of their own. */
  readonly #whole: LiveRecord[] = []
  #ended = 0
  readonly #changed = new Set<LiveRecord>()
  readonly #batchListeners = new Set<(records: readonly RequestRecord[]) => void>()
  readonly #onEnd: (record: LiveRecord) => void
  #timer: NodeJS.Timeout | null = null
  #active = 0
  #total = 0

  /** @param onEnd - called once for every request, at its end. */
  constructor(capacity: number, onEnd: (record: LiveRecord) => void) {
    this.#capacity = capacity
    this.#packed = new PackedRecords(capacity)
    this.#onEnd = onEnd
  }

  /** Requests that have not ended. */
  get active(): number {
    return this.#active
  }

  /** Requests since start. */
  get total(): number {
    return this.#total
  }

  /** Begins the record of a request. */
  open(start: RecordStart): LiveRecord {
    const record = new LiveRecord(start, this, this.#total)
    this.#ring[this.#total % this.#capacity] = record
    this.#total++
    this.#active++
    this.changed(record)
    return record
  }

  changed(record: LiveRecord): void {
    if (this.#batchListeners.size === 0) return
    this.#changed.add(record)
    this.#timer ??= setTimeout(() => this.flush(), BATCH_MS)
  }

  ended(record: LiveRecord): void {
    this.#active--
    this.changed(record)
    this.#onEnd(record)
    // Here, where a client has its answer, and not where one waits for it.
    const place = this.#ended++ % WITH_HEADERS
    const older = this.#whole[place]
    this.#whole[place] = record
    if (older) this.#shrink(older)
  }

  #shrink(record: LiveRecord): void {
    const slot = record.number % this.#capacity
    record.forgetHeaders()
    if (this.#ring[slot] === record && this.#packed.pack(slot, record)) this.#ring[slot] = null
  }

  find(id: string): LiveRecord | null {
    // People ask for one now and then: an index would cost each request more than this look costs them.
    const slot = this.#ring.findIndex((record, index) => (record ? record.id : this.#packed.idOf(index)) === id)
    return slot === -1 ? null : (this.#ring[slot] ?? this.#packed.unpack(slot))
  }

  /** Newest first; at most `limit`, older than `beforeId` when that is still known. */
  list(limit: number, beforeId: string | null = null): readonly LiveRecord[] {
    const records: LiveRecord[] = []
    let isPast = beforeId === null || this.find(beforeId) === null
    for (
      let index = this.#total - 1;
      index >= Math.max(0, this.#total - this.#capacity) && records.length < limit;
      index--
    ) {
      const slot = index % this.#capacity
      if (isPast) records.push(this.#ring[slot] ?? this.#packed.unpack(slot))
      else if ((this.#ring[slot]?.id ?? this.#packed.idOf(slot)) === beforeId) isPast = true
    }
    return records
  }

  /** Calls `listener` with what changed, every 50 ms at most. Returns the way out. */
  subscribe(listener: (records: readonly RequestRecord[]) => void): () => void {
    this.#batchListeners.add(listener)
    return () => this.#batchListeners.delete(listener)
  }

  /** Hands out what waits for the next batch at once. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#changed.size === 0) return
    const copies = [...this.#changed].map((record) => record.copy())
    this.#changed.clear()
    for (const listener of this.#batchListeners) listener(copies)
  }
}
