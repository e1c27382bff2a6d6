/**
 * The one file that engine and console both know: methods (call) and events (subscribe), all plain JSON,
 * so the same interface runs over Electron IPC and over HTTP. A leaf: it imports nothing.
 *
 * Secrets never stand in these types unmasked; only `revealSecret`, `readConfigText`, `readBackup` and
 * `createKey` return them, because the user asked.
 */

/** Wire protocols of clients and upstreams. `chat` stands for all OpenAI-shaped routes but Responses. */
export type Protocol = 'chat' | 'responses' | 'messages' | 'gemini'

// ---- Config ----

/** One problem in a config, with its place. Texts are chosen by `code`; `message` is the English or Chinese wording of the log. */
export interface ConfigDiagnostic {
  readonly severity: 'error' | 'warning'
  /** Stable, for translation in the console: see `proxy/config/messages.ts`. */
  readonly code: string
  /** Values that the text of `code` mentions; never a secret. */
  readonly params: Readonly<Record<string, string | number>>
  readonly message: string
  /** Where in the config: ['upstreams', 0, 'base_url']. Empty for the whole file. */
  readonly path: readonly (string | number)[]
  /** 1-based; null when the problem has no place in the text (a missing file). */
  readonly line: number | null
  readonly column: number | null
}

/** Identifies a text: a hash of its bytes. */
export type Revision = string

/** What the forms show: the values as they stand in the file (snake_case, defaults not filled in), secrets masked. */
export interface ConfigView {
  readonly path: string
  readonly dataFolder: string
  /** Revision on disk; null when the file is missing or unreadable. */
  readonly revision: Revision | null
  readonly appliedRevision: Revision | null
  readonly writable: boolean
  readonly server: Readonly<Record<string, unknown>>
  readonly upstreams: readonly UpstreamView[]
  readonly projects: readonly ProjectView[]
  /** Of the text on disk. Errors here mean the running config is an older one. */
  readonly diagnostics: readonly ConfigDiagnostic[]
}

export interface UpstreamView {
  /** Position in `upstreams` of the file. */
  readonly index: number
  readonly name: string
  /** All settings but `keys`, as written. `proxy` and `headers` values that hold credentials are masked. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly keys: readonly KeyView[]
}

export interface KeyView {
  readonly index: number
  /** Stable id of the key in states and records: a hash, never the key. */
  readonly keyId: string
  /** The name given to it, else its masked form. */
  readonly label: string
  readonly name: string | null
  readonly masked: string
  readonly enabled: boolean
  /** Set when the file says `${NAME}`. */
  readonly envName: string | null
  readonly envMissing: boolean
}

export interface ProjectView {
  readonly index: number
  readonly name: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly maskedKey: string
  /** Epoch ms until which the previous key still works; null when there is none. */
  readonly previousKeyUntil: number | null
}

/** One change to the YAML document. Paths as in the file; comments and order of all else stay. */
export type ConfigEdit =
  | { readonly op: 'set'; readonly path: readonly (string | number)[]; readonly value: unknown }
  | { readonly op: 'delete'; readonly path: readonly (string | number)[] }
  | {
      readonly op: 'insert'
      readonly path: readonly (string | number)[]
      readonly index: number
      readonly value: unknown
    }
  | { readonly op: 'move'; readonly path: readonly (string | number)[]; readonly from: number; readonly to: number }
  | { readonly op: 'rename'; readonly path: readonly (string | number)[]; readonly to: string }

export type SaveResult =
  /** Written and running. */
  | {
      readonly kind: 'applied'
      readonly revision: Revision
      readonly tookMs: number
      readonly warnings: readonly ConfigDiagnostic[]
    }
  /** Nothing written: the text is not a valid config. */
  | { readonly kind: 'invalid'; readonly diagnostics: readonly ConfigDiagnostic[] }
  /** Nothing written: the file has changed since `baseRevision`. */
  | {
      readonly kind: 'conflict'
      readonly diskText: string
      readonly diskRevision: Revision | null
      readonly yourText: string
    }
  /** Valid, but could not be written or put to work (port taken, read-only file). `written` tells whether the file holds it. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly written: boolean }

export interface ConfigText {
  readonly text: string
  readonly revision: Revision
  readonly diagnostics: readonly ConfigDiagnostic[]
}

export interface ConfigBackup {
  readonly id: string
  readonly savedAt: number
  readonly bytes: number
}

// ---- Requests ----

/** Why a request ended; null while it runs. */
export type RequestEnd = 'done' | 'client_gone' | 'refused' | 'upstream_error' | 'truncated' | 'idle_timeout'

/** What kind of failure an answer is; decides everything that follows it. `timeout` is the caller's: no answer came. */
export type FailureClass =
  | 'key_invalid'
  | 'key_no_access'
  | 'key_exhausted'
  | 'rate_limited'
  | 'overloaded'
  | 'upstream_error'
  | 'timeout'
  | 'request_invalid'
  | 'context_too_long'
  | 'content_blocked'
  | 'model_not_found'

/** How one attempt ended. */
export type AttemptResult = 'pending' | 'answered' | 'client_gone' | 'redirect' | FailureClass

/** One try with one Target and key. */
export interface Attempt {
  readonly upstream: string
  /** The model name sent upstream. */
  readonly model: string
  readonly keyId: string | null
  /** Name or masked form of the key; null for keyless upstreams. */
  readonly keyLabel: string | null
  readonly startedAt: number
  /** Time waited before this attempt (back-off or a key about to return), ms. */
  readonly waitedMs: number
  readonly endedAt: number | null
  /** Status of the upstream's answer; null when none came. */
  readonly status: number | null
  readonly result: AttemptResult
  /** The provider's own words or the connection error, keys redacted; null when it answered well. */
  readonly message: string | null
  readonly upstreamRequestId: string | null
}

/** Tokens of one request as the upstream reported them. */
export interface TokenUsage {
  /** All input, cached input included. */
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  /** All billed output, reasoning included. */
  readonly outputTokens: number
  readonly reasoningTokens: number
  readonly vendorCostUsd: number | null
  readonly source: 'reported' | 'estimated'
}

export interface RequestRecord {
  readonly id: string
  /** Rises with every change of this record, so that late or doubled events are harmless. */
  readonly seq: number
  readonly startedAt: number
  readonly endedAt: number | null
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly protocol: Protocol | null
  readonly project: string | null
  readonly requestedModel: string | null
  readonly stream: boolean
  /** Status sent to the client; null until headers are out. */
  readonly status: number | null
  readonly end: RequestEnd | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
  /** First content-bearing event (or the answer's first byte), ms after `startedAt`. */
  readonly firstTokenMs: number | null
  readonly requestBytes: number
  readonly responseBytes: number
  readonly usage: TokenUsage | null
  readonly attempts: readonly Attempt[]
  readonly client: { readonly address: string; readonly userAgent: string | null }
}

export interface RequestDetails {
  readonly record: RequestRecord
  /** Secrets masked. Empty once they are let go: the 300 requests that ended last and those that failed keep theirs. */
  readonly requestHeaders: readonly (readonly [name: string, value: string])[]
  readonly responseHeaders: readonly (readonly [name: string, value: string])[]
  /** Kept only while `server.log.bodies` is on and the body was small enough; null otherwise. */
  readonly requestBody: string | null
}

// ---- State ----

export interface KeyStatus {
  readonly keyId: string
  readonly label: string
  readonly state: 'ready' | 'paused' | 'refused' | 'exhausted' | 'disabled'
  /** End of the pause, epoch ms; null when not paused. */
  readonly until: number | null
  /** True when no provider stated the pause: it orders keys and never refuses. */
  readonly guessed: boolean
  readonly reason: string | null
  /** Models that only this key is paused for. */
  readonly models: readonly { readonly model: string; readonly until: number; readonly reason: string }[]
  readonly lastUsedAt: number | null
  readonly requests: number
  readonly failures: number
}

export interface UpstreamStatus {
  readonly name: string
  readonly enabled: boolean
  readonly provider: string
  readonly baseUrl: string
  readonly isLocal: boolean
  /** False where it answers without a key: local servers, the demo, a credential among its headers. */
  readonly needsKey: boolean
  readonly speaks: readonly Protocol[]
  /** closed: normal; open: put last after failures in a row; half-open: one probe is on its way. */
  readonly breaker: 'closed' | 'open' | 'half-open'
  readonly breakerUntil: number | null
  /** What the newest failure said; null where there was none, or where only the connection failed. */
  readonly lastError: string | null
  readonly lastErrorAt: number | null
  /** When it last answered anything at all, a refusal of ours included; null for never. */
  readonly lastAnswerAt: number | null
  readonly activeRequests: number
  readonly keys: readonly KeyStatus[]
  /** Found by discovery; null until it has run or where it isn't needed. */
  readonly discoveredModels: number | null
}

export interface TrafficStats {
  /** Over the last `windowSeconds`. */
  readonly windowSeconds: number
  readonly requests: number
  /** Share of finished requests that ended well (client's own mistakes and leaving aside), 0 to 1; null without any. */
  readonly success: number | null
  /** Times are those of good answers, the newest 4096 of them at most. */
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly firstTokenP50Ms: number | null
  readonly inputTokens: number
  readonly outputTokens: number
  /** Requests per second, one number a second, oldest first, 60 of them. */
  readonly perSecond: readonly number[]
  readonly failedPerSecond: readonly number[]
}

export interface NetworkUrl {
  /** http://192.168.1.20:8080/v1 */
  readonly url: string
  /** The system's name of the network card: "Wi-Fi", "eth0", "vEthernet (WSL)". Empty when it has none any more. */
  readonly adapter: string
}

export interface EngineStatus {
  readonly version: string
  readonly shell: 'headless' | 'desktop'
  readonly platform: string
  readonly nodeVersion: string
  readonly state: 'starting' | 'running' | 'stopping' | 'stopped' | 'failed'
  readonly startedAt: number
  readonly listening: {
    /** What a client on this computer pastes: http://localhost:8080/v1 */
    readonly baseUrl: string
    readonly addresses: readonly string[]
    readonly port: number
    readonly beyondLoopback: boolean
    /** What other devices paste, one for each network, the likeliest first; empty while only this computer can connect. */
    readonly networkUrls: readonly NetworkUrl[]
  } | null
  /** Why the engine could not start or listen; null when it runs. */
  readonly failure: { readonly code: string; readonly message: string } | null
  readonly config: {
    readonly path: string
    readonly dataFolder: string
    readonly appliedRevision: Revision | null
    readonly appliedAt: number | null
    /** Not null while the file on disk is refused and the last good config runs on. */
    readonly rejected: readonly ConfigDiagnostic[] | null
    readonly warnings: readonly ConfigDiagnostic[]
  }
  readonly language: 'zh' | 'en'
  readonly activeRequests: number
  /** Requests since start. */
  readonly totalRequests: number
  /** True once a request under a project key has been answered. */
  readonly hasAnswered: boolean
  readonly upstreams: readonly UpstreamStatus[]
  readonly projects: readonly { readonly name: string; readonly enabled: boolean }[]
  readonly traffic: TrafficStats
}

// ---- Models and routing, as the console shows them ----

export interface ModelEntry {
  readonly name: string
  readonly kind: 'alias' | 'listed' | 'discovered'
  /** In the order in which they are tried. */
  readonly targets: readonly {
    readonly upstream: string
    readonly model: string
    readonly usable: boolean
    readonly why: string | null
  }[]
  readonly projects: readonly string[]
}

/**
 * One step of "what would happen". `code` picks the text; `params` fill it:
 * project-…, allowed, not-allowed: project, model. alias, direct, exact, pattern, wildcard: model, upstream (all of
 * them, in a row), targets ("upstream:model, …"). target: upstream, model, position (1 = asked first), shunned (1 while
 * it fails for everybody). target-skipped: upstream, model, why (disabled, no-key). key: upstream, key ('' when none is
 * needed), state (ready, paused, refused, none-needed; the middle two are tested by this request), ready and keys
 * (counts). no-key: upstream, why, until (epoch ms, where known). sent: upstream, model, key. not-found: model,
 * configured (how many targets were skipped).
 */
export interface ExplainStep {
  readonly code:
    | 'project-unknown'
    | 'project-disabled'
    | 'allowed'
    | 'not-allowed'
    | 'alias'
    | 'direct'
    | 'exact'
    | 'pattern'
    | 'wildcard'
    | 'not-found'
    | 'target'
    | 'target-skipped'
    | 'key'
    | 'no-key'
    | 'sent'
  readonly params: Readonly<Record<string, string | number>>
  readonly ok: boolean
}

// ---- Upstream tools ----

export interface ProviderPreset {
  readonly id: string
  readonly name: string
  readonly baseUrl: string
  readonly keyHint: string
  readonly keyUrl: string | null
  readonly local: boolean
  readonly exampleModels: readonly string[]
  readonly note: { readonly en: string; readonly zh: string } | null
}

/** An upstream as it stands in a form. A key is a literal, or names a saved one (`upstream` + `keyId`). */
export interface UpstreamDraft {
  readonly name: string
  readonly baseUrl: string
  readonly pathPrefix: string | null
  readonly proxy: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly key:
    | { readonly kind: 'literal'; readonly value: string }
    | { readonly kind: 'saved'; readonly upstream: string; readonly keyId: string }
    | { readonly kind: 'none' }
}

export interface TestStep {
  readonly state: 'ok' | 'failed' | 'skipped'
  readonly tookMs: number | null
  readonly status: number | null
  /** The provider's own words, keys redacted; null when there is nothing to say. */
  readonly message: string | null
}

/** Result of "Test": three findings that are told apart. */
export interface UpstreamTest {
  readonly url: string
  /** Any HTTP answer at all. */
  readonly reachable: TestStep
  /** A real answer of one token: a model list alone proves no key. */
  readonly keyAccepted: TestStep
  readonly failure: AttemptResult | null
  readonly model: string
  readonly answer: string | null
}

export type ModelFetch =
  | { readonly ok: true; readonly models: readonly string[]; readonly tookMs: number }
  | { readonly ok: false; readonly status: number | null; readonly message: string }

export interface UrlPreview {
  readonly problem: 'scheme' | 'credentials' | 'invalid' | null
  readonly provider: string | null
  readonly speaks: readonly Protocol[]
  readonly urls: readonly { readonly operation: string; readonly url: string }[]
}

export type NoticeResult =
  | { readonly ok: true; readonly status: number }
  | { readonly ok: false; readonly message: string }

// ---- The two interfaces ----

export interface ControlApi {
  getStatus(): Promise<EngineStatus>
  /** Newest first; at most `limit`, older than `beforeId` when given. */
  listRequests(options: { readonly limit: number; readonly beforeId?: string }): Promise<readonly RequestRecord[]>
  getRequest(id: string): Promise<RequestDetails | null>
  /** A shell command that repeats the request, with a placeholder where the body was not kept or a secret stood. */
  getRequestAsCurl(id: string): Promise<string>
  /** Sends the kept body again under the same project; returns the new request's id. Fails with `body_not_kept`. */
  replayRequest(id: string): Promise<{ readonly id: string; readonly status: number }>

  getConfig(): Promise<ConfigView>
  readConfigText(): Promise<ConfigText>
  checkConfigText(text: string): Promise<readonly ConfigDiagnostic[]>
  /** Writes `text` only if the file still has `baseRevision`; otherwise reports the conflict. */
  saveConfigText(text: string, baseRevision: Revision | null): Promise<SaveResult>
  /** The same for edits of the forms: comments and order stay. */
  editConfig(edits: readonly ConfigEdit[], baseRevision: Revision | null): Promise<SaveResult>
  /** Reads the file again even when nothing has changed ("Retry"). */
  reloadConfig(): Promise<SaveResult>
  listBackups(): Promise<readonly ConfigBackup[]>
  readBackup(id: string): Promise<string>
  /**
   * A key as it is sent; with `…-text` as it stands in the file, `${NAME}` unresolved, for writing it anew. There the
   * place tells keys apart that are the same, and `keyId` that it is still the one that was shown.
   */
  revealSecret(
    secret:
      | { readonly kind: 'upstream-key'; readonly upstream: string; readonly keyId: string }
      | { readonly kind: 'project-key'; readonly project: string }
      | {
          readonly kind: 'upstream-key-text'
          readonly upstream: string
          readonly keyId: string
          readonly index: number
        }
      | { readonly kind: 'project-key-text'; readonly project: string },
  ): Promise<string>
  /** A fresh project key: `ak-` and 32 random bytes. Nothing is saved. */
  createKey(): Promise<string>

  listPresets(): Promise<readonly ProviderPreset[]>
  previewUrls(baseUrl: string, pathPrefix: string | null): Promise<UrlPreview>
  testUpstream(draft: UpstreamDraft, model: string): Promise<UpstreamTest>
  fetchModels(draft: UpstreamDraft): Promise<ModelFetch>
  /** Ends pause, refusal and failure count of a key. */
  resetKey(upstream: string, keyId: string): Promise<void>

  listModels(): Promise<readonly ModelEntry[]>
  /** What `GET /v1/models` answers to this project. */
  listProjectModels(project: string): Promise<readonly string[]>
  /** The same for patterns that aren't saved yet. */
  matchModels(allowedModels: readonly string[]): Promise<readonly string[]>
  explainRoute(model: string, project: string | null): Promise<readonly ExplainStep[]>

  sendTestNotice(webhookUrl: string): Promise<NoticeResult>
}

// The compiler refuses this object when a method is missing or unknown.
const methods = {
  getStatus: true,
  listRequests: true,
  getRequest: true,
  getRequestAsCurl: true,
  replayRequest: true,
  getConfig: true,
  readConfigText: true,
  checkConfigText: true,
  saveConfigText: true,
  editConfig: true,
  reloadConfig: true,
  listBackups: true,
  readBackup: true,
  revealSecret: true,
  createKey: true,
  listPresets: true,
  previewUrls: true,
  testUpstream: true,
  fetchModels: true,
  resetKey: true,
  listModels: true,
  listProjectModels: true,
  matchModels: true,
  explainRoute: true,
  sendTestNotice: true,
} satisfies Record<keyof ControlApi, true>

export const controlMethods = Object.keys(methods) as readonly (keyof ControlApi)[]

/** What has happened; events never ask for work. All are idempotent. */
export type EngineEvent =
  /** Something of the status changed; sent at most every 250 ms, and once a second while there is traffic. */
  | { readonly type: 'status'; readonly status: EngineStatus }
  /** Records that changed in the last 50 ms, last state only. */
  | { readonly type: 'requests'; readonly records: readonly RequestRecord[] }
  | {
      readonly type: 'config-applied'
      readonly revision: Revision
      readonly tookMs: number
      readonly warnings: readonly ConfigDiagnostic[]
    }
  | { readonly type: 'config-rejected'; readonly diagnostics: readonly ConfigDiagnostic[] }
  /** The file on disk is another one than before, valid or not. */
  | { readonly type: 'config-changed'; readonly revision: Revision | null }
  | { readonly type: 'notice'; readonly notice: Notice }

/** What the webhook, the tray and the console tell the user about. */
export interface Notice {
  readonly kind:
    | 'key-paused'
    | 'key-refused'
    | 'key-exhausted'
    | 'key-recovered'
    | 'model-unavailable'
    | 'config-rejected'
  readonly at: number
  readonly upstream: string | null
  readonly keyLabel: string | null
  readonly model: string | null
  /** When it is expected to be over, epoch ms. */
  readonly until: number | null
  /** One sentence in the engine's language, no secrets. */
  readonly message: string
}

export type ControlReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } }

/** What only the desktop shell can do; the console asks `client.desktop?.x`, never "am I in Electron". */
export interface DesktopApi {
  getDesktop(): Promise<DesktopState>
  openExternal(url: string): Promise<void>
  revealConfig(): Promise<void>
  startEngine(): Promise<void>
  stopEngine(): Promise<void>
  restartEngine(): Promise<void>
  setLaunchAtLogin(on: boolean): Promise<DesktopState>
  setCloseToTray(on: boolean): Promise<DesktopState>
  setNotice(kind: Notice['kind'], on: boolean): Promise<DesktopState>
  setUseSystemProxy(on: boolean): Promise<DesktopState>
  /** Listens on the next free port; `save` also writes it to the config. */
  useNextFreePort(options: { readonly save: boolean }): Promise<{ readonly port: number }>
  /** Asks where to, writes a diagnostics file without secrets; null when the user cancelled. */
  exportDiagnostics(): Promise<{ readonly path: string } | null>
}

export interface DesktopState {
  readonly platform: string
  readonly hasTray: boolean
  readonly launchAtLogin: boolean
  readonly closeToTray: boolean
  readonly useSystemProxy: boolean
  readonly notices: Readonly<Record<Notice['kind'], boolean>>
  /** Set while the configured port is taken. */
  readonly portConflict: {
    readonly port: number
    readonly holder: string | null
    readonly nextFree: number | null
  } | null
}

const desktopMethodNames = {
  getDesktop: true,
  openExternal: true,
  revealConfig: true,
  startEngine: true,
  stopEngine: true,
  restartEngine: true,
  setLaunchAtLogin: true,
  setCloseToTray: true,
  setNotice: true,
  setUseSystemProxy: true,
  useNextFreePort: true,
  exportDiagnostics: true,
} satisfies Record<keyof DesktopApi, true>

export const desktopMethods = Object.keys(desktopMethodNames) as readonly (keyof DesktopApi)[]
