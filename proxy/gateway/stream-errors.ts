/** The errors that a stream ends with once part of the answer is with the client. */
import { GatewayError } from '../errors.ts'
import type { ProviderError } from '../providers/failures.ts'
import type { RelayContext } from './relay.ts'

const CODE = 'upstream_stream_interrupted'

/** Of a stream that stopped in the middle. */
export function brokenOff(reason: 'interrupted' | 'idle'): GatewayError {
  const what = reason === 'idle' ? 'The upstream stopped sending' : 'The connection to the upstream broke'
  return new GatewayError(CODE, 502, `${what}; the answer is incomplete.`, { type: 'server_error' })
}

/** Of an error that the upstream reported in its stream; under an alias its words stay here. */
export function reportedError(error: ProviderError, { isAlias, redact }: RelayContext): GatewayError {
  return isAlias
    ? new GatewayError(CODE, 502, 'The upstream reported an error; the answer is incomplete.', { type: 'server_error' })
    : new GatewayError(redact(error.code ?? CODE), 502, redact(error.message), {
        type: redact(error.type ?? 'server_error'),
      })
}
