/** Reads a CPU profile of V8 (`.cpuprofile`): which functions the time was spent in. */
import { readFileSync } from 'node:fs'

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: readonly number[]
}

interface Profile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

interface Cost {
  readonly name: string
  selfUs: number
  totalUs: number
}

/** The costliest functions, by own time, as shares of all time that was not idle. */
export function describeProfile(file: string, count = 30): string {
  // The format is V8's own: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile
  const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile
  const costs = [...costsOf(profile).values()]
  const busyUs = costs.reduce((sum, { name, selfUs }) => sum + (name === '(idle)' ? 0 : selfUs), 0)
  const share = (us: number) => `${((us / busyUs) * 100).toFixed(1).padStart(5)} %`
  const lines = costs
    .filter(({ name }) => name !== '(idle)' && name !== '(root)')
    .toSorted((a, b) => b.selfUs - a.selfUs)
    .slice(0, count)
    .map(({ name, selfUs, totalUs }) => `${share(selfUs)}  ${share(totalUs)}  ${name}`)
  return ['   self     total  function', ...lines].join('\n')
}

function costsOf({ nodes, samples, timeDeltas }: Profile): ReadonlyMap<string, Cost> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)))
  const selfUs = new Map<number, number>()
  samples.forEach((id, index) => selfUs.set(id, (selfUs.get(id) ?? 0) + (timeDeltas[index] ?? 0)))
  const costs = new Map<string, Cost>()
  const costOf = (name: string) => {
    const known = costs.get(name) ?? { name, selfUs: 0, totalUs: 0 }
    costs.set(name, known)
    return known
  }
  for (const [id, us] of selfUs) {
    const seen = new Set<string>()
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const name = nameOf(byId.get(at))
      if (at === id) costOf(name).selfUs += us
      // A function that calls itself is counted once.
      if (!seen.has(name)) costOf(name).totalUs += us
      seen.add(name)
    }
  }
  return costs
}

function nameOf(node: ProfileNode | undefined): string {
  if (!node) return '(unknown)'
  const { functionName, url, lineNumber } = node.callFrame
  const place = url === '' ? '' : `  ${url.split('/').at(-1)}:${lineNumber + 1}`
  return `${functionName || '(anonymous)'}${place}`
}
