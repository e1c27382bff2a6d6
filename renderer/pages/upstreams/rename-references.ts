/** Where other settings name an upstream as "upstream:model": they follow when it is renamed. Pure. */
import type { ConfigEdit, ConfigView } from '../../../proxy/contract.ts'

/** The edits that make aliases and permissions follow from one name to the other. */
export function renameReferences(
  view: Pick<ConfigView, 'server' | 'projects'>,
  from: string,
  to: string,
): readonly ConfigEdit[] {
  if (from === to || from === '') return []
  const renamed = (value: unknown): unknown =>
    typeof value === 'string' && value.startsWith(`${from}:`) ? `${to}${value.slice(from.length)}` : value
  const follow = (value: unknown, path: ConfigEdit['path']): ConfigEdit[] => {
    if (Array.isArray(value)) return value.flatMap((item, index) => follow(item, [...path, index]))
    return renamed(value) === value ? [] : [{ op: 'set', path, value: renamed(value) }]
  }
  const aliases = view.server['auto_models']
  const aliasEdits =
    typeof aliases === 'object' && aliases !== null
      ? Object.entries(aliases).flatMap(([alias, targets]) => follow(targets, ['server', 'auto_models', alias]))
      : []
  const projectEdits = view.projects.flatMap(({ index, settings }) =>
    follow(settings['allowed_models'], ['project_auth', index, 'allowed_models']),
  )
  return [...aliasEdits, ...projectEdits]
}
