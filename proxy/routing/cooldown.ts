/**
 * What a failure or a success does to the health of one ApiKey. Pure: state in, state out, time as an argument.
 * `key-pool.ts` keeps the states and asks here.
 */

/** Why a key (or a key for one model) is paused. */
export type PauseReason = 'rate_limited' | 'key_exhausted' | 'key_invalid' | 'key_no_access' | 'model_not_found'

export interface Pause {
  /** Epoch ms. */
  readonly until: number
  /** Epoch ms at which this pause began; failures of attempts begun earlier belong to the same burst. */
  readonly since: number
  /** True when no provider stated the time: the pause orders keys, it never refuses. */
  readonly guessed: boolean
  readonly reason: PauseReason
  /** How often in a row; the length of guessed pauses for exhausted keys doubles with it. */
  readonly strikes: number
  /** Epoch ms from which one real request may test the pause. */
  readonly probeAt: number
  /** Wait after the next probe until the one that follows, ms. */
  readonly probeEveryMs: number
}

export interface KeyState {
  readonly pause: Pause | null
  /** Set when the provider refused the key twice in a row: out of use until edited or until a probe succeeds. */
  readonly refused: { readonly since: number; readonly probeAt: number } | null
  /** Pauses of this key for one model each. */
  readonly models: ReadonlyMap<string, Pause>
}

export interface KeyFailure {
  readonly reason: PauseReason
  /** Blames key and model together rather than the key. */
  readonly perModel: boolean
  readonly model: string
  /** What the provider asked for; null when it did not say. */
  readonly retryAfterMs: number | null
  /** Epoch ms at which the failed attempt was sent. */
  readonly attemptStartedAt: number
}

export interface CooldownPolicy {
  /** `cool_down_minutes`, in ms. */
  readonly coolDownMs: number
}

const SECOND = 1000
const MINUTE = 60 * SECOND
/** No key is written off longer than this without one real request as probe. */
const LONGEST_BLIND_PAUSE_MS = 15 * MINUTE
const LONGEST_EXHAUSTED_PAUSE_MS = 24 * 60 * MINUTE
const FIRST_PROBE_WAIT_MS = 5 * SECOND
const LONGEST_PROBE_WAIT_MS = 60 * SECOND
/** With all keys refused, one real request in this time may probe. */
export const REFUSED_PROBE_WAIT_MS = 30 * SECOND

/** Pauses for single models that a key keeps: model names come from clients, who could make up any number. */
const MODEL_PAUSES = 200

export const healthyKey: KeyState = Object.freeze({ pause: null, refused: null, models: new Map<string, Pause>() })

/** The state after a failure that is the key's fault. */
export function afterKeyFailure(state: KeyState, failure: KeyFailure, policy: CooldownPolicy, now: number): KeyState {
  if (blamesModel(failure)) {
    const known = state.models.get(failure.model) ?? null
    const models = new Map(state.models)
    models.delete(failure.model)
    if (models.size >= MODEL_PAUSES) dropOne(models, now)
    return { ...state, models: models.set(failure.model, nextPause(known, failure, policy, now)) }
  }
  if (failure.reason === 'key_invalid') {
    // A burst of parallel refusals is one refusal; only an attempt begun after the pause proves it again.
    const isSecond = state.pause?.reason === 'key_invalid' && failure.attemptStartedAt >= state.pause.since
    if (state.refused && failure.attemptStartedAt < state.refused.since) return state
    if (isSecond || state.refused) return { ...state, refused: { since: now, probeAt: now + REFUSED_PROBE_WAIT_MS } }
  }
  return { ...state, pause: nextPause(state.pause, failure, policy, now) }
}

/** True when the failure pauses the key for one model only. */
export function blamesModel(failure: Pick<KeyFailure, 'perModel' | 'reason'>): boolean {
  return failure.perModel || failure.reason === 'model_not_found'
}

/**
 * The state after an answer: it clears the key's failures and those of the key for this model, but for those which
 * came after the answered attempt was sent. Returns `healthyKey` itself when nothing is left.
 */
export function afterKeySuccess(state: KeyState, model: string, attemptStartedAt: number): KeyState {
  if (state === healthyKey) return state
  const isOlder = (failure: { readonly since: number } | null | undefined) =>
    !!failure && failure.since <= attemptStartedAt
  const models = new Map(state.models)
  if (isOlder(models.get(model))) models.delete(model)
  const pause = isOlder(state.pause) ? null : state.pause
  const refused = isOlder(state.refused) ? null : state.refused
  return pause === null && refused === null && models.size === 0 ? healthyKey : { pause, refused, models }
}

/** True when the key may be used for `model` now without anybody being asked. */
export function isReady(state: KeyState, model: string, now: number): boolean {
  if (state === healthyKey) return true
  if (state.refused) return false
  if (state.pause && state.pause.until > now) return false
  const paused = state.models.get(model)
  return paused === undefined || paused.until <= now
}

/** The pause that keeps this key from `model` longest, or null when none does. */
export function activePause(state: KeyState, model: string, now: number): Pause | null {
  const whole = state.pause && state.pause.until > now ? state.pause : null
  const forModel = state.models.get(model)
  const partial = forModel && forModel.until > now ? forModel : null
  if (!whole || !partial) return whole ?? partial
  return whole.until >= partial.until ? whole : partial
}

/** True when one real request may be sent on this key although it is paused or refused. */
export function mayProbe(state: KeyState, model: string, now: number): boolean {
  if (state.refused) return state.refused.probeAt <= now
  const pause = activePause(state, model, now)
  return pause !== null && pause.probeAt <= now
}

/** The state once a probe is on its way: the next one has to wait. */
export function afterProbeStart(state: KeyState, model: string, now: number): KeyState {
  if (state.refused) return { ...state, refused: { ...state.refused, probeAt: now + REFUSED_PROBE_WAIT_MS } }
  const later = (pause: Pause): Pause => ({
    ...pause,
    probeAt: now + pause.probeEveryMs,
    probeEveryMs: pause.guessed ? Math.min(pause.probeEveryMs * 2, LONGEST_PROBE_WAIT_MS) : pause.probeEveryMs,
  })
  const models = new Map(state.models)
  const forModel = models.get(model)
  if (forModel && forModel.until > now) models.set(model, later(forModel))
  return { ...state, pause: state.pause && state.pause.until > now ? later(state.pause) : state.pause, models }
}

function nextPause(known: Pause | null, failure: KeyFailure, policy: CooldownPolicy, now: number): Pause {
  const running = known !== null && known.until > now ? known : null
  const isBurst = known !== null && failure.attemptStartedAt < known.since
  const isRow = known !== null && known.reason === failure.reason
  const strikes = isRow ? known.strikes + (isBurst ? 0 : 1) : 1
  const guessed = failure.retryAfterMs === null
  const until = now + (failure.retryAfterMs ?? guessedPauseMs(failure.reason, strikes, policy))
  const since = isBurst ? known.since : now
  if (running && running.until > until) {
    // The later deadline wins. What the provider has stated now still holds while it lasts, probes included.
    const probeAt = guessed ? running.probeAt : Math.max(running.probeAt, Math.min(until, now + LONGEST_BLIND_PAUSE_MS))
    // These two tell the user more than a limit does; a second refusal puts the key out of use.
    if (failure.reason === 'key_invalid' || failure.reason === 'key_exhausted')
      return { ...running, since, strikes, probeAt, reason: failure.reason }
    return { ...running, since, strikes: isRow ? strikes : running.strikes, probeAt }
  }
  const base = { until, since, guessed, reason: failure.reason, strikes }
  if (!guessed) return { ...base, probeAt: now + LONGEST_BLIND_PAUSE_MS, probeEveryMs: LONGEST_BLIND_PAUSE_MS }
  // A failed probe keeps the growing wait of its pause; a new pause starts with the short one.
  if (running?.guessed) return { ...base, probeAt: running.probeAt, probeEveryMs: running.probeEveryMs }
  // A guess that outlasts what a provider stated: no probe before the stated end.
  return {
    ...base,
    probeAt: running ? Math.min(running.until, running.probeAt) : now,
    probeEveryMs: FIRST_PROBE_WAIT_MS,
  }
}

function dropOne(models: Map<string, Pause>, now: number): void {
  // Insertion order: the first is the one that failed longest ago.
  let oldest: string | null = null
  for (const [model, pause] of models) {
    oldest ??= model
    if (pause.until > now) continue
    oldest = model
    break
  }
  if (oldest !== null) models.delete(oldest)
}

function guessedPauseMs(reason: PauseReason, strikes: number, policy: CooldownPolicy): number {
  if (reason !== 'key_exhausted') return policy.coolDownMs
  return Math.min(policy.coolDownMs * 2 ** Math.min(strikes - 1, 20), LONGEST_EXHAUSTED_PAUSE_MS)
}
