/**
 * The models of the running config: what exists, what a project may ask for, and the forms in which clients read the
 * list. Lists of `*` upstreams are read in the background and never block a request.
 */
import type { ModelEntry } from '../contract.ts'
import { isPattern } from '../routing/patterns.ts'
import type { Discovery } from '../routing/route.ts'
import { planRoute } from '../routing/route.ts'
import type { ProjectSpec, Snapshot } from '../snapshot.ts'
import type { UpstreamStates } from './upstream.ts'

/** Whether an upstream's own list has a model; null while nobody knows. */
export function discoveryOf(states: UpstreamStates): Discovery {
  return (upstream, model) => states.find(upstream)?.discovered?.has(model) ?? null
}

/** Every name that can be asked for, with who answers, aliases first. */
export function listModels(snapshot: Snapshot, states: UpstreamStates): readonly ModelEntry[] {
  const discovery = discoveryOf(states)
  const { aliases, exact, patterns, wildcards } = snapshot.routes
  const kinds = new Map<string, ModelEntry['kind']>()
  for (const alias of aliases.keys()) kinds.set(alias, 'alias')
  for (const model of exact.keys()) if (!kinds.has(model)) kinds.set(model, 'listed')
  for (const state of states.all()) {
    const isWildcard = wildcards.includes(state.name)
    const own = patterns.filter(({ upstream }) => upstream === state.name)
    for (const model of state.discovered ?? []) {
      if (kinds.has(model)) continue
      if (isWildcard || own.some(({ matches }) => matches(model))) kinds.set(model, 'discovered')
    }
  }
  return [...kinds].map(([name, kind]) => {
    const { route, skipped } = planRoute(snapshot.routes, name, discovery)
    return {
      name,
      kind,
      targets: [
        ...(route?.targets ?? []).map((target) => ({ ...target, usable: true, why: null })),
        ...skipped.map(({ upstream, model, reason }) => ({ upstream, model, usable: false, why: reason })),
      ],
      projects: snapshot.projects
        .filter((project) => project.enabled && project.allows(name))
        .map((project) => project.name),
    }
  })
}

/** The names that a project's `GET /v1/models` shows: those it may ask for and that somebody can answer. */
export function modelsOf(
  project: Pick<ProjectSpec, 'allows' | 'allowedModels'>,
  snapshot: Snapshot,
  states: UpstreamStates,
): readonly string[] {
  const listed = listModels(snapshot, states).filter(
    ({ name, targets }) => project.allows(name) && targets.some(({ usable }) => usable),
  )
  const names = new Set(listed.map(({ name }) => name))
  // A name that the project is given outright may be asked for although no list has it (`*` upstreams, upstream:model).
  for (const name of project.allowedModels) {
    if (isPattern(name) || names.has(name)) continue
    if (planRoute(snapshot.routes, name, discoveryOf(states)).route) names.add(name)
  }
  return [...names]
}

/** One entry of the list. The entry of an alias, and of a renamed model, says nothing of its supplier. */
export function modelEntry(
  name: string,
  snapshot: Snapshot,
  states: UpstreamStates,
  created: number,
): Readonly<Record<string, unknown>> {
  const { route } = planRoute(snapshot.routes, name, discoveryOf(states))
  const owner = route === null || route.rule === 'alias' ? 'ai-proxy' : (route.targets[0]?.upstream ?? 'ai-proxy')
  return { id: name, object: 'model', created, owned_by: owner }
}

/** The list as the OpenAI SDKs read it; Anthropic's fields beside it, for clients that show its version header. */
export function modelList(
  entries: readonly Readonly<Record<string, unknown>>[],
  isAnthropic: boolean,
): Readonly<Record<string, unknown>> {
  if (!isAnthropic) return { object: 'list', data: entries }
  const data = entries.map((entry) => ({
    ...entry,
    type: 'model',
    display_name: entry['id'],
    created_at: new Date(Number(entry['created']) * 1000).toISOString(),
  }))
  return {
    object: 'list',
    data,
    has_more: false,
    first_id: entries[0]?.['id'] ?? null,
    last_id: entries.at(-1)?.['id'] ?? null,
  }
}

/** The list as Gemini's clients read it. */
export function geminiModelList(names: readonly string[]): Readonly<Record<string, unknown>> {
  return { models: names.map((name) => geminiModel(name)) }
}

export function geminiModel(name: string): Readonly<Record<string, unknown>> {
  return {
    name: `models/${name}`,
    displayName: name,
    supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
  }
}
