/** The targets of one request: which of them, and which of its keys, is asked next. */
import type { Obstacle, PoolKey } from '../routing/key-pool.ts'
import type { Target } from '../routing/route.ts'
import type { UpstreamSpec } from '../snapshot.ts'
import type { Exchange, GatewayServices } from './exchange.ts'
import type { UpstreamState } from './upstream.ts'

/** A target in the course of one request. */
export interface Candidate {
  readonly target: Target
  readonly spec: UpstreamSpec
  readonly state: UpstreamState
  readonly index: number
  failures: number
  /** No further attempt here in this request. */
  isDropped: boolean
  /** Keys that this request has used up here; null until there is one. */
  usedKeys: Set<string> | null
}

export interface Choice {
  readonly candidate: Candidate
  /** Null for upstreams that take no key. */
  readonly key: PoolKey | null
}

/** The targets of a plan that can be reached, each as this request knows it. */
export function candidatesOf(exchange: Exchange, targets: readonly Target[], services: GatewayServices): Candidate[] {
  const candidates: Candidate[] = []
  targets.forEach((target, index) => {
    const spec = exchange.snapshot.upstreams.get(target.upstream)
    // Of an upstream that left the config while the request came in, the state that knew it.
    const state = spec ? services.states.of(spec) : null
    if (spec && state) candidates.push({ target, spec, state, index, failures: 0, isDropped: false, usedKeys: null })
  })
  return candidates
}

/** The best target with a key that is free; else a paused key that may be tested. */
export function choose(candidates: readonly Candidate[], pinnedKeyId: string | null, now: number): Choice | null {
  const open = candidates.filter(isOpen)
  if (open.length > 1) open.sort((a, b) => compare(a, b, now))
  for (const candidate of open) {
    const { state, spec, usedKeys } = candidate
    if (pinnedKeyId !== null && pinnedKeyId !== '') {
      const pinned = usedKeys?.has(pinnedKeyId) ? null : state.keys.takePinned(pinnedKeyId, now)
      if (pinned && isMeantFor(pinned, candidate)) return { candidate, key: pinned }
      continue
    }
    const key = takeMeant(candidate, now, 'ready')
    if (key) return { candidate, key }
    if (!spec.needsKey && !state.keys.hasKeys()) return { candidate, key: null }
  }
  if (pinnedKeyId !== null) return null
  for (const candidate of open) {
    const key = takeMeant(candidate, now, 'probe')
    if (key) return { candidate, key }
  }
  return null
}

// A reload may have given the pool the keys of another host under the same upstream's name: those are passed over.
function takeMeant(candidate: Candidate, now: number, kind: 'ready' | 'probe'): PoolKey | null {
  const { state, target } = candidate
  for (;;) {
    const key =
      kind === 'ready'
        ? state.keys.take(target.model, candidate.usedKeys, now)
        : state.keys.takeProbe(target.model, candidate.usedKeys, now)
    if (!key || isMeantFor(key, candidate)) return key
    useUp(candidate, key)
  }
}

/** This request takes that key no more. */
export function useUp(candidate: Candidate, key: PoolKey): void {
  candidate.usedKeys ??= new Set()
  candidate.usedKeys.add(key.id)
}

function isMeantFor(key: PoolKey, { spec, state }: Candidate): boolean {
  return state.isCurrent(spec) || spec.keys.some(({ id }) => id === key.id)
}

function isOpen(candidate: Candidate): boolean {
  return !candidate.isDropped
}

// What has failed in this request comes last, then what fails for everybody, then what is full, then config order.
function compare(a: Candidate, b: Candidate, now: number): number {
  const rank = ({ state, target, spec }: Candidate) =>
    (state.isShunned(target.model, now) ? 2 : 0) +
    (spec.config.maxParallel !== null && state.active >= spec.config.maxParallel ? 1 : 0)
  return a.failures - b.failures || rank(a) - rank(b) || a.index - b.index
}

/** Why no key is free at the targets that are left. */
export function obstaclesOf(
  candidates: readonly Candidate[],
  pinnedKeyId: string | null,
  now: number,
): readonly Obstacle[] {
  if (pinnedKeyId !== null) return []
  return candidates.filter(isOpen).flatMap(({ state, target }) => state.keys.obstacles(target.model, now))
}
