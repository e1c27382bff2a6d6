/** Headers of a request of the log: which are shown masked, and which go along when it is sent again. Pure. */
import { redactSecrets } from '../providers/redact.ts'
import { maskHeader } from './masking.ts'

export type HeaderPair = readonly [name: string, value: string]

/** What belongs to the connection, to the client's own machine, or is set anew. */
const notSentAgain = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'origin',
  'proxy-connection',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-real-ip',
])

const credentials = new Set([
  'api-key',
  'authorization',
  'cookie',
  'proxy-authorization',
  'set-cookie',
  'x-api-key',
  'x-goog-api-key',
])

export function isSentAgain(name: string): boolean {
  const known = name.toLowerCase()
  return !notSentAgain.has(known) && !/^(sec-|x-forwarded-|x-stainless-|cf-)/.test(known)
}

/** True for headers that are nothing but a credential. */
export function isHiddenHeader(name: string): boolean {
  return credentials.has(name.toLowerCase())
}

/** Raw headers as pairs with lower-case names. */
export function headerPairs(raw: readonly string[]): readonly HeaderPair[] {
  const pairs: HeaderPair[] = []
  for (let index = 0; index + 1 < raw.length; index += 2)
    pairs.push([(raw[index] ?? '').toLowerCase(), raw[index + 1] ?? ''])
  return pairs
}

/** The pairs as they may be shown. */
export function maskHeaders(pairs: readonly HeaderPair[], secrets: readonly string[]): readonly HeaderPair[] {
  return pairs.map(([name, value]) => [name, redactSecrets(maskHeader(name, value), secrets)])
}

/** A query without the parameters by which some clients send their key. */
export function withoutKeys(query: string): string {
  const rest = query
    .replace(/^\?/, '')
    .split('&')
    .filter((parameter) => parameter !== '' && !/^(key|api[-_]?key|access_token|token)=/i.test(parameter))
  return rest.length === 0 ? '' : `?${rest.join('&')}`
}
