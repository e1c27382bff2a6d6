/** Checks that need more than one setting: what stands twice, and what leads nowhere. */
import type { Path } from './document.ts'
import type { Finding } from './reader.ts'
import type { Config, ProjectConfig } from './schema.ts'

/** Reports what doesn't fit together. Settings that were wrong by themselves are empty here and passed over. */
export function checkTogether(config: Config, report: (finding: Finding) => void): void {
  const add = (severity: Finding['severity'], code: string, path: Path, params: Finding['params'] = {}) =>
    report({ severity, code, path, params, of: path.length === 1 ? 'key' : 'value' })
  checkUpstreams(config, add)
  checkProjects(config.projects, add)
  checkAliases(config, add)
}

type Add = (severity: Finding['severity'], code: string, path: Path, params?: Finding['params']) => void

function checkUpstreams({ upstreams }: Config, add: Add): void {
  if (upstreams.length === 0) add('warning', 'no_upstreams', ['upstreams'])
  const names = new Set<string>()
  for (const [index, { name, models, enabled }] of upstreams.entries()) {
    const path = ['upstreams', index]
    if (name !== '' && names.has(name)) add('error', 'upstream_duplicate', [...path, 'name'], { upstream: name })
    names.add(name)
    if (models.length === 0 && enabled) add('warning', 'models_empty', [...path, 'models'], { upstream: name })
  }
}

function checkProjects(projects: readonly ProjectConfig[], add: Add): void {
  if (projects.length === 0) add('warning', 'no_projects', ['project_auth'])
  const names = new Set<string>()
  const owners = new Map<string, string>()
  for (const [index, project] of projects.entries()) {
    const path = ['project_auth', index]
    const { name, apiKey, allowedModels, enabled, previousApiKey } = project
    if (name !== '' && names.has(name)) add('error', 'project_duplicate', [...path, 'project_name'], { project: name })
    names.add(name)
    if (allowedModels.length === 0) {
      add('warning', 'allowed_models_empty', [...path, 'allowed_models'], { project: name })
    }
    if (!enabled) continue
    // One key for two projects: nobody could tell whose models and usage a request is about.
    const keys: [string, Path][] = [[apiKey, [...path, 'api_key']]]
    if (previousApiKey !== null) keys.push([previousApiKey.key, [...path, 'previous_api_key', 'key']])
    for (const [key, keyPath] of keys) {
      const owner = owners.get(key)
      if (owner !== undefined && owner !== name) {
        add('error', 'project_key_duplicate', keyPath, { project: name, other: owner })
      }
      owners.set(key, owner ?? name)
    }
  }
}

function checkAliases({ server, upstreams }: Config, add: Add): void {
  const names = new Set(upstreams.map((upstream) => upstream.name))
  const served = upstreams.filter((upstream) => upstream.enabled).flatMap((upstream) => upstream.models)
  for (const [alias, targets] of Object.entries(server.autoModels)) {
    const path = ['server', 'auto_models', alias]
    if (targets.length === 0) add('warning', 'alias_empty', path, { alias })
    for (const [index, target] of targets.entries()) {
      // With one target it may stand without a list; the place falls back to the alias itself then.
      const targetPath = [...path, index]
      const colon = target.indexOf(':')
      if (colon > 0 && names.has(target.slice(0, colon))) continue
      if (Object.hasOwn(server.autoModels, target)) add('error', 'alias_of_alias', targetPath, { alias, target })
      else if (!served.some((pattern) => matches(pattern, target))) {
        add('warning', 'alias_not_served', targetPath, { alias, target })
      }
    }
  }
}

function matches(pattern: string, model: string): boolean {
  if (!pattern.includes('*')) return pattern === model
  const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(model)
}
