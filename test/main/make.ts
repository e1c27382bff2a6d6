/** Complete valid values for tests of the desktop shell. */
import type { DesktopState, EngineStatus, KeyStatus, RequestRecord, UpstreamStatus } from '../../proxy/contract.ts'

export function makeStatus(overrides: Partial<EngineStatus> = {}): EngineStatus {
  return {
    version: '0.1.0',
    shell: 'desktop',
    platform: 'linux',
    nodeVersion: '24.21.0',
    state: 'running',
    startedAt: 0,
    listening: {
      baseUrl: 'http://localhost:8080/v1',
      addresses: ['127.0.0.1:8080', '[::1]:8080'],
      port: 8080,
      beyondLoopback: false,
      networkUrls: [],
    },
    failure: null,
    config: {
      path: '/data/config.yaml',
      dataFolder: '/data',
      appliedRevision: 'r1',
      appliedAt: 0,
      rejected: null,
      warnings: [],
    },
    language: 'en',
    activeRequests: 0,
    totalRequests: 0,
    hasAnswered: false,
    upstreams: [makeUpstream()],
    projects: [{ name: 'default', enabled: true }],
    traffic: {
      windowSeconds: 300,
      requests: 0,
      success: null,
      p50Ms: null,
      p95Ms: null,
      firstTokenP50Ms: null,
      inputTokens: 0,
      outputTokens: 0,
      perSecond: [],
      failedPerSecond: [],
    },
    ...overrides,
  }
}

/** A status whose config file is refused with this code. */
export function makeRejected(
  code: string,
  params: Readonly<Record<string, string | number>> = {},
  overrides: Partial<EngineStatus> = {},
): EngineStatus {
  const status = makeStatus(overrides)
  const rejected = [
    { severity: 'error', code, params, message: code, path: ['server', 'port'], line: null, column: null },
  ] as const
  return { ...status, config: { ...status.config, rejected } }
}

export function makeUpstream(overrides: Partial<UpstreamStatus> = {}): UpstreamStatus {
  return {
    name: 'OpenAI',
    enabled: true,
    provider: 'openai',
    baseUrl: 'https://api.openai.com',
    isLocal: false,
    needsKey: true,
    speaks: ['chat'],
    breaker: 'closed',
    breakerUntil: null,
    lastError: null,
    lastErrorAt: null,
    lastAnswerAt: null,
    activeRequests: 0,
    keys: [makeKey()],
    discoveredModels: null,
    ...overrides,
  }
}

export function makeKey(overrides: Partial<KeyStatus> = {}): KeyStatus {
  return {
    keyId: 'k1',
    label: 'sk-…a1b2',
    state: 'ready',
    until: null,
    guessed: false,
    reason: null,
    models: [],
    lastUsedAt: null,
    requests: 0,
    failures: 0,
    ...overrides,
  }
}

export function makeDesktop(overrides: Partial<DesktopState> = {}): DesktopState {
  return {
    platform: 'linux',
    hasTray: true,
    launchAtLogin: false,
    closeToTray: true,
    useSystemProxy: false,
    notices: {
      'key-paused': false,
      'key-recovered': false,
      'key-refused': true,
      'key-exhausted': true,
      'model-unavailable': true,
      'config-rejected': true,
    },
    portConflict: null,
    ...overrides,
  }
}

export function makeRecord(overrides: Partial<RequestRecord> = {}): RequestRecord {
  return {
    id: 'req_1',
    seq: 1,
    startedAt: 1000,
    endedAt: 2000,
    method: 'POST',
    path: '/v1/chat/completions',
    protocol: 'chat',
    project: 'default',
    requestedModel: 'gpt-4o',
    stream: false,
    status: 200,
    end: 'done',
    errorCode: null,
    errorMessage: null,
    firstTokenMs: null,
    requestBytes: 0,
    responseBytes: 0,
    usage: null,
    attempts: [],
    client: { address: '127.0.0.1', userAgent: null },
    ...overrides,
  }
}
