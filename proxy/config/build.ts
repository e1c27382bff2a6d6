/**
 * Turns settings as read (snake_case) into the Config (camelCase), fills in the environment and switches off keys that
 * can't work. Where a setting was wrong, and so is missing, a harmless value stands in: that Config is never used,
 * it only lets the checks across settings run.
 */
import { parseListen, parseOrigin, parseProxy, parseUntil, isHeaderName, isHeaderValue, isHttpUrl } from './schema.ts'
import type {
  ApiKeyConfig,
  Config,
  configSchema,
  keySchema,
  ProjectConfig,
  projectSchema,
  ServerConfig,
  serverSchema,
  Timeouts,
  UpstreamConfig,
  upstreamSchema,
} from './schema.ts'
import type { z } from 'zod'
import type { Path } from './document.ts'
import type { Finding, Loose } from './reader.ts'
import { withoutSecret } from './reader.ts'
import { fillFromEnv, isPlaceholder, isSendable } from './secret-text.ts'

type Read<T extends z.ZodType> = Loose<z.output<T>>

/** What building needs beyond the settings. */
interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly add: (severity: Finding['severity'], code: string, path: Path, params?: Finding['params']) => void
}

/** Builds the Config. Warnings are of keys that are off; errors of values from the environment that can't be used. */
export function buildConfig(
  read: Read<typeof configSchema>,
  env: Surroundings['env'],
  report: (finding: Finding) => void,
): Config {
  const around: Surroundings = {
    env,
    add: (severity, code, path, params = {}) => report({ severity, code, path, params, of: 'value' }),
  }
  const server = buildServer(read.server ?? {}, around)
  return {
    server,
    upstreams: (read.upstreams ?? []).map((upstream, index) =>
      buildUpstream(upstream ?? {}, ['upstreams', index], server.timeouts, around),
    ),
    projects: (read.project_auth ?? []).map((project, index) =>
      buildProject(project ?? {}, ['project_auth', index], around),
    ),
  }
}

function buildServer(read: Read<typeof serverSchema>, around: Surroundings): ServerConfig {
  return {
    listen: parseListen(String(read.port ?? '')) ?? { host: null, port: 0 },
    notificationWebhook: buildWebhook(read.notification_webhook ?? '', around),
    maxRetries: read.max_retries ?? 0,
    coolDownMinutes: read.cool_down_minutes ?? 0,
    autoModels: buildAliases(read.auto_models ?? {}),
    language: read.language === 'zh' || read.language === 'en' ? read.language : null,
    timeouts: buildTimeouts(read.timeouts ?? {}, { connectMs: 0, firstByteMs: 0, streamFirstByteMs: 0, idleMs: 0 }),
    maxBodyMb: read.max_body_mb ?? 1,
    caFile: read.ca_file === undefined || read.ca_file === '' ? null : read.ca_file,
    corsOrigins: defined(read.cors_origins).map((origin) => parseOrigin(origin) ?? origin),
    trustedProxies: defined(read.trusted_proxies),
    console: { enabled: read.console?.enabled ?? null, allowedHosts: defined(read.console?.allowed_hosts) },
    log: { format: read.log?.format ?? 'text', bodies: read.log?.bodies ?? false },
  }
}

function buildWebhook(text: string, around: Surroundings): string {
  const path = ['server', 'notification_webhook']
  const { value, missing } = fillFromEnv(text, around.env)
  if (warnOfMissing('env_missing_webhook', missing, path, around)) return ''
  if (value !== '' && !isHttpUrl(value)) {
    // A wrong text without variables was refused by the schema already.
    around.add('error', 'bad_webhook', path)
    return ''
  }
  return value
}

function buildAliases(read: Loose<Record<string, string | string[]>>): ServerConfig['autoModels'] {
  const aliases = Object.entries(read).map(([alias, targets]) => [
    alias,
    typeof targets === 'string' ? [targets] : defined(targets),
  ])
  // No prototype: clients choose the name that is looked up here, "constructor" for one.
  return Object.assign(Object.create(null), Object.fromEntries(aliases))
}

function buildTimeouts(read: Read<typeof upstreamSchema.shape.timeouts>, otherwise: Timeouts): Timeouts {
  const ms = (seconds: number | undefined, fallbackMs: number) =>
    seconds === undefined ? fallbackMs : Math.round(seconds * 1000)
  return {
    connectMs: ms(read.connect_seconds, otherwise.connectMs),
    firstByteMs: ms(read.first_byte_seconds, otherwise.firstByteMs),
    streamFirstByteMs: ms(read.stream_first_byte_seconds, otherwise.streamFirstByteMs),
    idleMs: ms(read.idle_seconds, otherwise.idleMs),
  }
}

function buildUpstream(
  read: Read<typeof upstreamSchema>,
  path: Path,
  serverTimeouts: Timeouts,
  around: Surroundings,
): UpstreamConfig {
  const name = read.name ?? ''
  const proxy = buildProxy(read.proxy ?? '', [...path, 'proxy'], name, around)
  return {
    name,
    // Without its proxy an upstream is not asked at all: going there directly could be just what must not happen.
    enabled: (read.enabled ?? true) && proxy !== undefined,
    baseUrl: read.base_url ?? '',
    models: defined(read.models),
    keys: buildKeys(read.keys ?? [], [...path, 'keys'], name, around),
    proxy: proxy ?? null,
    headers: buildHeaders(read.headers ?? {}, [...path, 'headers'], name, around),
    timeouts: buildTimeouts(read.timeouts ?? {}, serverTimeouts),
    api: read.api === undefined ? null : defined(read.api),
    pathPrefix: read.path_prefix ?? null,
    maxParallel: read.max_parallel ?? null,
    streamUsage: read.stream_usage ?? null,
  }
}

/** undefined when the proxy can't be known. */
function buildProxy(text: string, path: Path, upstream: string, around: Surroundings): string | null | undefined {
  const { value, missing } = fillFromEnv(text, around.env)
  if (warnOfMissing('env_missing_proxy', missing, path, around, { upstream })) return undefined
  const proxy = parseProxy(value)
  if (proxy === undefined) around.add('error', 'bad_proxy', path)
  return proxy
}

function buildHeaders(
  read: Loose<Record<string, string>>,
  path: Path,
  upstream: string,
  around: Surroundings,
): UpstreamConfig['headers'] {
  const headers: [string, string][] = []
  for (const [name, text] of Object.entries(read)) {
    const headerPath = [...path, name]
    if (!isHeaderName(name)) {
      around.add('error', 'bad_header_name', headerPath)
      continue
    }
    const { value, missing } = fillFromEnv(text ?? '', around.env)
    if (warnOfMissing('env_missing_header', missing, headerPath, around, { upstream, header: name })) continue
    if (isHeaderValue(value)) headers.push([name, value])
    else around.add('error', 'bad_header', headerPath, { key: name })
  }
  return Object.fromEntries(headers)
}

function buildKeys(
  read: readonly (string | Read<typeof keySchema> | undefined)[],
  path: Path,
  upstream: string,
  around: Surroundings,
): readonly ApiKeyConfig[] {
  const seen = new Set<string>()
  return read.map((entry, index) => {
    const written = typeof entry === 'string' ? { key: entry } : (entry ?? {})
    const keyPath = typeof entry === 'string' ? [...path, index] : [...path, index, 'key']
    const { value, envName, missing } = fillFromEnv(written.key ?? '', around.env)
    const key = { key: value, name: written.name ?? null, envName }
    if (written.enabled === false || entry === undefined) return { ...key, enabled: false }
    if (warnOfMissing('env_missing_key', missing, keyPath, around, { upstream }))
      return { ...key, key: '', enabled: false }
    const problem = isPlaceholder(value) ? 'key_placeholder' : isSendable(value) ? null : 'key_unsendable'
    if (problem !== null) {
      around.add('warning', problem, keyPath, { upstream })
      return { ...key, enabled: false }
    }
    if (seen.has(value)) around.add('warning', 'key_duplicate', keyPath, { upstream })
    seen.add(value)
    return { ...key, enabled: true }
  })
}

function buildProject(read: Read<typeof projectSchema>, path: Path, around: Surroundings): ProjectConfig {
  const name = read.project_name ?? ''
  const previous = read.previous_api_key
  const previousKey = fillFromEnv(previous?.key ?? '', around.env)
  const until = parseUntil(previous?.until ?? '')
  const isPreviousUsable =
    !warnOfMissing('env_missing_project_key', previousKey.missing, [...path, 'previous_api_key', 'key'], around, {
      project: name,
    }) && !isPlaceholder(previousKey.value)
  return {
    name,
    ...buildProjectKey(read, [...path, 'api_key'], name, around),
    allowedModels: defined(read.allowed_models),
    previousApiKey: isPreviousUsable && until !== null ? { key: previousKey.value, until } : null,
  }
}

function buildProjectKey(
  read: Read<typeof projectSchema>,
  path: Path,
  project: string,
  around: Surroundings,
): Pick<ProjectConfig, 'apiKey' | 'enabled'> {
  const { value, missing } = fillFromEnv(read.api_key ?? '', around.env)
  const isOn = read.enabled ?? true
  if (read.api_key === undefined || !isOn) return { apiKey: value, enabled: false }
  if (warnOfMissing('env_missing_project_key', missing, path, around, { project }))
    return { apiKey: '', enabled: false }
  const problem = isPlaceholder(value) ? 'project_key_placeholder' : isSendable(value) ? null : 'project_key_unsendable'
  if (problem !== null) {
    around.add('warning', problem, path, { project })
    return { apiKey: value, enabled: false }
  }
  if (value.length < 8) around.add('warning', 'project_key_short', path, { project })
  return { apiKey: value, enabled: true }
}

/** Warns of each variable that isn't set; true when there is one. */
function warnOfMissing(
  code: string,
  missing: readonly string[],
  path: Path,
  around: Surroundings,
  params: Finding['params'] = {},
): boolean {
  for (const name of missing) around.add('warning', code, path, { ...params, name: withoutSecret(name) })
  return missing.length > 0
}

function defined<T>(items: readonly (T | undefined)[] | undefined): readonly T[] {
  return (items ?? []).filter((item) => item !== undefined)
}
