/** What an attempt teaches: about the key, the upstream, the model. */
import { assertNever } from '../errors.ts'
import { redactSecrets } from '../providers/redact.ts'
import type { PauseReason } from '../routing/cooldown.ts'
import type { PoolKey } from '../routing/key-pool.ts'
import type { AttemptEnd, AttemptFailure } from './attempt.ts'
import type { Candidate, Choice } from './candidates.ts'
import type { Exchange, GatewayServices } from './exchange.ts'
import { isOffline } from './offline.ts'

/** Lets the key, the breaker and the operator know how the attempt went. */
export function learn(
  exchange: Exchange,
  services: GatewayServices,
  { candidate, key }: Choice,
  end: AttemptEnd,
  startedAt: number,
): void {
  const { state, target, spec } = candidate
  const now = Date.now()
  if (end.kind === 'client-gone') return
  if (end.kind === 'answered') {
    state.recordAnswer(target.model, now)
    if (end.end !== 'done') state.recordFailure(target.model, end.message ?? '', now)
    const change = key ? state.keys.recordSuccess(key.id, target.model, startedAt) : null
    if (key && change)
      services.onEvent({ kind: 'key', upstream: spec.name, keyLabel: key.label, model: target.model, change })
    return
  }
  const message = redactSecrets(end.error.message, exchange.snapshot.secrets)
  switch (end.failure) {
    case 'rate_limited':
    case 'key_exhausted':
    case 'key_invalid':
    case 'key_no_access':
    case 'model_not_found': {
      state.recordAnswer(target.model, now)
      state.lastError = message
      state.lastErrorAt = now
      if (key) recordKeyFailure(exchange, services, candidate, key, end, end.failure, startedAt)
      return
    }
    case 'overloaded':
    case 'upstream_error':
    case 'timeout':
      if (end.isStaleSocket) return
      if (end.isNetwork) {
        state.lastNetworkFailureAt = now
        if (isOffline(services.states.all(), now)) return
      }
      state.recordFailure(end.isNetwork || end.status === null ? null : target.model, message, now)
      return
    case 'request_invalid':
    case 'context_too_long':
    case 'content_blocked':
      state.recordAnswer(target.model, now)
      return
    case 'redirect':
      state.lastError = message
      state.lastErrorAt = now
      return
    default:
      assertNever(end.failure)
  }
}

function recordKeyFailure(
  exchange: Exchange,
  services: GatewayServices,
  { state, target, spec }: Candidate,
  key: PoolKey,
  end: AttemptFailure,
  reason: PauseReason,
  startedAt: number,
): void {
  const change = state.keys.recordFailure(
    key.id,
    {
      reason,
      perModel: end.perModel,
      model: target.model,
      retryAfterMs: end.error.retryAfterMs,
      attemptStartedAt: startedAt,
    },
    { coolDownMs: exchange.snapshot.config.server.coolDownMinutes * 60_000 },
    Date.now(),
  )
  if (change) services.onEvent({ kind: 'key', upstream: spec.name, keyLabel: key.label, model: target.model, change })
}
