/**
 * The composition root: the only place where the parts are put together. Owns the running snapshot, the states of the
 * upstreams, the listener and the request log; knows neither Electron nor a terminal. Everything that changes the
 * running program comes in by `reload`.
 */
import { mkdir } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { Express } from 'express'
import { readConfigFile } from './config/file.ts'
import { parseConfig } from './config/parse.ts'
import type { Config } from './config/schema.ts'
import type { ConfigWatch } from './config/watch.ts'
import { watchConfig } from './config/watch.ts'
import type { ConfigDiagnostic, EngineEvent, EngineStatus, Notice, Revision } from './contract.ts'
import { BodyBudget } from './gateway/read-body.ts'
import { createDataPlane } from './gateway/data-plane.ts'
import { refreshModels } from './gateway/discovery.ts'
import type { GatewayEvent } from './gateway/exchange.ts'
import type { ListenAddress, RequestHandler } from './gateway/listener.ts'
import { ListenFailure, Listener } from './gateway/listener.ts'
import { createFront } from './gateway/server.ts'
import { StickyIds } from './gateway/sticky-ids.ts'
import { UpstreamStates } from './gateway/upstream.ts'
import { leaveHeapRoom } from './heap-room.ts'
import { keepCompiledCode } from './idle-heap.ts'
import type { Logger } from './log.ts'
import type { Language } from './log-texts.ts'
import { text } from './log-texts.ts'
import { TrafficMeter } from './metrics.ts'
import { noticeText } from './notices/notice-text.ts'
import type { Webhook } from './notices/webhook.ts'
import { createWebhook } from './notices/webhook.ts'
import { RequestLog } from './records/request-log.ts'
import { redactSecrets } from './providers/redact.ts'
import type { Snapshot } from './snapshot.ts'
import { buildSnapshot } from './snapshot.ts'
import { StateFile } from './state-file.ts'
import { listeningStatus, upstreamStatuses } from './status.ts'
import { userAgent, version } from './version.ts'

export interface EngineOptions {
  readonly configPath: string
  readonly dataFolder: string
  readonly shell: EngineStatus['shell']
  readonly log: Logger
  readonly env: Readonly<Record<string, string | undefined>>
  /** `--host` or AI_PROXY_HOST: where the file names a port only. */
  readonly host?: string | null
  /** `--port`: in place of the file's. */
  readonly port?: number | null
  /** `--lang`: in place of the file's and the system's. */
  readonly language?: Language | null
  readonly mountConsole?: ((app: Express, engine: Engine) => void) | null
  /** Silence after which a waiting stream gets a comment, ms. Default 15 000. */
  readonly keepAliveMs?: number
  /** Sum of buffered request bodies. Default 512 MB. */
  readonly bodyBudgetBytes?: number
  /** Requests kept in memory. Default 5000. */
  readonly recordsKept?: number
}

export type ReloadResult =
  | {
      readonly kind: 'applied'
      readonly revision: Revision
      readonly tookMs: number
      readonly warnings: readonly ConfigDiagnostic[]
    }
  /** The file is what runs already. */
  | { readonly kind: 'unchanged'; readonly revision: Revision }
  /** The config that ran before runs on. */
  | { readonly kind: 'rejected'; readonly revision: Revision | null; readonly diagnostics: readonly ConfigDiagnostic[] }

const STATUS_EVENT_MS = 250
const TICK_MS = 1000
const MODELS_CHECK_MS = 60_000
const LONGEST_DRAIN_MS = 24 * 3_600_000

export class Engine {
  readonly options: EngineOptions
  readonly states: UpstreamStates
  readonly stickyIds = new StickyIds()
  readonly records: RequestLog
  readonly webhook: Webhook
  readonly backupFolder: string
  readonly startedAt = Date.now()
  readonly #budget: BodyBudget
  readonly #systemLanguage: Language
  readonly #meter = new TrafficMeter()
  readonly #stateFile: StateFile
  readonly #listeners = new Set<(event: EngineEvent) => void>()
  readonly #front: RequestHandler
  #snapshot: Snapshot | null = null
  #listener: Listener | null = null
  /** Listeners given up by a move, whose requests still run. */
  readonly #draining = new Set<Listener>()
  #watching: Promise<ConfigWatch | null> = Promise.resolve(null)
  #reloading: Promise<unknown> = Promise.resolve()
  #state: EngineStatus['state'] = 'starting'
  #failure: EngineStatus['failure'] = null
  #appliedRevision: Revision | null = null
  #appliedText = ''
  #appliedAt: number | null = null
  #seenRevision: Revision | null = null
  #warnings: readonly ConfigDiagnostic[] = []
  #rejected: readonly ConfigDiagnostic[] | null = null
  #hasAnswered = false
  #statusTimer: NodeJS.Timeout | null = null
  #tick: NodeJS.Timeout | null = null
  #modelsTimer: NodeJS.Timeout | null = null
  #leaveHeapAlone: readonly (() => void)[] = []
  #stickyVersion = 0
  #stopRecords: (() => void) | null = null
  /** The refused text that has been told of. */
  #seenRejected: Revision | null = null

  constructor(options: EngineOptions) {
    this.options = options
    const { LC_ALL, LC_MESSAGES, LANG } = options.env
    this.#systemLanguage = /^zh/i.test(LC_ALL || LC_MESSAGES || LANG || '') ? 'zh' : 'en'
    this.backupFolder = join(options.dataFolder, 'backups')
    this.states = new UpstreamStates(options.env)
    this.#budget = new BodyBudget(options.bodyBudgetBytes ?? 512 * 1_048_576)
    this.records = new RequestLog(options.recordsKept ?? 5000, (record) => this.#onRequestEnd(record))
    this.#stateFile = new StateFile(
      join(options.dataFolder, 'state.json'),
      () => ({ keys: this.states.save(Date.now()), ids: this.stickyIds.save() }),
      (error) => options.log.warn(messageOf(error)),
    )
    this.webhook = createWebhook({
      url: () => this.#snapshot?.config.server.notificationWebhook ?? '',
      language: () => this.language,
      log: options.log,
    })
    const onInternalError = (requestId: string, error: unknown) => this.#onInternalError(requestId, error)
    const dataPlane = createDataPlane({
      snapshot: () => this.requireSnapshot(),
      states: this.states,
      stickyIds: this.stickyIds,
      log: this.records,
      budget: this.#budget,
      startedAt: this.startedAt,
      keepAliveMs: options.keepAliveMs ?? 15_000,
      onEvent: (event) => this.#onGatewayEvent(event),
      onInternalError,
    })
    const { mountConsole } = options
    this.#front = createFront({
      dataPlane,
      health: () => ({ status: this.#state === 'running' ? 'ok' : this.#state, version }),
      mountConsole: mountConsole ? (app) => mountConsole(app, this) : null,
      onInternalError,
    })
  }

  /** The language of log lines, notices and diagnostics. */
  get language(): Language {
    return this.options.language ?? this.#snapshot?.config.server.language ?? this.#systemLanguage
  }

  /** Resolves once changes of the config file are noticed. */
  get watching(): Promise<void> {
    return this.#watching.then(() => undefined)
  }

  get snapshot(): Snapshot | null {
    return this.#snapshot
  }

  get appliedRevision(): Revision | null {
    return this.#appliedRevision
  }

  /** The config that runs, as it was written; null before the first. */
  get appliedConfig(): { readonly text: string; readonly revision: Revision } | null {
    return this.#appliedRevision === null ? null : { text: this.#appliedText, revision: this.#appliedRevision }
  }

  get #isStopped(): boolean {
    return this.#state === 'stopping' || this.#state === 'stopped'
  }

  requireSnapshot(): Snapshot {
    if (!this.#snapshot) throw new Error('The engine runs no config.')
    return this.#snapshot
  }

  /**
   * Loads the config and listens. A failure is told in the result and in `status()`; the file is watched all the
   * same, and the engine starts by itself once it is mended.
   */
  async start(): Promise<ReloadResult> {
    this.#state = 'starting'
    const result = await this.reload({ force: true })
    // Not awaited: nobody has to wait for the first answer until the watcher has settled.
    this.#watching = watchConfig(this.options.configPath, () => void this.#onFileEvent()).catch((error: unknown) => {
      this.options.log.warn(messageOf(error))
      return null
    })
    this.#tick = setInterval(() => this.#onTick(), TICK_MS).unref()
    this.#modelsTimer = setInterval(() => void this.#refreshModels(), MODELS_CHECK_MS).unref()
    this.#leaveHeapAlone = [keepCompiledCode(this.records), leaveHeapRoom()]
    return result
  }

  /** Stops accepting, lets running requests finish for up to `graceMs`, saves what must survive. */
  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    if (this.#state === 'stopped') return
    this.#state = 'stopping'
    this.#emitStatus()
    if (this.#tick) clearInterval(this.#tick)
    if (this.#modelsTimer) clearInterval(this.#modelsTimer)
    for (const leave of this.#leaveHeapAlone) leave()
    await (await this.#watching)?.close()
    await this.#reloading
    const listeners = this.#listener ? [this.#listener, ...this.#draining] : [...this.#draining]
    // A closed listener has no port that the status could tell while the last requests end.
    this.#listener = null
    await Promise.all(listeners.map((listener) => listener.close(graceMs)))
    // An engine that never ran has not read them: it would write that there are none.
    if (this.#snapshot !== null) await this.#stateFile.flush()
    await this.webhook.close()
    this.states.close()
    this.#state = 'stopped'
    this.records.flush()
    this.#emitStatus()
    if (this.#statusTimer) clearTimeout(this.#statusTimer)
    this.#statusTimer = null
  }

  /** Reads the file and puts it to work. Reloads run one after another. `force` also applies an unchanged file. */
  reload({ force }: { readonly force: boolean }): Promise<ReloadResult> {
    const run = this.#reloading.then(() => this.#reload(force))
    // The next reload comes after this one, however it ends.
    this.#reloading = run.catch(() => undefined)
    return run
  }

  subscribe(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener)
    // Records are copied for onlookers only while there are any.
    this.#stopRecords ??= this.records.subscribe((records) => this.#emit({ type: 'requests', records }))
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#stopRecords?.()
      this.#stopRecords = null
    }
  }

  /** New connections to all upstreams, and no blame for what sleep or a change of network did. */
  reconnect(): void {
    if (this.#snapshot) this.states.reconnect(this.#snapshot)
    this.#emitStatus()
  }

  /** Logs what must not happen, with secrets taken out. */
  logBug(error: unknown): void {
    this.#onInternalError('', error)
  }

  /** Tells everybody that states may have changed by the user's hand (a key reset). */
  notifyChanged(): void {
    this.#stateFile.touch()
    this.#emitStatus()
  }

  status(): EngineStatus {
    const now = Date.now()
    const snapshot = this.#snapshot
    return {
      version,
      shell: this.options.shell,
      platform: process.platform,
      nodeVersion: process.versions.node,
      state: this.#state,
      startedAt: this.startedAt,
      listening: this.#listener
        ? listeningStatus(this.#listener.addresses, this.#listener.port, networkInterfaces)
        : null,
      failure: this.#failure,
      config: {
        path: this.options.configPath,
        dataFolder: this.options.dataFolder,
        appliedRevision: this.#appliedRevision,
        appliedAt: this.#appliedAt,
        rejected: this.#rejected,
        warnings: this.#warnings,
      },
      language: this.language,
      activeRequests: this.records.active,
      totalRequests: this.records.total,
      hasAnswered: this.#hasAnswered,
      upstreams: snapshot ? upstreamStatuses(snapshot, this.states, now) : [],
      projects: snapshot?.projects.map(({ name, enabled }) => ({ name, enabled })) ?? [],
      traffic: this.#meter.read(now),
    }
  }

  async #reload(force: boolean): Promise<ReloadResult> {
    const startedAt = performance.now()
    const { log, configPath, env } = this.options
    // What runs goes on without it: only the next start needs the folder.
    const unusable = this.#listener === null && !this.#isStopped ? await this.#makeDataFolder() : null
    if (unusable) return this.#reject(null, [unusable])
    const file = await readConfigFile(configPath, this.language)
    if ('problem' in file) return this.#reject(null, [file.diagnostic])
    // An engine that failed to start again has nothing of it at work.
    if (!force && file.revision === this.#appliedRevision && this.#state !== 'failed') {
      this.#settleRejected()
      return { kind: 'unchanged', revision: file.revision }
    }
    if (this.#appliedRevision !== null) log.config(text(this.language, 'configChanged'))
    const parsed = parseConfig(file.text, { env, language: this.language })
    if (!parsed.ok) return this.#reject(file.revision, parsed.diagnostics)
    // A stopped engine only checks the file; the next start puts it to work.
    if (this.#isStopped) {
      this.#settleRejected()
      return { kind: 'unchanged', revision: file.revision }
    }

    const snapshot = buildSnapshot(parsed.config, userAgent)
    const isFirst = this.#snapshot === null
    try {
      await this.#listen(addressOf(parsed.config, this.options), snapshot)
    } catch (error) {
      if (!(error instanceof ListenFailure)) throw error
      return this.#reject(file.revision, [this.#listenDiagnostic(error)])
    }
    if (isFirst) await this.#restore()
    this.#appliedRevision = file.revision
    this.#appliedText = file.text
    this.#appliedAt = Date.now()
    this.#warnings = parsed.warnings
    this.#rejected = null
    this.#failure = null
    this.#state = 'running'
    const tookMs = Math.round((performance.now() - startedAt) * 10) / 10
    for (const warning of parsed.warnings) log.warn(describeDiagnostic(warning, this.language))
    log.config(text(this.language, 'configLoaded'))
    this.#emit({ type: 'config-applied', revision: file.revision, tookMs, warnings: parsed.warnings })
    this.#emitStatus()
    void this.#refreshModels()
    return { kind: 'applied', revision: file.revision, tookMs, warnings: parsed.warnings }
  }

  /** Says why it can't be made or used; null when all is well. */
  async #makeDataFolder(): Promise<ConfigDiagnostic | null> {
    const path = this.options.dataFolder
    try {
      await mkdir(path, { recursive: true, mode: 0o700 })
      return null
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : messageOf(error)
      const params = { path, reason }
      return {
        severity: 'error',
        code: 'data_folder_unusable',
        params,
        message: text(this.language, 'dataFolderUnusable', params),
        path: [],
        line: null,
        column: null,
      }
    }
  }

  /** Makes the listener fit, then swaps the snapshot. On failure everything is as before. @throws ListenFailure */
  async #listen(address: ListenAddress, snapshot: Snapshot): Promise<void> {
    const old = this.#listener
    const swap = () => {
      this.#snapshot = snapshot
      this.states.apply(snapshot)
    }
    if (old && old.address.host === address.host && old.address.port === address.port) return swap()
    if (!old) {
      // Nothing is accepted before the snapshot is there: the handler needs it.
      const before = this.#snapshot
      swap()
      try {
        this.#listener = await Listener.open(address, this.#front)
      } catch (error) {
        this.#snapshot = before
        throw error
      }
      return
    }
    const from = old.addresses.join(', ')
    const before = { ...old.address, port: old.port }
    if (address.port !== old.address.port) {
      this.#listener = await Listener.open(address, this.#front)
      this.#drain(old)
    } else {
      // The same port on other hosts cannot be bound beside the old sockets.
      this.#listener = null
      this.#drain(old)
      try {
        this.#listener = await Listener.open(address, this.#front)
      } catch (error) {
        this.#listener = await Listener.open(before, this.#front)
        throw error
      }
    }
    swap()
    this.options.log.system(text(this.language, 'listenerMoved', { from, to: this.#listener.addresses.join(', ') }))
  }

  #drain(listener: Listener): void {
    this.#draining.add(listener)
    // Streams may run for long; a stop of the engine ends them with its own grace.
    void listener.close(LONGEST_DRAIN_MS).then(() => this.#draining.delete(listener))
  }

  async #restore(): Promise<void> {
    const saved = await this.#stateFile.read()
    if (!saved) return
    this.states.restore(saved.keys, Date.now())
    this.stickyIds.restore(saved.ids)
    this.#stickyVersion = this.stickyIds.version
  }

  #reject(revision: Revision | null, diagnostics: readonly ConfigDiagnostic[]): ReloadResult {
    const { log } = this.options
    const errors = diagnostics.filter(({ severity }) => severity === 'error').length
    // The watcher may look at the same broken file several times: once is enough to say so.
    const isNews = revision === null || revision !== this.#seenRejected || this.#rejected === null
    this.#seenRejected = revision
    this.#rejected = diagnostics
    // A config that ran before a stop is no reason to say that it runs.
    const runs = this.#listener !== null
    if (!runs && !this.#isStopped) {
      const first = diagnostics.find(({ severity }) => severity === 'error')
      this.#state = 'failed'
      this.#failure = { code: first?.code ?? 'config_invalid', message: first?.message ?? '' }
    }
    if (isNews) {
      for (const diagnostic of diagnostics) {
        const line = describeDiagnostic(diagnostic, this.language)
        if (diagnostic.severity === 'error') log.error(line)
        else log.warn(line)
      }
      if (runs) log.config(text(this.language, 'configRejected', { count: errors }))
      this.#emit({ type: 'config-rejected', diagnostics })
      if (runs)
        this.#notify(
          { kind: 'config-rejected', upstream: null, keyLabel: null, model: null, until: null },
          diagnostics[0]?.message ?? null,
        )
    }
    this.#emitStatus()
    return { kind: 'rejected', revision, diagnostics }
  }

  /** The file is again what runs: whatever was refused in between is gone. */
  #settleRejected(): void {
    if (this.#rejected === null) return
    this.#rejected = null
    this.#seenRejected = null
    this.#emitStatus()
  }

  #listenDiagnostic(error: ListenFailure): ConfigDiagnostic {
    const address = `${error.host}:${error.port}`
    const params = { address, port: error.port, host: error.host, reason: error.code }
    const { language } = this
    const key =
      error.code === 'EADDRINUSE'
        ? 'portInUse'
        : error.code === 'EACCES'
          ? process.platform === 'win32'
            ? 'portReserved'
            : 'portNotPermitted'
          : error.code === 'EADDRNOTAVAIL'
            ? 'addressNotAvailable'
            : 'listenFailed'
    return {
      severity: 'error',
      code: LISTEN_CODES[key],
      params,
      message: text(language, key, params),
      path: ['server', 'port'],
      line: null,
      column: null,
    }
  }

  async #onFileEvent(): Promise<void> {
    const file = await readConfigFile(this.options.configPath, this.language)
    const revision = 'problem' in file ? null : file.revision
    if (revision !== this.#seenRevision) {
      this.#seenRevision = revision
      this.#emit({ type: 'config-changed', revision })
    }
    await this.reload({ force: false })
  }

  async #refreshModels(): Promise<void> {
    const snapshot = this.#snapshot
    if (!snapshot) return
    await refreshModels(snapshot, this.states, Date.now())
    this.#emitStatus()
  }

  #onRequestEnd(record: Parameters<ConstructorParameters<typeof RequestLog>[1]>[0]): void {
    this.#meter.add(record, Date.now())
    if (!this.#hasAnswered && record.attempts.length > 0 && record.end === 'done') this.#hasAnswered = true
    this.options.log.requestLine(record)
    if (this.stickyIds.version !== this.#stickyVersion) {
      this.#stickyVersion = this.stickyIds.version
      this.#stateFile.touch()
    }
    this.#emitStatus()
  }

  #onGatewayEvent(event: GatewayEvent): void {
    if (event.kind === 'model-unavailable') {
      this.#notify({ kind: 'model-unavailable', upstream: null, keyLabel: null, model: event.model, until: null }, null)
      return
    }
    this.#stateFile.touch()
    const { change, upstream, keyLabel } = event
    const base = {
      upstream,
      keyLabel,
      model: change.kind === 'paused' ? change.model : null,
      until: 'until' in change ? change.until : null,
    }
    const kinds = {
      paused: 'key-paused',
      refused: 'key-refused',
      exhausted: 'key-exhausted',
      recovered: 'key-recovered',
    } as const
    this.#notify({ ...base, kind: kinds[change.kind] }, null)
  }

  #notify(notice: Omit<Notice, 'at' | 'message'>, detail: string | null): void {
    const at = Date.now()
    const message = noticeText({ ...notice, at }, this.language, detail)
    const whole: Notice = { ...notice, at, message }
    // A refused config and a request without a key left have lines of their own.
    if (notice.kind === 'key-recovered') this.options.log.info(message)
    else if (notice.kind !== 'config-rejected' && notice.kind !== 'model-unavailable') this.options.log.warn(message)
    this.webhook.notify(whole)
    this.#emit({ type: 'notice', notice: whole })
    this.#emitStatus()
  }

  #onInternalError(requestId: string, error: unknown): void {
    const secrets = this.#snapshot?.secrets ?? []
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.options.log.error(redactSecrets(stack, secrets), { request: requestId })
  }

  #onTick(): void {
    if (this.records.active > 0) this.#emitStatus()
  }

  #emit(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  #emitStatus(): void {
    if (this.#listeners.size === 0 || this.#statusTimer) return
    this.#statusTimer = setTimeout(() => {
      this.#statusTimer = null
      this.#emit({ type: 'status', status: this.status() })
    }, STATUS_EVENT_MS)
    this.#statusTimer.unref()
  }
}

const LISTEN_CODES = {
  portInUse: 'port_in_use',
  portReserved: 'port_reserved',
  portNotPermitted: 'port_not_permitted',
  addressNotAvailable: 'address_not_available',
  listenFailed: 'listen_failed',
} as const

function addressOf(config: Config, options: EngineOptions): ListenAddress {
  const { listen } = config.server
  return { host: listen.host ?? options.host ?? null, port: options.port ?? listen.port }
}

/** One line for the log: place and words, never the source. */
export function describeDiagnostic({ line, column, message }: ConfigDiagnostic, language: Language): string {
  return line === null ? message : text(language, 'configProblemAt', { line, column: column ?? 1, message })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
