/** The edits of the forms on plain values: what a text edit must come to, whatever the text looks like. */
import type { ConfigEdit } from '../contract.ts'
import { isMapping } from './yaml-render.ts'

export type PlainResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: 'not_found' | 'exists' }

const notFound = { ok: false, reason: 'not_found' } as const

/** Applies one edit to a plain value, which stays as it is. Missing parents are made for `set` and `insert`. */
export function editPlain(value: unknown, edit: ConfigEdit): PlainResult {
  const root: unknown = structuredClone(value)
  switch (edit.op) {
    case 'set':
      return change(root, edit.path, () => ({ ok: true, value: withoutUndefined(edit.value) }))
    case 'insert':
      return change(root, edit.path, (list) => {
        const items = list === undefined || list === null ? [] : list
        if (!Array.isArray(items) || edit.index < 0 || edit.index > items.length) return notFound
        return { ok: true, value: items.toSpliced(edit.index, 0, withoutUndefined(edit.value)) }
      })
    case 'move':
      return change(root, edit.path, (list) => {
        const isWithin = (index: number) => Array.isArray(list) && index >= 0 && index < list.length
        if (!Array.isArray(list) || !isWithin(edit.from) || !isWithin(edit.to)) return notFound
        return { ok: true, value: list.toSpliced(edit.from, 1).toSpliced(edit.to, 0, list[edit.from]) }
      })
    case 'delete':
      return changeParent(root, edit.path, (parent, step) => {
        if (Array.isArray(parent) && typeof step === 'number') parent.splice(step, 1)
        else if (isMapping(parent)) delete parent[step]
        return null
      })
    case 'rename':
      return changeParent(root, edit.path, (parent, step) => {
        if (!isMapping(parent) || !Object.hasOwn(parent, step)) return 'not_found'
        if (edit.to !== step && Object.hasOwn(parent, edit.to)) return 'exists'
        const pairs = Object.entries(parent).map(([key, item]) => [key === step ? edit.to : key, item])
        for (const key of Object.keys(parent)) delete parent[key]
        Object.assign(parent, Object.fromEntries(pairs))
        return null
      })
    default:
      return edit satisfies never
  }
}

function change(value: unknown, path: ConfigEdit['path'], next: (value: unknown) => PlainResult): PlainResult {
  const [step, ...rest] = path
  if (step === undefined) return next(value)
  if (typeof step === 'number') {
    const list = value === undefined || value === null ? [] : value
    if (!Array.isArray(list) || step < 0 || step > list.length) return notFound
    const inner = change(list[step], rest, next)
    return inner.ok ? { ok: true, value: list.toSpliced(step, 1, inner.value) } : inner
  }
  const mapping = value === undefined || value === null ? {} : value
  if (!isMapping(mapping)) return notFound
  const inner = change(mapping[step], rest, next)
  return inner.ok ? { ok: true, value: { ...mapping, [step]: inner.value } } : inner
}

function changeParent(
  root: unknown,
  path: ConfigEdit['path'],
  apply: (parent: unknown, step: string | number) => 'not_found' | 'exists' | null,
): PlainResult {
  let parent = root
  for (const step of path.slice(0, -1)) {
    if (typeof parent !== 'object' || parent === null) return { ok: true, value: root }
    parent = Reflect.get(parent, step)
  }
  const last = path.at(-1)
  if (last === undefined) return notFound
  const reason = apply(parent, last)
  return reason === null ? { ok: true, value: root } : { ok: false, reason }
}

function withoutUndefined(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value))
}
