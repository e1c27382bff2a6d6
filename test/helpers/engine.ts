/**
 * A real engine on a folder of its own, listening on a free loopback port.
 *
 *   const upstream = await startScriptedUpstream()
 *   const engine = await startEngine({ upstreams: [makeUpstream('a', upstream)] })
 *   const answer = await engine.post('/v1/chat/completions', { model: 'm', messages: [] })
 *   const record = await engine.lastRecord()
 *   await engine.stop()
 *
 * Everything that waits here waits for an event of the engine, never for a clock.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EngineEvent, RequestRecord } from '../../proxy/contract.ts'
import { Engine } from '../../proxy/engine.ts'
import type { EngineOptions, ReloadResult } from '../../proxy/engine.ts'
import { createLogger } from '../../proxy/log.ts'
import { makeConfig, testKey } from './make.ts'
import type { ConfigText } from './make.ts'

export type StartOptions = Partial<Omit<EngineOptions, 'configPath' | 'dataFolder' | 'log'>> & {
  /** Folder with config and state; default a new one, removed by `stop`. A given folder stays. */
  readonly folder?: string
  /** In place of `config.yaml` in the folder; the config given is written there all the same. */
  readonly configPath?: string
  /** A config that must be refused is fine: without it a refused one throws. */
  readonly mayFail?: boolean
}

export interface TestEngine {
  readonly engine: Engine
  /** `http://127.0.0.1:port` */
  readonly origin: string
  /** `http://127.0.0.1:port/v1`, what an SDK is given. */
  readonly baseUrl: string
  readonly port: number
  /** ClientKey of the project `tests`, which may use every model. */
  readonly key: string
  readonly folder: string
  readonly configPath: string
  /** The log, a line each. */
  readonly lines: readonly string[]
  /** Every event since the start. */
  readonly events: readonly EngineEvent[]
  /** `fetch` on this engine with `key` as Bearer, unless the headers say something else (`authorization: ''` sends none). */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** A POST of JSON (or of text as it is). */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** Writes a new config and applies it. */
  configure(config: ConfigText | string): Promise<ReloadResult>
  /** Resolves with the first event, past ones included, that fits. */
  waitFor(matches: (event: EngineEvent) => boolean): Promise<EngineEvent>
  /** The record of a request once it has ended; `id` is the answer's `x-request-id`. */
  record(id: string): Promise<RequestRecord>
  /** The same for the answer given. */
  recordOf(answer: Response): Promise<RequestRecord>
  /** The newest request's record once it has ended. */
  lastRecord(): Promise<RequestRecord>
  /** Resolves once changes of the file are noticed. */
  watching(): Promise<void>
  /** Ends once no request is under way. */
  idle(): Promise<void>
  /** Stops this engine and starts another one on the same folder, another port. */
  restart(options?: StartOptions): Promise<TestEngine>
  /** Stops and removes the folder; may be called twice. */
  stop(): Promise<void>
}

export async function startEngine(config: ConfigText | string, options: StartOptions = {}): Promise<TestEngine> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'ai-proxy-engine-')))
  await writeFile(join(folder, 'config.yaml'), typeof config === 'string' ? config : makeConfig(config))
  return openEngine(folder, options)
}

async function openEngine(folder: string, options: StartOptions): Promise<TestEngine> {
  const { folder: given, mayFail = false, configPath = join(folder, 'config.yaml'), ...engineOptions } = options
  const lines: string[] = []
  const log = createLogger({ format: () => 'text', language: () => 'en', write: (line) => lines.push(line) })
  const engine = new Engine({
    dataFolder: join(folder, 'data'),
    shell: 'headless',
    env: {},
    port: 0,
    language: 'en',
    ...engineOptions,
    configPath,
    log,
  })
  const events: EngineEvent[] = []
  const waiters = new Set<(event: EngineEvent) => void>()
  // Records are watched at their end, without the batches of 50 ms.
  const endWaiters = new Set<() => void>()
  engine.subscribe((event) => {
    events.push(event)
    for (const waiter of waiters) waiter(event)
    for (const check of endWaiters) check()
  })

  const started = await engine.start()
  if (started.kind === 'rejected' && !mayFail) {
    await engine.stop({ graceMs: 0 })
    throw new Error(`config refused: ${started.diagnostics.map(({ message }) => message).join('; ')}`)
  }
  const port = engine.status().listening?.port ?? 0
  const origin = `http://127.0.0.1:${port}`
  let isStopped = false

  function until<T>(read: () => T | null): Promise<T> {
    return new Promise((resolve) => {
      const check = () => {
        const value = read()
        if (value === null) return
        endWaiters.delete(check)
        resolve(value)
      }
      endWaiters.add(check)
      check()
    })
  }
  const ended = (find: () => RequestRecord | null) =>
    until(() => {
      const found = find()
      return found && found.end !== null ? found : null
    })
  const stopEngine = async () => {
    if (isStopped) return
    isStopped = true
    await engine.stop({ graceMs: 0 })
  }

  const testEngine: TestEngine = {
    engine,
    origin,
    baseUrl: `${origin}/v1`,
    port,
    key: testKey,
    folder,
    configPath,
    lines,
    events,
    fetch(path, init = {}) {
      const headers = new Headers(init.headers)
      if (!headers.has('authorization')) headers.set('authorization', `Bearer ${testKey}`)
      else if (headers.get('authorization') === '') headers.delete('authorization')
      return fetch(`${origin}${path}`, { ...init, headers })
    },
    post(path, body, headers = {}) {
      return testEngine.fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
    },
    async configure(next) {
      await writeFile(configPath, typeof next === 'string' ? next : makeConfig(next))
      return engine.reload({ force: false })
    },
    waitFor(matches) {
      const known = events.find(matches)
      if (known) return Promise.resolve(known)
      return new Promise((resolve) => {
        const waiter = (event: EngineEvent) => {
          if (!matches(event)) return
          waiters.delete(waiter)
          resolve(event)
        }
        waiters.add(waiter)
      })
    },
    record: (id) => ended(() => engine.records.find(id)),
    recordOf: (answer) => testEngine.record(answer.headers.get('x-request-id') ?? ''),
    watching: () => engine.watching,
    lastRecord: () => ended(() => engine.records.list(1)[0] ?? null),
    idle: () => until(() => (engine.records.active === 0 ? true : null)).then(() => undefined),
    async restart(again = {}) {
      await stopEngine()
      return openEngine(folder, { ...options, ...again, ...(given === undefined ? {} : { folder: given }) })
    },
    async stop() {
      await stopEngine()
      if (given === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
  return testEngine
}
