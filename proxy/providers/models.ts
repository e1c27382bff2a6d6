/** Model lists as upstreams give them, in whichever envelope. */

import { asCount, asList, asRecord, asText } from './json-values.ts'
import type { JsonRecord } from './json-values.ts'

export interface ListedModel {
  /** Whole id as a request must name it. */
  readonly id: string
  /** Epoch seconds, null when not said. */
  readonly created: number | null
  readonly ownedBy: string | null
  /** Tokens that fit into one request, null when not said. */
  readonly contextWindow: number | null
}

/**
 * The models in `body`: `{data: […]}`, `{models: […]}` or a bare list of objects or names. Entries
 * without an id are left out, and so is a second of the same id. Anything else is an empty list.
 */
export function readModelList(body: unknown): readonly ListedModel[] {
  const record = asRecord(body)
  const entries = Array.isArray(body) ? body : [record?.['data'], record?.['models']].flatMap(asList)
  const models = new Map<string, ListedModel>()
  for (const entry of entries) {
    const model = readModel(entry)
    if (model !== null && !models.has(model.id)) models.set(model.id, model)
  }
  return [...models.values()]
}

function readModel(entry: unknown): ListedModel | null {
  const record: JsonRecord = asRecord(entry) ?? { id: entry }
  const named = asText(record['id']) ?? asText(record['name']) ?? asText(record['slug'])
  // Google's prefix only: `openai/gpt-oss-120b` and `accounts/…/models/x` are whole ids.
  const id = named?.replace(/^models\//, '').trim() ?? ''
  if (id === '') return null
  return {
    id,
    created: asCount(record['created']) ?? epochSeconds(record['created_at']),
    ownedBy: asText(record['owned_by']) ?? asText(record['publisher']) ?? asText(record['organization']),
    contextWindow: contextWindowOf(record),
  }
}

/** Under the names that OpenRouter and Together, vLLM, Anthropic, Groq, Mistral, and Gemini use. */
function contextWindowOf(record: JsonRecord): number | null {
  const names = [
    'context_length',
    'max_model_len',
    'max_input_tokens',
    'context_window',
    'max_context_length',
    'inputTokenLimit',
  ]
  const counts = names.map((name) => asCount(record[name]))
  // GitHub keeps it among its limits.
  const limit = asCount(asRecord(record['limits'])?.['max_input_tokens'])
  return [...counts, limit].find((count) => count !== null && count > 0) ?? null
}

function epochSeconds(value: unknown): number | null {
  const text = asText(value)
  const time = text === null ? Number.NaN : Date.parse(text)
  return Number.isNaN(time) ? asCount(value) : Math.max(0, Math.floor(time / 1000))
}
