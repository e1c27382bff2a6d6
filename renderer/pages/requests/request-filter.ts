/** What the log shows: read from the address, so that a filtered log can be kept as a bookmark, and turned into a test of one record. */
import type { RequestRecord } from '../../../proxy/contract.ts'
import { recordTone } from '../../format.ts'

export const statusFilters = ['running', 'good', 'bad', 'refused', 'gone', 'retried'] as const
export type StatusFilter = (typeof statusFilters)[number]

/** Null or an empty text: not filtered by this. */
export interface RequestFilter {
  readonly text: string
  readonly status: StatusFilter | null
  readonly project: string | null
  /** The name asked for, or one sent upstream. */
  readonly model: string | null
  readonly upstream: string | null
  /** Id of the key. */
  readonly key: string | null
}

export const noFilter: RequestFilter = {
  text: '',
  status: null,
  project: null,
  model: null,
  upstream: null,
  key: null,
}

export function readFilter(query: Readonly<Record<string, string>>): RequestFilter {
  const named = (name: string) => (query[name] === undefined || query[name] === '' ? null : query[name])
  return {
    text: query['q'] ?? '',
    status: statusFilters.find((status) => status === query['status']) ?? null,
    project: named('project'),
    model: named('model'),
    upstream: named('upstream'),
    key: named('key'),
  }
}

/** The opposite of `readFilter`; names without a value are left out. */
export function filterQuery(filter: RequestFilter): Record<string, string> {
  const { text, ...named } = filter
  const entries = Object.entries({ q: text, ...named })
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== ''))
}

export function isFiltered(filter: RequestFilter): boolean {
  return Object.keys(filterQuery(filter)).length > 0
}

/** One test for all of it. Made once for 100,000 records, so what can be prepared is prepared here. */
export function matcherOf(filter: RequestFilter): (record: RequestRecord) => boolean {
  const tests: ((record: RequestRecord) => boolean)[] = []
  const { status, project, model, upstream, key } = filter
  if (status !== null) tests.push((record) => matchesStatus(record, status))
  if (project !== null) tests.push((record) => record.project === project)
  if (model !== null)
    tests.push((record) => record.requestedModel === model || record.attempts.some((tried) => tried.model === model))
  if (upstream !== null) tests.push((record) => record.attempts.some((tried) => tried.upstream === upstream))
  if (key !== null) tests.push((record) => record.attempts.some((tried) => tried.keyId === key))
  const words = filter.text.trim().split(/\s+/).filter(Boolean)
  for (const word of words) {
    // Without lower-case copies of every text: a regular expression ignores case as it goes.
    const pattern = new RegExp(word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'i')
    tests.push((record) => mentions(record, pattern))
  }
  return (record) => tests.every((test) => test(record))
}

function matchesStatus(record: RequestRecord, status: StatusFilter): boolean {
  switch (status) {
    case 'running':
      return record.end === null
    case 'good':
      return recordTone(record) === 'good'
    case 'bad':
      return recordTone(record) === 'bad'
    // By us, or by an upstream whose refusal was passed on: either way the caller's to mend.
    case 'refused':
      return recordTone(record) === 'warning'
    case 'gone':
      return record.end === 'client_gone'
    case 'retried':
      return record.attempts.length > 1
    default:
      status satisfies never
      return true
  }
}

function mentions(record: RequestRecord, pattern: RegExp): boolean {
  const has = (text: string | null) => text !== null && pattern.test(text)
  return (
    has(record.requestedModel) ||
    has(record.project) ||
    has(record.path) ||
    has(record.id) ||
    has(record.errorCode) ||
    has(record.errorMessage) ||
    (record.status !== null && pattern.test(String(record.status))) ||
    has(record.client.userAgent) ||
    has(record.client.address) ||
    record.attempts.some(
      (tried) =>
        has(tried.upstream) ||
        has(tried.model) ||
        has(tried.keyLabel) ||
        has(tried.message) ||
        (tried.status !== null && pattern.test(String(tried.status))),
    )
  )
}
