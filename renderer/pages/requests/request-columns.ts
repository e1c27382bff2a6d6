/** The columns of the log: which there are, how wide, and which fit when the user has chosen none. */
import { useState } from 'react'

export const columnIds = [
  'time',
  'state',
  'status',
  'model',
  'project',
  'upstream',
  'key',
  'attempts',
  'firstToken',
  'duration',
  'inputTokens',
  'outputTokens',
  'size',
  'path',
  'client',
  'id',
] as const
export type ColumnId = (typeof columnIds)[number]

interface Column {
  readonly minPx: number
  /** Share of what is left over; 0 keeps it at its smallest width. */
  readonly grow: number
}

/** Measured for "Error passed on" with its icon, sixteen figures of a model name, 12 min 05 s. */
const columns: Readonly<Record<ColumnId, Column>> = {
  time: { minPx: 64, grow: 0 },
  state: { minPx: 132, grow: 0.3 },
  status: { minPx: 56, grow: 0 },
  model: { minPx: 136, grow: 1.6 },
  project: { minPx: 84, grow: 0.8 },
  upstream: { minPx: 120, grow: 1.2 },
  key: { minPx: 80, grow: 0.7 },
  attempts: { minPx: 72, grow: 0 },
  firstToken: { minPx: 72, grow: 0 },
  duration: { minPx: 84, grow: 0 },
  inputTokens: { minPx: 52, grow: 0 },
  outputTokens: { minPx: 52, grow: 0 },
  size: { minPx: 80, grow: 0 },
  path: { minPx: 168, grow: 1 },
  client: { minPx: 128, grow: 1 },
  id: { minPx: 128, grow: 1 },
}

export const numericColumns: ReadonlySet<ColumnId> = new Set([
  'status',
  'attempts',
  'firstToken',
  'duration',
  'inputTokens',
  'outputTokens',
  'size',
])

/** Shown without a choice, the most telling first. */
const byImportance: readonly ColumnId[] = [
  'time',
  'state',
  'model',
  'duration',
  'upstream',
  'project',
  'key',
  'firstToken',
  'inputTokens',
  'outputTokens',
]

const gapPx = 12
const edgePx = 32

/** As many of the usual columns as fit, in their usual order. */
export function fittingColumns(widthPx: number): readonly ColumnId[] {
  // One gap less than columns.
  let leftPx = widthPx - edgePx + gapPx
  const fitting = new Set<ColumnId>()
  for (const id of byImportance) {
    leftPx -= columns[id].minPx + gapPx
    if (leftPx < 0) break
    fitting.add(id)
  }
  // A log of times alone tells nothing; then it is better to scroll sideways.
  if (!fitting.has('model')) return ['time', 'state', 'model']
  return columnIds.filter((id) => fitting.has(id))
}

/** For `grid-template-columns`, and the width below which the list scrolls sideways. */
export function gridOf(shown: readonly ColumnId[]): { readonly template: string; readonly minWidthPx: number } {
  const template = shown.map((id) => {
    const { minPx, grow } = columns[id]
    return grow === 0 ? `${minPx}px` : `minmax(${minPx}px, ${grow}fr)`
  })
  const minWidthPx = shown.reduce((sum, id) => sum + columns[id].minPx + gapPx, edgePx - gapPx)
  return { template: template.join(' '), minWidthPx }
}

const storageKey = 'ai-proxy.request-columns'

/** The user's own choice, kept in this browser; null while there is none. */
export function useChosenColumns(): readonly [
  chosen: readonly ColumnId[] | null,
  choose: (next: readonly ColumnId[] | null) => void,
] {
  const [chosen, setChosen] = useState(() => readColumns(localStorage.getItem(storageKey)))
  function choose(next: readonly ColumnId[] | null): void {
    const ordered = next === null ? null : columnIds.filter((id) => next.includes(id))
    if (ordered === null) localStorage.removeItem(storageKey)
    else localStorage.setItem(storageKey, ordered.join(' '))
    setChosen(ordered)
  }
  return [chosen, choose]
}

/** Unknown names, of another version perhaps, are left out. */
export function readColumns(stored: string | null): readonly ColumnId[] | null {
  const named = (stored ?? '').split(' ')
  const known = columnIds.filter((id) => named.includes(id))
  return known.length === 0 ? null : known
}
