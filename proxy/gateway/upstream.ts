/**
 * What is learned about upstreams while running: health of keys, breakers, open connections, models found, quirks.
 * One of the five places with mutable state. Keyed by name; survives reloads.
 */
import { isIP } from 'node:net'
import type { SavedKeyState } from '../routing/key-pool.ts'
import { KeyPool } from '../routing/key-pool.ts'
import type { Breaker } from '../routing/breaker.ts'
import {
  afterBreakerProbe,
  afterUpstreamFailure,
  afterUpstreamSuccess,
  breakerState,
  closedBreaker,
  isBreakerOpen,
} from '../routing/breaker.ts'
import type { Snapshot, UpstreamSpec } from '../snapshot.ts'
import { createDemoDispatcher } from './demo-upstream.ts'
import type { OutboundSettings } from './outbound.ts'
import { OutboundConnection, openUpstream, outboundKey, resolveProxy } from './outbound.ts'

/** Breakers of single models; more names than this come only from a client that makes them up. */
const MODEL_BREAKERS = 500

export class UpstreamState {
  readonly name: string
  readonly keys = new KeyPool()
  /** Of the upstream as a whole: connections. */
  #breaker: Breaker = closedBreaker
  /** Of one model of it: answers that say "overloaded" or 5xx. */
  readonly #modelBreakers = new Map<string, Breaker>()
  #connection: OutboundConnection | null = null
  // By spec, so that a request under way keeps talking to the host that its snapshot means.
  readonly #connections = new WeakMap<UpstreamSpec, OutboundConnection>()
  active = 0
  lastError: string | null = null
  lastErrorAt: number | null = null
  lastNetworkFailureAt = 0
  lastAnswerAt = 0
  /** Models of its own list; null until that has been read. */
  discovered: ReadonlySet<string> | null = null
  discoveredAt = 0
  /** Models for which it refused `stream_options`. */
  readonly refusesStreamUsage = new Set<string>()
  readonly #waiting: (() => void)[] = []

  constructor(name: string) {
    this.name = name
  }

  /** The connections for a spec that `connect` has seen. @throws Error for any other. */
  connectionOf(spec: UpstreamSpec): OutboundConnection {
    const connection = this.#connections.get(spec)
    if (!connection) throw new Error(`Upstream ${this.name} has no connections.`)
    return connection
  }

  /** True while requests of this spec go where those of the running config go. */
  isCurrent(spec: UpstreamSpec): boolean {
    return this.#connection !== null && this.#connections.get(spec) === this.#connection
  }

  /** Makes connections for new settings; keeps the open ones where nothing about them changed. */
  connect(spec: UpstreamSpec, settings: OutboundSettings): void {
    const key = spec.isDemo ? 'demo' : outboundKey(settings)
    if (this.#connection?.key !== key) {
      this.#connection?.retire()
      this.#connection = new OutboundConnection(key, () =>
        spec.isDemo ? createDemoDispatcher() : openUpstream(settings),
      )
      this.resetBreakers()
      // What was met at another address says nothing of this one.
      this.lastError = null
      this.lastErrorAt = null
      this.lastNetworkFailureAt = 0
      this.lastAnswerAt = 0
      this.discovered = null
      this.discoveredAt = 0
    }
    this.#connections.set(spec, this.#connection)
  }

  /** Gives up the open connections, after sleep or a change of network: they may be dead without knowing. */
  reconnect(spec: UpstreamSpec, settings: OutboundSettings): void {
    this.close()
    this.resetBreakers()
    this.#connection = new OutboundConnection(outboundKey(settings), () => openUpstream(settings))
    this.#connections.set(spec, this.#connection)
  }

  close(): void {
    this.#connection?.retire()
    this.#connection = null
  }

  breakerState(now: number): 'closed' | 'open' | 'half-open' {
    return breakerState(this.#breaker, now)
  }

  get breakerUntil(): number | null {
    return this.#breaker.until === 0 ? null : this.#breaker.until
  }

  /** True when requests for `model` should go elsewhere first. */
  isShunned(model: string, now: number): boolean {
    if (isBreakerOpen(this.#breaker, now)) return true
    const forModel = this.#modelBreakers.get(model)
    return forModel !== undefined && isBreakerOpen(forModel, now)
  }

  /** Tells that a request is on its way: the one that tests a half-open breaker. */
  recordStart(model: string, now: number): void {
    this.#breaker = afterBreakerProbe(this.#breaker, now)
    const forModel = this.#modelBreakers.get(model)
    if (forModel) this.#modelBreakers.set(model, afterBreakerProbe(forModel, now))
  }

  recordEnd(): void {
    this.active--
    this.#waiting.shift()?.()
  }

  recordAnswer(model: string, now: number): void {
    this.lastAnswerAt = now
    this.#breaker = afterUpstreamSuccess(this.#breaker)
    if (this.#modelBreakers.size > 0) this.#modelBreakers.delete(model)
  }

  /** @param model - null when the connection itself failed. */
  recordFailure(model: string | null, message: string, now: number): void {
    this.lastError = message
    this.lastErrorAt = now
    if (model === null) {
      this.#breaker = afterUpstreamFailure(this.#breaker, now)
      return
    }
    // Any answer proves the connection.
    this.#breaker = afterUpstreamSuccess(this.#breaker)
    if (this.#modelBreakers.size >= MODEL_BREAKERS) this.#modelBreakers.clear()
    this.#modelBreakers.set(model, afterUpstreamFailure(this.#modelBreakers.get(model) ?? closedBreaker, now))
  }

  resetBreakers(): void {
    this.#breaker = closedBreaker
    this.#modelBreakers.clear()
  }

  /** Takes a place for a request, given back by `recordEnd`. False when `limit` of them are taken (null: no limit). */
  takeSlot(limit: number | null): boolean {
    if (limit !== null && this.active >= limit) return false
    this.active++
    return true
  }

  /** Takes a place as soon as there is one, and tells by `ready`. Returns a way to stop waiting. */
  waitForSlot(limit: number | null, ready: () => void): () => void {
    const check = () => {
      if (this.takeSlot(limit)) ready()
      else this.#waiting.push(check)
    }
    this.#waiting.push(check)
    return () => {
      const at = this.#waiting.indexOf(check)
      if (at !== -1) this.#waiting.splice(at, 1)
    }
  }
}

/** The states of all upstreams of the running config. */
export class UpstreamStates {
  readonly #states = new Map<string, UpstreamState>()
  readonly #bySpec = new WeakMap<UpstreamSpec, UpstreamState>()
  readonly #env: Readonly<Record<string, string | undefined>>
  #resolveSystemProxy: ((origin: string) => string | null) | null = null

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env
  }

  /** Asks this before the environment, where the desktop knows the system's proxy. Takes effect with the next `apply`. */
  setSystemProxy(resolve: ((origin: string) => string | null) | null): void {
    this.#resolveSystemProxy = resolve
  }

  /** The proxy to an origin: as configured (a URL, `direct`), else the system's, else the environment's. */
  proxyFor(configured: string | null, origin: string): string | null {
    const fromSystem = configured === null ? this.#resolveSystemProxy?.(origin) : null
    return fromSystem ?? resolveProxy(configured, origin, this.#env)
  }

  /** Makes the states fit a new snapshot. */
  apply(snapshot: Snapshot): void {
    for (const spec of snapshot.upstreams.values()) {
      const state = this.#states.get(spec.name) ?? new UpstreamState(spec.name)
      this.#states.set(spec.name, state)
      this.#bySpec.set(spec, state)
      state.keys.setKeys(spec.keys)
      state.connect(spec, this.#outbound(spec, snapshot))
    }
    for (const [name, state] of this.#states) {
      if (snapshot.upstreams.has(name)) continue
      state.close()
      // Requests under way keep the state they hold; a renamed upstream starts healthy.
      this.#states.delete(name)
    }
  }

  /** New connections everywhere and no blame for what the sleep did. */
  reconnect(snapshot: Snapshot): void {
    for (const spec of snapshot.upstreams.values()) {
      const state = this.#states.get(spec.name)
      if (!spec.isDemo) state?.reconnect(spec, this.#outbound(spec, snapshot))
    }
  }

  find(name: string): UpstreamState | null {
    return this.#states.get(name) ?? null
  }

  /** The state of an upstream as one snapshot knew it, also when it has left the config since. */
  of(spec: UpstreamSpec): UpstreamState | null {
    return this.#bySpec.get(spec) ?? null
  }

  all(): readonly UpstreamState[] {
    return [...this.#states.values()]
  }

  close(): void {
    for (const state of this.#states.values()) state.close()
  }

  save(now: number): Readonly<Record<string, readonly SavedKeyState[]>> {
    const entries = this.all().map((state) => [state.name, state.keys.save(now)] as const)
    return Object.fromEntries(entries.filter(([, saved]) => saved.length > 0))
  }

  restore(saved: Readonly<Record<string, readonly SavedKeyState[]>>, now: number): void {
    for (const [name, states] of Object.entries(saved)) this.find(name)?.keys.restore(states, now)
  }

  #outbound(spec: UpstreamSpec, snapshot: Snapshot): OutboundSettings {
    return {
      origin: spec.origin,
      proxyUrl: spec.isDemo ? null : this.proxyFor(spec.config.proxy, spec.origin),
      connectTimeoutMs: spec.config.timeouts.connectMs,
      caFile: snapshot.config.server.caFile,
      serverName: nameInHostHeader(spec.staticHeaders),
    }
  }
}

/** The host of a configured `host` header, without its port; undefined without one, or where it is an address. */
function nameInHostHeader(headers: readonly string[]): string | undefined {
  const at = headers.indexOf('host')
  const name = at % 2 === 0 ? headers[at + 1]?.replace(/:\d+$/, '') : undefined
  return name === undefined || isIP(name) !== 0 ? undefined : name
}
