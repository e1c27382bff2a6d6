/** A plain in-memory `ControlApi` with believable data, for pages before and without an engine. */
import type { ControlApi, EngineEvent, EngineStatus, RequestRecord, SaveResult } from '../../proxy/contract.ts'
import { createConfigFile, type ConfigFile } from './console-config.ts'
import { emptyConfigText, fixtureConfigText, makeRecords, makeStatus } from './console-data.ts'

export interface ConsoleApiOptions {
  /** No upstream, no project, no request: right after the installation. */
  readonly empty?: boolean
  readonly configText?: string
  readonly records?: readonly RequestRecord[]
  /** Put over the status that follows from the config: a failure, a stopped engine. */
  readonly status?: Partial<EngineStatus>
  /** In place of single methods: rare answers, failures, an answer that never comes. */
  readonly overrides?: Partial<ControlApi>
}

export interface ConsoleApi {
  readonly api: ControlApi
  readonly config: ConfigFile
  /** Another hand writes the file; the events follow as from the engine. */
  readonly writeConfig: (text: string) => void
}

export function createConsoleApi(options: ConsoleApiOptions, emit: (event: EngineEvent) => void): ConsoleApi {
  const empty = options.empty === true
  const config = createConfigFile(options.configText ?? (empty ? emptyConfigText : fixtureConfigText))
  const records = options.records ?? (empty ? [] : makeRecords(500, Date.now()))
  const quiet: Partial<EngineStatus> = empty
    ? { hasAnswered: false, totalRequests: 0, activeRequests: 0, traffic: noTraffic }
    : {}
  const status = () => makeStatus(config, Date.now(), { ...quiet, ...options.status })

  function announce(result: SaveResult): SaveResult {
    if (result.kind === 'applied') {
      emit({ type: 'config-applied', revision: result.revision, tookMs: result.tookMs, warnings: result.warnings })
      emit({ type: 'status', status: status() })
    }
    return result
  }

  const api: ControlApi = {
    getStatus: async () => status(),
    async listRequests({ limit, beforeId }) {
      const end = beforeId === undefined ? records.length : records.findIndex((record) => record.id === beforeId)
      return records.slice(Math.max(0, end - limit), Math.max(0, end)).toReversed()
    },
    async getRequest(id) {
      const record = records.find((known) => known.id === id)
      if (record === undefined) return null
      return {
        record,
        requestHeaders: [
          ['content-type', 'application/json'],
          ['authorization', 'Bearer ak-…b002'],
          ['user-agent', record.client.userAgent ?? ''],
        ],
        responseHeaders: [
          ['content-type', 'text/event-stream'],
          ['x-request-id', record.id],
        ],
        requestBody: JSON.stringify({ model: record.requestedModel, messages: [{ role: 'user', content: '你好' }] }),
      }
    },
    getRequestAsCurl: async (id) => `curl http://localhost:8080/v1/chat/completions -H 'x-fixture: ${id}'`,
    replayRequest: async (id) => ({ id: `${id}_again`, status: 200 }),

    getConfig: async () => config.view(),
    readConfigText: async () => ({
      text: config.text(),
      revision: config.revision(),
      diagnostics: config.check(config.text()),
    }),
    checkConfigText: async (text) => config.check(text),
    saveConfigText: async (text, baseRevision) => announce(config.save(text, baseRevision)),
    editConfig: async (edits, baseRevision) => announce(config.edit(edits, baseRevision)),
    reloadConfig: async () => announce(config.save(config.text(), config.revision())),
    listBackups: async () => [
      { id: '2026-11-23T09-12-44', savedAt: Date.now() - 3_600_000, bytes: config.text().length },
      { id: '2026-11-22T18-40-02', savedAt: Date.now() - 90_000_000, bytes: config.text().length - 120 },
    ],
    readBackup: async () => config.text().replace('max_retries: 3', 'max_retries: 5'),
    async revealSecret(secret) {
      // Nothing comes from the environment here: a key is what stands in the file.
      const value =
        'project' in secret
          ? config.secret('project-key', secret.project)
          : config.secret('upstream-key', secret.upstream, secret.keyId)
      if (value === undefined) throw new FixtureError('not_found', 'There is no such secret.')
      return value
    },
    createKey: async () => `ak-${crypto.randomUUID().replaceAll('-', '')}`,

    listPresets: async () => [
      preset('openai', 'OpenAI', 'https://api.openai.com', 'sk-…', ['gpt-4o', 'gpt-4o-mini']),
      preset('anthropic', 'Anthropic', 'https://api.anthropic.com', 'sk-ant-…', ['claude-sonnet-4-5']),
      preset('deepseek', 'DeepSeek', 'https://api.deepseek.com', 'sk-…', ['deepseek-chat']),
      { ...preset('ollama', 'Ollama', 'http://localhost:11434', '', ['llama3:8b']), local: true, keyUrl: null },
    ],
    async previewUrls(baseUrl, pathPrefix) {
      if (!/^https?:\/\//.test(baseUrl)) return { problem: 'scheme', provider: null, speaks: [], urls: [] }
      const base = `${baseUrl.replace(/\/+$/, '')}${pathPrefix ?? '/v1'}`
      const urls = [
        { operation: 'chat', url: `${base}/chat/completions` },
        { operation: 'models', url: `${base}/models` },
      ]
      return { problem: null, provider: 'openai', speaks: ['chat', 'responses'], urls }
    },
    testUpstream: async (draft, model) => ({
      url: `${draft.baseUrl}/v1/chat/completions`,
      reachable: { state: 'ok', tookMs: 84, status: 200, message: null },
      keyAccepted: { state: 'ok', tookMs: 612, status: 200, message: null },
      failure: null,
      model,
      answer: 'Hi',
    }),
    fetchModels: async () => ({
      ok: true,
      models: ['gpt-4o', 'gpt-4o-mini', 'o3-mini', 'text-embedding-3-small'],
      tookMs: 210,
    }),
    resetKey: async () => undefined,

    listModels: async () => listModels(config),
    listProjectModels: async () => listModels(config).map((model) => model.name),
    matchModels: async (patterns) => {
      const names = listModels(config).map((model) => model.name)
      return names.filter((name) => patterns.some((pattern) => matches(pattern, name)))
    },
    explainRoute: async (model, project) => [
      { code: 'allowed', params: { project: project ?? '–', model }, ok: true },
      { code: 'exact', params: { model, upstream: 'OpenAI-Pool' }, ok: true },
      { code: 'target', params: { upstream: 'OpenAI-Pool', model, position: 1, shunned: 0 }, ok: true },
      { code: 'key', params: { upstream: 'OpenAI-Pool', key: 'team', state: 'ready', ready: 1, keys: 3 }, ok: true },
      { code: 'sent', params: { upstream: 'OpenAI-Pool', model, key: 'team' }, ok: true },
    ],
    sendTestNotice: async () => ({ ok: true, status: 200 }),
    ...options.overrides,
  }

  function writeConfig(text: string): void {
    config.overwrite(text)
    const diagnostics = config.check(text)
    emit({ type: 'config-changed', revision: config.revision() })
    if (diagnostics.length > 0) emit({ type: 'config-rejected', diagnostics })
    else emit({ type: 'config-applied', revision: config.revision(), tookMs: 41, warnings: [] })
    emit({ type: 'status', status: status() })
  }

  return { api, config, writeConfig }
}

/** Thrown by an override, it reaches the console as a `ControlFailure` with this code. */
export class FixtureError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

const noTraffic: EngineStatus['traffic'] = {
  windowSeconds: 300,
  requests: 0,
  success: null,
  p50Ms: null,
  p95Ms: null,
  firstTokenP50Ms: null,
  inputTokens: 0,
  outputTokens: 0,
  perSecond: Array.from({ length: 60 }, () => 0),
  failedPerSecond: Array.from({ length: 60 }, () => 0),
}

function preset(id: string, name: string, baseUrl: string, keyHint: string, exampleModels: readonly string[]) {
  return { id, name, baseUrl, keyHint, keyUrl: `https://${id}.example/keys`, local: false, exampleModels, note: null }
}

type ModelEntries = Awaited<ReturnType<ControlApi['listModels']>>

function listModels(config: ConfigFile): ModelEntries {
  const { server, upstreams, projects } = config.view()
  const everyone = projects.map((project) => project.name)
  const aliases = Object.entries((server['auto_models'] ?? {}) as Record<string, string | string[]>)
  const listed = Map.groupBy(
    upstreams.flatMap(({ name, settings }) =>
      ((settings['models'] ?? []) as string[])
        .filter((model) => !model.includes('*'))
        .map((model) => {
          const usable = settings['enabled'] !== false
          return { upstream: name, model, usable, why: usable ? null : 'disabled' }
        }),
    ),
    (target) => target.model,
  )
  return [
    ...aliases.map(([name, written]) => ({
      name,
      kind: 'alias' as const,
      targets: [written].flat().map((target) => {
        const [upstream = '', model = ''] = target.split(/:(.*)/s)
        return { upstream, model, usable: true, why: null }
      }),
      projects: everyone,
    })),
    ...[...listed].map(([name, targets]) => ({ name, kind: 'listed' as const, targets, projects: everyone })),
  ]
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(name)
}
