/** The projects, models, upstreams and keys that occur in the log: what its filters offer. Grows with what changes. */
import type { RequestRecord } from '../../../proxy/contract.ts'
import type { RequestTable } from '../../request-table.ts'

export interface Facets {
  readonly projects: readonly string[]
  readonly models: readonly string[]
  readonly upstreams: readonly string[]
  readonly keys: readonly { readonly id: string; readonly label: string; readonly upstream: string }[]
}

/** Clients may ask for any name; a list of a thousand helps nobody. */
const mostModels = 300

export class FacetIndex {
  readonly #projects = new Set<string>()
  readonly #models = new Set<string>()
  readonly #upstreams = new Set<string>()
  readonly #keys = new Map<string, Facets['keys'][number]>()
  #seen = -1
  #facets: Facets = { projects: [], models: [], upstreams: [], keys: [] }

  /** The same object as before when nothing unseen has come. */
  read(table: RequestTable): Facets {
    if (table.version <= this.#seen) return this.#facets
    const before = this.#size()
    const changes = this.#seen < 0 ? null : table.changesSince(this.#seen)
    for (const record of changes ?? table.rows) this.#add(record)
    this.#seen = table.version
    if (this.#size() !== before) {
      this.#facets = {
        projects: [...this.#projects].toSorted(),
        models: [...this.#models].toSorted(),
        upstreams: [...this.#upstreams].toSorted(),
        keys: [...this.#keys.values()].toSorted(byUpstreamAndLabel),
      }
    }
    return this.#facets
  }

  #add(record: RequestRecord): void {
    if (record.project !== null) this.#projects.add(record.project)
    if (record.requestedModel !== null && this.#models.size < mostModels) this.#models.add(record.requestedModel)
    for (const { upstream, keyId, keyLabel } of record.attempts) {
      this.#upstreams.add(upstream)
      if (keyId === null || this.#keys.has(keyId)) continue
      this.#keys.set(keyId, { id: keyId, label: keyLabel ?? keyId, upstream })
    }
  }

  #size(): number {
    return this.#projects.size + this.#models.size + this.#upstreams.size + this.#keys.size
  }
}

type Key = Facets['keys'][number]

function byUpstreamAndLabel(a: Key, b: Key): number {
  return a.upstream.localeCompare(b.upstream) || a.label.localeCompare(b.label)
}
