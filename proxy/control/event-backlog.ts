/**
 * What a reader that doesn't keep up has missed, bounded: of everything only the last state, since events are
 * idempotent and a newer one says all that an older one said.
 */
import type { EngineEvent, Notice, RequestRecord } from '../contract.ts'

const maxRecords = 5000
const maxNotices = 50

export class EventBacklog {
  readonly #records = new Map<string, RequestRecord>()
  /** The last event of each other type, oldest first. */
  readonly #last = new Map<EngineEvent['type'], EngineEvent>()
  readonly #notices: Notice[] = []

  add(event: EngineEvent): void {
    switch (event.type) {
      case 'requests':
        for (const record of event.records) this.#addRecord(record)
        return
      case 'notice':
        this.#notices.push(event.notice)
        if (this.#notices.length > maxNotices) this.#notices.shift()
        return
      case 'status':
      case 'config-applied':
      case 'config-rejected':
      case 'config-changed':
        this.#last.delete(event.type)
        this.#last.set(event.type, event)
        return
      default:
        event satisfies never
    }
  }

  /** Everything that waits, and forgets it. */
  take(): readonly EngineEvent[] {
    const events: EngineEvent[] = [...this.#last.values()]
    if (this.#records.size > 0) events.push({ type: 'requests', records: [...this.#records.values()] })
    for (const notice of this.#notices) events.push({ type: 'notice', notice })
    this.#last.clear()
    this.#records.clear()
    this.#notices.length = 0
    return events
  }

  #addRecord(record: RequestRecord): void {
    this.#records.delete(record.id)
    this.#records.set(record.id, record)
    if (this.#records.size <= maxRecords) return
    const [oldest] = this.#records.keys()
    if (oldest !== undefined) this.#records.delete(oldest)
  }
}
