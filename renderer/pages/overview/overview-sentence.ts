/** One sentence that tells the truth about the whole: the worst thing that is so now, else that all is well. Pure. */
import type { EngineStatus, KeyStatus, UpstreamStatus } from '../../../proxy/contract.ts'
import { isPrepared, upstreamHealth, type UpstreamHealth } from '../../../proxy/upstream-health.ts'
import type { Tone } from '../../format.ts'
import { isOfListening } from '../../route.ts'
import { demoUrl } from '../first-run/first-run-state.ts'

export interface OverviewSentence {
  readonly tone: Tone
  readonly kind:
    | 'starting'
    | 'stopping'
    | 'stopped'
    | 'failed'
    | 'notListening'
    | 'noUpstream'
    | 'noKeys'
    | 'noProject'
    | 'allPaused'
    | 'noneUsable'
    | 'configRejected'
    | 'configUnused'
    | 'onlyDemo'
    | 'demoLeft'
    | 'onePaused'
    | 'oneFailing'
    | 'oneFailed'
    | 'allFailed'
    | 'oneUnusable'
    | 'someUnusable'
    | 'someTroubled'
    | 'manyFail'
    | 'onlyFailures'
    | 'keysRefused'
    | 'keysExhausted'
    | 'keysOut'
    | 'someKeysOut'
    | 'keysPaused'
    | 'someKeysPaused'
    | 'waiting'
    | 'fine'
  readonly params: Readonly<Record<string, string | number>>
  /** When it is expected to be over, epoch ms. */
  readonly until: number | null
}

/** Below this share of good answers, with this many requests to judge by, not all is well whatever the keys say. */
const poorSuccess = 0.9
const enoughRequests = 10

export function overviewSentence(status: EngineStatus): OverviewSentence {
  return (
    notAnswering(status) ?? refusingAll(status) ?? partlyWorking(status) ?? withFewerKeys(status) ?? working(status)
  )
}

/** Enabled and filled in: what counts when all is judged. */
function inUse(status: EngineStatus): readonly UpstreamStatus[] {
  return status.upstreams.filter((upstream) => upstream.enabled && !isPrepared(upstream))
}

/** Keys that somebody wants used and that can't be right now. */
export function keysOut({ keys }: Pick<UpstreamStatus, 'keys'>): readonly KeyStatus[] {
  return keys.filter(({ state }) => state !== 'ready' && state !== 'disabled')
}

/** Refused by the upstream, be it for good or once: then it will be tried again, but most likely somebody has to look. */
export function isRefused({ state, reason }: Pick<KeyStatus, 'state' | 'reason'>): boolean {
  return state === 'refused' || (state === 'paused' && reason === 'key_invalid')
}

/** The end of the soonest pause of any key, null when none is known. */
export function soonestReturn(upstreams: readonly UpstreamStatus[]): number | null {
  const ends = upstreams.flatMap(({ keys }) => keys.flatMap((key) => (key.state === 'paused' ? [key.until] : [])))
  const known = ends.filter((until) => until !== null)
  return known.length === 0 ? null : Math.min(...known)
}

function say(
  tone: Tone,
  kind: OverviewSentence['kind'],
  params: OverviewSentence['params'] = {},
  until: number | null = null,
): OverviewSentence {
  return { tone, kind, params, until }
}

/** It could not start, or not listen, and nothing is at work. */
export function hasFailed({ state, failure }: Pick<EngineStatus, 'state' | 'failure'>): boolean {
  return failure !== null && (state === 'failed' || state === 'stopped')
}

function notAnswering(status: EngineStatus): OverviewSentence | null {
  const { state, failure, listening } = status
  if (state === 'starting' || state === 'stopping') return say('busy', state)
  if (failure !== null && hasFailed(status)) return say('bad', 'failed', { reason: failure.message })
  if (state === 'stopped') return say('off', 'stopped')
  if (state === 'failed' || listening === null) return say('bad', 'notListening')
  return null
}

/** It answers, but with nothing but errors. */
function refusingAll(status: EngineStatus): OverviewSentence | null {
  if (!status.upstreams.some((upstream) => upstream.enabled)) return say('bad', 'noUpstream')
  const used = inUse(status)
  if (used.length === 0) return say('bad', 'noKeys')
  if (!status.projects.some((project) => project.enabled)) return say('bad', 'noProject')
  const healths = used.map(upstreamHealth)
  if (healths.some(isOpen)) return null
  return healths.every((health) => health === 'paused')
    ? say('waiting', 'allPaused', {}, soonestReturn(used))
    : say('bad', 'noneUsable')
}

/** Requests go there first. */
function isOpen(health: UpstreamHealth): boolean {
  return health === 'ready' || health === 'last-failed'
}

function partlyWorking(status: EngineStatus): OverviewSentence | null {
  const errors = (status.config.rejected ?? []).filter(({ severity }) => severity === 'error')
  const [problem] = errors
  if (problem !== undefined && isOfListening(problem))
    return say('warning', 'configUnused', { reason: problem.message })
  if (problem !== undefined) return say('warning', 'configRejected', { count: errors.length })
  const real = inUse(status).filter((upstream) => upstream.baseUrl !== demoUrl)
  if (real.length === 0) return say('waiting', 'onlyDemo')
  const total = real.length
  const unusable = real.filter((upstream) => !isOpen(upstreamHealth(upstream)))
  if (unusable.length === total) return say('bad', 'demoLeft')
  const troubled = real.filter((upstream) => upstreamHealth(upstream) !== 'ready')
  const count = troubled.length
  const [first, second] = troubled
  if (first !== undefined && second === undefined) return oneTroubled(first, upstreamHealth(first))
  if (count > 0 && unusable.length === count) return say('warning', 'someUnusable', { count, total })
  if (count === total && unusable.length === 0) return say('warning', 'allFailed', { count })
  if (count > 0) return say('warning', 'someTroubled', { count, total })
  const { success, requests } = status.traffic
  if (!status.hasAnswered && success === 0) return say('warning', 'onlyFailures')
  if (success !== null && success < poorSuccess && requests >= enoughRequests) {
    return say('warning', 'manyFail', { share: Math.max(1, Math.round((1 - success) * 100)) })
  }
  return null
}

function oneTroubled(upstream: UpstreamStatus, health: UpstreamHealth): OverviewSentence {
  const params = { name: upstream.name }
  if (health === 'paused') return say('waiting', 'onePaused', params, soonestReturn([upstream]))
  if (health === 'failing') return say('warning', 'oneFailing', params, upstream.breakerUntil)
  if (health === 'last-failed') return say('warning', 'oneFailed', params)
  return say('warning', 'oneUnusable', params)
}

/** Every upstream answers, some with fewer keys than they were given. */
function withFewerKeys(status: EngineStatus): OverviewSentence | null {
  const short = inUse(status).filter((upstream) => keysOut(upstream).length > 0)
  const [first, second] = short
  if (first === undefined) return null
  const out = short.flatMap(keysOut)
  const isPauseOnly = out.every((key) => key.state === 'paused' && !isRefused(key))
  const tone = isPauseOnly ? 'waiting' : 'warning'
  const until = isPauseOnly ? soonestReturn(short) : null
  const enabled = short.flatMap(({ keys }) => keys.filter(({ state }) => state !== 'disabled'))
  const counts = { count: out.length, total: enabled.length }
  if (second !== undefined) return say(tone, isPauseOnly ? 'someKeysPaused' : 'someKeysOut', counts, until)
  return say(tone, kindOfKeys(out, isPauseOnly), { name: first.name, ...counts }, until)
}

function kindOfKeys(out: readonly KeyStatus[], isPauseOnly: boolean): OverviewSentence['kind'] {
  if (isPauseOnly) return 'keysPaused'
  if (out.every(isRefused)) return 'keysRefused'
  return out.every(({ state }) => state === 'exhausted') ? 'keysExhausted' : 'keysOut'
}

function working(status: EngineStatus): OverviewSentence {
  const count = inUse(status).length
  return say('good', status.hasAnswered ? 'fine' : 'waiting', { count })
}
