/**
 * How an upstream does, in one word. Console and tray both judge by it, so that neither says what the other denies.
 * Pure, and a leaf: it runs in a browser as well.
 */
import type { UpstreamStatus } from './contract.ts'

/** Of an upstream as a whole: what a request sent to it now would meet. */
export type UpstreamHealth = 'ready' | 'last-failed' | 'failing' | 'paused' | 'no-key' | 'disabled'

export function upstreamHealth(
  upstream: Pick<UpstreamStatus, 'enabled' | 'breaker' | 'keys' | 'needsKey' | 'lastErrorAt' | 'lastAnswerAt'>,
): UpstreamHealth {
  if (!upstream.enabled) return 'disabled'
  if (upstream.breaker !== 'closed') return 'failing'
  const states = upstream.keys.map((key) => key.state)
  const isOpen = states.includes('ready') || (!upstream.needsKey && states.length === 0)
  if (isOpen) return hasFailedLast(upstream) ? 'last-failed' : 'ready'
  return states.includes('paused') ? 'paused' : 'no-key'
}

// Where answers come all the time a single failure between them says nothing.
const failureAfterAnswerMs = 3000

/**
 * True when nothing good has come since its newest failure. What it answers in words (a limit, a refused key, an unknown
 * model) is an answer: that says something of keys and names, not of the upstream.
 */
function hasFailedLast({ lastErrorAt, lastAnswerAt }: Pick<UpstreamStatus, 'lastErrorAt' | 'lastAnswerAt'>): boolean {
  return lastErrorAt !== null && lastErrorAt - (lastAnswerAt ?? 0) > failureAfterAnswerMs
}

/** Without a single key, and in need of one: prepared, but nobody has filled it in. */
export function isPrepared(upstream: Pick<UpstreamStatus, 'keys' | 'needsKey'>): boolean {
  return upstream.keys.length === 0 && upstream.needsKey
}
