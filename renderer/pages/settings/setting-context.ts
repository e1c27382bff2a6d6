/** Where in a config a line stands, told by indentation alone: while one types, the text is seldom valid YAML. Pure. */

export interface SettingContext {
  /** Of what holds the line, as in `settingDocs`: '', 'server.timeouts', 'upstreams[]'. */
  readonly parent: string
  /** Names that stand beside it already. */
  readonly siblings: readonly string[]
}

interface Line {
  /** Column of the dash that begins it; null without one. */
  readonly dash: number | null
  /** Column of what follows indentation and dash. */
  readonly column: number
  /** The setting's name when it is `name:`, else ''. */
  readonly name: string
}

/** @param index - of the line in `lines`. */
export function settingContext(lines: readonly string[], index: number): SettingContext {
  const own = readLine(lines[index] ?? '')
  const path: string[] = []
  const siblings: string[] = []
  let { column } = own
  // A list may begin in the column of its own name: then a line in the same column can be its parent.
  let inItem = false
  const enterItem = (dash: number) => {
    path.push('[]')
    column = dash
    inItem = true
  }
  if (own.dash !== null) enterItem(own.dash)
  for (let above = index - 1; above >= 0; above -= 1) {
    const text = lines[above] ?? ''
    if (/^\s*(#|$)/.test(text)) continue
    const line = readLine(text)
    const isParent =
      line.name !== '' && (line.column < column || (inItem && line.dash === null && line.column === column))
    if (isParent) {
      path.push(line.name)
      column = line.column
      inItem = false
      if (line.dash !== null) enterItem(line.dash)
    } else if (!inItem && line.column === column) {
      if (path.length === 0) siblings.push(line.name)
      if (line.dash !== null) enterItem(line.dash)
    }
  }
  if (own.dash === null || own.name !== '') siblings.push(...following(lines, index, own.column))
  const parent = path.toReversed().reduce((known, part) => (part === '[]' ? `${known}[]` : join(known, part)), '')
  return { parent, siblings: siblings.filter((name) => name !== '') }
}

/** Names further down in the same mapping. */
function following(lines: readonly string[], index: number, column: number): readonly string[] {
  const names: string[] = []
  for (const text of lines.slice(index + 1)) {
    if (/^\s*(#|$)/.test(text)) continue
    const line = readLine(text)
    if (line.column < column || line.dash !== null) break
    if (line.column === column) names.push(line.name)
  }
  return names
}

function readLine(text: string): Line {
  const [, indent = '', dashes = '', rest = ''] = /^( *)((?:- *)*)(.*)$/.exec(text) ?? []
  const name = /^["']?([\w.-]+)["']?\s*:(?:\s|$)/.exec(rest)?.[1] ?? ''
  return { dash: dashes === '' ? null : indent.length, column: indent.length + dashes.length, name }
}

function join(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`
}
