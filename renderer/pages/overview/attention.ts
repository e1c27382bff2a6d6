/** What somebody should do something about, the most urgent first, each with the place where it is done. Pure. */
import type { ConfigDiagnostic, ConfigView, EngineStatus, UpstreamStatus } from '../../../proxy/contract.ts'
import { isPrepared, upstreamHealth } from '../../../proxy/upstream-health.ts'
import type { Tone } from '../../format.ts'
import { hrefOfProblem, hrefTo, isOfListening } from '../../route.ts'
import { demoUrl } from '../first-run/first-run-state.ts'
import { hasFailed, isRefused, keysOut, soonestReturn } from './overview-sentence.ts'

export interface AttentionEntry {
  readonly kind:
    | 'configRejected'
    | 'configUnused'
    | 'noUpstream'
    | 'noProject'
    | 'upstreamFailing'
    | 'upstreamFailed'
    | 'upstreamPaused'
    | 'upstreamNoKey'
    | 'keyRefused'
    | 'keyExhausted'
    | 'keyDoubted'
    | 'keysPaused'
    | 'envMissing'
    | 'configWarnings'
    | 'webhookMissing'
  readonly tone: Tone
  readonly href: string
  readonly params: Readonly<Record<string, string | number>>
  /** The provider's or the system's own words. */
  readonly words: string | null
  /** When it is expected to be over by itself, epoch ms. */
  readonly until: number | null
  /** When it happened, epoch ms; null where that says nothing. */
  readonly at: number | null
}

const urgency: readonly Tone[] = ['bad', 'warning', 'waiting', 'off']

/** The one place that mends an engine which could not start, and the name of its text; null while it has not failed. */
export function failureFix(
  status: EngineStatus,
): { readonly kind: 'failed' | 'configRejected'; readonly href: string } | null {
  if (!hasFailed(status)) return null
  const problem = errorsOf(status)[0]
  const isOfFile = problem !== undefined && !isOfListening(problem)
  return isOfFile
    ? { kind: 'configRejected', href: hrefOfProblem(problem) }
    : { kind: 'failed', href: hrefTo('settings') }
}

/** @param view - the config as the forms show it; null until it is known. */
export function attentionOf(status: EngineStatus, view: ConfigView | null): readonly AttentionEntry[] {
  const ofFile = view === null ? [] : ofConfig(status, view)
  // That its variable isn't set says more than that there is no usable key.
  const explained = new Set(ofFile.map(({ params }) => params['name']))
  const ofKeys = status.upstreams
    .filter(({ enabled }) => enabled)
    .flatMap(ofUpstream)
    .filter(({ kind, params }) => kind !== 'upstreamNoKey' || !explained.has(params['name']))
  return [...ofEngine(status), ...ofKeys, ...ofFile].toSorted(
    (a, b) => urgency.indexOf(a.tone) - urgency.indexOf(b.tone),
  )
}

function entry(
  kind: AttentionEntry['kind'],
  tone: Tone,
  href: string,
  rest: Partial<Pick<AttentionEntry, 'params' | 'words' | 'until' | 'at'>> = {},
): AttentionEntry {
  return { kind, tone, href, params: {}, words: null, until: null, at: null, ...rest }
}

function ofEngine(status: EngineStatus): AttentionEntry[] {
  const { config, upstreams, projects } = status
  const entries: AttentionEntry[] = []
  const errors = errorsOf(status)
  const [problem] = errors
  if (problem !== undefined) {
    const kind = isOfListening(problem) ? 'configUnused' : 'configRejected'
    entries.push(entry(kind, 'bad', hrefOfProblem(problem), { params: { count: errors.length } }))
  }
  // Before a config is at work there is nothing of which something could be missing.
  if (config.appliedRevision === null) return entries
  if (!upstreams.some(({ enabled }) => enabled)) entries.push(entry('noUpstream', 'bad', hrefTo('upstreams')))
  if (!projects.some(({ enabled }) => enabled)) entries.push(entry('noProject', 'bad', hrefTo('projects')))
  if (config.warnings.length > 0) {
    const params = { count: config.warnings.length }
    entries.push(entry('configWarnings', 'warning', hrefOfProblem(config.warnings[0]), { params }))
  }
  return entries
}

function errorsOf({ config }: EngineStatus): readonly ConfigDiagnostic[] {
  return (config.rejected ?? []).filter(({ severity }) => severity === 'error')
}

function ofUpstream(upstream: UpstreamStatus): AttentionEntry[] {
  const href = hrefTo('upstreams', [upstream.name])
  const name = upstream.name
  const health = upstreamHealth(upstream)
  const entries = upstream.keys.flatMap(({ state, label, reason, until }) => {
    const more = { params: { name, key: label }, until }
    if (state === 'refused') return [entry('keyRefused', 'bad', href, more)]
    if (state === 'exhausted') return [entry('keyExhausted', 'bad', href, more)]
    if (isRefused({ state, reason })) return [entry('keyDoubted', 'warning', href, more)]
    return []
  })
  if (health === 'failing') {
    const more = { params: { name }, words: upstream.lastError, until: upstream.breakerUntil }
    return [entry('upstreamFailing', 'warning', href, more), ...entries]
  }
  if (health === 'last-failed') {
    const more = { params: { name }, words: upstream.lastError, at: upstream.lastErrorAt }
    entries.unshift(entry('upstreamFailed', 'warning', href, more))
  }
  const paused = keysOut(upstream).filter((key) => key.state === 'paused' && !isRefused(key))
  if ((health === 'ready' || health === 'last-failed') && paused.length > 0) {
    const total = upstream.keys.filter(({ state }) => state !== 'disabled').length
    const more = {
      params: { name, count: paused.length, total },
      until: soonestReturn([{ ...upstream, keys: paused }]),
    }
    entries.push(entry('keysPaused', 'waiting', href, more))
  }
  if (health === 'paused' && entries.length === 0) {
    return [entry('upstreamPaused', 'waiting', href, { params: { name }, until: soonestReturn([upstream]) })]
  }
  // Refused and exhausted keys say it already; one that has never had a key isn't in use.
  if (health === 'no-key' && entries.length === 0 && !isPrepared(upstream)) {
    return [entry('upstreamNoKey', 'warning', href, { params: { name } })]
  }
  return entries
}

function ofConfig(status: EngineStatus, view: ConfigView): AttentionEntry[] {
  const entries = view.upstreams
    .filter(({ settings }) => settings['enabled'] !== false)
    .flatMap(({ name, keys }) =>
      keys
        .filter(({ envMissing, enabled }) => envMissing && enabled)
        .map(({ envName }) =>
          entry('envMissing', 'warning', hrefTo('upstreams', [name]), { params: { name, variable: envName ?? '' } }),
        ),
    )
  const webhook = view.server['notification_webhook']
  // Keys of the demo can't fail; nobody needs to be told.
  const hasKeys = status.upstreams.some(({ baseUrl, keys }) => baseUrl !== demoUrl && keys.length > 0)
  if (hasKeys && (typeof webhook !== 'string' || webhook.trim() === '')) {
    entries.push(entry('webhookMissing', 'off', hrefTo('settings')))
  }
  return entries
}
