/**
 * The control plane: every method of the contract, against an `EngineHandle`. Transports reach it through
 * `callControl`, which checks the arguments first.
 */
import { createProjectKey } from '../config/locate.ts'
import { fillFromEnv } from '../config/secret-text.ts'
import type { ControlApi } from '../contract.ts'
import { createConfigStore } from './config-store.ts'
import { ControlError } from './control-error.ts'
import type { EngineHandle } from './engine-handle.ts'
import { createRequestTools } from './request-tools.ts'
import { createUpstreamTools } from './upstream-tools.ts'

export function createControl(engine: EngineHandle): ControlApi {
  const config = createConfigStore(engine)
  return {
    getStatus: async () => engine.status(),
    ...createRequestTools(engine),
    ...config.methods,
    createKey: async () => createProjectKey(),

    ...createUpstreamTools(engine, config.written),
    async resetKey(upstream, keyId) {
      if (!engine.resetKey(upstream, keyId)) throw new ControlError('key_unknown', engine.language())
    },

    listModels: async () => engine.listModels(),
    async listProjectModels(project) {
      const models = engine.listProjectModels(project)
      if (models === null) throw new ControlError('project_unknown', engine.language(), { project })
      return models
    },
    matchModels: async (allowedModels) => engine.matchModels(allowedModels),
    explainRoute: async (model, project) => engine.explainRoute(model, project),

    sendTestNotice: (webhookUrl) => engine.sendTestNotice(fillFromEnv(webhookUrl.trim(), engine.env).value),
  }
}
