/** Puts the engine's state into the form that console, tray and tests read. Nothing here is secret. Pure reading. */
import type { NetworkInterfaceInfo } from 'node:os'
import type { EngineStatus, KeyStatus, NetworkUrl, UpstreamStatus } from './contract.ts'
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
    ...lastOutcomes(state),
    activeRequests: state.active,
    discoveredModels: state.discovered?.size ?? null,
    keys: state.keys.list().map(({ key, state: health, counters }) => ({
      keyId: key.id,
      label: key.label,
      ...healthOf(key.enabled, health, now),
      models: [...health.models]
        .filter(([, pause]) => pause.until > now)
        .map(([model, pause]) => ({ model, until: pause.until, reason: pause.reason })),
      lastUsedAt: counters.lastUsedAt === 0 ? null : counters.lastUsedAt,
      requests: counters.requests,
      failures: counters.failures,
    })),
  }
}

/** A failure to connect that was blamed on nobody (the computer is offline) is still what an attempt met last. */
function lastOutcomes({
  lastError,
  lastErrorAt,
  lastNetworkFailureAt,
  lastAnswerAt,
}: UpstreamState): Pick<UpstreamStatus, 'lastError' | 'lastErrorAt' | 'lastAnswerAt'> {
  const answeredAt = lastAnswerAt === 0 ? null : lastAnswerAt
  return lastNetworkFailureAt > (lastErrorAt ?? 0)
    ? { lastError: null, lastErrorAt: lastNetworkFailureAt, lastAnswerAt: answeredAt }
    : { lastError, lastErrorAt, lastAnswerAt: answeredAt }
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

/** As `networkInterfaces` of node:os gives them. */
type Adapters = NodeJS.Dict<readonly NetworkInterfaceInfo[]>

/**
 * The addresses a client may use, the one to show first in front.
 *
 * @param readAdapters - `networkInterfaces` of node:os; asked only where somebody else can connect.
 */
export function listeningStatus(
  addresses: readonly string[],
  port: number,
  readAdapters: () => Adapters,
): NonNullable<EngineStatus['listening']> {
  const hosts = addresses.map((address) => address.slice(0, address.lastIndexOf(':')))
  const isLoopback = (host: string) => host === '[::1]' || host.startsWith('127.')
  const opened = hosts.filter((host) => !isLoopback(host))
  const only = hosts.length === 1 ? hosts[0] : undefined
  const isReachedAsLocalhost = only === undefined || isLoopback(only) || only === '0.0.0.0' || only === '[::]'
  return {
    baseUrl: `http://${isReachedAsLocalhost ? 'localhost' : only}:${port}/v1`,
    addresses,
    port,
    beyondLoopback: opened.length > 0,
    networkUrls: opened.length > 0 ? networkUrls(opened, port, readAdapters()) : [],
  }
}

/** Where others find what listens on `hosts`: "all addresses" is none that can be called. */
function networkUrls(hosts: readonly string[], port: number, adapters: Adapters): readonly NetworkUrl[] {
  const known = Object.entries(adapters)
    .flatMap(([adapter, infos = []]) => infos.map((info) => ({ ...info, adapter })))
    // Addresses that a card gives itself hold on one wire only, and those of IPv6 not without the card's name.
    .filter(({ internal, address }) => !internal && !/^(169\.254\.|fe80:)/i.test(address))
    .toSorted((a, b) => rankOf(a) - rankOf(b))
    .map(({ adapter, address, family }) => ({ adapter, host: family === 'IPv6' ? `[${address}]` : address, family }))
  const found = hosts.flatMap((host) => {
    if (host === '[::]') return known
    if (host === '0.0.0.0') return known.filter(({ family }) => family === 'IPv4')
    return [{ host, adapter: known.find((entry) => entry.host === host)?.adapter ?? '' }]
  })
  return found.map(({ host, adapter }) => ({ url: `http://${host}:${port}/v1`, adapter }))
}

/** Short addresses first, and those of real network cards before the ones of containers and virtual machines. */
function rankOf({ adapter, family }: { readonly adapter: string; readonly family: string }): number {
  return (family === 'IPv6' ? 2 : 0) + (virtualAdapter.test(adapter) ? 1 : 0)
}

const virtualAdapter = /^(br-|bridge|docker|podman|tap|tun|utun|veth|virbr|vmnet|vboxnet)|hyper-v|virtualbox|vmware/i
