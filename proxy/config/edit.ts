/**
 * Edits of the forms, done in the text of the config: comments, order, quotes, blank lines and line ends stay, and no
 * line changes that doesn't belong to the edit. Every result is parsed again and compared with the same edit done on
 * plain values; what can't be written safely is refused, so a form never damages a file.
 */
import { isDeepStrictEqual } from 'node:util'
import { isAlias, isCollection, isMap, isSeq } from 'yaml'
import type { YAMLMap, YAMLSeq } from 'yaml'
import type { ConfigEdit } from '../contract.ts'
import { editPlain } from './edit-plain.ts'
import {
  commentBehind,
  deleteLines,
  hasBlankLineBetween,
  holderOf,
  insertLines,
  lineBreakBefore,
  linesOfAll,
  quotingOf,
  splice,
  usualQuoting,
} from './yaml-cut.ts'
import { isMapping, renderBlock, renderInline, renderText, wantsBlock } from './yaml-render.ts'
import { isEmpty, isFlow, isNull, YamlText } from './yaml-text.ts'
import type { Entry, Found } from './yaml-text.ts'

/** `invalid`: the text isn't YAML. `not_found`, `exists`: of the path or new name. `unsupported`: use the editor. */
export type EditRefusal = 'invalid' | 'not_found' | 'exists' | 'unsupported'

export type EditResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: EditRefusal }

/** Applies edits one after the other; all or none. */
export function applyEdits(text: string, edits: readonly ConfigEdit[]): EditResult {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : ''
  let current = text.slice(mark.length)
  for (const edit of edits) {
    const result = applyOne(current, edit)
    if (!result.ok) return result
    current = result.text
  }
  return { ok: true, text: mark + current }
}

/** The text can't be edited safely here; the edit itself makes sense, `editPlain` has checked that. */
class Unsupported extends Error {}

function applyOne(text: string, edit: ConfigEdit): EditResult {
  const source = new YamlText(text)
  if (source.document.errors.length > 0) return { ok: false, reason: 'invalid' }
  const expected = editPlain(source.toPlain(), edit)
  if (!expected.ok) return { ok: false, reason: expected.reason }
  try {
    const edited = write(text, edit)
    const result = new YamlText(edited)
    const isRight = result.document.errors.length === 0 && isDeepStrictEqual(result.toPlain(), expected.value)
    return isRight ? { ok: true, text: edited } : { ok: false, reason: 'unsupported' }
  } catch (error) {
    if (error instanceof Unsupported) return { ok: false, reason: 'unsupported' }
    throw error
  }
}

function write(text: string, edit: ConfigEdit): string {
  const source = new YamlText(text)
  if (source.document.errors.length > 0) refuse()
  const { found, rest } = source.follow(edit.path)
  if (edit.op === 'set') return setValue(source, edit.path, edit.value)
  if (edit.op === 'insert') return insertValue(source, edit)
  // Not there, or there only through an anchor that others share.
  if (rest.length > 0) return edit.op === 'delete' ? text : refuse()
  switch (edit.op) {
    case 'delete':
      return found.entry === null ? refuse() : deleteEntry(source, found.entry)
    case 'move':
      return isSeq(found.node) ? moveItem(source, found.node, edit.from, edit.to) : refuse()
    case 'rename':
      return renameEntry(source, found.entry, edit.to)
    default:
      return edit satisfies never
  }
}

function refuse(): never {
  throw new Unsupported()
}

// ---- Set ----

function setValue(source: YamlText, path: ConfigEdit['path'], value: unknown): string {
  const { found, rest } = source.follow(path)
  if (rest.length > 0) return addMissing(source, found, rest, value)
  const { node } = found
  const current: unknown = isAlias(node) || !isCollection(node) ? undefined : node.toJS(source.document)
  if (isMap(node) && node.items.length > 0 && isMapping(value) && isMapping(current)) {
    return setMapping(source.text, path, current, value)
  }
  if (isSeq(node) && node.items.length > 0 && Array.isArray(value) && Array.isArray(current)) {
    return setList(source.text, path, current, value)
  }
  return replaceValue(source, found, value)
}

/** Only the pairs that differ are touched. */
function setMapping(
  text: string,
  path: ConfigEdit['path'],
  current: Record<string, unknown>,
  value: Record<string, unknown>,
): string {
  let edited = text
  // Added before others go, so that the mapping is never empty in between.
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined || isDeepStrictEqual(current[key], item)) continue
    edited = write(edited, { op: 'set', path: [...path, key], value: item })
  }
  for (const key of Object.keys(current)) {
    if (value[key] === undefined) edited = write(edited, { op: 'delete', path: [...path, key] })
  }
  return edited
}

/** Items that are the same at both ends of the list stay; those between are set, inserted or deleted. */
function setList(
  text: string,
  path: ConfigEdit['path'],
  current: readonly unknown[],
  value: readonly unknown[],
): string {
  const shorter = Math.min(current.length, value.length)
  let start = 0
  while (start < shorter && isDeepStrictEqual(current[start], value[start])) start += 1
  let tail = 0
  while (tail < shorter - start && isDeepStrictEqual(current.at(-1 - tail), value.at(-1 - tail))) tail += 1
  const [oldEnd, newEnd] = [current.length - tail, value.length - tail]
  let edited = text
  for (let index = start; index < Math.min(oldEnd, newEnd); index += 1) {
    edited = write(edited, { op: 'set', path: [...path, index], value: value[index] })
  }
  for (let index = oldEnd; index < newEnd; index += 1) {
    edited = write(edited, { op: 'insert', path, index, value: value[index] })
  }
  for (let index = oldEnd - 1; index >= newEnd; index -= 1)
    edited = write(edited, { op: 'delete', path: [...path, index] })
  return edited
}

function addMissing(source: YamlText, found: Found, rest: ConfigEdit['path'], value: unknown): string {
  const [step = '', ...deeper] = rest
  const inner = deeper.reduceRight<unknown>(
    (content, name) => (typeof name === 'number' ? [content] : { [name]: content }),
    value,
  )
  if (isMap(found.node) && found.node.items.length > 0) return addPair(source, found.node, String(step), inner)
  if (isSeq(found.node) && found.node.items.length > 0) return insertItem(source, found.node, Number(step), inner)
  if (!isNull(found.node) && !isCollection(found.node)) return refuse()
  return replaceValue(source, found, typeof step === 'number' ? [inner] : { [step]: inner })
}

function addPair(source: YamlText, map: YAMLMap, key: string, value: unknown): string {
  const last = source.entries(map).at(-1)
  if (last === undefined || last.kind !== 'pair') return refuse()
  const name = renderText(key, quotingOf(last.pair.key, 'plain'))
  const quoting = quotingOf(last.pair.value, usualQuoting(source))
  if (isFlow(last)) return addToFlow(source, last, `${name}: ${renderInline(value, quoting)}`)
  const indent = ' '.repeat(source.columnOf(source.startOf(last)))
  const block = wantsBlock(value) ? renderBlock(value, indent + ' '.repeat(source.step), source.step, quoting) : null
  const lines = block === null ? [`${indent}${name}: ${renderInline(value, quoting)}`] : [`${indent}${name}:`, ...block]
  return insertLines(source, source.linesOf(last).end, lines)
}

/** Puts another value in the place of one; key, dash and the comments around them stay. */
function replaceValue(source: YamlText, found: Found, value: unknown): string {
  const { node, entry } = found
  const { text } = source
  if (entry === null) return replaceRoot(source, node, value)
  const quoting = quotingOf(node, usualQuoting(source))
  const after = source.afterIndicator(entry)
  if (isCollection(node) && !node.flow && node.items.length > 0) {
    const inline = renderInline(value, quoting)
    if (entry.kind === 'item')
      return splice(text, { start: source.spanOf(node).start, end: source.endOf(entry) }, inline)
    // Safe: only maps and lists are collections in YAML.
    const { start, end } = linesOfAll(source, node as YAMLMap | YAMLSeq)
    return `${text.slice(0, after)} ${inline}${text.slice(after, lineBreakBefore(text, start))}${text.slice(end)}`
  }
  const span = isEmpty(node) ? { start: after, end: after } : source.spanOf(node)
  if (entry.kind === 'pair' && !isFlow(entry) && wantsBlock(value)) {
    const column = source.columnOf(source.startOf(entry)) + source.step
    const lines = renderBlock(value, ' '.repeat(column), source.step, quoting)
    const emptied = splice(text, { start: after, end: span.end }, '')
    return insertLines(new YamlText(emptied), new YamlText(emptied).lineEnd(after), lines)
  }
  const isTight = isEmpty(node) && (!isFlow(entry) || entry.kind === 'pair')
  return splice(text, span, `${isTight ? ' ' : ''}${renderInline(value, quoting)}`)
}

function replaceRoot(source: YamlText, node: unknown, value: unknown): string {
  const lines = wantsBlock(value)
    ? renderBlock(value, '', source.step, usualQuoting(source))
    : [renderInline(value, 'double')]
  if (!isEmpty(node)) return splice(source.text, source.spanOf(node), lines.join(source.eol))
  const gap = source.text === '' || source.text.endsWith('\n') ? '' : source.eol
  return `${source.text}${gap}${lines.join(source.eol)}${source.eol}`
}

// ---- Insert ----

function insertValue(source: YamlText, edit: ConfigEdit & { readonly op: 'insert' }): string {
  const { found, rest } = source.follow(edit.path)
  if (rest.length > 0 || isNull(found.node)) return setValue(source, edit.path, [edit.value])
  if (!isSeq(found.node)) return refuse()
  if (found.node.items.length === 0) return replaceValue(source, found, [edit.value])
  return insertItem(source, found.node, edit.index, edit.value)
}

function insertItem(source: YamlText, list: YAMLSeq, index: number, value: unknown): string {
  const entries = source.entries(list)
  const next = entries[index]
  const last = entries.at(-1)
  if (last === undefined || index > entries.length) return refuse()
  const neighbour = next ?? last
  const quoting = quotingOf(list.items[neighbour.index], usualQuoting(source))
  if (isFlow(neighbour)) {
    const inline = renderInline(value, quoting)
    if (next === undefined) return addToFlow(source, last, inline)
    const start = source.startOf(next)
    if (!source.beginsLine(start)) return splice(source.text, { start, end: start }, `${inline}, `)
    const line = source.lineStart(start)
    const indent = source.text.slice(line, start)
    return splice(source.text, { start: line, end: line }, `${indent}${inline},${source.eol}`)
  }
  const dash = source.startOf(neighbour)
  if (!source.beginsLine(dash)) return refuse()
  const lines = renderBlock([value], ' '.repeat(source.columnOf(dash)), source.step, quoting)
  const isSpaced = hasBlankLineBetween(source, entries)
  if (next === undefined) return insertLines(source, source.linesOf(last).end, isSpaced ? ['', ...lines] : lines)
  const { start } = source.linesOf(next)
  const block = [...lines, ...(isSpaced ? [''] : [])].map((line) => line + source.eol).join('')
  return splice(source.text, { start, end: start }, block)
}

/** Adds behind the last entry of a flow collection, on a line of its own where the others have one. */
function addToFlow(source: YamlText, last: Entry, inline: string): string {
  const { text } = source
  const end = source.endOf(last)
  const start = source.startOf(last)
  const comma = /^\s*,/.exec(text.slice(end))
  const behind = comma === null ? end : end + comma[0].length
  if (!source.beginsLine(start))
    return splice(text, { start: behind, end: behind }, comma === null ? `, ${inline}` : ` ${inline},`)
  const lineEnd = source.lineEnd(behind)
  const indent = text.slice(source.lineStart(start), start)
  const separated = comma === null ? `${text.slice(0, end)},${text.slice(end, lineEnd)}` : text.slice(0, lineEnd)
  return `${separated}${source.eol}${indent}${inline}${comma === null ? '' : ','}${text.slice(lineEnd)}`
}

// ---- Delete, move, rename ----

function deleteEntry(source: YamlText, entry: Entry): string {
  const { parent } = entry
  if (parent.items.length === 1) {
    const holder = holderOf(source, parent)
    return holder === null ? refuse() : replaceValue(source, holder, isMap(parent) ? {} : [])
  }
  if (isFlow(entry)) return deleteFromFlow(source, entry)
  const start = source.startOf(entry)
  if (source.beginsLine(start)) return deleteLines(source, source.linesOf(entry), entry.index === 0)
  // The first pair of a list's item stands behind its dash.
  const next = source.entries(parent)[entry.index + 1]
  if (next === undefined) return refuse()
  const nextStart = source.startOf(next)
  const hasComments =
    source.linesOf(next).start < source.lineStart(nextStart) ||
    source.linesOf(entry).end > source.lineEnd(source.endOf(entry))
  if (!hasComments) return splice(source.text, { start, end: nextStart }, '')
  return splice(
    source.text,
    { start: source.text.slice(0, start).trimEnd().length, end: source.lineEnd(source.endOf(entry)) },
    '',
  )
}

function deleteFromFlow(source: YamlText, entry: Entry): string {
  const { text } = source
  const entries = source.entries(entry.parent)
  const [previous, next] = [entries[entry.index - 1], entries[entry.index + 1]]
  const [start, end] = [source.startOf(entry), source.endOf(entry)]
  const afterComma = end + (/^\s*,/.exec(text.slice(end))?.[0].length ?? 0)
  const hasOwnLine = source.beginsLine(start) && /^\s*(#.*)?$/.test(text.slice(afterComma, source.lineEnd(afterComma)))
  // A comma before the closing bracket is allowed, so the line above needs no change.
  if (hasOwnLine) return deleteLines(source, { start: source.lineStart(start), end: source.lineEnd(afterComma) })
  if (next !== undefined) return splice(text, { start, end: source.startOf(next) }, '')
  return previous === undefined ? refuse() : splice(text, { start: source.endOf(previous), end }, '')
}

function moveItem(source: YamlText, list: YAMLSeq, from: number, to: number): string {
  const entries = source.entries(list)
  if (from === to) return source.text
  const order = entries.map((_, index) => index)
  order.splice(to, 0, ...order.splice(from, 1))
  const isBlock = !isFlow(entries[0] ?? refuse())
  if (isBlock && !entries.every((entry) => source.beginsLine(source.startOf(entry)))) return refuse()
  // What lies between the entries (commas, blank lines) stays; the entries change places with their comments.
  const spans = isBlock
    ? entries.map((entry) => [source.linesOf(entry)])
    : entries.map((entry) => [{ start: source.startOf(entry), end: source.endOf(entry) }, commentBehind(source, entry)])
  let edited = ''
  let offset = 0
  for (const [slot, parts] of spans.entries()) {
    for (const [part, span] of parts.entries()) {
      const moved = spans[order[slot] ?? slot]?.[part] ?? span
      edited += source.text.slice(offset, span.start) + source.text.slice(moved.start, moved.end)
      offset = span.end
    }
  }
  return edited + source.text.slice(offset)
}

function renameEntry(source: YamlText, entry: Entry | null, to: string): string {
  if (entry?.kind !== 'pair') return refuse()
  return splice(source.text, source.spanOf(entry.pair.key), renderText(to, quotingOf(entry.pair.key, 'plain')))
}
