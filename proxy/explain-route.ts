/**
 * "What would happen" to a request, step by step: the decisions of the data plane in their order (permission, rule,
 * targets, keys) without sending anything and without changing a state. Pure reading.
 */
import type { ExplainStep } from './contract.ts'
import { discoveryOf } from './gateway/models.ts'
import type { UpstreamStates } from './gateway/upstream.ts'
import { activePause, isReady, mayProbe } from './routing/cooldown.ts'
import type { Target } from './routing/route.ts'
import { planRoute } from './routing/route.ts'
import type { Snapshot } from './snapshot.ts'

/** @param project - null leaves permission out. */
export function explainRoute(
  snapshot: Snapshot,
  states: UpstreamStates,
  model: string,
  project: string | null,
  now: number,
): readonly ExplainStep[] {
  const steps: ExplainStep[] = []
  if (project !== null) {
    const step = permission(snapshot, model, project)
    steps.push(step)
    if (!step.ok) return steps
  }
  const { route, skipped } = planRoute(snapshot.routes, model, discoveryOf(states))
  if (route) {
    const targets = route.targets.map(({ upstream, model: name }) => `${upstream}:${name}`).join(', ')
    const upstream = route.targets.map((target) => target.upstream).join(', ')
    steps.push({ code: route.rule, params: { model, upstream, targets }, ok: true })
  }
  for (const { upstream, model: name, reason } of skipped)
    steps.push({ code: 'target-skipped', params: { upstream, model: name, why: reason }, ok: false })
  if (!route) return [...steps, { code: 'not-found', params: { model, configured: skipped.length }, ok: false }]

  // As `forward.ts` chooses: what fails for everybody goes last, otherwise the order of the config.
  const shunned = (target: Target) => (states.find(target.upstream)?.isShunned(target.model, now) ? 1 : 0)
  const ordered = route.targets.toSorted((a, b) => shunned(a) - shunned(b))
  const looks = ordered.map((target) => keysFor(snapshot, states, target, now))
  for (const [index, { target, step }] of looks.entries()) {
    const params = { upstream: target.upstream, model: target.model, position: index + 1, shunned: shunned(target) }
    steps.push({ code: 'target', params, ok: shunned(target) === 0 }, step)
  }
  // A key that is free anywhere comes before a paused one that may be tested.
  const chosen = looks.find(({ isFree }) => isFree) ?? looks.find(({ step }) => step.ok)
  if (!chosen) return steps
  const { target, step } = chosen
  const params = { upstream: target.upstream, model: target.model, key: step.params['key'] ?? '' }
  return [...steps, { code: 'sent', params, ok: true }]
}

function permission(snapshot: Snapshot, model: string, project: string): ExplainStep {
  const spec = snapshot.projects.find(({ name }) => name === project)
  if (!spec) return { code: 'project-unknown', params: { project }, ok: false }
  if (!spec.enabled) return { code: 'project-disabled', params: { project }, ok: false }
  const ok = spec.allows(model)
  return { code: ok ? 'allowed' : 'not-allowed', params: { project, model }, ok }
}

interface KeyLook {
  readonly target: Target
  readonly step: ExplainStep
  /** A key that is neither paused nor refused, or none needed. */
  readonly isFree: boolean
}

function keysFor(snapshot: Snapshot, states: UpstreamStates, target: Target, now: number): KeyLook {
  const { upstream, model } = target
  const keys = (states.find(upstream)?.keys.list() ?? []).filter(({ key }) => key.enabled)
  const params = { upstream, keys: keys.length }
  if (keys.length === 0 && snapshot.upstreams.get(upstream)?.needsKey === false)
    return {
      target,
      step: { code: 'key', params: { ...params, key: '', state: 'none-needed', ready: 0 }, ok: true },
      isFree: true,
    }
  const ready = keys.filter(({ state }) => isReady(state, model, now))
  const [next] = ready
  if (next) {
    const known = { ...params, key: next.key.label, state: 'ready', ready: ready.length }
    return { target, step: { code: 'key', params: known, ok: true }, isFree: true }
  }
  // With no key free, the one that returns soonest may be tested with a real request. Refused keys only if all are.
  const paused = keys.filter(({ state }) => !state.refused)
  const waiting = (paused.length > 0 ? paused : keys)
    .map(({ key, state }) => ({ key, mayBeTested: mayProbe(state, model, now), pause: activePause(state, model, now) }))
    .toSorted((a, b) => (a.pause?.until ?? Infinity) - (b.pause?.until ?? Infinity))
  const tested = waiting.find(({ mayBeTested }) => mayBeTested)
  // Null when all keys are refused, or there is none.
  const pause = paused.length > 0 ? ((tested ?? waiting[0])?.pause ?? null) : null
  const why = pause?.reason ?? (keys.length > 0 ? 'key_refused' : 'no-key')
  const about = { ...params, why, ...(pause ? { until: pause.until } : {}) }
  if (!tested) return { target, step: { code: 'no-key', params: about, ok: false }, isFree: false }
  const known = { ...about, key: tested.key.label, state: pause ? 'paused' : 'refused', ready: 0 }
  return { target, step: { code: 'key', params: known, ok: true }, isFree: false }
}
