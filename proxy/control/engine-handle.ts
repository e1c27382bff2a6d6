/**
 * What the control plane needs of the engine, as an interface: `control/` never sees the engine itself, so it can be
 * tested without one and moved behind a process boundary. `proxy/engine-handle.ts` builds it from an `Engine`.
 */
import type {
  ConfigDiagnostic,
  EngineEvent,
  EngineStatus,
  ExplainStep,
  ModelEntry,
  NoticeResult,
  RequestRecord,
  Revision,
} from '../contract.ts'
import type { Logger } from '../log.ts'

export interface EngineHandle {
  readonly configPath: string
  readonly dataFolder: string
  readonly backupFolder: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  /** Of messages that the user reads. */
  language(): 'zh' | 'en'
  status(): EngineStatus
  /** Returns the way out. */
  subscribe(listener: (event: EngineEvent) => void): () => void

  /** `server.console` of the running config. */
  consoleSettings(): { readonly enabled: boolean | null; readonly allowedHosts: readonly string[] }
  /** The config that runs, as it was written; null before the first. */
  appliedConfig(): { readonly text: string; readonly revision: Revision } | null
  /** Puts the file to work; `force` also when it is what runs already. */
  reload(options: { readonly force: boolean }): Promise<ReloadOutcome>
  /** Every secret of the running config, to be taken out of texts. */
  secrets(): readonly string[]
  /** The id of a key in states and records. */
  readonly keyIdOf: (secret: string) => string

  /** Newest first; at most `limit`, older than `beforeId` when given. */
  listRequests(limit: number, beforeId: string | null): readonly RequestRecord[]
  findRequest(id: string): StoredRequest | null
  /** The key of an enabled project; null when there is none of this name. */
  projectKey(project: string): string | null

  /** False when the upstream has no such key. */
  resetKey(upstream: string, keyId: string): boolean
  listModels(): readonly ModelEntry[]
  /** Null when there is no such project. */
  listProjectModels(project: string): readonly string[] | null
  matchModels(allowedModels: readonly string[]): readonly string[]
  explainRoute(model: string, project: string | null): readonly ExplainStep[]

  /** A way to an upstream that need not be in the config, with the proxy and certificate rules of those that are. */
  openLine(target: LineTarget): OutboundLine
  /** Sends a test notice; redirects are not followed. */
  sendTestNotice(webhookUrl: string): Promise<NoticeResult>
}

export type ReloadOutcome =
  | { readonly kind: 'applied'; readonly revision: Revision; readonly warnings: readonly ConfigDiagnostic[] }
  | { readonly kind: 'unchanged'; readonly revision: Revision }
  | { readonly kind: 'rejected'; readonly diagnostics: readonly ConfigDiagnostic[] }

/** A request with what the console shows only when asked. Nothing here is masked. */
export interface StoredRequest {
  readonly record: RequestRecord
  /** With `?`; '' without. */
  readonly query: string
  /** Name, value, name, value …, as they came. */
  readonly requestHeaders: readonly string[]
  readonly responseHeaders: readonly string[]
  /** Kept while `server.log.bodies` is on. */
  readonly requestBody: Buffer | null
}

export interface LineTarget {
  /** `https://host[:port]`; null for the demo inside the program. */
  readonly origin: string | null
  /** As in the config: a URL, `direct`, or null for the environment's. */
  readonly proxy: string | null
}

export interface OutboundLine {
  /** Sends one request and reads the answer, cut at 8 MB. @throws Error when none comes. */
  request(request: LineRequest): Promise<LineAnswer>
  close(): void
}

export interface LineRequest {
  readonly method: 'GET' | 'POST'
  /** With the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  readonly timeoutMs: number
}

export interface LineAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
  /** Until status and headers had come, ms. */
  readonly headersMs: number
}
