/**
 * An upstream as it stands in a form, made ready to be called: what the form does not hold (saved keys, masked values,
 * variables) is looked up in the config.
 */
import { fillFromEnv } from '../config/secret-text.ts'
import type { UpstreamDraft } from '../contract.ts'
import { credentialHeader, credentialStyle } from '../providers/credentials.ts'
import type { HostProfile, Protocol } from '../providers/hosts.ts'
import { hostProfile } from '../providers/hosts.ts'
import { redactSecrets } from '../providers/redact.ts'
import { createUrlBuilder, parseBaseUrl } from '../providers/urls.ts'
import { userAgent } from '../version.ts'
import { ControlError } from './control-error.ts'
import type { EngineHandle } from './engine-handle.ts'
import { maskHeader, maskUrl } from './masking.ts'
import type { WrittenConfig, WrittenUpstream } from './written-config.ts'

/** A draft with everything filled in that the form does not hold: saved keys, masked values, variables. */
export interface ResolvedDraft {
  readonly profile: Pick<HostProfile, 'id' | 'speaks'>
  /** Host and port, for messages. */
  readonly host: string
  readonly origin: string | null
  readonly proxy: string | null
  /** The whole address for a client's path. */
  readonly urlFor: (clientPath: string, protocol: Protocol) => string
  readonly headersFor: (protocol: Protocol) => Readonly<Record<string, string>>
  readonly redact: (text: string) => string
}

export const demoUrl = 'builtin:demo'
export const demoProfile = { id: 'demo', speaks: ['chat', 'responses', 'messages'] } as const

/** @throws ControlError for an address that is none, a key that is not there, a masked value that is nobody's. */
export function resolveDraft(draft: UpstreamDraft, written: WrittenConfig | null, engine: EngineHandle): ResolvedDraft {
  const { env } = engine
  const language = engine.language()
  const fill = (text: string) => fillFromEnv(text, env).value
  const savedName = draft.key.kind === 'saved' ? draft.key.upstream : draft.name
  const saved = written?.upstreams.find(({ name }) => name === savedName)

  const baseUrl = draft.baseUrl.trim()
  const isDemo = baseUrl === demoUrl
  const parsed = isDemo ? null : parseBaseUrl(baseUrl)
  if (parsed !== null && !parsed.ok) throw new ControlError(`url_${parsed.reason}`, language)
  const profile = isDemo ? null : hostProfile(baseUrl)

  const secret = keyOf(draft, saved, engine)
  const headers = Object.entries(draft.headers).map(([name, value]) => {
    const real = value.includes('…') ? savedHeader(saved, name, value) : value
    if (real === null) throw new ControlError('masked_secret', language)
    return [name.toLowerCase(), fill(real)] as const
  })
  const proxy = draft.proxy?.includes('…') ? savedProxy(saved, draft.proxy) : draft.proxy
  if (draft.proxy !== null && proxy === null) throw new ControlError('masked_secret', language)

  const secrets = [...engine.secrets(), secret, ...headers.map(([, value]) => value)]
  const url = parsed?.ok ? parsed.url : null
  const urlFor = isDemo ? (path: string) => `http://${demoUrl}${path}` : createUrlBuilder(baseUrl, draft)
  return {
    profile: profile ?? demoProfile,
    host: url?.host ?? demoUrl,
    origin: url?.origin ?? null,
    proxy: proxy === null || proxy.trim() === '' ? null : fill(proxy).trim(),
    urlFor,
    headersFor: (protocol) => {
      const credential = profile === null ? null : credentialHeader(credentialStyle(profile, protocol), secret)
      return {
        'user-agent': userAgent,
        ...(protocol === 'messages' ? { 'anthropic-version': '2023-06-01' } : {}),
        ...(credential === null ? {} : Object.fromEntries([credential])),
        // Configured headers win, as they do in real calls.
        ...Object.fromEntries(headers),
      }
    },
    redact: (text) => redactSecrets(text, secrets),
  }
}

function keyOf({ key }: UpstreamDraft, saved: WrittenUpstream | undefined, engine: EngineHandle): string {
  switch (key.kind) {
    case 'none':
      return ''
    case 'literal': {
      if (key.value.includes('…')) throw new ControlError('masked_secret', engine.language())
      const { value, envName, missing } = fillFromEnv(key.value.trim(), engine.env)
      if (missing.length === 0) return value
      throw new ControlError('key_env_missing', engine.language(), { name: envName ?? '' })
    }
    case 'saved': {
      const found = saved?.keys.find(({ secret }) => engine.keyIdOf(secret) === key.keyId)
      if (found === undefined) throw new ControlError('key_unknown', engine.language())
      if (!found.envMissing) return found.secret
      throw new ControlError('key_env_missing', engine.language(), { name: found.envName ?? '' })
    }
    default:
      return key satisfies never
  }
}

/** The header of the saved upstream that looks like `masked` when it is masked; null when there is none. */
function savedHeader(saved: WrittenUpstream | undefined, name: string, masked: string): string | null {
  const headers = saved?.settings['headers']
  const real = typeof headers === 'object' && headers !== null ? Reflect.get(headers, name) : null
  return typeof real === 'string' && maskHeader(name, real) === masked ? real : null
}

function savedProxy(saved: WrittenUpstream | undefined, masked: string): string | null {
  const real = saved?.settings['proxy']
  return typeof real === 'string' && maskUrl(real) === masked ? real : null
}

/** Path and query of an address. */
export function pathOf(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/?]*/i, '') || '/'
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
