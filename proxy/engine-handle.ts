/** The engine as the control plane sees it. Adapts and nothing else: no decision is made here. */
import { request } from 'undici'
import type { EngineHandle, LineAnswer, LineRequest, LineTarget, OutboundLine } from './control/engine-handle.ts'
import type { Engine } from './engine.ts'
import { explainRoute } from './explain-route.ts'
import { createDemoDispatcher } from './gateway/demo-upstream.ts'
import { listModels, modelsOf } from './gateway/models.ts'
import { openDispatcher } from './gateway/outbound.ts'
import { keyIdOf } from './routing/key-id.ts'
import { compileNames } from './routing/patterns.ts'

const CONNECT_TIMEOUT_MS = 10_000
const ANSWER_LIMIT_BYTES = 8 * 1024 * 1024

export function createEngineHandle(engine: Engine): EngineHandle {
  const { options, states, records } = engine
  return {
    configPath: options.configPath,
    dataFolder: options.dataFolder,
    backupFolder: engine.backupFolder,
    env: options.env,
    log: options.log,
    language: () => engine.language,
    status: () => engine.status(),
    subscribe: (listener) => engine.subscribe(listener),

    consoleSettings: () => engine.snapshot?.config.server.console ?? { enabled: null, allowedHosts: [] },
    appliedConfig: () => engine.appliedConfig,
    reload: (options) => engine.reload(options),
    secrets: () => engine.snapshot?.secrets ?? [],
    keyIdOf,

    listRequests: (limit, beforeId) => records.list(limit, beforeId).map((record) => record.copy()),
    findRequest(id) {
      const record = records.find(id)
      if (record === null) return null
      const { query, requestHeaders, responseHeaders, requestBody } = record
      return { record: record.copy(), query, requestHeaders, responseHeaders, requestBody }
    },
    projectKey(name) {
      const project = engine.snapshot?.config.projects.find((known) => known.name === name && known.enabled)
      return project?.apiKey ?? null
    },

    resetKey(upstream, keyId) {
      const isKnown = states.find(upstream)?.keys.reset(keyId) ?? false
      if (isKnown) engine.notifyChanged()
      return isKnown
    },
    listModels: () => (engine.snapshot ? listModels(engine.snapshot, states) : []),
    listProjectModels(name) {
      const project = engine.snapshot?.projects.find((known) => known.name === name)
      return engine.snapshot && project ? modelsOf(project, engine.snapshot, states) : null
    },
    matchModels(allowedModels) {
      const project = { allows: compileNames(allowedModels), allowedModels }
      return engine.snapshot ? modelsOf(project, engine.snapshot, states) : []
    },
    explainRoute: (model, project) =>
      engine.snapshot ? explainRoute(engine.snapshot, states, model, project, Date.now()) : [],

    openLine: (target) => openLine(target, engine),
    sendTestNotice: (webhookUrl) => engine.webhook.sendTest(webhookUrl),
  }
}

function openLine({ origin, proxy }: LineTarget, engine: Engine): OutboundLine {
  const dispatcher =
    origin === null
      ? createDemoDispatcher()
      : openDispatcher({
          origin,
          proxyUrl: engine.states.proxyFor(proxy, origin),
          connectTimeoutMs: CONNECT_TIMEOUT_MS,
          caFile: engine.snapshot?.config.server.caFile ?? null,
        })
  return {
    async request({ method, path, headers, body, timeoutMs }: LineRequest): Promise<LineAnswer> {
      const startedAt = performance.now()
      const answer = await request(`${origin ?? 'http://builtin.invalid'}${path}`, {
        dispatcher,
        method,
        headers,
        body,
        signal: AbortSignal.timeout(timeoutMs),
      })
      const headersMs = performance.now() - startedAt
      const flat = Object.entries(answer.headers).map(([name, value]) => [name, value?.toString()] as const)
      return {
        status: answer.statusCode,
        headers: Object.fromEntries(flat),
        text: await readText(answer.body),
        headersMs,
      }
    },
    // Destroyed, not closed: an answer that was cut leaves its connection open.
    close: () => void dispatcher.destroy().catch(() => undefined),
  }
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= ANSWER_LIMIT_BYTES) break
  }
  return Buffer.concat(chunks).toString('utf8', 0, ANSWER_LIMIT_BYTES)
}
