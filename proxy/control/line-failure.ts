/** Why no answer came from an upstream, in words that say what to do. Pure. */
import { controlText } from './control-texts.ts'

/** @param error - as undici and Node throw them; their codes say enough, their messages may hold addresses. */
export function failureWords(error: unknown, host: string, timeoutMs: number, language: 'zh' | 'en'): string {
  const code = codeOf(error)
  const words = (key: Parameters<typeof controlText>[0]) => controlText(key, language, { host, code })
  if (isTimeout(error)) return controlText('timed_out', language, { host, seconds: Math.round(timeoutMs / 1000) })
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return words('host_unknown')
  if (code === 'ECONNREFUSED') return words('connection_refused')
  if (/^(ERR_SSL|ERR_TLS|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO|HOSTNAME_MISMATCH)/.test(code))
    return words('tls_failed')
  // Of files, a line reads only the one with further certificate authorities.
  if (isOfFile(error)) return words('ca_file_unreadable')
  return words('connection_failed')
}

export function isTimeout(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT' || code === 'TimeoutError'
}

function isOfFile(error: unknown): boolean {
  return (
    error instanceof Error &&
    'syscall' in error &&
    (error.syscall === 'open' || error.syscall === 'read') &&
    'path' in error
  )
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.name === 'TimeoutError') return error.name
  if ('code' in error && typeof error.code === 'string') return error.code
  // Both addresses of a host failed (IPv6 and IPv4): the first tells as much as all.
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return error.cause === undefined ? error.name : codeOf(error.cause)
}
