/**
 * Everything derived from one config, frozen. A request takes the snapshot once and keeps it to its end, so a reload
 * never changes the rules under it. What changes at run time (health, connections) lives in the engine, keyed by name.
 */
import type { Config, ProjectConfig, UpstreamConfig } from './config/schema.ts'
import type { Protocol } from './contract.ts'
import { credentialHeader, credentialStyle } from './providers/credentials.ts'
import type { HostProfile } from './providers/hosts.ts'
import { hostProfile } from './providers/hosts.ts'
import type { UrlBuilder } from './providers/urls.ts'
import { createUrlBuilder, parseBaseUrl } from './providers/urls.ts'
import { clientKeyDigest, keyIdOf } from './routing/key-id.ts'
import type { PoolKey } from './routing/key-pool.ts'
import type { NameMatcher } from './routing/patterns.ts'
import { compileNames } from './routing/patterns.ts'
import type { RouteTable } from './routing/route.ts'
import { buildRouteTable } from './routing/route.ts'
import { isCredentialHeader, maskSecret } from './secret-forms.ts'

export interface ProjectSpec {
  readonly name: string
  readonly enabled: boolean
  readonly allows: NameMatcher
  /** `allowed_models` has `*`: also what names models out of sight (files, batches). */
  readonly allowsAll: boolean
  readonly allowedModels: readonly string[]
}

export interface UpstreamSpec {
  readonly name: string
  readonly config: UpstreamConfig
  readonly profile: HostProfile
  readonly isDemo: boolean
  readonly needsKey: boolean
  readonly speaks: ReadonlySet<Protocol>
  /** `https://host[:port]`. */
  readonly origin: string
  /** Path (with query) on `origin` for a client's path. */
  readonly pathFor: (clientPathAndQuery: string, protocol: Protocol) => string
  readonly keys: readonly PoolKey[]
  /** Configured headers and product name, lower-case, flat. */
  readonly staticHeaders: readonly string[]
  readonly staticHeaderNames: ReadonlySet<string>
  /** The credential's header, name and value. Empty without a key, or where the config has a header of that name. */
  readonly credential: (protocol: Protocol, secret: string) => readonly string[]
}

export interface Snapshot {
  readonly config: Config
  readonly routes: RouteTable
  readonly upstreams: ReadonlyMap<string, UpstreamSpec>
  /** By digest of the ClientKey. */
  readonly clientKeys: ReadonlyMap<string, { readonly project: ProjectSpec; readonly validUntil: number | null }>
  readonly projects: readonly ProjectSpec[]
  /** Every secret of the config, for redaction. */
  readonly secrets: readonly string[]
}

/** Headers that carry a credential: an upstream that is given one needs no key. */
const CREDENTIAL_HEADERS = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key']

/** The base URL of the upstream inside the program. */
const DEMO_BASE_URL = 'builtin:demo'

const demoProfile: HostProfile = {
  ...hostProfile('http://127.0.0.1'),
  id: 'demo',
  isLocal: true,
  speaks: ['chat', 'responses', 'messages'],
}

/** @param userAgent - sent upstream in place of the client's. */
export function buildSnapshot(config: Config, userAgent: string): Snapshot {
  const upstreams = new Map(config.upstreams.map((upstream) => [upstream.name, upstreamSpec(upstream, userAgent)]))
  const projects = config.projects.map(projectSpec)
  const clientKeys = new Map<string, { project: ProjectSpec; validUntil: number | null }>()
  config.projects.forEach((project, index) => {
    const spec = projects[index]
    if (!spec || !project.apiKey) return
    clientKeys.set(clientKeyDigest(project.apiKey), { project: spec, validUntil: null })
    const previous = project.previousApiKey
    if (previous) clientKeys.set(clientKeyDigest(previous.key), { project: spec, validUntil: previous.until })
  })
  return Object.freeze({
    config,
    routes: buildRouteTable(config, (upstream) => upstreams.get(upstream.name)?.needsKey ?? true),
    upstreams,
    clientKeys,
    projects,
    secrets: [
      ...config.upstreams.flatMap(secretsOf),
      ...config.projects.flatMap((project) => [project.apiKey, project.previousApiKey?.key ?? '']),
    ].filter((secret) => secret.length >= 6),
  })
}

/** Keys, and what else an upstream or a proxy on the way is shown and could echo. */
function secretsOf({ keys, headers, proxy }: UpstreamConfig): readonly string[] {
  const credentials = Object.entries(headers).filter(([name]) => isCredentialHeader(name))
  const login = proxy === null ? null : URL.parse(proxy)
  return [
    ...keys.map(({ key }) => key),
    ...credentials.map(([, value]) => value.replace(/^[a-z]+ +/i, '')),
    ...(login === null ? [] : [login.password, decodeSafely(login.password)]),
  ]
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function projectSpec(project: ProjectConfig): ProjectSpec {
  return {
    name: project.name,
    enabled: project.enabled,
    allows: compileNames(project.allowedModels),
    allowsAll: project.allowedModels.includes('*'),
    allowedModels: project.allowedModels,
  }
}

function upstreamSpec(config: UpstreamConfig, userAgent: string): UpstreamSpec {
  const isDemo = config.baseUrl === DEMO_BASE_URL
  const profile = isDemo ? demoProfile : hostProfile(config.baseUrl)
  const parsed = isDemo ? null : parseBaseUrl(config.baseUrl)
  // The config's own check has refused every address that cannot be parsed.
  const origin = parsed?.ok ? parsed.url.origin : 'http://builtin.invalid'
  const configured = Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  const names = new Set(configured.map(([name]) => name))
  const staticHeaders = [...configured.flat(), ...(names.has('user-agent') ? [] : ['user-agent', userAgent])]
  return {
    name: config.name,
    config,
    profile,
    isDemo,
    needsKey: !isDemo && !profile.isLocal && !CREDENTIAL_HEADERS.some((name) => names.has(name)),
    speaks: new Set(config.api ?? profile.speaks),
    origin,
    pathFor: isDemo
      ? (path) => path
      : pathBuilder(createUrlBuilder(config.baseUrl, { pathPrefix: config.pathPrefix }), origin.length),
    keys: config.keys.map(({ key, name, enabled }) => ({
      id: keyIdOf(key),
      label: name ?? maskSecret(key),
      secret: key,
      enabled,
    })),
    staticHeaders,
    staticHeaderNames: names,
    credential: (protocol, secret) => {
      const header = credentialHeader(credentialStyle(profile, protocol), secret)
      return header === null || names.has(header[0]) ? [] : header
    },
  }
}

function pathBuilder(urlFor: UrlBuilder, originLength: number): UpstreamSpec['pathFor'] {
  return (path, protocol) => urlFor(path, protocol).slice(originLength) || '/'
}
