/** An alias as the form holds it, what is wrong with it, and the edits that its changes come to. Pure. */
import type { ConfigDiagnostic, ConfigEdit, ConfigView, ProjectView } from '../../../proxy/contract.ts'
import { problem } from '../../check-settings.ts'
import { isCovered } from '../../model-patterns.ts'

export interface AliasForm {
  readonly name: string
  /** As written, in the order in which they are tried. */
  readonly targets: readonly string[]
}

export const emptyAlias: AliasForm = { name: '', targets: [''] }

const aliasesPath = ['server', 'auto_models'] as const

/** `server.auto_models` as it stands in the file; what is neither a text nor a list of texts is left out. */
export function readAliases(server: ConfigView['server']): ReadonlyMap<string, readonly string[]> {
  const written = server['auto_models']
  if (typeof written !== 'object' || written === null || Array.isArray(written)) return new Map()
  const texts = (value: unknown) => [value].flat().filter((target) => typeof target === 'string')
  return new Map(Object.entries(written).map(([name, value]) => [name, texts(value)]))
}

export type TargetFinding = 'alias' | 'not-served' | 'disabled' | 'repeated'

/**
 * What is wrong with a target, by the rules of the config's reader (`config/cross-checks.ts`); null when nothing is.
 * Only `alias` is an error: the others work as soon as an upstream does.
 */
export function targetFinding(
  target: string,
  before: readonly string[],
  aliases: Iterable<string>,
  upstreams: ConfigView['upstreams'],
): TargetFinding | null {
  const name = target.trim()
  if (name === '') return null
  if (before.some((other) => other.trim() === name)) return 'repeated'
  const colon = name.indexOf(':')
  const direct = colon > 0 ? upstreams.find((upstream) => upstream.name === name.slice(0, colon)) : undefined
  if (direct !== undefined) return direct.settings['enabled'] === false ? 'disabled' : null
  if ([...aliases].includes(name)) return 'alias'
  const served = upstreams
    .filter(({ settings }) => settings['enabled'] !== false)
    .flatMap(({ settings }) => [settings['models'] ?? []].flat())
    .filter((model) => typeof model === 'string')
  return served.includes(name) || isCovered(name, served) ? null : 'not-served'
}

/** What keeps the form from being saved. @param nameWord - what the field of the name is called. */
export function checkAlias(
  form: AliasForm,
  otherAliases: readonly string[],
  upstreams: ConfigView['upstreams'],
  nameWord: string,
): readonly ConfigDiagnostic[] {
  const name = form.name.trim()
  const path = [...aliasesPath, name]
  const found: ConfigDiagnostic[] = []
  if (name === '') found.push(problem('empty_text', aliasesPath, { key: nameWord }))
  if (otherAliases.includes(name)) found.push(problem('yaml_duplicate_key', aliasesPath))
  if (writtenTargets(form).length === 0) found.push(problem('alias_empty', path, { alias: name }))
  for (const [index, target] of form.targets.entries()) {
    if (targetFinding(target, [], [...otherAliases, name], upstreams) !== 'alias') continue
    found.push(problem('alias_of_alias', [...path, index], { alias: name, target: target.trim() }))
  }
  return found
}

/**
 * The edits from `base` to `form`; a text stays a text while there is one target. Permissions that name the alias
 * follow when it is renamed.
 *
 * @param base - null for a new alias.
 */
export function aliasEdits(
  base: AliasForm | null,
  form: AliasForm,
  server: ConfigView['server'],
  projects: readonly ProjectView[],
): readonly ConfigEdit[] {
  const name = form.name.trim()
  const targets = writtenTargets(form)
  const isText = base === null || typeof aliasesOf(server)[base.name] === 'string'
  const [first] = targets
  const value = isText && targets.length === 1 ? first : targets
  const set: ConfigEdit = { op: 'set', path: [...aliasesPath, name], value }
  if (base === null) return [set]
  const isRenamed = base.name !== name
  return [
    ...(isRenamed ? [{ op: 'rename', path: [...aliasesPath, base.name], to: name } as const] : []),
    ...(JSON.stringify(base.targets) === JSON.stringify(targets) ? [] : [set]),
    ...(isRenamed ? permissionEdits(base.name, name, projects) : []),
  ]
}

/** Where projects name the alias outright. */
export function permissionEdits(from: string, to: string, projects: readonly ProjectView[]): readonly ConfigEdit[] {
  return projects.flatMap(({ index, settings }) => {
    const allowed: readonly unknown[] = [settings['allowed_models'] ?? []].flat()
    return allowed.flatMap((model, place): ConfigEdit[] =>
      model === from ? [{ op: 'set', path: ['project_auth', index, 'allowed_models', place], value: to }] : [],
    )
  })
}

function writtenTargets({ targets }: AliasForm): readonly string[] {
  return targets.map((target) => target.trim()).filter((target) => target !== '')
}

function aliasesOf(server: ConfigView['server']): Readonly<Record<string, unknown>> {
  const written = server['auto_models']
  // Safe: a mapping of names, whatever they hold.
  return typeof written === 'object' && written !== null ? (written as Readonly<Record<string, unknown>>) : {}
}
