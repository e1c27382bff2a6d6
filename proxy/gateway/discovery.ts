/**
 * Reads the model lists of upstreams that serve `*` or patterns, in the background. A list that cannot be read says
 * nothing about a key: some providers refuse it to good ones.
 */
import type { PoolKey } from '../routing/key-pool.ts'
import { readModelList } from '../providers/models.ts'
import { isPattern } from '../routing/patterns.ts'
import type { Snapshot, UpstreamSpec } from '../snapshot.ts'
import type { UpstreamStates } from './upstream.ts'

const REFRESH_MS = 30 * 60_000
const RETRY_MS = 2 * 60_000
const TIMEOUT_MS = 15_000
const LIST_LIMIT_BYTES = 8 * 1024 * 1024
const PAGES = 20

/** Looks which lists are missing or old, and reads those. Resolves when all have been tried. */
export async function refreshModels(snapshot: Snapshot, states: UpstreamStates, now: number): Promise<void> {
  const due = [...snapshot.upstreams.values()].filter((spec) => {
    const state = states.find(spec.name)
    if (!state || !spec.config.models.some(isPattern) || snapshot.routes.upstreams.get(spec.name)?.unusable !== null)
      return false
    return now - state.discoveredAt >= (state.discovered ? REFRESH_MS : RETRY_MS)
  })
  await Promise.all(
    due.map(async (spec) => {
      const state = states.find(spec.name)
      if (!state) return
      state.discoveredAt = now
      const key = spec.keys.find(({ enabled }) => enabled) ?? null
      const listed = await fetchModelList(spec, states, key).catch(() => null)
      if (listed && listed.ok) state.discovered = new Set(listed.models)
    }),
  )
}

export type FetchedModels =
  | { readonly ok: true; readonly models: readonly string[] }
  | { readonly ok: false; readonly status: number | null; readonly message: string }

/** Asks an upstream for its list. @throws Error when it cannot be reached. */
async function fetchModelList(spec: UpstreamSpec, states: UpstreamStates, key: PoolKey | null): Promise<FetchedModels> {
  const connection = states.find(spec.name)?.connectionOf(spec)
  if (!connection) return { ok: false, status: null, message: 'The upstream is not in the running config.' }
  const protocol = spec.profile.id === 'anthropic' ? 'messages' : 'chat'
  const headers = [
    ...spec.staticHeaders,
    ...(key ? spec.credential(protocol, key.secret) : []),
    'accept',
    'application/json',
  ]
  if (protocol === 'messages') headers.push('anthropic-version', '2023-06-01')
  const models: string[] = []
  connection.hold()
  try {
    const dispatcher = connection.dispatcher()
    let query = protocol === 'messages' ? '?limit=1000' : ''
    for (let page = 0; page < PAGES; page++) {
      const answer = await dispatcher.request({
        origin: spec.origin,
        path: spec.pathFor(`/v1/models${query}`, protocol),
        method: 'GET',
        headers,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      const text = await readText(answer.body, LIST_LIMIT_BYTES)
      if (answer.statusCode >= 300) return { ok: false, status: answer.statusCode, message: text.slice(0, 2000) }
      const body: unknown = JSON.parse(text)
      models.push(...readModelList(body).map(({ id }) => id))
      const next = nextPage(body)
      if (next === null) break
      query = `?limit=1000&after_id=${encodeURIComponent(next)}`
    }
    return { ok: true, models: [...new Set(models)] }
  } finally {
    connection.release()
  }
}

// Anthropic pages its list: https://docs.anthropic.com/en/api/models-list
function nextPage(body: unknown): string | null {
  if (typeof body !== 'object' || body === null) return null
  const more = 'has_more' in body && body.has_more === true
  return more && 'last_id' in body && typeof body.last_id === 'string' ? body.last_id : null
}

async function readText(body: AsyncIterable<Buffer>, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > limitBytes) throw new Error('The answer is too large.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
