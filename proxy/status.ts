/** Puts the engine's state into the form that console, tray and tests read. Nothing here is secret. Pure reading. */
import type { EngineStatus, KeyStatus, UpstreamStatus } from './contract.ts'
import type { UpstreamState, UpstreamStates } from './gateway/upstream.ts'
import type { KeyState } from './routing/cooldown.ts'
import type { Snapshot, UpstreamSpec } from './snapshot.ts'

export function upstreamStatuses(snapshot: Snapshot, states: UpstreamStates, now: number): readonly UpstreamStatus[] {
  return [...snapshot.upstreams.values()].flatMap((spec) => {
    const state = states.find(spec.name)
    return state ? [upstreamStatus(spec, state, now)] : []
  })
}

function upstreamStatus(spec: UpstreamSpec, state: UpstreamState, now: number): UpstreamStatus {
  return {
    name: spec.name,
    enabled: spec.config.enabled,
    provider: spec.profile.id,
    baseUrl: spec.config.baseUrl,
    isLocal: spec.profile.isLocal,
    needsKey: spec.needsKey,
    speaks: [...spec.speaks],
    breaker: state.breakerState(now),
    breakerUntil: state.breakerUntil,
    lastError: state.lastError,
    lastErrorAt: state.lastErrorAt,
    activeRequests: state.active,
    discoveredModels: state.discovered?.size ?? null,
    keys: state.keys.list().map(({ key, state: health, counters }) => ({
      keyId: key.id,
      label: key.label,
      ...healthOf(key.enabled, health, now),
      models: [...health.models]
        .filter(([, pause]) => pause.until > now)
        .map(([model, pause]) => ({ model, until: pause.until, reason: pause.reason })),
      lastUsedAt: counters.lastUsedAt,
      requests: counters.requests,
      failures: counters.failures,
    })),
  }
}

function healthOf(
  enabled: boolean,
  { pause, refused }: KeyState,
  now: number,
): Pick<KeyStatus, 'state' | 'until' | 'guessed' | 'reason'> {
  if (!enabled) return { state: 'disabled', until: null, guessed: false, reason: null }
  if (refused) return { state: 'refused', until: null, guessed: false, reason: 'key_invalid' }
  if (!pause || pause.until <= now) return { state: 'ready', until: null, guessed: false, reason: null }
  const state = pause.reason === 'key_exhausted' ? 'exhausted' : 'paused'
  return { state, until: pause.until, guessed: pause.guessed, reason: pause.reason }
}

/** The addresses a client may use, the one to show first in front. */
export function listeningStatus(addresses: readonly string[], port: number): NonNullable<EngineStatus['listening']> {
  const hosts = addresses.map((address) => address.slice(0, address.lastIndexOf(':')))
  const isLoopback = (host: string) => host === '[::1]' || host.startsWith('127.')
  const beyondLoopback = hosts.some((host) => !isLoopback(host))
  const only = hosts.length === 1 ? hosts[0] : undefined
  const isReachedAsLocalhost = only === undefined || isLoopback(only) || only === '0.0.0.0' || only === '[::]'
  return {
    baseUrl: `http://${isReachedAsLocalhost ? 'localhost' : only}:${port}/v1`,
    addresses,
    port,
    beyondLoopback,
  }
}
