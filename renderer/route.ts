/**
 * Where the user is: `#/requests/req_1?status=failed`. In the fragment, since the console is served under different
 * bases (browser, desktop scheme) and the server needs to know no page.
 *
 * A form with unsaved changes can hold the user back once: see `use-dirty-guard.ts`.
 */
import { useSyncExternalStore } from 'react'
import type { ConfigDiagnostic } from '../proxy/contract.ts'

export const pageIds = ['overview', 'requests', 'upstreams', 'projects', 'models', 'connect', 'settings'] as const
/** Pages that are reached by links on other pages, not by the navigation. */
const linkedPageIds = ['first-run'] as const
export type PageId = (typeof pageIds)[number] | (typeof linkedPageIds)[number]

export interface Route {
  readonly page: PageId
  /** What follows the page: `['req_1']`. */
  readonly rest: readonly string[]
  readonly query: Readonly<Record<string, string>>
}

/** Asked before the user leaves; false keeps them here, and the guard calls `proceed` if they insist. */
export type LeaveGuard = (proceed: () => void) => boolean

/** An unknown page is the overview: an old bookmark must not end in an error. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#?\/?/, '').split('?', 2)
  const [first, ...rest] = path.split('/').filter((part) => part !== '')
  const page = [...pageIds, ...linkedPageIds].find((id) => id === first) ?? 'overview'
  return { page, rest: rest.map(decodePart), query: Object.fromEntries(new URLSearchParams(search)) }
}

/** For `href`: links stay links, so that middle click and "copy address" work. */
export function hrefTo(
  page: PageId,
  rest: readonly string[] = [],
  query: Readonly<Record<string, string>> = {},
): string {
  const path = [page, ...rest].map(encodeURIComponent).join('/')
  const search = new URLSearchParams(query).toString()
  return `#/${path}${search === '' ? '' : `?${search}`}`
}

type Problem = Pick<ConfigDiagnostic, 'line' | 'path'>

/**
 * True of a port or an address that cannot be had. The text is well written, so the problem has no line in it, and the
 * forms are the place to choose another one.
 */
export function isOfListening({ line, path }: Problem): boolean {
  return line === null && path.join('.') === 'server.port'
}

/** Where a problem of the config is mended: in the raw file, at its line where it has one, or in the settings. */
export function hrefOfProblem(problem: Problem | undefined): string {
  if (problem !== undefined && isOfListening(problem)) return hrefTo('settings')
  return hrefTo('settings', ['file'], problem?.line == null ? {} : { line: String(problem.line) })
}

export function navigate(href: string): void {
  location.hash = href
}

/** Changes the address without a step in the history: filters, a selected row. */
export function replaceRoute(href: string): void {
  history.replaceState(history.state, '', href)
  show(location.hash)
}

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, () => shown().route)
}

/** Only one form is on the page at a time, so there is one guard. Returns the function that removes it. */
export function setLeaveGuard(guard: LeaveGuard): () => void {
  leaveGuard = guard
  return () => {
    if (leaveGuard === guard) leaveGuard = null
  }
}

interface Shown {
  readonly hash: string
  readonly route: Route
}

// The route that is shown: while a guard holds the user back, the address is put back to it.
let current: Shown | null = null
/** Of `current` in this tab's history. */
let place = 0
let leaveGuard: LeaveGuard | null = null
const listeners = new Set<() => void>()

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) window.addEventListener('hashchange', handleHashChange)
  listeners.add(listener)
  // The address may have changed before anyone listened.
  show(location.hash)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) window.removeEventListener('hashchange', handleHashChange)
  }
}

function shown(): Shown {
  if (current === null) {
    current = { hash: location.hash, route: parseRoute(location.hash) }
    place = placeHere()
  }
  return current
}

/** Each entry of the history holds its place in it, so that it is known how to go back to another. A new one has none yet. */
function placeHere(): number {
  const state: unknown = history.state
  if (typeof state === 'object' && state !== null && 'place' in state && typeof state.place === 'number') {
    return state.place
  }
  history.replaceState({ place: place + 1 }, '')
  return place + 1
}

function handleHashChange(): void {
  const next = location.hash
  const before = shown()
  const steps = placeHere() - place
  if (next === before.hash) {
    place += steps
    return
  }
  const route = parseRoute(next)
  const leaves = route.page !== before.route.page || route.rest.join('/') !== before.route.rest.join('/')
  if (leaves && leaveGuard !== null) {
    const proceed = () => {
      leaveGuard = null
      history.go(steps)
    }
    if (!leaveGuard(proceed)) {
      // The address bar agrees again with what is shown, and the history has no entry too many.
      history.go(-steps)
      return
    }
  }
  place += steps
  show(next)
}

function show(hash: string): void {
  if (hash === shown().hash) return
  current = { hash, route: parseRoute(hash) }
  for (const listener of listeners) listener()
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    // A lone percent sign typed by hand: take it as it is.
    return part
  }
}
