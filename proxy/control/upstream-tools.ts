/**
 * Tools of the upstream editor, for drafts as they stand in the form: addresses as one types, a real test, the
 * provider's model list. Errors are the provider's own words, secrets taken out.
 */
import type { ControlApi, UpstreamDraft, UrlPreview } from '../contract.ts'
import { readProviderError } from '../providers/failures.ts'
import type { Protocol } from '../providers/hosts.ts'
import { hostProfile, providerPresets } from '../providers/hosts.ts'
import { readModelList } from '../providers/models.ts'
import { createUrlBuilder, parseBaseUrl } from '../providers/urls.ts'
import { controlText } from './control-texts.ts'
import type { EngineHandle, OutboundLine } from './engine-handle.ts'
import { failureWords } from './line-failure.ts'
import type { ResolvedDraft } from './upstream-draft.ts'
import { demoProfile, demoUrl, parseJson, pathOf, resolveDraft } from './upstream-draft.ts'
import { runUpstreamTest } from './upstream-test.ts'
import type { WrittenConfig } from './written-config.ts'

export type UpstreamMethods = Pick<ControlApi, 'listPresets' | 'previewUrls' | 'testUpstream' | 'fetchModels'>

const listTimeoutMs = 15_000
const maxPages = 20

/** @param written - the config of the forms, where saved keys and masked values are looked up. */
export function createUpstreamTools(
  engine: EngineHandle,
  written: () => Promise<WrittenConfig | null>,
): UpstreamMethods {
  // What stands in the way of opening one is told like what stands in the way of a request.
  const openLine = ({ origin, proxy }: ResolvedDraft): OutboundLine => {
    try {
      return engine.openLine({ origin, proxy })
    } catch (error) {
      const fail = async () => {
        throw error
      }
      return { request: fail, close: () => undefined }
    }
  }
  const resolve = async (draft: UpstreamDraft) => resolveDraft(draft, await written(), engine)
  return {
    listPresets: async () => providerPresets,
    previewUrls: async (baseUrl, pathPrefix) => previewUrls(baseUrl, pathPrefix),

    async testUpstream(draft, model) {
      const resolved = await resolve(draft)
      const line = openLine(resolved)
      try {
        return await runUpstreamTest(resolved, model, line, engine.language())
      } finally {
        line.close()
      }
    },

    async fetchModels(draft) {
      const resolved = await resolve(draft)
      const line = openLine(resolved)
      const protocol: Protocol = resolved.profile.id === 'anthropic' ? 'messages' : 'chat'
      const models: string[] = []
      const startedAt = performance.now()
      try {
        let query = protocol === 'messages' ? '?limit=1000' : ''
        for (let page = 0; page < maxPages; page += 1) {
          const path = pathOf(resolved.urlFor(`/v1/models${query}`, protocol))
          const headers = { ...resolved.headersFor(protocol), accept: 'application/json' }
          const answer = await line.request({ method: 'GET', path, headers, body: null, timeoutMs: listTimeoutMs })
          const { status } = answer
          if (status >= 300) {
            const error = readProviderError(status, (name) => answer.headers[name] ?? null, answer.text, Date.now())
            const message =
              status < 400
                ? controlText('redirected', engine.language(), { host: resolved.host })
                : resolved.redact(error.message)
            return { ok: false, status, message }
          }
          const body = parseJson(answer.text)
          if (body === undefined) {
            const message = controlText('not_an_api', engine.language(), { host: resolved.host })
            return { ok: false, status, message }
          }
          models.push(...readModelList(body).map(({ id }) => id))
          const next = nextPage(body)
          if (next === null) break
          query = `?limit=1000&after_id=${encodeURIComponent(next)}`
        }
        return { ok: true, models: [...new Set(models)], tookMs: Math.round(performance.now() - startedAt) }
      } catch (error) {
        const message = failureWords(error, resolved.host, listTimeoutMs, engine.language())
        return { ok: false, status: null, message: resolved.redact(message) }
      } finally {
        line.close()
      }
    },
  }
}

/** The addresses that calls will go to, as the host speaks; `problem` while it is none. */
function previewUrls(baseUrl: string, pathPrefix: string | null): UrlPreview {
  const text = baseUrl.trim()
  if (text === demoUrl) return { problem: null, provider: demoProfile.id, speaks: demoProfile.speaks, urls: [] }
  const parsed = parseBaseUrl(text)
  if (!parsed.ok) return { problem: parsed.reason, provider: null, speaks: [], urls: [] }
  const { id, speaks } = hostProfile(text)
  const urlFor = createUrlBuilder(text, { pathPrefix })
  const operations: readonly (readonly [operation: string, path: string, protocol: Protocol])[] = [
    ['chat', '/v1/chat/completions', 'chat'],
    ['responses', '/v1/responses', 'responses'],
    ['messages', '/v1/messages', 'messages'],
    ['gemini', '/v1beta/models/{model}:generateContent', 'gemini'],
    ['embeddings', '/v1/embeddings', 'chat'],
  ]
  const urls = operations
    .filter(([, , protocol]) => speaks.includes(protocol))
    .map(([operation, path, protocol]) => ({ operation, url: urlFor(path, protocol) }))
  urls.push({ operation: 'models', url: urlFor('/v1/models', speaks.includes('chat') ? 'chat' : 'messages') })
  return { problem: null, provider: id, speaks, urls }
}

// Anthropic pages its list: https://docs.anthropic.com/en/api/models-list
function nextPage(body: unknown): string | null {
  if (typeof body !== 'object' || body === null) return null
  const hasMore = 'has_more' in body && body.has_more === true
  return hasMore && 'last_id' in body && typeof body.last_id === 'string' ? body.last_id : null
}
