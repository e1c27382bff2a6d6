/** Event → state. Idempotent: an event seen twice, or late, changes nothing. Pure but for `RequestTable`, see there. */
import type { EngineEvent, Notice, RequestRecord } from '../proxy/contract.ts'
import type { TransportState } from './client.ts'
import type { ConfigOutcome, ConsoleState } from './state.ts'

/** Events of the engine, and those of the connection to it. */
export type ConsoleEvent =
  | EngineEvent
  | { readonly type: 'connection'; readonly state: TransportState }
  /** The answer to `listRequests` after a connection was made. */
  | { readonly type: 'requests-loaded'; readonly records: readonly RequestRecord[]; readonly isAll: boolean }
  /** Records from before the oldest at hand; `isAll`: the engine knows none before these. */
  | { readonly type: 'requests-older'; readonly records: readonly RequestRecord[]; readonly isAll: boolean }
  | { readonly type: 'requests-failed'; readonly code: string; readonly message: string }

const keptNotices = 50

export function reduce(state: ConsoleState, event: ConsoleEvent): ConsoleState {
  switch (event.type) {
    case 'connection':
      return withConnection(state, event.state)
    case 'status':
      return { ...state, status: event.status }
    case 'requests':
      return withRequests(state, withoutStragglers(state, event.records))
    case 'requests-loaded':
      return withLoaded(state, event.records, event.isAll)
    case 'requests-older':
      return {
        ...withRequests(state, event.records),
        requestsFrom: event.isAll ? null : (oldestStart(event.records) ?? state.requestsFrom),
      }
    case 'requests-failed':
      return { ...state, requestsFailure: { code: event.code, message: event.message } }
    case 'config-changed':
      return state.diskRevision === event.revision ? state : { ...state, diskRevision: event.revision }
    case 'config-applied':
      return withOutcome(
        { ...state, diskRevision: event.revision },
        { kind: 'applied', revision: event.revision, tookMs: event.tookMs, warnings: event.warnings },
      )
    case 'config-rejected':
      return withOutcome(state, { kind: 'rejected', diagnostics: event.diagnostics })
    case 'notice':
      return withNotice(state, event.notice)
    default:
      // An engine of another version may send more; what we don't know we don't need.
      event satisfies never
      return state
  }
}

function withConnection(state: ConsoleState, connection: TransportState): ConsoleState {
  if (state.connection === connection) return state
  const connections = state.connections + (connection === 'connected' ? 1 : 0)
  const newest = state.requestsLoaded ? (state.requests.rows.at(-1)?.startedAt ?? null) : null
  const requestsMissedAfter =
    state.connection === 'connected' ? (state.requestsMissedAfter ?? newest) : state.requestsMissedAfter
  return { ...state, connection, connections, requestsMissedAfter }
}

/** What is fetched after a connection joins on to what was there, or takes its place: a list has no holes. */
function withLoaded(state: ConsoleState, records: readonly RequestRecord[], isAll: boolean): ConsoleState {
  const from = oldestStart(records)
  const { requestsMissedAfter: missedAfter } = state
  const isTorn = !isAll && from !== null && missedAfter !== null && from > missedAfter
  const requests = isTorn ? state.requests.startingAt(from) : state.requests
  const isFirst = isTorn || !state.requestsLoaded
  return {
    ...withRequests({ ...state, requests }, records),
    requestsFrom: isAll ? null : isFirst ? from : state.requestsFrom,
    requestsMissedAfter: null,
    requestsLoaded: true,
    requestsFailure: null,
  }
}

/** A long request that began before all that is at hand would tear a hole behind it: it comes when older ones are fetched. */
function withoutStragglers(state: ConsoleState, records: readonly RequestRecord[]): readonly RequestRecord[] {
  const { requestsFrom: from, requests } = state
  if (from === null) return records
  return records.filter(({ id, startedAt }) => startedAt >= from || requests.get(id) !== undefined)
}

function oldestStart(records: readonly RequestRecord[]): number | null {
  return records.reduce<number | null>((oldest, { startedAt }) => Math.min(oldest ?? startedAt, startedAt), null)
}

function withRequests(state: ConsoleState, records: readonly RequestRecord[]): ConsoleState {
  const requests = state.requests.with(records)
  return requests === state.requests ? state : { ...state, requests }
}

function withOutcome(state: ConsoleState, configOutcome: ConfigOutcome): ConsoleState {
  return JSON.stringify(state.configOutcome) === JSON.stringify(configOutcome) ? state : { ...state, configOutcome }
}

function withNotice(state: ConsoleState, notice: Notice): ConsoleState {
  const text = JSON.stringify(notice)
  if (state.notices.some((known) => JSON.stringify(known) === text)) return state
  return { ...state, notices: [...state.notices, notice].slice(-keptNotices) }
}
