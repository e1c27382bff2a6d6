/**
 * From text to plain values with their places. Comes in: the text of a config. Goes out: values as written (numbers
 * and booleans still as text, the schema decides what they are), where each stands, and problems of the YAML itself.
 * `yaml`'s own messages quote source lines, which may hold keys, so only its codes and offsets are used.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Document, Pair, YAMLError } from 'yaml'

export type Path = readonly (string | number)[]

/** 1-based. */
export interface Place {
  readonly line: number
  readonly column: number
}

export interface YamlProblem {
  readonly code: string
  readonly place: Place
}

export interface ConfigDocument {
  readonly document: Document.Parsed
  /** Mappings are objects without prototype; scalars are texts as written, or null. */
  readonly value: unknown
  readonly errors: readonly YamlProblem[]
  readonly warnings: readonly YamlProblem[]
  /** False when the structure itself is in doubt, so that findings about settings would mislead. */
  readonly isReadable: boolean
  /** Place of a value, or of its key; of the nearest parent when it doesn't exist. */
  place(path: Path, of: 'value' | 'key'): Place
}

// Far above any real config; stops aliases that multiply ("billion laughs") and aliases within themselves.
const maxNodes = 100_000
const maxDepth = 100

/** Reads YAML text of one document. Never throws on any text. */
export function readDocument(text: string): ConfigDocument {
  // Offsets count from after a byte order mark, as editors' columns do.
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, merge: true, prettyErrors: false, stringKeys: true })
  const placeAt = (offset: number): Place => {
    const position = lines.linePos(offset)
    return { line: Math.max(1, position.line), column: Math.max(1, position.col) }
  }
  const problem = (error: YAMLError): YamlProblem => {
    // A line that is indented too far reads as the second line of the value above, with a colon in it.
    const isContinued = error.code === 'BLOCK_AS_IMPLICIT_KEY' && hasErrorAt('MULTILINE_IMPLICIT_KEY', error.pos[0])
    if (isContinued) return { code: 'yaml_indent', place: placeAt(nextLineStart(source, error.pos[0])) }
    return { code: codeOf(error), place: placeAt(error.pos[0]) }
  }
  const hasErrorAt = (code: string, offset: number) =>
    document.errors.some((error) => error.code === code && error.pos[0] === offset)
  const errors = oneForEachLine(document.errors.map(problem))
  // Only a repeated key leaves the rest of the structure beyond doubt.
  const isReadable = document.errors.every((error) => error.code === 'DUPLICATE_KEY')
  const walk = new Walk(document)
  const value = isReadable ? walk.read(document.contents, [], 0) : null
  for (const { code, offset } of walk.problems) errors.push({ code, place: placeAt(offset) })

  return {
    document,
    value,
    errors,
    warnings: document.warnings.map((warning) => ({ code: 'yaml_tag', place: placeAt(warning.pos[0]) })),
    isReadable: isReadable && walk.problems.length === 0,
    place(path, of) {
      for (let length = path.length; length > 0; length -= 1) {
        const offsets = walk.offsets.get(JSON.stringify(path.slice(0, length)))
        if (offsets === undefined) continue
        const isExact = length === path.length
        const offset = isExact && of === 'key' ? (offsets.key ?? offsets.value) : (offsets.value ?? offsets.key)
        if (offset !== null) return placeAt(offset)
      }
      return placeAt(walk.start)
    },
  }
}

/** One pass over the nodes; `offsets` grows as they are read. */
class Walk {
  readonly offsets = new Map<string, { readonly key: number | null; readonly value: number | null }>()
  readonly start: number
  readonly problems: { readonly code: string; readonly offset: number }[] = []
  readonly #document: Document.Parsed
  #nodes = 0

  constructor(document: Document.Parsed) {
    this.#document = document
    this.start = document.contents?.range[0] ?? 0
  }

  read(node: unknown, path: Path, depth: number): unknown {
    this.#nodes += 1
    if (this.#nodes > maxNodes || depth > maxDepth) return this.#refuse('yaml_too_many_aliases', node)
    if (isAlias(node)) {
      const source = node.resolve(this.#document)
      return source === undefined ? this.#refuse('yaml_unknown_anchor', node) : this.read(source, path, depth + 1)
    }
    if (isMap(node)) {
      const mapping = emptyMapping()
      for (const pair of node.items) if (!isMergePair(pair)) this.#readPair(mapping, pair, path, depth)
      // A mapping's own keys win over merged ones, wherever `<<` stands.
      for (const pair of node.items) if (isMergePair(pair)) this.#merge(mapping, pair.value, path, depth)
      return mapping
    }
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        const itemPath = [...path, index]
        this.offsets.set(JSON.stringify(itemPath), { key: null, value: startOf(item) })
        return this.read(item, itemPath, depth + 1)
      })
    }
    if (!isScalar(node) || node.value === null) return null
    return typeof node.value === 'string' ? node.value : (node.source ?? JSON.stringify(node.value))
  }

  #readPair(mapping: Record<string, unknown>, pair: Pair, path: Path, depth: number): void {
    const key = isScalar(pair.key) ? String(pair.key.value) : null
    if (key === null || Object.hasOwn(mapping, key)) return
    const isEmpty = isScalar(pair.value) && pair.value.value === null
    const valuePath = [...path, key]
    this.offsets.set(JSON.stringify(valuePath), {
      key: startOf(pair.key),
      value: isEmpty ? null : startOf(pair.value),
    })
    mapping[key] = this.read(pair.value, valuePath, depth + 1)
  }

  #merge(mapping: Record<string, unknown>, node: unknown, path: Path, depth: number): void {
    if (depth > maxDepth) return
    const source = isAlias(node) ? node.resolve(this.#document) : node
    if (source === undefined) this.#refuse('yaml_unknown_anchor', node)
    if (isSeq(source)) for (const item of source.items) this.#merge(mapping, item, path, depth + 1)
    if (!isMap(source)) return
    for (const pair of source.items) {
      if (isMergePair(pair)) this.#merge(mapping, pair.value, path, depth + 1)
      else this.#readPair(mapping, pair, path, depth)
    }
  }

  #refuse(code: string, node: unknown): null {
    if (!this.problems.some((known) => known.code === code)) this.problems.push({ code, offset: startOf(node) ?? 0 })
    return null
  }
}

// Safe: an object without prototype is the plainest record, so a key called "__proto__" is an ordinary key.
const emptyMapping = () => Object.create(null) as Record<string, unknown>

function isMergePair(pair: Pair): boolean {
  return isScalar(pair.key) && pair.key.source === '<<' && pair.key.type === 'PLAIN'
}

function startOf(node: unknown): number | null {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? null) : null
}

function nextLineStart(source: string, offset: number): number {
  const line = source.indexOf('\n', offset) + 1
  return line + (/^ */.exec(source.slice(line))?.[0].length ?? 0)
}

// A slip confuses the parser for the rest of its line, sometimes for the lines after it.
function oneForEachLine(problems: readonly YamlProblem[]): YamlProblem[] {
  const kept: YamlProblem[] = []
  for (const problem of problems) {
    const last = kept.at(-1)
    const isEcho = last !== undefined && (problem.place.line <= last.place.line || problem.code === 'yaml_syntax')
    if (!isEcho) kept.push(problem)
  }
  return kept
}

/** Our code for one of the parser's. Its English text tells some cases apart but is never shown. */
function codeOf(error: YAMLError): string {
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return 'yaml_tab'
    case 'BAD_INDENT':
      return error.message.startsWith('Flow') ? 'yaml_bracket' : 'yaml_indent'
    case 'DUPLICATE_KEY':
      return 'yaml_duplicate_key'
    case 'MULTIPLE_DOCS':
      return 'yaml_multiple_documents'
    case 'BAD_ALIAS':
      return 'yaml_unknown_anchor'
    case 'BAD_DQ_ESCAPE':
      return 'yaml_escape'
    case 'MISSING_CHAR':
      return missingCharacterCode(error.message)
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'yaml_nested_mapping'
    case 'MULTILINE_IMPLICIT_KEY':
      return 'yaml_missing_colon'
    case 'BAD_SCALAR_START':
      return 'yaml_scalar_start'
    case 'RESOURCE_EXHAUSTION':
      return 'yaml_too_many_aliases'
    default:
      return 'yaml_syntax'
  }
}

function missingCharacterCode(message: string): string {
  if (message.includes('quote')) return 'yaml_quote'
  if (message.includes('flow sequence items')) return 'yaml_comma'
  if (message.includes('- indicator')) return 'yaml_indent'
  return 'yaml_syntax'
}
