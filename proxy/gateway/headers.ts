/**
 * Which headers cross the gateway, in either direction. Facts: RFC 9110 §7.6.1 (hop by hop), and what each provider
 * wants or what would betray a key or a supplier.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Protocol } from '../contract.ts'
import type { HostProfile } from '../providers/hosts.ts'

/** Never sent upstream: connection, client's key in any form, cookies, where the client came from. */
const DROPPED_TO_UPSTREAM = new Set([
  'accept-encoding',
  'access-control-request-headers',
  'access-control-request-method',
  'api-key',
  'authorization',
  'connection',
  'content-length',
  'cdn-loop',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'openai-organization',
  'openai-project',
  'origin',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'true-client-ip',
  'upgrade',
  'user-agent',
  'via',
  'x-api-key',
  'x-client-ip',
  'x-goog-api-key',
  'x-real-ip',
  'x-request-id',
])

/** Never sent to the client: they speak of our connection, our key's limits, or our account. */
const DROPPED_TO_CLIENT = new Set([
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'access-control-max-age',
  'alt-svc',
  'connection',
  'date',
  'keep-alive',
  'nel',
  'openai-organization',
  'openai-project',
  'proxy-authenticate',
  'proxy-connection',
  'report-to',
  'retry-after',
  'retry-after-ms',
  'server',
  'set-cookie',
  'strict-transport-security',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'vary',
  'via',
  'www-authenticate',
  'x-powered-by',
  'x-should-retry',
])

/** All that an answer under an alias may carry: the rest could name the supplier. */
const KEPT_UNDER_ALIAS = new Set([
  'content-disposition',
  'content-type',
  'cache-control',
  'content-language',
  'etag',
  'last-modified',
  'content-range',
  'accept-ranges',
])

export interface UpstreamHeaderRules {
  readonly protocol: Protocol
  readonly profile: HostProfile
  /** Credential and configured headers: they win over the client's. */
  readonly own: readonly string[]
  readonly ownNames: ReadonlySet<string>
  /** True when the body that goes out is not the bytes that came in. */
  readonly isDecoded: boolean
  /** The encodings the client takes, for answers that are not looked into; null asks for none. */
  readonly acceptEncoding: string | null
}

/** The headers for the upstream as a flat list of names and values. */
export function upstreamHeaders(client: IncomingHttpHeaders, rules: UpstreamHeaderRules): string[] {
  const headers: string[] = []
  const hopByHop = namedByConnection(client.connection)
  const clientKey = clientKeyOf(client)
  for (const sent in client) {
    if (isDroppedToUpstream(sent)) continue
    const value = client[sent]
    const name = sentName(sent)
    if (value === undefined || rules.ownNames.has(name) || hopByHop?.has(sent)) continue
    if (name === 'content-encoding' && rules.isDecoded) continue
    // Tools put it into headers of their own, too.
    if (clientKey !== null && value.length >= clientKey.length && value.includes(clientKey)) continue
    if (name.startsWith('anthropic-') && rules.protocol !== 'messages') continue
    if (name === 'openai-beta' && !rules.profile.passesOpenAiBeta) continue
    headers.push(sent, typeof value === 'string' ? value : value.join(', '))
  }
  if (
    rules.protocol === 'messages' &&
    client['anthropic-version'] === undefined &&
    !rules.ownNames.has('anthropic-version')
  ) {
    headers.push('anthropic-version', '2023-06-01')
  }
  if (rules.acceptEncoding !== null) headers.push('accept-encoding', rules.acceptEncoding)
  for (const part of rules.own) headers.push(part)
  return headers
}

const isDroppedToUpstream = remembered((sent) => {
  const name = sentName(sent)
  return (
    DROPPED_TO_UPSTREAM.has(name) ||
    ['x-stainless-', 'x-forwarded-', 'sec-', 'cf-'].some((begin) => name.startsWith(begin))
  )
})

/** Many servers read `X_Api_Key` and `X-Api-Key` as one (CGI's names of headers). */
function sentName(sent: string): string {
  return sent.includes('_') ? sent.replaceAll('_', '-') : sent
}

const MOST_NAMES = 1000
const LONGEST_NAME = 64

/** A rule whose answers are kept: the same few names come for ever, though a hostile side could send ever new ones. */
function remembered(rule: (name: string) => boolean): (name: string) => boolean {
  const answers = new Map<string, boolean>()
  return (name) => {
    const known = answers.get(name)
    if (known !== undefined) return known
    const answer = rule(name)
    if (answers.size < MOST_NAMES && name.length <= LONGEST_NAME) answers.set(name, answer)
    return answer
  }
}

export interface ClientHeaderRules {
  readonly isAlias: boolean
  /** False when the bytes sent are not the bytes that came: length and encoding would be wrong. */
  readonly keepsBytes: boolean
}

/** The upstream's headers for the client as a flat list, without those that the gateway adds itself. */
export function clientHeaders(
  upstream: Readonly<Record<string, string | string[] | undefined>>,
  rules: ClientHeaderRules,
): string[] {
  const headers: string[] = []
  const { connection } = upstream
  const hopByHop = namedByConnection(typeof connection === 'string' ? connection : connection?.join(','))
  for (const name in upstream) {
    const value = upstream[name]
    if (value === undefined || hopByHop?.has(name)) continue
    if (name === 'content-length' || name === 'content-encoding') {
      if (!rules.keepsBytes) continue
    } else if (rules.isAlias ? !KEPT_UNDER_ALIAS.has(name) : isDroppedToClient(name)) continue
    const sent = name === 'x-request-id' || name === 'request-id' ? 'x-upstream-request-id' : name
    for (const one of typeof value === 'string' ? [value] : value) headers.push(sent, one)
  }
  return headers
}

const isDroppedToClient = remembered(
  (name) =>
    DROPPED_TO_CLIENT.has(name) ||
    name === 'anthropic-organization-id' ||
    ['x-ratelimit-', 'ratelimit', 'x-rate-limit-', 'anthropic-ratelimit-', 'anthropic-priority-', 'cf-'].some((begin) =>
      name.startsWith(begin),
    ),
)

// RFC 9110 §7.6.1: what `Connection` names belongs to this connection only. Nearly always it is empty or says
// keep-alive or close, which are no headers.
function namedByConnection(connection: string | undefined): ReadonlySet<string> | null {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return null
  // Neither may be named away: the body would lose its meaning.
  const kept = ['content-type', 'content-length', 'content-encoding']
  return new Set(
    connection
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter((name) => !kept.includes(name)),
  )
}

/** The ClientKey that a request shows, however it shows it; null when it is too short to look for. */
function clientKeyOf(client: IncomingHttpHeaders): string | null {
  const { authorization } = client
  const shown = authorization ?? client['x-api-key'] ?? client['api-key'] ?? client['x-goog-api-key']
  if (typeof shown !== 'string') return null
  const key = shown.replace(/^\S+ +/, '').trim()
  return key.length >= 8 ? key : null
}
