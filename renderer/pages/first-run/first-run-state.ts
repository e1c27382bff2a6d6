/** What the guide needs to know of the engine. Pure. */
import type { EngineStatus, UpstreamStatus } from '../../../proxy/contract.ts'

export const demoUrl = 'builtin:demo'

/** True while the program has only itself to answer, and nobody has asked yet. */
export function isFirstRun(status: Pick<EngineStatus, 'hasAnswered' | 'upstreams'>): boolean {
  return !status.hasAnswered && !status.upstreams.some(isSetUp)
}

/** A real upstream that could be asked: switched on, with a key or in no need of one. */
function isSetUp(upstream: Pick<UpstreamStatus, 'enabled' | 'baseUrl' | 'keys' | 'needsKey'>): boolean {
  if (!upstream.enabled || upstream.baseUrl === demoUrl) return false
  return !upstream.needsKey || upstream.keys.some((key) => key.state !== 'disabled')
}
