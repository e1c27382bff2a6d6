/** Writes values as YAML the way the file around them is written: quotes, flow or block, indentation. */
import { parseDocument } from 'yaml'

/** How texts are quoted; `plain` means without quotes where that is safe. */
export type Quoting = 'double' | 'single' | 'plain'

/** A value on one line. */
export function renderInline(value: unknown, quoting: Quoting): string {
  if (Array.isArray(value)) return `[${value.map((item) => renderInline(item, quoting)).join(', ')}]`
  if (isMapping(value)) {
    const pairs = entriesOf(value).map(([key, item]) => `${renderText(key, 'plain')}: ${renderInline(item, quoting)}`)
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
  }
  return typeof value === 'string' ? renderText(value, quoting) : JSON.stringify(value ?? null)
}

/** The lines of a collection, each indented; without line end behind the last. */
export function renderBlock(value: unknown, indent: string, step: number, quoting: Quoting): string[] {
  const deeper = indent + ' '.repeat(step)
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      if (!isMapping(item) || entriesOf(item).length === 0) return [`${indent}- ${renderInline(item, quoting)}`]
      const [first = '', ...others] = renderBlock(item, `${indent}  `, step, quoting)
      return [`${indent}- ${first.trimStart()}`, ...others]
    })
  }
  if (!isMapping(value)) return [indent + renderInline(value, quoting)]
  return entriesOf(value).flatMap(([key, item]) => {
    const name = `${indent}${renderText(key, 'plain')}:`
    return wantsBlock(item)
      ? [name, ...renderBlock(item, deeper, step, quoting)]
      : [`${name} ${renderInline(item, quoting)}`]
  })
}

/** True for what reads better on lines of its own: mappings, and lists of them. */
export function wantsBlock(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => isMapping(item) || Array.isArray(item))
  return isMapping(value) && entriesOf(value).length > 0
}

/** A text, key or value, on one line. */
export function renderText(text: string, quoting: Quoting): string {
  if (quoting === 'plain' && isPlainSafe(text)) return text
  if (quoting === 'single' && /^[^\p{C}\u2028\u2029]*$/u.test(text)) return `'${text.replaceAll("'", "''")}'`
  // JSON's strings are YAML's: https://yaml.org/spec/1.2.2/ §5.7 has every escape of JSON.
  return JSON.stringify(text)
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function entriesOf(value: Record<string, unknown>): [string, unknown][] {
  return Object.entries(value).filter(([, item]) => item !== undefined)
}

// Only what is beyond doubt, in flow and block: anything else is quoted.
function isPlainSafe(text: string): boolean {
  if (!/^[\p{L}\p{N}_./](?:[\p{L}\p{N}_./:*@+-]| (?=[\p{L}\p{N}]))*$/u.test(text) || text.endsWith(':')) return false
  const document = parseDocument(`[${text}]`, { prettyErrors: false })
  const read: unknown = document.errors.length === 0 ? document.toJS() : null
  return Array.isArray(read) && read.length === 1 && read[0] === text
}
