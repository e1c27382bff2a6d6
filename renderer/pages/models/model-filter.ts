/** Which models the list shows. Pure. */
import type { ModelEntry } from '../../../proxy/contract.ts'

export const modelKinds = ['alias', 'listed', 'discovered'] as const

export interface ModelFilter {
  readonly text: string
  readonly kind: ModelEntry['kind'] | 'all'
}

/** Every word must stand in the model's name, or in what serves it. */
export function filterModels(entries: readonly ModelEntry[], { text, kind }: ModelFilter): readonly ModelEntry[] {
  const words = text.toLowerCase().split(/\s+/)
  return entries.filter((entry) => {
    if (kind !== 'all' && entry.kind !== kind) return false
    const served = entry.targets.map(({ upstream, model }) => `${upstream}:${model}`)
    const searched = [entry.name, ...served].join('\n').toLowerCase()
    return words.every((word) => searched.includes(word))
  })
}

/** What can be picked as a target: each model at each of its upstreams, then by its name alone. */
export function targetOptions(entries: readonly ModelEntry[]): readonly string[] {
  const models = entries.filter(({ kind }) => kind !== 'alias')
  const direct = models.flatMap(({ targets }) => targets.map(({ upstream, model }) => `${upstream}:${model}`))
  return [...new Set([...direct, ...models.map(({ name }) => name)])]
}
