/**
 * Which upstreams answer for a model name, in which order. Built once from a config; planning is a few look-ups
 * however many models there are. Order of kinds: alias, `upstream:model`, exact name, pattern, `*`.
 */
import type { Config, UpstreamConfig } from '../config/schema.ts'
import type { NameMatcher } from './patterns.ts'
import { compilePattern, isPattern } from './patterns.ts'

/** One place that may answer: an upstream and its own name of the model. */
export interface Target {
  readonly upstream: string
  readonly model: string
}

export type RouteRule = 'alias' | 'direct' | 'exact' | 'pattern' | 'wildcard'

/** An upstream that would answer but cannot, and why. */
export interface SkippedTarget extends Target {
  readonly reason: 'disabled' | 'no-key'
}

export interface Route {
  readonly rule: RouteRule
  /** In the order in which they are tried; never empty. */
  readonly targets: readonly Target[]
  readonly skipped: readonly SkippedTarget[]
}

export interface RouteTable {
  readonly upstreams: ReadonlyMap<string, UpstreamEntry>
  readonly aliases: ReadonlyMap<string, readonly string[]>
  readonly exact: ReadonlyMap<string, readonly string[]>
  readonly patterns: readonly { readonly matches: NameMatcher; readonly upstream: string }[]
  readonly wildcards: readonly string[]
}

interface UpstreamEntry {
  readonly name: string
  /** Null when it can be used. */
  readonly unusable: 'disabled' | 'no-key' | null
}

/** Tells whether an upstream's model list, where one is known, has the model. Unknown lists are null. */
export type Discovery = (upstream: string, model: string) => boolean | null

/** @param needsKey - false for upstreams that answer without a key: local servers and the demo. */
export function buildRouteTable(config: Config, needsKey: (upstream: UpstreamConfig) => boolean): RouteTable {
  const exact = new Map<string, string[]>()
  const patterns: { matches: NameMatcher; upstream: string }[] = []
  const wildcards: string[] = []
  const upstreams = new Map<string, UpstreamEntry>()
  for (const upstream of config.upstreams) {
    const hasKey = upstream.keys.some((key) => key.enabled) || !needsKey(upstream)
    upstreams.set(upstream.name, {
      name: upstream.name,
      unusable: !upstream.enabled ? 'disabled' : hasKey ? null : 'no-key',
    })
    for (const model of new Set(upstream.models)) {
      if (model === '*') wildcards.push(upstream.name)
      else if (isPattern(model)) patterns.push({ matches: compilePattern(model), upstream: upstream.name })
      else exact.set(model, [...(exact.get(model) ?? []), upstream.name])
    }
  }
  return { upstreams, aliases: new Map(Object.entries(config.server.autoModels)), exact, patterns, wildcards }
}

/**
 * The route for a name as a client asks for it. `skipped` without `route` means that the model is configured, but
 * every upstream which has it is disabled or has no key.
 */
export function planRoute(
  table: RouteTable,
  model: string,
  discovery: Discovery,
): { readonly route: Route | null; readonly skipped: readonly SkippedTarget[] } {
  const aliasTargets = table.aliases.get(model)
  if (aliasTargets) {
    const found = aliasTargets.flatMap((name) => {
      const direct = splitTarget(table, name)
      return direct ? [direct] : (targetsByName(table, name, discovery)?.targets ?? [])
    })
    return usable(table, 'alias', dedupe(found))
  }
  const direct = splitTarget(table, model)
  if (direct) return usable(table, 'direct', [direct])
  const byName = targetsByName(table, model, discovery)
  return byName ? usable(table, byName.rule, byName.targets) : { route: null, skipped: [] }
}

/**
 * Splits `upstream:model` at the first colon, only if the text before it names an upstream; `llama3:8b` is a model.
 */
export function splitTarget(table: Pick<RouteTable, 'upstreams'>, name: string): Target | null {
  const colon = name.indexOf(':')
  if (colon <= 0) return null
  const upstream = name.slice(0, colon)
  const model = name.slice(colon + 1)
  return model !== '' && table.upstreams.has(upstream) ? { upstream, model } : null
}

function targetsByName(
  table: RouteTable,
  model: string,
  discovery: Discovery,
): { readonly rule: RouteRule; readonly targets: readonly Target[] } | null {
  const to = (names: readonly string[]) => names.map((upstream) => ({ upstream, model }))
  const exact = table.exact.get(model)
  if (exact) return { rule: 'exact', targets: to(exact) }
  const matched = table.patterns.filter((pattern) => pattern.matches(model)).map((pattern) => pattern.upstream)
  if (matched.length > 0) return { rule: 'pattern', targets: to([...new Set(matched)]) }
  if (table.wildcards.length === 0) return null
  // Upstreams whose list has the model come first, those whose list lacks it last: lists may be incomplete.
  const rank = (upstream: string) => ({ true: 0, null: 1, false: 2 })[`${discovery(upstream, model)}`]
  return { rule: 'wildcard', targets: to(table.wildcards.toSorted((a, b) => rank(a) - rank(b))) }
}

function usable(table: RouteTable, rule: RouteRule, found: readonly Target[]) {
  const targets: Target[] = []
  const skipped: SkippedTarget[] = []
  for (const target of found) {
    const reason = table.upstreams.get(target.upstream)?.unusable ?? null
    if (reason === null) targets.push(target)
    else skipped.push({ ...target, reason })
  }
  return { route: targets.length > 0 ? { rule, targets, skipped } : null, skipped }
}

function dedupe(targets: readonly Target[]): readonly Target[] {
  const seen = new Set<string>()
  return targets.filter(({ upstream, model }) => {
    const id = JSON.stringify([upstream, model])
    return seen.has(id) ? false : seen.add(id)
  })
}
