/**
 * Builds the address of an upstream call from the base address in the config and the path that the
 * client asked for. The client's path always starts with `/v1`, or `/v1beta` for Gemini's native API;
 * what follows is the operation and is kept byte for byte, since ids may hold `:`, `/` and escapes.
 *
 * Addresses are joined as text. `new URL(relative, base)` would eat the last segment of the base, or
 * all of it.
 */

import { hostProfile } from './hosts.ts'
import type { HostProfile, Protocol } from './hosts.ts'

export type ParsedBaseUrl =
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly reason: 'scheme' | 'credentials' | 'invalid' }

export interface UrlBuilderOptions {
  /** Used as it is instead of the prefix that host and base path would give; `''` for none at all. */
  readonly pathPrefix?: string | null
}

/** Maps a client's path with query to the address to call; `protocol` is read from the path when left out. */
export type UrlBuilder = (clientPathAndQuery: string, protocol?: Protocol) => string

interface Base {
  readonly host: HostProfile
  /** Without trailing or doubled slashes and without a pasted endpoint; `''` when bare. */
  readonly path: string
  readonly fixedPrefix: string | null
}

/** Where an operation lies at the upstream. */
interface Place {
  readonly path: string
  /** Goes into the query when neither side names an `api-version`. */
  readonly apiVersion: string | null
}

interface QueryParameter {
  readonly name: string
  /** `name=value` as it was written. */
  readonly text: string
}

/** Paths hold ids, and clients choose those: past this many the map stops growing. */
const maxCachedPaths = 512

const versionSegment = /^v\d+(?:(?:alpha|beta)\d*)?$/i
const pastedEndpoint =
  /\/(?:chat\/completions|completions|responses|embeddings|messages(?:\/count_tokens)?|models(?:\/[^/]+:[a-z]+)?|images\/[^/]+|audio\/[^/]+|moderations|rerank)$/i
const clientVersion = /^\/v1(?:beta(?:\/openai)?)?(?=\/|$)/
const geminiPath = /^\/v1beta\/(?!openai(?:\/|$))|^\/v1\/models\/.+:(?:[a-z]+Content|[a-z]+Contents|countTokens)$/i
const azureDeployment = /\/openai\/deployments\/[^/]+$/i

/**
 * Reads a base address as a person types it: blanks around it are dropped, and a missing scheme is
 * `http` for this machine and `https` for the rest. A user name or password in it is refused, since
 * addresses are shown and logged.
 */
export function parseBaseUrl(text: string): ParsedBaseUrl {
  const trimmed = text.trim()
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1] ?? /^(https?):/i.exec(trimmed)?.[1]
  if (scheme !== undefined && !/^https?$/i.test(scheme)) return { ok: false, reason: 'scheme' }

  const isThisMachine = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)(?:[:/?]|$)/i.test(trimmed)
  const address = scheme === undefined ? `${isThisMachine ? 'http' : 'https'}://${trimmed}` : trimmed
  if (!URL.canParse(address)) return { ok: false, reason: 'invalid' }

  const url = new URL(address)
  if (url.username !== '' || url.password !== '') return { ok: false, reason: 'credentials' }
  return { ok: true, url }
}

/**
 * Prepares the joining for one upstream. The returned function is on the hot path: it looks finished
 * addresses up by path, and only a query costs more. It never throws, whatever the client sent.
 *
 * A query parameter `key` is dropped from either side: it is how Google's clients send a credential,
 * and ours travels in a header.
 *
 * @throws TypeError when `baseUrl` isn't an address that `parseBaseUrl` accepts.
 */
export function createUrlBuilder(baseUrl: string, options: UrlBuilderOptions = {}): UrlBuilder {
  const parsed = parseBaseUrl(baseUrl)
  // The text stays out of the message: what was typed here may hold a credential.
  if (!parsed.ok) throw new TypeError(`Not a usable base address (${parsed.reason})`)

  const base: Base = {
    host: hostProfile(baseUrl),
    path: collapse(parsed.url.pathname).replace(pastedEndpoint, ''),
    fixedPrefix: options.pathPrefix == null ? null : collapse(`/${options.pathPrefix.trim()}`),
  }
  const origin = parsed.url.origin
  const baseQuery = splitQuery(parsed.url.search.slice(1))
  const cache = new Map<string, { readonly place: Place; readonly address: string }>()

  return (clientPathAndQuery, protocol) => {
    const queryAt = clientPathAndQuery.indexOf('?')
    const clientPath = queryAt < 0 ? clientPathAndQuery : clientPathAndQuery.slice(0, queryAt)
    const isGemini = protocol === undefined ? geminiPath.test(clientPath) : protocol === 'gemini'

    const cacheKey = isGemini ? `gemini ${clientPath}` : clientPath
    let known = cache.get(cacheKey)
    if (known === undefined) {
      const place = placeOf(base, clientPath, isGemini)
      known = { place, address: origin + place.path + mergeQueries(baseQuery, [], place.apiVersion) }
      if (cache.size < maxCachedPaths) cache.set(cacheKey, known)
    }
    if (queryAt < 0) return known.address
    const clientQuery = splitQuery(clientPathAndQuery.slice(queryAt + 1))
    return origin + known.place.path + mergeQueries(baseQuery, clientQuery, known.place.apiVersion)
  }
}

/** The address for one call; for previews and tests, where nothing is worth preparing. */
export function upstreamUrl(baseUrl: string, clientPathAndQuery: string): string {
  return createUrlBuilder(baseUrl)(clientPathAndQuery)
}

function placeOf(base: Base, clientPath: string, isGemini: boolean): Place {
  const operation = operationOf(clientPath)
  const prefix = base.fixedPrefix ?? (isGemini ? geminiPrefix(base) : null)
  if (prefix !== null) return { path: prefix + operation, apiVersion: null }

  const inDeployment = base.host.defaultApiVersion !== null && azureDeployment.test(base.path)
  const apiVersion = inDeployment ? base.host.defaultApiVersion : null
  if (/^\/messages(?:\/|$)/.test(operation) && base.host.messagesPrefix !== null && !/anthropic/i.test(base.path)) {
    return { path: base.host.messagesPrefix + operation, apiVersion: null }
  }
  if (operation === '/models') {
    if (base.host.modelsPath !== null) return { path: base.host.modelsPath, apiVersion: null }
    // Models are listed beside the deployments, not below one.
    if (inDeployment) return { path: base.path.replace(azureDeployment, '/openai/models'), apiVersion }
  }
  if (inDeployment) return { path: base.path + operation, apiVersion }
  return { path: versionedPrefix(base, operation) + operation, apiVersion: null }
}

/** The client's path without its version; always begins with a slash, so the host can't be written over. */
function operationOf(clientPath: string): string {
  // What `new URL` would take for a separator or drop must reach the upstream as text, and `..` would
  // leave the prefix: the caller's route would not be the one that is called.
  const path = `/${clientPath}`
    .replace(/[\\#\t\n\f\r]/g, encodeURIComponent)
    .replace(/\/{2,}/g, '/')
    // An escaped slash is one to many servers, and their `..` the way out all the same.
    .replace(/(?<=\/|%2f|%5c)(?:\.|%2e){1,2}(?=\/|%2f|%5c|$)/gi, (dots) =>
      dots.replaceAll('.', '%2e').replaceAll('%', '%25'),
    )
  return path.replace(clientVersion, '')
}

/** Google's own prefix, else the base path with its version replaced by the one that Gemini's clients use. */
function geminiPrefix(base: Base): string {
  if (base.host.geminiPrefix !== null) return base.host.geminiPrefix
  return `${base.path.replace(/\/v\d+(?:(?:alpha|beta)\d*)?(?:\/openai)?$/i, '')}/v1beta`
}

function versionedPrefix({ host, path }: Base, operation: string): string {
  if (path === '') {
    const isChat = operation === '/chat/completions'
    return isChat && host.chatRootPrefix !== null ? host.chatRootPrefix : host.rootPrefix
  }
  if (host.takesNoVersion) return path
  if (host.pathRepair !== null && path.endsWith(host.pathRepair.endsWith)) return path + host.pathRepair.add
  const isVersioned = path
    .split('/')
    .some((segment) => versionSegment.test(segment) || host.versionSegments.includes(segment))
  return isVersioned ? path : `${path}/v1`
}

function collapse(path: string): string {
  return path.replace(/\/{2,}/g, '/').replace(/\/$/, '')
}

function splitQuery(query: string): readonly QueryParameter[] {
  return query
    .split('&')
    .map((text) => ({ name: parameterName(text), text }))
    .filter(({ name, text }) => text !== '' && name !== 'key')
}

function parameterName(text: string): string {
  const written = text.split('=', 1)[0] ?? ''
  try {
    return decodeURIComponent(written)
  } catch {
    // A broken escape is nobody's parameter; it passes as it was written.
    return written
  }
}

/** Base first; a name that the client uses too is the client's. Parameters stay as they were written. */
function mergeQueries(
  baseQuery: readonly QueryParameter[],
  clientQuery: readonly QueryParameter[],
  apiVersion: string | null,
): string {
  const kept = baseQuery.filter(({ name }) => !clientQuery.some((parameter) => parameter.name === name))
  const parameters = [...kept, ...clientQuery]
  const texts = parameters.map(({ text }) => text)
  if (apiVersion !== null && !parameters.some(({ name }) => name === 'api-version')) {
    texts.push(`api-version=${apiVersion}`)
  }
  return texts.length === 0 ? '' : `?${texts.join('&')}`
}
