/**
 * The ApiKeys of one upstream, taken in turn, with the health of each. One of the five places with mutable state:
 * it outlives config reloads, because health is keyed by a hash of the key and not by its position.
 */
import type { CooldownPolicy, KeyFailure, KeyState, Pause, PauseReason } from './cooldown.ts'
import {
  activePause,
  afterKeyFailure,
  afterKeySuccess,
  afterProbeStart,
  blamesModel,
  healthyKey,
  isReady,
  mayProbe,
  REFUSED_PROBE_WAIT_MS,
} from './cooldown.ts'

/** An ApiKey as the pool hands it out. */
export interface PoolKey {
  /** Hash of the key: stable across reloads and restarts, safe to show. */
  readonly id: string
  /** Name or masked form. */
  readonly label: string
  /** Sent to the upstream; never logged. Empty for a keyless upstream. */
  readonly secret: string
  readonly enabled: boolean
}

export interface KeyCounters {
  requests: number
  failures: number
  /** Epoch ms; 0 = never. Always a number: V8 then writes it in place, where null would have it make one each time. */
  lastUsedAt: number
}

/** How a key's public state changed, for notices and events. */
export type KeyChange =
  | { readonly kind: 'paused'; readonly reason: PauseReason; readonly until: number; readonly model: string | null }
  | { readonly kind: 'refused' }
  | { readonly kind: 'exhausted'; readonly until: number }
  | { readonly kind: 'recovered' }

/** What stands in the way of the keys that could not be taken. */
export interface Obstacle {
  readonly reason: PauseReason | 'key_refused'
  /** Epoch ms at which the key returns; null when nobody knows. */
  readonly until: number | null
  readonly guessed: boolean
  /** Epoch ms from which one request may test it all the same. */
  readonly probeAt: number
}

interface Entry {
  key: PoolKey
  state: KeyState
  readonly counters: KeyCounters
}

/** What survives a restart: refusals and pauses that a provider stated. */
export interface SavedKeyState {
  readonly id: string
  readonly refusedSince: number | null
  readonly pause: Pause | null
  readonly models: readonly (readonly [model: string, pause: Pause])[]
}

export class KeyPool {
  // Health of keys that left the config is kept too: an undo in the editor must not forget a refusal.
  readonly #entries = new Map<string, Entry>()
  #order: Entry[] = []
  #turn = 0
  /** Epoch ms before which no refused key is tested again: one real request in 30 s, however many keys are refused. */
  #refusedProbeAt = 0

  /** Takes over the keys of a new config; known ones keep their health. */
  setKeys(keys: readonly PoolKey[]): void {
    this.#order = keys.map((key) => {
      const known = this.#entries.get(key.id)
      if (known) {
        known.key = key
        return known
      }
      const entry: Entry = { key, state: healthyKey, counters: { requests: 0, failures: 0, lastUsedAt: 0 } }
      this.#entries.set(key.id, entry)
      return entry
    })
  }

  /** The next ready key in turn that this request has not used up; null when there is none. */
  take(model: string, used: ReadonlySet<string> | null, now: number): PoolKey | null {
    const count = this.#order.length
    for (let step = 0; step < count; step++) {
      const entry = this.#order[(this.#turn + step) % count]
      if (!entry || !entry.key.enabled || used?.has(entry.key.id)) continue
      if (!isReady(entry.state, model, now)) continue
      this.#turn = (this.#turn + step + 1) % count
      entry.counters.requests++
      entry.counters.lastUsedAt = now
      return entry.key
    }
    return null
  }

  /**
   * A paused or refused key that may be tested with one real request now: of guessed and over-long pauses the one
   * that ends soonest, refused ones only when no key is merely paused.
   */
  takeProbe(model: string, used: ReadonlySet<string> | null, now: number): PoolKey | null {
    const enabled = this.#order.filter((entry) => entry.key.enabled)
    const paused = enabled.filter((entry) => !entry.state.refused)
    const areAllRefused = paused.length === 0
    if (areAllRefused && this.#refusedProbeAt > now) return null
    const free = (areAllRefused ? enabled : paused).filter(
      (entry) => !used?.has(entry.key.id) && mayProbe(entry.state, model, now),
    )
    const soonest = free.toSorted((a, b) => returnsAt(a.state, model, now) - returnsAt(b.state, model, now))[0]
    if (!soonest) return null
    if (areAllRefused) this.#refusedProbeAt = now + REFUSED_PROBE_WAIT_MS
    soonest.state = afterProbeStart(soonest.state, model, now)
    soonest.counters.requests++
    soonest.counters.lastUsedAt = now
    return soonest.key
  }

  /** One certain key, paused or not: what it made can be reached through it only. */
  takePinned(id: string, now: number): PoolKey | null {
    const entry = this.#order.find(({ key }) => key.id === id && key.enabled)
    if (!entry) return null
    entry.counters.requests++
    entry.counters.lastUsedAt = now
    return entry.key
  }

  /** Why the enabled keys that are not ready are not; empty when all are ready. */
  obstacles(model: string, now: number): readonly Obstacle[] {
    return this.#order.flatMap((entry): Obstacle[] => {
      if (!entry.key.enabled) return []
      if (entry.state.refused) {
        const probeAt = Math.max(entry.state.refused.probeAt, this.#refusedProbeAt)
        return [{ reason: 'key_refused', until: null, guessed: true, probeAt }]
      }
      const pause = activePause(entry.state, model, now)
      if (!pause) return []
      const { reason, until, guessed, probeAt } = pause
      return [{ reason, until, guessed, probeAt }]
    })
  }

  /** True when an enabled key is there at all, paused or not. */
  hasKeys(): boolean {
    return this.#order.some((entry) => entry.key.enabled)
  }

  recordSuccess(id: string, model: string, attemptStartedAt: number): KeyChange | null {
    const entry = this.#entries.get(id)
    if (!entry || entry.state === healthyKey) return null
    const before = entry.state
    entry.state = afterKeySuccess(before, model, attemptStartedAt)
    const isFreed = (was: unknown, is: unknown) => was !== null && was !== undefined && !is
    const isRecovered =
      isFreed(before.refused, entry.state.refused) ||
      isFreed(before.pause, entry.state.pause) ||
      isFreed(before.models.get(model), entry.state.models.get(model))
    return isRecovered ? { kind: 'recovered' } : null
  }

  recordFailure(id: string, failure: KeyFailure, policy: CooldownPolicy, now: number): KeyChange | null {
    const entry = this.#entries.get(id)
    if (!entry) return null
    const before = entry.state
    entry.state = afterKeyFailure(before, failure, policy, now)
    entry.counters.failures++
    if (entry.state.refused) return before.refused ? null : { kind: 'refused' }
    const isForModel = blamesModel(failure)
    const pauseBefore = isForModel ? before.models.get(failure.model) : before.pause
    const isOutOfCredit = failure.reason === 'key_exhausted'
    const isNew = !pauseBefore || pauseBefore.until <= now || (isOutOfCredit && pauseBefore.reason !== 'key_exhausted')
    const pause = activePause(entry.state, failure.model, now)
    if (!isNew || !pause) return null
    if (isOutOfCredit) return { kind: 'exhausted', until: pause.until }
    return {
      kind: 'paused',
      reason: failure.reason,
      until: pause.until,
      model: isForModel ? failure.model : null,
    }
  }

  /** Forgets pauses and refusal of a key ("Reset" in the console). */
  reset(id: string): boolean {
    const entry = this.#entries.get(id)
    if (!entry) return false
    entry.state = healthyKey
    this.#refusedProbeAt = 0
    return true
  }

  /** Every key of the running config with its health, in config order. */
  list(): readonly { readonly key: PoolKey; readonly state: KeyState; readonly counters: Readonly<KeyCounters> }[] {
    return this.#order
  }

  /** What is worth keeping over a restart; guesses are not. */
  save(now: number): readonly SavedKeyState[] {
    const saved: SavedKeyState[] = []
    for (const { key, state } of this.#entries.values()) {
      const isStated = (pause: Pause | null | undefined): pause is Pause =>
        !!pause && !pause.guessed && pause.until > now
      const models = [...state.models].filter(([, pause]) => isStated(pause))
      const pause = isStated(state.pause) ? state.pause : null
      if (!state.refused && !pause && models.length === 0) continue
      saved.push({ id: key.id, refusedSince: state.refused?.since ?? null, pause, models })
    }
    return saved
  }

  /** Puts saved states back on keys that are in the pool and healthy. */
  restore(saved: readonly SavedKeyState[], now: number): void {
    for (const { id, refusedSince, pause, models } of saved) {
      const entry = this.#entries.get(id)
      if (!entry || entry.state !== healthyKey) continue
      const isRunning = (candidate: Pause | null): candidate is Pause => candidate !== null && candidate.until > now
      entry.state = {
        pause: isRunning(pause) ? pause : null,
        // A refused key is tested by the first request after a restart: the user may have mended it at the provider.
        refused: refusedSince === null ? null : { since: refusedSince, probeAt: now },
        models: new Map(models.filter(([, candidate]) => isRunning(candidate))),
      }
    }
  }
}

// Refused keys return at no known time: the one that has waited longest for its test comes first.
function returnsAt(state: KeyState, model: string, now: number): number {
  return state.refused ? state.refused.probeAt : (activePause(state, model, now)?.until ?? now)
}
