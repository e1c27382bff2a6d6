/** One sentence that tells the truth about the whole: the worst thing that is so now, else that all is well. */
import type { EngineStatus } from '../../../proxy/contract.ts'
import { upstreamHealth, type Tone } from '../../format.ts'

export interface OverviewSentence {
  readonly tone: Tone
  readonly key: `sentence.${'down' | 'failed' | 'noUpstream' | 'noProject' | 'none' | 'some' | 'running'}`
  readonly params: Readonly<Record<string, string | number>>
}

export function overviewSentence(status: EngineStatus): OverviewSentence {
  if (status.failure !== null)
    return { tone: 'bad', key: 'sentence.failed', params: { reason: status.failure.message } }
  if (status.state !== 'running' || status.listening === null) return { tone: 'off', key: 'sentence.down', params: {} }
  const upstreams = status.upstreams.filter((upstream) => upstream.enabled)
  if (upstreams.length === 0) return { tone: 'warning', key: 'sentence.noUpstream', params: {} }
  if (!status.projects.some((project) => project.enabled))
    return { tone: 'warning', key: 'sentence.noProject', params: {} }
  const ready = upstreams.filter((upstream) => upstreamHealth(upstream) === 'ready').length
  const total = upstreams.length
  if (ready === 0) return { tone: 'bad', key: 'sentence.none', params: {} }
  if (ready < total) return { tone: 'warning', key: 'sentence.some', params: { ready, total } }
  return { tone: 'good', key: 'sentence.running', params: { count: ready } }
}
