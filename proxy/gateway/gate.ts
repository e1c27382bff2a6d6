/**
 * What stands before every route of the data plane: who is asking, and may they. On the data plane the project key is
 * the protection: no Host or Origin is refused here, since reverse proxies and editors send their own.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import type { GatewayError } from '../errors.ts'
import { invalidApiKey, noProjects } from '../errors.ts'
import { clientKeyDigest } from '../routing/key-id.ts'
import type { ProjectSpec, Snapshot } from '../snapshot.ts'

/**
 * The project whose key the request shows.
 *
 * Keys are compared by digest, so the time tells nothing of their content. A client may show several (some send the
 * same in two headers): one good one is enough.
 * @param connection - the request's: a key that was shown there before is not hashed again.
 * @param queryKey - `?key=` of Gemini's paths, null elsewhere.
 */
export function authenticate(
  connection: object,
  headers: IncomingHttpHeaders,
  queryKey: string | null,
  snapshot: Snapshot,
  now: number,
): ProjectSpec | GatewayError {
  const { authorization } = headers
  if (authorization !== undefined) {
    const project = projectOf(bearerDigest(connection, authorization), snapshot, now)
    if (project) return project
  }
  const others = otherKeys(headers, queryKey)
  for (const key of others) {
    const project = projectOf(clientKeyDigest(key), snapshot, now)
    if (project) return project
  }
  const isShown = others.length > 0 || (authorization !== undefined && authorization !== '')
  return snapshot.clientKeys.size === 0 ? noProjects() : invalidApiKey(isShown)
}

function projectOf(digest: string, { clientKeys }: Snapshot, now: number): ProjectSpec | null {
  const known = clientKeys.get(digest)
  return known && known.project.enabled && (known.validUntil === null || known.validUntil > now) ? known.project : null
}

/** What each connection showed last. A client shows the same key all day, and a hash of it costs more than all else here. */
const lastShown = new WeakMap<object, { readonly authorization: string; readonly digest: string }>()

function bearerDigest(connection: object, authorization: string): string {
  const last = lastShown.get(connection)
  if (last && isSame(last.authorization, authorization)) return last.digest
  const match = /^bearer +(\S+) *$/i.exec(authorization)
  // Some clients leave the scheme out.
  const digest = clientKeyDigest(match?.[1] ?? authorization.trim())
  lastShown.set(connection, { authorization, digest })
  return digest
}

/** Takes as long whatever they hold: behind a proxy two clients may share a connection. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let at = 0; at < b.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at)
  return difference === 0
}

function otherKeys(headers: IncomingHttpHeaders, queryKey: string | null): readonly string[] {
  const keys: string[] = []
  for (const name of ['x-api-key', 'api-key', 'x-goog-api-key'] as const) {
    const value = headers[name]
    if (typeof value === 'string') keys.push(value.trim())
  }
  if (queryKey !== null) keys.push(queryKey)
  return keys.filter((key) => key !== '')
}

/** CORS headers for an origin that the config names; none for all others. */
export function corsHeaders(headers: IncomingHttpHeaders, allowed: readonly string[]): readonly string[] {
  const { origin } = headers
  if (origin === undefined || allowed.length === 0) return []
  if (!allowed.includes('*') && !allowed.includes(origin)) return []
  return [
    'access-control-allow-origin',
    origin,
    'vary',
    'origin',
    'access-control-expose-headers',
    'x-request-id, x-upstream-request-id, retry-after, x-should-retry',
  ]
}

/** The further headers of a preflight's answer. */
export function preflightHeaders(headers: IncomingHttpHeaders): readonly string[] {
  const wanted = headers['access-control-request-headers']
  return [
    'access-control-allow-methods',
    'GET, POST, DELETE, HEAD, OPTIONS',
    'access-control-allow-headers',
    typeof wanted === 'string' ? wanted : 'authorization, content-type',
    'access-control-max-age',
    '600',
  ]
}

/** Tells the client's address, behind the proxies that the config trusts. */
export function createAddressReader(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  if (trustedProxies.length === 0) return (request) => plainAddress(request.socket.remoteAddress)
  const trusted = new BlockList()
  for (const entry of trustedProxies) {
    const [address = '', prefix] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (isIP(address) === 0) continue
    if (prefix === undefined) trusted.addAddress(address, family)
    else trusted.addSubnet(address, Number(prefix), family)
  }
  const isTrusted = (address: string) =>
    isIP(address) !== 0 && trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  return (request) => {
    let address = plainAddress(request.socket.remoteAddress)
    const forwarded = request.headers['x-forwarded-for']
    const chain = (Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? ''))
      .split(',')
      .map((hop) => hop.trim())
    // Read from the nearest hop on: only what a trusted proxy wrote counts.
    while (isTrusted(address) && chain.length > 0) {
      const hop = chain.pop() ?? ''
      if (isIP(hop) === 0) break
      address = hop
    }
    return address
  }
}

function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '')
}
