/**
 * Cutting and inserting in a document's text, by places and whole lines, and what edits ask about the text around
 * them: blank lines, comments, quotes. Each function gives a new text and leaves meaning to its caller.
 */
import { isMap, isScalar, isSeq } from 'yaml'
import type { YAMLMap, YAMLSeq } from 'yaml'
import type { Quoting } from './yaml-render.ts'
import type { Entry, Found, Span, YamlText } from './yaml-text.ts'

/** Puts `replacement` in the place of a span. */
export function splice(text: string, span: Span, replacement: string): string {
  return text.slice(0, span.start) + replacement + text.slice(span.end)
}

/** Puts whole lines below the one that ends at `lineEnd`. */
export function insertLines(source: YamlText, lineEnd: number, lines: readonly string[]): string {
  const inserted = lines.map((line) => source.eol + line).join('')
  return splice(source.text, { start: lineEnd, end: lineEnd }, inserted)
}

/** Takes out whole lines; of blank lines that then meet, one stays, and none before a first entry. */
export function deleteLines(source: YamlText, lines: Span, isFirst = false): string {
  const { text } = source
  const next = source.nextLine(lines.end)
  const isBlankAt = (start: number) => text.slice(start, source.lineEnd(start)).trim() === ''
  const above = lines.start === 0 ? null : source.lineStart(lines.start - 1)
  const leavesGap = above !== null && (isFirst || isBlankAt(above)) && isBlankAt(next)
  if (next >= text.length)
    return splice(text, { start: leavesGap && !isFirst ? above : lines.start, end: text.length }, '')
  return splice(text, { start: lines.start, end: leavesGap ? source.nextLine(next) : next }, '')
}

/** From the first to the last line of a block collection's entries, their comments included. */
export function linesOfAll(source: YamlText, collection: YAMLMap | YAMLSeq): Span {
  const spans = source.entries(collection).map((entry) => source.linesOf(entry))
  return { start: spans[0]?.start ?? 0, end: spans.at(-1)?.end ?? 0 }
}

/** Where the line end before a line's start begins. */
export function lineBreakBefore(text: string, lineStart: number): number {
  return text.slice(0, lineStart).endsWith('\r\n') ? lineStart - 2 : lineStart - 1
}

/** True where entries are set apart by blank lines. */
export function hasBlankLineBetween(source: YamlText, entries: readonly Entry[]): boolean {
  return entries.some((entry, index) => {
    const previous = entries[index - 1]
    if (previous === undefined) return false
    return /\n\s*\n/.test(source.text.slice(source.endOf(previous), source.startOf(entry)))
  })
}

/** The comment behind an item that has a line of its own; an empty place behind it when there is none. */
export function commentBehind(source: YamlText, entry: Entry): Span {
  const end = source.endOf(entry)
  const afterComma = end + (/^[ \t]*,/.exec(source.text.slice(end))?.[0].length ?? 0)
  const comment = /^[ \t]+#.*/.exec(source.text.slice(afterComma, source.lineEnd(afterComma)))
  return { start: afterComma, end: afterComma + (comment?.[0].length ?? 0) }
}

/** The place that holds a collection. */
export function holderOf(source: YamlText, collection: YAMLMap | YAMLSeq): Found | null {
  const pending: Found[] = [{ node: source.document.contents, entry: null }]
  for (let found = pending.pop(); found !== undefined; found = pending.pop()) {
    if (found.node === collection) return found
    if (!isMap(found.node) && !isSeq(found.node)) continue
    for (const entry of source.entries(found.node)) {
      pending.push({ node: entry.kind === 'pair' ? entry.pair.value : entry.parent.items[entry.index], entry })
    }
  }
  return null
}

/** How a text is quoted; `otherwise` for what is none. */
export function quotingOf(node: unknown, otherwise: Quoting): Quoting {
  if (!isScalar(node) || typeof node.value !== 'string') return otherwise
  switch (node.type) {
    case 'QUOTE_DOUBLE':
      return 'double'
    case 'QUOTE_SINGLE':
      return 'single'
    case 'PLAIN':
      return 'plain'
    default:
      return otherwise
  }
}

/** How most texts of the file are quoted; double where it can't be told. */
export function usualQuoting(source: YamlText): Quoting {
  const counts = { double: 0, single: 0, plain: 0 }
  const visit = (node: unknown): void => {
    if (isMap(node)) for (const pair of node.items) visit(pair.value)
    else if (isSeq(node)) for (const item of node.items) visit(item)
    else if (isScalar(node) && typeof node.value === 'string') counts[quotingOf(node, 'double')] += 1
  }
  visit(source.document.contents)
  if (counts.plain > counts.double + counts.single) return 'plain'
  return counts.single > counts.double ? 'single' : 'double'
}
