/** `server` of the config as the form holds it, and the edits that its changes come to. Pure. */
import { isHttpUrl, parseListen, serverSchema } from '../../../proxy/config/schema.ts'
import type { ConfigDiagnostic, ConfigEdit, ConfigView } from '../../../proxy/contract.ts'
import { checkSettings } from '../../check-settings.ts'

type Server = ConfigView['server']

/** Who can connect: this computer, any, or whoever reaches one address. */
export type Access = 'local' | 'others' | 'address'

/** What isn't set in the file is null or empty here. */
export interface ServerValues {
  readonly access: Access
  /** Only for access `address`. */
  readonly host: string
  readonly port: number | null
  readonly notification_webhook: string
  readonly max_retries: number | null
  readonly cool_down_minutes: number | null
  readonly max_body_mb: number | null
  readonly 'timeouts.connect_seconds': number | null
  readonly 'timeouts.first_byte_seconds': number | null
  readonly 'timeouts.stream_first_byte_seconds': number | null
  readonly 'timeouts.idle_seconds': number | null
  readonly ca_file: string
  readonly cors_origins: readonly string[]
  readonly trusted_proxies: readonly string[]
  /** null = only while listening on loopback. */
  readonly 'console.enabled': boolean | null
  readonly 'console.allowed_hosts': readonly string[]
  readonly 'log.format': 'text' | 'json'
  readonly 'log.bodies': boolean
  readonly language: 'auto' | 'zh' | 'en'
}

export type NumberSetting = {
  [K in keyof ServerValues]: ServerValues[K] extends number | null ? K : never
}[keyof ServerValues]

const loopback = ['127.0.0.1', 'localhost', '::1']
const everywhere = ['0.0.0.0', '::']

export function readServer(server: Server): ServerValues {
  const listen = listenOf(server)
  const host = listen?.host ?? null
  const isLocal = host === null || loopback.includes(host)
  return {
    access: isLocal ? 'local' : everywhere.includes(host) ? 'others' : 'address',
    host: isLocal || everywhere.includes(host) ? '' : host,
    port: server['port'] === undefined ? null : (listen?.port ?? null),
    notification_webhook: textAt(server, 'notification_webhook'),
    max_retries: numberAt(server, 'max_retries'),
    cool_down_minutes: numberAt(server, 'cool_down_minutes'),
    max_body_mb: numberAt(server, 'max_body_mb'),
    'timeouts.connect_seconds': numberAt(server, 'timeouts.connect_seconds'),
    'timeouts.first_byte_seconds': numberAt(server, 'timeouts.first_byte_seconds'),
    'timeouts.stream_first_byte_seconds': numberAt(server, 'timeouts.stream_first_byte_seconds'),
    'timeouts.idle_seconds': numberAt(server, 'timeouts.idle_seconds'),
    ca_file: textAt(server, 'ca_file'),
    cors_origins: listAt(server, 'cors_origins'),
    trusted_proxies: listAt(server, 'trusted_proxies'),
    'console.enabled': at(server, 'console.enabled') === undefined ? null : at(server, 'console.enabled') === true,
    'console.allowed_hosts': listAt(server, 'console.allowed_hosts'),
    'log.format': at(server, 'log.format') === 'json' ? 'json' : 'text',
    'log.bodies': at(server, 'log.bodies') === true,
    language: languageOf(at(server, 'language')),
  }
}

/** Only what differs from `base` is written, so that hand-written lines stay as they are. */
export function serverEdits(base: ServerValues, values: ServerValues, server: Server): readonly ConfigEdit[] {
  const changes = changed(base, values, server)
  const added = [...changes].filter(([, value]) => value !== undefined)
  const removed = [...changes.keys()].filter(
    (path) => changes.get(path) === undefined && at(server, path) !== undefined,
  )
  // A section whose last setting goes is left out with it: an empty one says nothing.
  const emptied = ['timeouts', 'console', 'log'].filter((section) => {
    const own = Object.keys(mapping(server[section])).map((name) => `${section}.${name}`)
    const stays = own.some((path) => !removed.includes(path)) || added.some(([path]) => path.startsWith(`${section}.`))
    return own.length > 0 && !stays
  })
  const isEmptied = (path: string) => emptied.some((section) => path.startsWith(`${section}.`))
  // Added before others go, so that no section is empty in between.
  return [
    ...added.map(([path, value]): ConfigEdit => ({ op: 'set', path: ['server', ...path.split('.')], value })),
    ...[...removed.filter((path) => !isEmptied(path)), ...emptied].map((path): ConfigEdit => ({
      op: 'delete',
      path: ['server', ...path.split('.')],
    })),
  ]
}

/** What is wrong with the form, by the schema of the config. */
export function checkServer(base: ServerValues, values: ServerValues, server: Server): readonly ConfigDiagnostic[] {
  const written: Record<string, unknown> = structuredClone({ ...server })
  for (const [path, value] of changed(base, values, server)) {
    const [section = '', name] = path.split('.')
    if (name === undefined) written[section] = value
    else written[section] = { ...mapping(written[section]), [name]: value }
  }
  return checkSettings(serverSchema, written, ['server'])
}

/** True for an address that a test notice can be sent to; what comes from the environment is for the engine to say. */
export function isWebhook(value: string): boolean {
  const address = value.trim()
  return isHttpUrl(address) || address.includes('${')
}

/** New values by their path within `server`; undefined = no longer set. */
function changed(base: ServerValues, values: ServerValues, server: Server): ReadonlyMap<string, unknown> {
  const changes = new Map<string, unknown>()
  if (base.access !== values.access || base.host !== values.host || base.port !== values.port) {
    changes.set('port', listenText(values, server))
  }
  const usual: Partial<Record<keyof ServerValues, unknown>> = {
    'log.format': 'text',
    'log.bodies': false,
    language: 'auto',
  }
  for (const path of plainSettings) {
    if (JSON.stringify(base[path]) === JSON.stringify(values[path])) continue
    const value = values[path]
    const text = typeof value === 'string' ? value.trim() : value
    const isSet = at(server, path) !== undefined
    const isEmpty = text === null || text === '' || (Array.isArray(text) && text.length === 0)
    // An empty webhook is how the shipped config says "none": it stays a line that can be filled in.
    if (path === 'notification_webhook' && isSet) changes.set(path, text)
    else if (isEmpty || (!isSet && usual[path] === value)) changes.set(path, undefined)
    else changes.set(path, text)
  }
  return changes
}

function listenText({ access, host, port }: ServerValues, server: Server): string | number | undefined {
  const before = listenOf(server)
  const shown = String(port ?? before?.port ?? 8080)
  const keeps = (hosts: readonly string[]) => (before?.host != null && hosts.includes(before.host) ? before.host : null)
  const inBrackets = (name: string) => (name.includes(':') ? `[${name}]` : name)
  switch (access) {
    case 'local': {
      const own = keeps(loopback)
      if (own !== null) return `${inBrackets(own)}:${shown}`
      if (port === null) return undefined
      return typeof server['port'] === 'number' ? port : `:${shown}`
    }
    case 'others':
      return `${inBrackets(keeps(everywhere) ?? '0.0.0.0')}:${shown}`
    case 'address':
      return `${inBrackets(host.trim().replaceAll(/^\[|\]$/g, ''))}:${shown}`
    default:
      return access satisfies never
  }
}

function listenOf(server: Server): ReturnType<typeof parseListen> {
  const port = server['port'] ?? ':8080'
  return typeof port === 'string' || typeof port === 'number' ? parseListen(String(port)) : null
}

const plainSettings = [
  'notification_webhook',
  'max_retries',
  'cool_down_minutes',
  'max_body_mb',
  'timeouts.connect_seconds',
  'timeouts.first_byte_seconds',
  'timeouts.stream_first_byte_seconds',
  'timeouts.idle_seconds',
  'ca_file',
  'cors_origins',
  'trusted_proxies',
  'console.enabled',
  'console.allowed_hosts',
  'log.format',
  'log.bodies',
  'language',
] as const satisfies readonly (keyof ServerValues)[]

function at(server: Server, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => mapping(value)[name], server)
}

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  // Safe: any object can be read by name.
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

function textAt(server: Server, path: string): string {
  const value = at(server, path)
  return typeof value === 'string' ? value : ''
}

function numberAt(server: Server, path: string): number | null {
  const value = at(server, path)
  return typeof value === 'number' ? value : null
}

function listAt(server: Server, path: string): readonly string[] {
  const value = at(server, path)
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function languageOf(value: unknown): ServerValues['language'] {
  return value === 'zh' || value === 'en' ? value : 'auto'
}
