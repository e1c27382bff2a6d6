/** Tells a laptop without network from an upstream that is down. Pure. */

export interface ReachObservation {
  /** Epoch ms of the last failure to connect; 0 for never. */
  readonly lastNetworkFailureAt: number
  /** Epoch ms of the last answer of any kind; 0 for never. */
  readonly lastAnswerAt: number
}

const WINDOW_MS = 30_000

/**
 * True when at least two upstreams failed to connect lately and none has answered since: then it is the network that
 * is away, and nobody is blamed.
 */
export function isOffline(upstreams: readonly ReachObservation[], now: number): boolean {
  const recent = (at: number) => now - at <= WINDOW_MS
  const failing = upstreams.filter((upstream) => recent(upstream.lastNetworkFailureAt))
  const firstFailureAt = Math.min(...failing.map((upstream) => upstream.lastNetworkFailureAt))
  return failing.length >= 2 && upstreams.every((upstream) => upstream.lastAnswerAt < firstFailureAt)
}
