/**
 * Which upstream and key made an id (file, batch, stored response, conversation), and for which project. Such an id
 * works nowhere else. Bounded; saved by the engine, so that a restart does not orphan what was uploaded.
 */

export interface StickyId {
  readonly upstream: string
  readonly keyId: string
  readonly project: string
  /** The alias under which it was made: answers about it name that, too. Missing where the real name was asked for. */
  readonly alias?: string
  /** Epoch ms at which it was made or last used. */
  readonly usedAt: number
}

const CAPACITY = 20_000

export class StickyIds {
  // A Map keeps insertion order: the first entry is the one unused for longest.
  readonly #ids = new Map<string, StickyId>()
  /** Rises with every change, for whoever saves them. */
  version = 0

  remember(id: string, place: StickyId): void {
    this.#ids.delete(id)
    this.#ids.set(id, place)
    this.version++
    if (this.#ids.size <= CAPACITY) return
    const oldest = this.#ids.keys().next()
    if (!oldest.done) this.#ids.delete(oldest.value)
  }

  /** Null for an unknown id and for one of another project: the two must not be told apart. */
  find(id: string, project: string): StickyId | null {
    const place = this.#ids.get(id)
    if (place?.project !== project) return null
    // Used: moves to the end of the line of those to be forgotten. Not worth a write of the state file.
    this.#ids.delete(id)
    this.#ids.set(id, place)
    return place
  }

  save(): readonly (readonly [id: string, place: StickyId])[] {
    return [...this.#ids]
  }

  restore(saved: readonly (readonly [id: string, place: StickyId])[]): void {
    for (const [id, place] of saved.slice(-CAPACITY)) this.#ids.set(id, place)
  }
}
