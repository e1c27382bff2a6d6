/** Believable values for tests and looks of the console: 12 upstreams in every state, 3 projects, records of all kinds. */
import type { EngineStatus, KeyStatus, RequestRecord, UpstreamStatus } from '../../proxy/contract.ts'
import { type ConfigFile } from './console-config.ts'

export const fixtureConfigText = `# AI Proxy
server:
  port: ":8080"
  max_retries: 3
  cool_down_minutes: 10
  auto_models:
    "auto-models": "nvidia:minimaxai/minimax-m2.1" # the cheap one
    "auto-gpt4": ["OpenAI-Pool:gpt-4o", "OpenRouter:openai/gpt-4o"]
upstreams:
  # Tried in this order.
  - name: "Demo"
    base_url: "builtin:demo"
    models: ["demo/echo", "demo/slow"]
  - name: "OpenAI-Pool"
    base_url: "https://api.openai.com"
    models: ["gpt-4o", "gpt-4o-mini", "o3-mini"]
    keys:
      - { key: "sk-fixture-openai-000000000001a1b2", name: "team" }
      - "sk-fixture-openai-000000000002c3d4"
      - { key: "sk-fixture-openai-000000000003e5f6", name: "old", enabled: false }
  - name: "Azure 瑞典"
    base_url: "https://contoso-sweden.openai.azure.com/openai/v1"
    models: ["gpt-4o"]
    keys: ["fixture-azure-00000000000000001122"]
  - name: "Anthropic"
    base_url: "https://api.anthropic.com"
    models: ["claude-sonnet-4-5", "claude-haiku-4-5"]
    keys: ["sk-ant-fixture-00000000000000003344", "sk-ant-fixture-00000000000000005566"]
  - name: "Gemini"
    base_url: "https://generativelanguage.googleapis.com/v1beta/openai"
    models: ["gemini-2.5-pro", "gemini-2.5-flash"]
    keys: ["AIzaFixture0000000000000000000007788"]
  - name: "DeepSeek"
    base_url: "https://api.deepseek.com"
    models: ["deepseek-chat", "deepseek-reasoner"]
    keys: ["sk-fixture-deepseek-0000000000009900"]
  - name: "nvidia"
    base_url: "https://integrate.api.nvidia.com/v1"
    models: ["minimaxai/*", "meta/llama-3.3-70b-instruct"]
    keys: ["nvapi-fixture-000000000000000aabb", "nvapi-fixture-000000000000000ccdd"]
  - name: "OpenRouter"
    base_url: "https://openrouter.ai/api/v1"
    models: ["*"]
    keys: ["sk-or-v1-fixture-00000000000000eeff"]
  - name: "Qwen 通义"
    base_url: "https://dashscope.aliyuncs.com/compatible-mode/v1"
    models: ["qwen-max", "qwen-plus"]
    keys: ["sk-fixture-qwen-00000000000000001357"]
  - name: "Ollama"
    base_url: "http://localhost:11434"
    models: ["llama3:8b", "qwen2.5-coder:14b"]
  - name: "Groq"
    base_url: "https://api.groq.com/openai/v1"
    models: ["llama-3.3-70b-versatile"]
    keys: ["\${GROQ_API_KEY}"]
  - name: "A very long upstream name that somebody typed to see what happens"
    enabled: false
    base_url: "https://gateway.very-long-subdomain.internal.example-company.com/teams/platform/openai/v1"
    models: ["gpt-4o"]
    keys: ["sk-fixture-long-00000000000000002468"]
project_auth:
  - project_name: "测试项目"
    api_key: "ak-fixture-0000000000000000000000000000a001"
    allowed_models: ["*"]
  - project_name: "IDE"
    api_key: "ak-fixture-0000000000000000000000000000b002"
    allowed_models: ["gpt-4o", "auto-*", "claude-*"]
  - project_name: "nightly-jobs"
    enabled: false
    api_key: "ak-fixture-0000000000000000000000000000c003"
    allowed_models: ["auto-models"]
`

/** What an install looks like before anything was filled in. */
export const emptyConfigText = `server:\n  port: ":8080"\nupstreams: []\nproject_auth: []\n`

export function makeStatus(config: ConfigFile, now: number, overrides: Partial<EngineStatus> = {}): EngineStatus {
  const view = config.view()
  const upstreams = view.upstreams.map((upstream) => makeUpstreamStatus(upstream, now))
  return {
    version: '0.1.0',
    shell: 'headless',
    platform: 'linux',
    nodeVersion: 'v24.21.0',
    state: 'running',
    startedAt: now - 5_400_000,
    listening: {
      baseUrl: 'http://localhost:8080/v1',
      addresses: ['127.0.0.1:8080', '[::1]:8080'],
      port: 8080,
      beyondLoopback: false,
      networkUrls: [],
    },
    failure: null,
    config: {
      path: view.path,
      dataFolder: view.dataFolder,
      appliedRevision: view.appliedRevision,
      appliedAt: now - 5_000_000,
      rejected: view.diagnostics.length > 0 ? view.diagnostics : null,
      warnings: [],
    },
    language: 'en',
    activeRequests: 2,
    totalRequests: 18_432,
    hasAnswered: true,
    upstreams,
    projects: view.projects.map((project) => ({
      name: project.name,
      enabled: project.settings['enabled'] !== false,
    })),
    traffic: {
      windowSeconds: 300,
      requests: 412,
      success: 0.9757,
      p50Ms: 1240,
      p95Ms: 8630,
      firstTokenP50Ms: 412,
      inputTokens: 1_284_220,
      outputTokens: 93_410,
      perSecond: Array.from({ length: 60 }, (_, second) => Math.round(2 + Math.sin(second / 5) + (second % 4))),
      failedPerSecond: Array.from({ length: 60 }, (_, second) => (second % 17 === 0 ? 1 : 0)),
    },
    ...overrides,
  }
}

/** What is unlike "ready": by the upstream's name, then by the place of the key. */
const keyStates: Readonly<Record<string, readonly Partial<KeyStatus>[]>> = {
  'OpenAI-Pool': [{}, { state: 'paused', until: 598_000, reason: 'Rate limit reached for gpt-4o (429)' }],
  'Azure 瑞典': [{ state: 'paused', until: 41_000, guessed: true, reason: 'Too Many Requests (429)' }],
  DeepSeek: [{ state: 'exhausted', until: 7_100_000, reason: 'Insufficient Balance (402)' }],
  nvidia: [{}, { state: 'refused', reason: 'Authentication failed (401)' }],
}

function makeUpstreamStatus(view: ReturnType<ConfigFile['view']>['upstreams'][number], now: number): UpstreamStatus {
  const failing = view.name === 'Gemini'
  const baseUrl = String(view.settings['base_url'])
  const isLocal = baseUrl.startsWith('builtin:') || baseUrl.includes('localhost')
  return {
    name: view.name,
    enabled: view.settings['enabled'] !== false,
    provider: new URL(baseUrl).hostname || 'demo',
    baseUrl,
    isLocal,
    needsKey: !isLocal,
    speaks: view.name === 'Anthropic' ? ['messages', 'chat'] : ['chat'],
    breaker: failing ? 'open' : 'closed',
    breakerUntil: failing ? now + 38_000 : null,
    lastError: failing ? 'connect ETIMEDOUT 142.250.74.10:443' : null,
    lastErrorAt: failing ? now - 22_000 : null,
    lastAnswerAt: failing ? null : now - 12_000,
    activeRequests: view.name === 'OpenAI-Pool' ? 2 : 0,
    keys: view.keys.map((key, index) => {
      const changes = keyStates[view.name]?.[index] ?? {}
      return {
        keyId: key.keyId,
        label: key.label,
        state: key.enabled && !key.envMissing ? 'ready' : 'disabled',
        guessed: false,
        reason: null,
        models: [],
        lastUsedAt: now - 12_000,
        requests: 1240 - index * 300,
        failures: index * 3,
        ...changes,
        until: changes.until == null ? null : now + changes.until,
      }
    }),
    discoveredModels: view.name === 'OpenRouter' ? 348 : null,
  }
}

/** One complete record that ended well. */
export function makeRecord(overrides: Partial<RequestRecord> = {}): RequestRecord {
  const startedAt = overrides.startedAt ?? 1_795_449_600_000
  return {
    id: 'req_1',
    seq: 3,
    startedAt,
    endedAt: startedAt + 1840,
    method: 'POST',
    path: '/v1/chat/completions',
    protocol: 'chat',
    project: 'IDE',
    requestedModel: 'gpt-4o',
    stream: true,
    status: 200,
    end: 'done',
    errorCode: null,
    errorMessage: null,
    firstTokenMs: 410,
    requestBytes: 5210,
    responseBytes: 18_433,
    usage: {
      inputTokens: 1204,
      cacheReadTokens: 1024,
      cacheWriteTokens: 0,
      outputTokens: 388,
      reasoningTokens: 0,
      vendorCostUsd: null,
      source: 'reported',
    },
    attempts: [
      {
        upstream: 'OpenAI-Pool',
        model: 'gpt-4o',
        keyId: 'f00d',
        keyLabel: 'team',
        startedAt: startedAt + 2,
        waitedMs: 0,
        endedAt: startedAt + 1840,
        status: 200,
        result: 'answered',
        message: null,
        upstreamRequestId: 'req_up_1',
      },
    ],
    client: { address: '127.0.0.1', userAgent: 'OpenAI/JS 7.57.0' },
    ...overrides,
  }
}

const models = ['gpt-4o', 'auto-models', 'claude-sonnet-4-5', 'auto-gpt4', 'deepseek-chat', 'llama3:8b', 'qwen-max']
const projects = ['IDE', '测试项目', 'nightly-jobs']

/** `count` records of all kinds, the newest last; the last two still run. Numbers `from` … make ids unique. */
export function makeRecords(count: number, now: number, from = 0): RequestRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const number = from + index
    const startedAt = now - (count - index) * 1700
    const base = makeRecord({
      id: `req_${String(number).padStart(6, '0')}`,
      startedAt,
      project: projects[number % projects.length] ?? null,
      requestedModel: models[number % models.length] ?? null,
      stream: number % 3 !== 0,
    })
    if (index >= count - 2) return running(base)
    if (number % 11 === 0) return failedOver(base)
    if (number % 23 === 0) return failed(base)
    if (number % 31 === 0) return { ...base, end: 'client_gone', status: 499, usage: null }
    if (number % 37 === 0) return refused(base)
    return { ...base, endedAt: startedAt + 300 + ((number * 797) % 9000) }
  })
}

function running(record: RequestRecord): RequestRecord {
  const [attempt] = record.attempts
  return {
    ...record,
    seq: 1,
    endedAt: null,
    status: null,
    end: null,
    firstTokenMs: null,
    responseBytes: 0,
    usage: null,
    attempts: attempt === undefined ? [] : [{ ...attempt, endedAt: null, status: null, result: 'pending' }],
  }
}

function failedOver(record: RequestRecord): RequestRecord {
  const [attempt] = record.attempts
  if (attempt === undefined) return record
  const limited = {
    ...attempt,
    keyId: 'beef',
    keyLabel: 'sk-…c3d4',
    endedAt: record.startedAt + 180,
    status: 429,
    result: 'rate_limited',
    message: 'Rate limit reached for gpt-4o in organization org-1 on tokens per min.',
  } as const
  return { ...record, attempts: [limited, { ...attempt, startedAt: record.startedAt + 184 }] }
}

function failed(record: RequestRecord): RequestRecord {
  const [attempt] = record.attempts
  const message = 'No upstream could answer: connection refused.'
  return {
    ...record,
    status: 502,
    end: 'upstream_error',
    errorCode: 'upstream_error',
    errorMessage: message,
    firstTokenMs: null,
    usage: null,
    attempts:
      attempt === undefined
        ? []
        : [{ ...attempt, upstream: 'Gemini', status: null, result: 'upstream_error', message: 'connect ECONNREFUSED' }],
  }
}

function refused(record: RequestRecord): RequestRecord {
  return {
    ...record,
    endedAt: record.startedAt + 1,
    status: 403,
    end: 'refused',
    errorCode: 'model_not_allowed',
    errorMessage: 'This project may not use this model.',
    firstTokenMs: null,
    usage: null,
    attempts: [],
  }
}
