/** What the console knows of the engine. Everything in it came by an event or by the fetch that follows a connection. */
import type { ConfigDiagnostic, EngineStatus, Notice, Revision } from '../proxy/contract.ts'
import type { TransportState } from './client.ts'
import { RequestTable } from './request-table.ts'

/** What became of the newest config text. */
export type ConfigOutcome =
  | {
      readonly kind: 'applied'
      readonly revision: Revision
      readonly tookMs: number
      readonly warnings: readonly ConfigDiagnostic[]
    }
  | { readonly kind: 'rejected'; readonly diagnostics: readonly ConfigDiagnostic[] }

export interface ConsoleState {
  readonly connection: 'connecting' | TransportState
  /** How often the connection was made; what is fetched by call is fetched again when it rises. */
  readonly connections: number
  /** Null until the first answer. */
  readonly status: EngineStatus | null
  readonly requests: RequestTable
  /**
   * From here on (epoch ms of the start) all requests are in `requests`; the engine knows older ones. Null when it knows
   * none, or nothing was fetched yet.
   */
  readonly requestsFrom: number | null
  /** Until what came during broken connections is fetched: the start of the newest request from before. Else null. */
  readonly requestsMissedAfter: number | null
  /** False until the records from before this page have been fetched. */
  readonly requestsLoaded: boolean
  /** Why they could not be fetched; null when they were, or while that runs. */
  readonly requestsFailure: { readonly code: string; readonly message: string } | null
  /** Of the file on disk, as last heard; undefined until something was heard, null when the file is gone. */
  readonly diskRevision: Revision | null | undefined
  readonly configOutcome: ConfigOutcome | null
  /** Newest last, the last 50. */
  readonly notices: readonly Notice[]
}

export function initialState(): ConsoleState {
  return {
    connection: 'connecting',
    connections: 0,
    status: null,
    requests: RequestTable.empty(),
    requestsFrom: null,
    requestsMissedAfter: null,
    requestsLoaded: false,
    requestsFailure: null,
    diskRevision: undefined,
    configOutcome: null,
    notices: [],
  }
}
