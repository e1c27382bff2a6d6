/** Event → state. Idempotent: an event seen twice, or late, changes nothing. Pure but for `RequestTable`, see there. */
import type { EngineEvent, Notice, RequestRecord } from '../proxy/contract.ts'
import type { TransportState } from './client.ts'
import type { ConfigOutcome, ConsoleState } from './state.ts'

/** Events of the engine, and those of the connection to it. */
export type ConsoleEvent =
  | EngineEvent
  | { readonly type: 'connection'; readonly state: TransportState }
  /** The answer to `listRequests` after a connection was made. */
  | { readonly type: 'requests-loaded'; readonly records: readonly RequestRecord[] }
  | { readonly type: 'requests-failed'; readonly code: string; readonly message: string }

const keptNotices = 50

export function reduce(state: ConsoleState, event: ConsoleEvent): ConsoleState {
  switch (event.type) {
    case 'connection':
      return withConnection(state, event.state)
    case 'status':
      return { ...state, status: event.status }
    case 'requests':
      return withRequests(state, event.records)
    case 'requests-loaded':
      return { ...withRequests(state, event.records), requestsLoaded: true, requestsFailure: null }
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
  return { ...state, connection, connections }
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
