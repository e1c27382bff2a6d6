/** An upstream as the form holds it, and the edits that its changes come to. Pure. */
import { isHeaderName, upstreamSchema } from '../../../proxy/config/schema.ts'
import type { ConfigDiagnostic, ConfigEdit, ConfigView, KeyView, Protocol } from '../../../proxy/contract.ts'
import { checkSettings, problem } from '../../check-settings.ts'
import { readPastedKeys } from './pasted-keys.ts'

export interface KeyForm {
  /** Of the row, for React. */
  readonly id: string
  /** The key in the file; null for one that isn't saved yet. */
  readonly saved: KeyView | null
  /** The key itself when it isn't saved yet, else ''. */
  readonly value: string
  readonly name: string
  readonly enabled: boolean
  readonly deleted: boolean
}

export interface HeaderForm {
  readonly id: string
  /** Its name in the file; null for a new one. */
  readonly origin: string | null
  readonly name: string
  /** Masked as long as a saved one stays untouched. */
  readonly value: string
}

export const timeoutNames = [
  'connect_seconds',
  'first_byte_seconds',
  'stream_first_byte_seconds',
  'idle_seconds',
] as const
export type TimeoutName = (typeof timeoutNames)[number]

export const protocols: readonly Protocol[] = ['chat', 'responses', 'messages', 'gemini']

/** '' and null stand for "not set". */
export interface UpstreamForm {
  readonly name: string
  readonly enabled: boolean
  readonly base_url: string
  readonly keys: readonly KeyForm[]
  /** Text in the box for new keys; what stands there is saved too. */
  readonly pasted: string
  readonly models: readonly string[]
  readonly proxy: string
  readonly path_prefix: string
  readonly headers: readonly HeaderForm[]
  readonly timeouts: Readonly<Record<TimeoutName, number | null>>
  readonly api: readonly Protocol[]
  readonly max_parallel: number | null
  readonly stream_usage: boolean | null
}

export const emptyUpstream: UpstreamForm = {
  name: '',
  enabled: true,
  base_url: '',
  keys: [],
  pasted: '',
  models: [],
  proxy: '',
  path_prefix: '',
  headers: [],
  timeouts: { connect_seconds: null, first_byte_seconds: null, stream_first_byte_seconds: null, idle_seconds: null },
  api: [],
  max_parallel: null,
  stream_usage: null,
}

export function readUpstream(view: ConfigView['upstreams'][number]): UpstreamForm {
  const { settings } = view
  const timeouts = mappingOf(settings['timeouts'])
  return {
    ...emptyUpstream,
    name: view.name,
    enabled: settings['enabled'] !== false,
    base_url: textOf(settings['base_url']),
    keys: view.keys.map((key) => ({
      id: `saved ${key.index} ${key.keyId}`,
      saved: key,
      value: '',
      name: key.name ?? '',
      enabled: key.enabled,
      deleted: false,
    })),
    models: listOf(settings['models']),
    proxy: textOf(settings['proxy']),
    // Explicitly none, which an empty box could not say.
    path_prefix: settings['path_prefix'] === '' ? '/' : textOf(settings['path_prefix']),
    headers: Object.entries(mappingOf(settings['headers'])).map(([name, value]) => ({
      id: `saved ${name}`,
      origin: name,
      name,
      value: textOf(value),
    })),
    timeouts: {
      connect_seconds: numberOf(timeouts['connect_seconds']),
      first_byte_seconds: numberOf(timeouts['first_byte_seconds']),
      stream_first_byte_seconds: numberOf(timeouts['stream_first_byte_seconds']),
      idle_seconds: numberOf(timeouts['idle_seconds']),
    },
    api: listOf(settings['api']).flatMap((name) => protocols.filter((protocol) => protocol === name)),
    max_parallel: numberOf(settings['max_parallel']),
    stream_usage: typeof settings['stream_usage'] === 'boolean' ? settings['stream_usage'] : null,
  }
}

/** The keys that will be there after saving, those in the box for new ones included. */
export function keysToKeep(form: UpstreamForm): readonly KeyForm[] {
  const kept = form.keys.filter((key) => !key.deleted)
  const known = kept.filter((key) => key.saved === null).map((key) => key.value)
  return [...kept, ...readPastedKeys(form.pasted, known).keys.map(newKey)]
}

export function newKey(value: string): KeyForm {
  return { id: `new ${value}`, saved: null, value, name: '', enabled: true, deleted: false }
}

/** What is wrong with the form, by the config's own schema; paths are those that the engine would use. */
export function checkUpstream(
  form: UpstreamForm,
  base: UpstreamForm,
  index: number,
  otherNames: readonly string[],
): readonly ConfigDiagnostic[] {
  const path = ['upstreams', index]
  const name = form.name.trim()
  const headerNames = form.headers.map((header) => header.name.trim().toLowerCase())
  return [
    ...checkSettings(upstreamSchema, writtenToCheck(form, base), path),
    ...(otherNames.includes(name) ? [problem('upstream_duplicate', [...path, 'name'], { upstream: name })] : []),
    ...form.headers
      .filter((header, row) => !isHeaderName(header.name.trim()) || headerNames.indexOf(headerNames[row] ?? '') !== row)
      .map((header) => problem('bad_header_name', [...path, 'headers', header.name.trim()])),
  ]
}

/** Masked values are left out: they are not what stands in the file. */
function writtenToCheck(form: UpstreamForm, base: UpstreamForm): Record<string, unknown> {
  const changed = changedHeaders(form, base)
  return {
    ...writtenPlain(form),
    name: form.name,
    base_url: form.base_url,
    keys: keysToKeep(form).map((key) => writeKey(key, key.value)),
    headers: Object.fromEntries(changed.map((header) => [header.name.trim(), header.value])),
    ...(form.proxy === base.proxy || form.proxy.trim() === '' ? { proxy: undefined } : {}),
  }
}

/** A whole new upstream, as it will stand in the file. */
export function writeUpstream(form: UpstreamForm): Record<string, unknown> {
  const headers = Object.fromEntries(form.headers.map((header) => [header.name.trim(), header.value.trim()]))
  const timeouts = Object.fromEntries(timeoutNames.flatMap((name) => pairUnlessNull(name, form.timeouts[name])))
  const { models, ...optional } = writtenPlain(form)
  return {
    name: form.name.trim(),
    ...(form.enabled ? {} : { enabled: false }),
    base_url: form.base_url.trim(),
    models,
    keys: keysToKeep(form).map((key) => writeKey(key, key.value)),
    ...optional,
    ...(form.headers.length > 0 ? { headers } : {}),
    ...(Object.keys(timeouts).length > 0 ? { timeouts } : {}),
  }
}

/** Settings that are written as the form holds them; those that aren't set are absent. */
function writtenPlain(form: UpstreamForm): Record<string, unknown> {
  return {
    models: form.models,
    ...(form.proxy.trim() === '' ? {} : { proxy: form.proxy.trim() }),
    ...(form.path_prefix.trim() === '' ? {} : { path_prefix: form.path_prefix.trim() }),
    ...(form.api.length === 0 ? {} : { api: form.api }),
    ...Object.fromEntries(pairUnlessNull('max_parallel', form.max_parallel)),
    ...Object.fromEntries(pairUnlessNull('stream_usage', form.stream_usage)),
  }
}

/** Saved keys whose name or switch changes: their text in the file is needed to write them anew. */
export function keysToReveal(form: UpstreamForm): readonly KeyView[] {
  return form.keys.flatMap(({ saved, name, enabled, deleted }) =>
    saved !== null && !deleted && (name.trim() !== (saved.name ?? '') || enabled !== saved.enabled) ? [saved] : [],
  )
}

/**
 * The edits from `base` to `form`, smallest first; what did not change is not touched.
 *
 * @param literals - texts of `keysToReveal`, by their place in the file.
 */
export function upstreamEdits(
  base: UpstreamForm,
  form: UpstreamForm,
  index: number,
  literals: ReadonlyMap<number, string>,
): ConfigEdit[] {
  const path = ['upstreams', index]
  const before = { ...writtenPlain(base), name: base.name, base_url: base.base_url, enabled: base.enabled }
  const after: Record<string, unknown> = {
    ...writtenPlain(form),
    name: form.name.trim(),
    base_url: form.base_url.trim(),
    enabled: form.enabled,
  }
  const names = [...new Set([...Object.keys(after), ...Object.keys(before)])]
  return [
    ...setOrDelete(path, names, before, after),
    ...keyEdits(form, [...path, 'keys'], literals),
    ...headerEdits(base, form, [...path, 'headers']),
    ...timeoutEdits(base, form, [...path, 'timeouts']),
  ]
}

function setOrDelete(
  path: ConfigEdit['path'],
  names: readonly string[],
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): ConfigEdit[] {
  return names
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) =>
      after[name] === undefined
        ? { op: 'delete', path: [...path, name] }
        : { op: 'set', path: [...path, name], value: after[name] },
    )
}

function keyEdits(form: UpstreamForm, path: ConfigEdit['path'], literals: ReadonlyMap<number, string>): ConfigEdit[] {
  const saved = form.keys.filter((key) => key.saved !== null)
  const changed = keysToReveal(form)
  const sets = saved.flatMap((key): ConfigEdit[] => {
    const literal = key.saved === null ? undefined : literals.get(key.saved.index)
    if (key.saved === null || literal === undefined || !changed.includes(key.saved)) return []
    return [{ op: 'set', path: [...path, key.saved.index], value: writeKey(key, literal) }]
  })
  // From the last one on, so that the places of the others stay true.
  const deletes = saved
    .filter((key) => key.deleted)
    .flatMap((key): ConfigEdit[] => (key.saved === null ? [] : [{ op: 'delete', path: [...path, key.saved.index] }]))
    .toReversed()
  const rest = saved.length - deletes.length
  const inserts = keysToKeep(form)
    .filter((key) => key.saved === null)
    .map((key, place): ConfigEdit => ({ op: 'insert', path, index: rest + place, value: writeKey(key, key.value) }))
  return [...sets, ...deletes, ...inserts]
}

/** As short as it can be: a bare text where there is nothing else to say. */
function writeKey({ name, enabled }: Pick<KeyForm, 'name' | 'enabled'>, literal: string): unknown {
  if (name.trim() === '' && enabled) return literal
  return { key: literal, ...(name.trim() === '' ? {} : { name: name.trim() }), ...(enabled ? {} : { enabled }) }
}

function changedHeaders(form: UpstreamForm, base: UpstreamForm): readonly HeaderForm[] {
  const known = new Map(base.headers.map((header) => [header.origin, header.value]))
  return form.headers.filter((header) => header.origin === null || known.get(header.origin) !== header.value)
}

function headerEdits(base: UpstreamForm, form: UpstreamForm, path: ConfigEdit['path']): ConfigEdit[] {
  if (form.headers.length === 0) return base.headers.length === 0 ? [] : [{ op: 'delete', path }]
  const kept = new Set(form.headers.map((header) => header.origin))
  const gone = base.headers.flatMap(({ origin }): ConfigEdit[] =>
    origin === null || kept.has(origin) ? [] : [{ op: 'delete', path: [...path, origin] }],
  )
  const renamed = form.headers.flatMap(({ origin, name }): ConfigEdit[] =>
    origin === null || origin === name.trim() ? [] : [{ op: 'rename', path: [...path, origin], to: name.trim() }],
  )
  const set = changedHeaders(form, base).map(({ name, value }): ConfigEdit => ({
    op: 'set',
    path: [...path, name.trim()],
    value: value.trim(),
  }))
  return [...gone, ...renamed, ...set]
}

function timeoutEdits(base: UpstreamForm, form: UpstreamForm, path: ConfigEdit['path']): ConfigEdit[] {
  const changed = timeoutNames.filter((name) => base.timeouts[name] !== form.timeouts[name])
  if (changed.length === 0) return []
  if (timeoutNames.every((name) => form.timeouts[name] === null)) return [{ op: 'delete', path }]
  return changed.map((name) =>
    form.timeouts[name] === null
      ? { op: 'delete', path: [...path, name] }
      : { op: 'set', path: [...path, name], value: form.timeouts[name] },
  )
}

function pairUnlessNull(name: string, value: unknown): [string, unknown][] {
  return value === null ? [] : [[name, value]]
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : []
}

function mappingOf(value: unknown): Readonly<Record<string, unknown>> {
  // Safe: a JSON object that is no list has texts as keys.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}
