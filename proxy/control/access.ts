/**
 * Who may call the control plane over HTTP, apart from the token. Browsers are the danger here: a page that makes its
 * own name point to 127.0.0.1 (DNS rebinding) shows its name in `Host`, a page of another site shows itself in
 * `Origin` or `Sec-Fetch-Site`. Pure.
 */
import { isIP } from 'node:net'
import type { IncomingHttpHeaders } from 'node:http'

export type Refusal = 'host_not_allowed' | 'origin_not_allowed'

/** True for IP literals, `localhost`, Docker's name of its host and the names of `server.console.allowed_hosts`. */
export function isAllowedHost(host: string | undefined, allowedHosts: readonly string[]): boolean {
  const name = hostName(host ?? '')
  if (name === null) return false
  return (
    name === 'localhost' || name === 'host.docker.internal' || isIP(name) !== 0 || isListed(name, host, allowedHosts)
  )
}

/** Why a call of the API is refused before its token is looked at; null when it is not. */
export function refusalOf(headers: IncomingHttpHeaders, allowedHosts: readonly string[]): Refusal | null {
  const { host, origin } = headers
  if (!isAllowedHost(host, allowedHosts)) return 'host_not_allowed'
  const site = headers['sec-fetch-site']
  // Programs send none; `none` is a person who typed the address. A page of this very origin is all that is left.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'origin_not_allowed'
  if (origin !== undefined && !isSameOrigin(origin, host ?? '', allowedHosts)) return 'origin_not_allowed'
  return null
}

function isSameOrigin(origin: string, host: string, allowedHosts: readonly string[]): boolean {
  if (origin === `http://${host}`.toLowerCase()) return true
  // Only behind a reverse proxy that ends TLS; its name is then in the list.
  return origin === `https://${host}`.toLowerCase() && isListed(hostName(host) ?? '', host, allowedHosts)
}

function isListed(name: string, host: string | undefined, allowedHosts: readonly string[]): boolean {
  return allowedHosts.some((allowed) => {
    const entry = allowed.toLowerCase()
    return entry === name || entry === host?.toLowerCase() || entry === `[${name}]`
  })
}

/** The name in a Host header without port and brackets; null when it is no host. */
function hostName(host: string): string | null {
  const [, bracketed, plain] = /^(?:\[([\da-f:.]+)\]|([^\s:@/?#[\]]+))(?::\d{1,5})?$/i.exec(host) ?? []
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? bracketed.toLowerCase() : null
  return plain?.toLowerCase() ?? null
}
