/**
 * A YAML document with its source text: where a value begins and ends, and which lines and comments belong to an entry.
 * Edits cut and insert text at these places, so that all else stays as the user wrote it, to the byte.
 */
import { isAlias, isCollection, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Document, Pair, YAMLMap, YAMLSeq } from 'yaml'

/** An entry of a block or flow collection: a pair, or an item of a list with its position. */
export type Entry =
  | { readonly kind: 'pair'; readonly parent: YAMLMap; readonly index: number; readonly pair: Pair }
  | { readonly kind: 'item'; readonly parent: YAMLSeq; readonly index: number }

/** What a path leads to: the value (null for an empty one), and the entry that holds it (null for the root). */
export interface Found {
  readonly node: unknown
  readonly entry: Entry | null
}

export interface Span {
  readonly start: number
  readonly end: number
}

export class YamlText {
  readonly text: string
  readonly document: Document.Parsed
  /** Line end of the file. */
  readonly eol: string
  /** Spaces of one level. */
  readonly step: number

  constructor(text: string) {
    this.text = text
    this.document = parseDocument(text, { keepSourceTokens: true, merge: true, prettyErrors: false, stringKeys: true })
    this.eol = /\r\n/.test(text) ? '\r\n' : '\n'
    this.step = /^( +)[^\s#]/m.exec(text)?.[1]?.length === 4 ? 4 : 2
  }

  /** The value without YAML: aliases resolved, nothing shared. */
  toPlain(): unknown {
    return JSON.parse(JSON.stringify(this.document.toJS({ maxAliasCount: -1 }) ?? null))
  }

  /** Follows a path as far as it exists; `rest` is what is left of it. Stops at an alias: its value lies elsewhere. */
  follow(path: readonly (string | number)[]): { readonly found: Found; readonly rest: readonly (string | number)[] } {
    let found: Found = { node: this.document.contents, entry: null }
    for (const [depth, step] of path.entries()) {
      const next = this.#child(found.node, step)
      if (next === null) return { found, rest: path.slice(depth) }
      found = next
    }
    return { found, rest: [] }
  }

  /** The entries of a collection, in order. */
  entries(collection: YAMLMap | YAMLSeq): Entry[] {
    if (isMap(collection)) {
      return collection.items.map((pair, index) => ({ kind: 'pair', parent: collection, index, pair }))
    }
    return collection.items.map((_, index) => ({ kind: 'item', parent: collection, index }))
  }

  /** Where an entry's key or dash stands; for an item of a flow list, the item itself. */
  startOf(entry: Entry): number {
    if (entry.kind === 'pair') return rangeOf(entry.pair.key).start
    const dash = sourceTokens(entry.parent, entry.index, 'start').find((token) => token.type === 'seq-item-ind')
    return dash?.offset ?? rangeOf(entry.parent.items[entry.index]).start
  }

  /** Just behind an entry's colon or dash: where its value is put when it has none. */
  afterIndicator(entry: Entry): number {
    if (entry.kind === 'item') return this.startOf(entry) + 1
    const colon = sourceTokens(entry.parent, entry.index, 'sep').find((token) => token.type === 'map-value-ind')
    return colon === undefined ? rangeOf(entry.pair.key).end : colon.offset + 1
  }

  /** The end of what an entry says, without comments and white space behind it. */
  endOf(entry: Entry): number {
    const value = entry.kind === 'pair' ? entry.pair.value : entry.parent.items[entry.index]
    if (isEmpty(value)) return this.afterIndicator(entry)
    if (isCollection(value) && !value.flow) {
      // Safe: only maps and lists are collections in YAML.
      const last = this.entries(value as YAMLMap | YAMLSeq).at(-1)
      if (last !== undefined) return this.endOf(last)
    }
    return this.spanOf(value).end
  }

  /** From the first to the last character of a value; a block scalar's last line end is not part of it. */
  spanOf(node: unknown): Span {
    const { start, end } = rangeOf(node)
    return { start, end: start + this.text.slice(start, end).trimEnd().length }
  }

  /**
   * The lines of an entry of a block collection: comments right above it, the entry, and comments below that are
   * indented deeper than it. Ends before the last line end.
   */
  linesOf(entry: Entry): Span {
    const start = this.startOf(entry)
    const column = start - this.lineStart(start)
    let first = this.lineStart(start)
    while (first > 0) {
      const above = this.lineStart(first - 1)
      const indent = commentIndent(this.text.slice(above, this.lineEnd(above)))
      // A deeper comment ends the entry above.
      if (indent === null || indent > column || this.#isWithinEarlier(entry, above)) break
      first = above
    }
    let end = this.lineEnd(this.endOf(entry))
    for (let next = this.nextLine(end); next < this.text.length; next = this.nextLine(next)) {
      const line = this.text.slice(next, this.lineEnd(next))
      const indent = commentIndent(line)
      if (indent !== null && indent > column) end = this.lineEnd(next)
      else if (line.trim() !== '') break
    }
    return { start: first, end }
  }

  /** True when only white space stands before a place on its line. */
  beginsLine(offset: number): boolean {
    return this.text.slice(this.lineStart(offset), offset).trim() === ''
  }

  columnOf(offset: number): number {
    return offset - this.lineStart(offset)
  }

  lineStart(offset: number): number {
    return this.text.lastIndexOf('\n', offset - 1) + 1
  }

  /** The end of a line, before its line end. */
  lineEnd(offset: number): number {
    const end = this.text.indexOf('\n', offset)
    if (end === -1) return this.text.length
    return end > 0 && this.text[end - 1] === '\r' && end - 1 >= offset ? end - 1 : end
  }

  /** The start of the next line; the text's length when there is none. */
  nextLine(offset: number): number {
    const end = this.text.indexOf('\n', offset)
    return end === -1 ? this.text.length : end + 1
  }

  // Lines of a block scalar may look like comments.
  #isWithinEarlier(entry: Entry, offset: number): boolean {
    const earlier = entry.index === 0 ? undefined : this.entries(entry.parent)[entry.index - 1]
    return earlier !== undefined && offset < this.endOf(earlier)
  }

  #child(node: unknown, step: string | number): Found | null {
    if (isMap(node)) {
      const index = node.items.findIndex((pair) => isScalar(pair.key) && String(pair.key.value) === String(step))
      const pair = node.items[index]
      return pair === undefined ? null : { node: pair.value, entry: { kind: 'pair', parent: node, index, pair } }
    }
    if (!isSeq(node) || typeof step !== 'number' || step < 0 || step >= node.items.length) return null
    return { node: node.items[step], entry: { kind: 'item', parent: node, index: step } }
  }
}

/** True for a value that isn't written: "key:" or "-" with nothing behind it. */
export function isEmpty(node: unknown): boolean {
  if (node === null || node === undefined) return true
  return isScalar(node) && node.value === null && (node.source ?? '') === ''
}

/** True for an empty value, and for one that says null. */
export function isNull(node: unknown): boolean {
  return isEmpty(node) || (isScalar(node) && node.value === null)
}

export function isFlow(entry: Entry): boolean {
  return entry.parent.flow === true
}

function rangeOf(node: unknown): Span {
  const range = isScalar(node) || isAlias(node) || isCollection(node) ? node.range : null
  return { start: range?.[0] ?? 0, end: range?.[1] ?? 0 }
}

function commentIndent(line: string): number | null {
  const match = /^(\s*)#/.exec(line)
  return match === null ? null : (match[1]?.length ?? 0)
}

interface SourceToken {
  readonly type: string
  readonly offset: number
}

// Kept by `keepSourceTokens`: the parts of the text around an entry's key and value.
function sourceTokens(collection: YAMLMap | YAMLSeq, index: number, part: 'start' | 'sep'): readonly SourceToken[] {
  const token = collection.srcToken
  if (token === undefined || !('items' in token)) return []
  return token.items[index]?.[part] ?? []
}
