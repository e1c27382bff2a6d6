/**
 * A config as it stands in the file, before defaults and checks: what the forms show. Reads also a file with wrong
 * settings, so that a form can mend them. Pure.
 */
import { readDocument } from '../config/document.ts'
import { fillFromEnv } from '../config/secret-text.ts'

export type Settings = Readonly<Record<string, unknown>>

export interface WrittenConfig {
  readonly server: Settings
  readonly upstreams: readonly WrittenUpstream[]
  readonly projects: readonly WrittenProject[]
}

export interface WrittenUpstream {
  readonly name: string
  /** Without `keys`. */
  readonly settings: Settings
  readonly keys: readonly WrittenKey[]
}

export interface WrittenKey {
  /** As it stands in the file, `${NAME}` unresolved. */
  readonly text: string
  /** What is sent; '' when a variable is missing. */
  readonly secret: string
  readonly name: string | null
  readonly enabled: boolean
  readonly envName: string | null
  readonly envMissing: boolean
}

export interface WrittenProject {
  readonly name: string
  /** Without `api_key`. */
  readonly settings: Settings
  readonly key: Pick<WrittenKey, 'text' | 'secret' | 'envName' | 'envMissing'>
}

/** Null when the text is no YAML that can be trusted to say what it seems to. */
export function readWritten(text: string, env: Readonly<Record<string, string | undefined>>): WrittenConfig | null {
  const source = readDocument(text)
  const plain = source.isReadable ? toPlain(source.document) : null
  // An empty file is as good as none.
  if (plain === null || !isMapping(source.value)) return null
  // Beside the typed values, since a key of digits is the text that stands there and not a number.
  const texts = settingsOf(source.value)
  return {
    server: settingsOf(plain['server']),
    upstreams: listOf(plain['upstreams']).map((upstream, index) => {
      const { keys: _keys, ...settings } = settingsOf(upstream)
      const written = settingsOf(listOf(texts['upstreams'])[index])
      return { name: textOf(written['name']), settings, keys: listOf(written['keys']).map((key) => keyOf(key, env)) }
    }),
    projects: listOf(plain['project_auth']).map((project, index) => {
      const { api_key: _key, ...settings } = settingsOf(project)
      const written = settingsOf(listOf(texts['project_auth'])[index])
      return { name: textOf(written['project_name']), settings, key: secretOf(textOf(written['api_key']), env) }
    }),
  }
}

/** The values of a text, keys as strings; null when it is not readable. For comparing, not for showing. */
export function plainValues(text: string): unknown {
  const source = readDocument(text)
  return source.isReadable ? source.value : null
}

function keyOf(written: unknown, env: Readonly<Record<string, string | undefined>>): WrittenKey {
  const settings: Settings = typeof written === 'string' ? { key: written } : settingsOf(written)
  const name = textOf(settings['name'])
  return {
    ...secretOf(textOf(settings['key']), env),
    name: name === '' ? null : name,
    enabled: !/^(false|no|off)$/i.test(textOf(settings['enabled'])),
  }
}

function secretOf(written: string, env: Readonly<Record<string, string | undefined>>) {
  const { value, envName, missing } = fillFromEnv(written, env)
  return { text: written, secret: missing.length > 0 ? '' : value, envName, envMissing: missing.length > 0 }
}

function toPlain(document: ReturnType<typeof readDocument>['document']): Settings | null {
  try {
    return settingsOf(document.toJS())
  } catch {
    // Too many aliases, or one without its anchor: the diagnostics tell.
    return null
  }
}

function settingsOf(value: unknown): Settings {
  return isMapping(value) ? value : {}
}

/** YAML's mappings come as plain objects with text keys. */
function isMapping(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}
