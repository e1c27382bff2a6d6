/**
 * Reads plain values against the schema, setting by setting, so that one mistake hides no other: what is wrong is
 * reported and left undefined, the rest is there for the checks that look across settings.
 */
import { z } from 'zod'
import type { Path } from './document.ts'

export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly code: string
  readonly path: Path
  /** Whether the problem is the setting's value or its presence. */
  readonly of: 'value' | 'key'
  readonly params: Readonly<Record<string, string | number>>
}

/** The schema's output where anything may be missing because it was wrong. Lists keep their positions. */
export type Loose<T> = T extends readonly (infer Item)[]
  ? readonly (Loose<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Loose<T[Key]> | undefined }
    : T

/** Reads a whole value by its schema. `value` comes from a document: scalars are texts or null. */
export function readSettings<T extends z.ZodType>(
  schema: T,
  value: unknown,
  report: (finding: Finding) => void,
): Loose<z.output<T>> {
  // Safe: the reader below gives for each kind of schema what its output type says, or undefined.
  return new Reader(report, schema).read(schema, value, []) as Loose<z.output<T>>
}

class Reader {
  readonly #report: (finding: Finding) => void
  readonly #root: z.core.$ZodType

  constructor(report: (finding: Finding) => void, root: z.core.$ZodType) {
    this.#report = report
    this.#root = root
  }

  read(schema: z.core.$ZodType, value: unknown, path: Path): unknown {
    if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
      // "key:" with nothing behind it is as good as no key.
      if (value === null || value === undefined) return this.#valueOfNothing(schema)
      return this.read(schema.unwrap(), value, path)
    }
    if (schema instanceof z.ZodObject) return this.#readMapping(schema, value, path)
    if (schema instanceof z.ZodArray) return this.#readList(schema, value, path)
    if (schema instanceof z.ZodRecord) return this.#readRecord(schema, value, path)
    if (schema instanceof z.ZodUnion) return this.#readUnion(schema, value, path)
    return this.#readScalar(schema, value, path)
  }

  #valueOfNothing(schema: z.ZodOptional | z.ZodDefault | z.ZodPrefault): unknown {
    const result = z.safeParse(schema, undefined)
    return result.success ? result.data : undefined
  }

  #readMapping(schema: z.ZodObject, value: unknown, path: Path): unknown {
    // "console: off" is short for "console: { enabled: off }".
    const short = 'enabled' in schema.shape && typeof value === 'string' ? booleanOf(value) : value
    const mapping = typeof short === 'boolean' ? { enabled: String(short) } : value
    if (!isMapping(mapping)) return this.#refuse(schema, value, path)
    this.#warnOfUnknownKeys(schema, mapping, path)
    return Object.fromEntries(
      Object.entries(schema.shape).map(([key, setting]) => [key, this.#readSetting(setting, mapping, key, path)]),
    )
  }

  #readSetting(schema: z.core.$ZodType, mapping: Record<string, unknown>, key: string, path: Path): unknown {
    const value = mapping[key]
    const isMissing = value === null || value === undefined
    if (isMissing && !z.safeParse(schema, undefined).success) {
      const isWritten = Object.hasOwn(mapping, key)
      // An empty key is a placeholder, not a mistake.
      if (isWritten && z.safeParse(schema, '').success) return ''
      this.#add('error', isWritten ? 'empty_setting' : 'missing_setting', [...path, key], { key })
      return undefined
    }
    return this.read(schema, value, [...path, key])
  }

  #readList(schema: z.ZodArray, value: unknown, path: Path): unknown {
    if (!Array.isArray(value)) return this.#refuse(schema, value, path)
    return value.map((item, index) => this.read(schema.element, item, [...path, index]))
  }

  #readRecord(schema: z.ZodRecord, value: unknown, path: Path): unknown {
    if (!isMapping(value)) return this.#refuse(schema, value, path)
    return Object.assign(
      Object.create(null),
      Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, this.read(schema.def.valueType, item, [...path, key])]),
      ),
    )
  }

  // A union here is always "a text, or something with structure".
  #readUnion(schema: z.ZodUnion, value: unknown, path: Path): unknown {
    const isStructured = typeof value === 'object' && value !== null
    const option = schema.options.find((candidate) => {
      if (candidate instanceof z.ZodObject) return isMapping(value)
      if (candidate instanceof z.ZodArray) return Array.isArray(value)
      return !isStructured
    })
    if (option === undefined) return this.#refuse(schema, value, path)
    const result = this.read(option, value ?? '', path)
    return isStructured || result === undefined ? result : this.#readScalar(schema, result, path)
  }

  #readScalar(schema: z.core.$ZodType, value: unknown, path: Path): unknown {
    const result = z.safeParse(schema, converted(schema, value))
    if (result.success) return result.data
    for (const issue of result.error.issues) this.#addIssue(issue, path)
    return undefined
  }

  #refuse(schema: z.core.$ZodType, value: unknown, path: Path): undefined {
    // Only the outer form is wrong here: a value that fits none of them tells which code the schema has for that.
    const result = z.safeParse(schema, isMapping(value) || Array.isArray(value) ? Symbol('other form') : value)
    const [issue] = result.error?.issues ?? []
    if (issue !== undefined) this.#addIssue(issue, path)
    return undefined
  }

  #warnOfUnknownKeys(schema: z.ZodObject, mapping: Record<string, unknown>, path: Path): void {
    const known = Object.keys(schema.shape)
    for (const key of Object.keys(mapping)) {
      // A place for anchors, as in Compose files: "x-defaults: &defaults".
      if (known.includes(key) || (path.length === 0 && key.startsWith('x-'))) continue
      const near = nearestKey(key, known)
      const section = near === null ? sectionOf(this.#root, key) : null
      const params = { key: withoutSecret(key) }
      const keyPath = [...path, key]
      if (near !== null) this.#add('warning', 'unknown_key_similar', keyPath, { ...params, known: near }, 'key')
      else if (section === '') this.#add('warning', 'unknown_key_top_level', keyPath, params, 'key')
      else if (section !== null) this.#add('warning', 'unknown_key_misplaced', keyPath, { ...params, section }, 'key')
      else this.#add('warning', 'unknown_key', keyPath, params, 'key')
    }
  }

  #addIssue(issue: z.core.$ZodIssue, path: Path): void {
    const names = path.filter((step) => typeof step === 'string')
    const params: Record<string, string | number> = { key: withoutSecret(names.at(-1) ?? '') }
    if (issue.code === 'too_small') params['minimum'] = Number(issue.minimum)
    if (issue.code === 'too_big') params['maximum'] = Number(issue.maximum)
    if (issue.code === 'invalid_value') params['allowed'] = issue.values.join(', ')
    this.#add('error', issue.message, path, params)
  }

  #add(
    severity: Finding['severity'],
    code: string,
    path: Path,
    params: Finding['params'],
    of: Finding['of'] = 'value',
  ): void {
    this.#report({ severity, code, path, of, params })
  }
}

/** A name from the file, fit to be shown: what looks like a secret that slipped into its place is cut. */
export function withoutSecret(name: string): string {
  const looksSecret = /^(sk|ak|pk|nvapi|gsk|xai|AIza|Bearer)[-_ A-Z0-9]/.test(name) && name.length > 12
  return looksSecret || name.length > 100 ? `${name.slice(0, 3)}…` : name
}

// Documents give numbers and booleans as text, quoted or not, so that 3 and "3" are the same.
function converted(schema: z.core.$ZodType, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (schema instanceof z.ZodNumber)
    return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value.trim()) ? Number(value) : value
  if (schema instanceof z.ZodBoolean) return booleanOf(value)
  return value
}

function booleanOf(value: string): boolean | string {
  if (/^(true|yes|on)$/i.test(value.trim())) return true
  return /^(false|no|off)$/i.test(value.trim()) ? false : value
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function nearestKey(key: string, known: readonly string[]): string | null {
  const plain = (name: string) => name.replaceAll(/[-_ ]/g, '').toLowerCase()
  const usual = Object.hasOwn(usualNames, key.toLowerCase()) ? usualNames[key.toLowerCase()] : undefined
  const meant = known.find((name) => usual?.includes(name))
  if (meant !== undefined) return meant
  const wanted = plain(key)
  const scored = known.map((name) => ({ name, distance: editDistance(wanted, plain(name)) }))
  const limit = wanted.length < 5 ? 1 : wanted.length < 8 ? 2 : 3
  const best = scored.toSorted((left, right) => left.distance - right.distance)[0]
  return best !== undefined && best.distance <= limit ? best.name : null
}

// Names that other programs use for these settings.
const usualNames: Readonly<Record<string, readonly string[]>> = {
  url: ['base_url'],
  endpoint: ['base_url'],
  api_base: ['base_url'],
  api_key: ['keys'],
  api_keys: ['keys'],
  key: ['api_key'],
  name: ['project_name'],
  models: ['allowed_models'],
  model: ['models', 'allowed_models'],
  webhook: ['notification_webhook'],
  listen: ['port'],
  host: ['port'],
  retries: ['max_retries'],
  cooldown: ['cool_down_minutes'],
  aliases: ['auto_models'],
  projects: ['project_auth'],
  providers: ['upstreams'],
}

/** The section that has a setting of this name; '' for the top level, null for none. */
function sectionOf(root: z.core.$ZodType, key: string): string | null {
  if (!(root instanceof z.ZodObject)) return null
  for (const [section, schema] of Object.entries(root.shape)) {
    if (section === key) return ''
    const inner = mappingWithin(schema)
    if (inner !== null && key in inner.shape) return section
  }
  return null
}

function mappingWithin(schema: z.core.$ZodType): z.ZodObject | null {
  if (schema instanceof z.ZodObject) return schema
  if (schema instanceof z.ZodArray) return mappingWithin(schema.element)
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return mappingWithin(schema.unwrap())
  return null
}

// Levenshtein's distance, one row at a time.
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1]
      const replace = (previous[column - 1] ?? 0) + (isSame ? 0 : 1)
      current.push(Math.min(replace, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[right.length] ?? 0
}
