/**
 * Token counts as upstreams report them, brought to one form. Each protocol and some providers count
 * differently: whether input includes what came from a cache, whether output includes reasoning.
 */

import type { Protocol } from './hosts.ts'
import { asCount, asList, asRecord } from './json-values.ts'
import type { JsonRecord } from './json-values.ts'

/** Tokens of one request. */
export interface Usage {
  /** All input, cached or not. */
  readonly inputTokens: number
  /** Part of the input that was read from a cache. */
  readonly cacheReadTokens: number
  /** Part of the input that was written to a cache. */
  readonly cacheWriteTokens: number
  /** All output that is paid for, reasoning included. */
  readonly outputTokens: number
  /** Part of the output that was reasoning. */
  readonly reasoningTokens: number
  /** The price that the upstream itself named, in USD; null when it named none. */
  readonly vendorCostUsd: number | null
  readonly source: 'reported' | 'estimated'
}

/** Counts before they are checked against each other; null where nothing usable was reported. */
interface Counts {
  readonly input: number | null
  readonly cacheRead?: number | null
  readonly cacheWrite?: number | null
  readonly output: number | null
  readonly reasoning?: number | null
  readonly costUsd?: number | null
}

/**
 * The usage in `body`: a whole answer, or one event of a stream. Null when it reports none.
 *
 * A stream may report more than once; give the parts to `mergeUsage`.
 *
 * @param profileId - `id` of the upstream's `HostProfile`; it decides where providers differ.
 */
export function readUsage(protocol: Protocol, profileId: string, body: unknown): Usage | null {
  const record = asRecord(body)
  if (record === null) return null
  switch (protocol) {
    case 'chat':
      return readChat(record, profileId)
    case 'responses': {
      const usage = asRecord(asRecord(record['response'])?.['usage'] ?? record['usage'])
      return usage === null ? null : normalise(responsesCounts(usage))
    }
    case 'messages': {
      const usage = asRecord(asRecord(record['message'])?.['usage'] ?? record['usage'])
      return usage === null ? null : normalise(messagesCounts(usage))
    }
    case 'gemini': {
      const usage = asRecord(record['usageMetadata'])
      return usage === null ? null : normalise(geminiCounts(usage))
    }
  }
}

/**
 * What is known after another report of the same request. The last one wins, since each is a running
 * total; nothing is ever added up.
 *
 * Only the messages protocol splits its report: input at the start, output at the end, each again or
 * anew in between, and compatible hosts say 0 at the start. There a count that is reported replaces
 * the earlier one, and what is not reported stays.
 */
export function mergeUsage(earlier: Usage | null, later: Usage | null, protocol: Protocol): Usage | null {
  if (earlier === null || later === null) return later ?? earlier
  if (protocol !== 'messages') return later
  return {
    ...mergeInput(earlier, later),
    outputTokens: later.outputTokens || earlier.outputTokens,
    reasoningTokens: later.reasoningTokens || earlier.reasoningTokens,
    vendorCostUsd: later.vendorCostUsd ?? earlier.vendorCostUsd,
    source: later.source,
  }
}

type InputTokens = Pick<Usage, 'inputTokens' | 'cacheReadTokens' | 'cacheWriteTokens'>

function mergeInput(earlier: Usage, later: Usage): InputTokens {
  const { inputTokens, cacheReadTokens, cacheWriteTokens } = later.inputTokens === 0 ? earlier : later
  if (cacheReadTokens + cacheWriteTokens > 0) return { inputTokens, cacheReadTokens, cacheWriteTokens }
  // The later report may leave out the cache, which its sum then lacks.
  return {
    inputTokens: inputTokens + earlier.cacheReadTokens + earlier.cacheWriteTokens,
    cacheReadTokens: earlier.cacheReadTokens,
    cacheWriteTokens: earlier.cacheWriteTokens,
  }
}

function readChat(record: JsonRecord, profileId: string): Usage | null {
  // Moonshot puts it into the choice, Groq beside the answer where it was not asked for.
  const usage =
    asRecord(record['usage']) ??
    asRecord(asRecord(asList(record['choices'])[0])?.['usage']) ??
    asRecord(asRecord(record['x_groq'])?.['usage'])
  if (usage !== null) return normalise(forProvider(chatCounts(usage), usage, profileId))
  // Ollama's own API.
  return normalise({ input: asCount(record['prompt_eval_count']), output: asCount(record['eval_count']) })
}

function chatCounts(usage: JsonRecord): Counts {
  const details = asRecord(usage['prompt_tokens_details'] ?? usage['input_tokens_details'])
  const outputDetails = asRecord(usage['completion_tokens_details'] ?? usage['output_tokens_details'])
  // Images and transcriptions use the names of the responses API; embeddings may have only a total.
  const output = asCount(usage['completion_tokens']) ?? asCount(usage['output_tokens'])
  const named = asCount(usage['prompt_tokens']) ?? asCount(usage['input_tokens'])
  const total = asCount(usage['total_tokens'])
  return {
    input: named ?? (total === null ? null : Math.max(0, total - (output ?? 0))),
    cacheRead:
      asCount(usage['prompt_cache_hit_tokens']) ?? // DeepSeek
      asCount(usage['cached_tokens']) ?? // Moonshot
      asCount(usage['num_cached_tokens']) ?? // Mistral
      asCount(details?.['cached_tokens']) ??
      asCount(asRecord(usage['prompt_token_details'])?.['cached_tokens']), // Mistral, as it is spelt there
    // The second name is DashScope's.
    cacheWrite: asCount(details?.['cache_write_tokens']) ?? asCount(details?.['cache_creation_input_tokens']),
    output,
    reasoning: asCount(outputDetails?.['reasoning_tokens']),
  }
}

/** Where a provider counts otherwise than the names say. */
function forProvider(counts: Counts, usage: JsonRecord, profileId: string): Counts {
  const input = counts.input ?? 0
  const output = counts.output ?? 0
  const total = asCount(usage['total_tokens'])
  switch (profileId) {
    case 'gemini': {
      // Thinking may be missing from the output but is in the total.
      const withThinking = total === null ? 0 : total - input
      if (withThinking <= output) return counts
      return { ...counts, output: withThinking, reasoning: counts.reasoning ?? withThinking - output }
    }
    case 'xai': {
      // Reasoning is not in the output, unless the total says that it is; nor are cached tokens always in the input.
      const reasoning = total === input + output ? 0 : (counts.reasoning ?? 0)
      const cached = counts.cacheRead ?? 0
      return { ...counts, input: cached > input ? input + cached : counts.input, output: output + reasoning }
    }
    case 'perplexity': {
      const reasoning = asCount(usage['reasoning_tokens']) ?? 0
      const costUsd = asCount(asRecord(usage['cost'])?.['total_cost'])
      return { ...counts, output: output + reasoning, reasoning, costUsd }
    }
    case 'openrouter':
      // Its credits are US dollars.
      return { ...counts, costUsd: asCount(usage['cost']) }
    default:
      return counts
  }
}

function responsesCounts(usage: JsonRecord): Counts {
  const details = asRecord(usage['input_tokens_details'])
  return {
    input: asCount(usage['input_tokens']),
    cacheRead: asCount(details?.['cached_tokens']),
    cacheWrite: asCount(details?.['cache_write_tokens']),
    output: asCount(usage['output_tokens']),
    reasoning: asCount(asRecord(usage['output_tokens_details'])?.['reasoning_tokens']),
    costUsd: asCount(usage['cost']),
  }
}

/** Anthropic keeps the parts of the input apart; elsewhere the cached ones are within. */
function messagesCounts(usage: JsonRecord): Counts {
  const parts = iterationsOf(usage)
  const sum = (name: string) => {
    const counts = parts.map((part) => asCount(part[name])).filter((count) => count !== null)
    return counts.length === 0 ? null : counts.reduce((total, count) => total + count, 0)
  }
  const input = sum('input_tokens')
  const cacheRead = sum('cache_read_input_tokens')
  const cacheWrite = sum('cache_creation_input_tokens')
  const isReported = input !== null || cacheRead !== null || cacheWrite !== null
  return {
    input: isReported ? (input ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0) : null,
    cacheRead,
    cacheWrite,
    output: sum('output_tokens'),
    reasoning: asCount(asRecord(usage['output_tokens_details'])?.['thinking_tokens']),
  }
}

/**
 * What is to be added up: where the model was called more than once for a request (compaction), the
 * top level holds the last call only and `iterations` all of them. A fallback is counted at the top.
 */
function iterationsOf(usage: JsonRecord): readonly JsonRecord[] {
  const iterations = asList(usage['iterations'])
    .map(asRecord)
    .filter((iteration) => iteration !== null)
  if (iterations.some(({ type }) => type === 'fallback_message')) return [usage]
  const own = iterations.filter(({ type }) => type === 'compaction' || type === 'message')
  return own.length === 0 ? [usage] : own
}

function geminiCounts(usage: JsonRecord): Counts {
  const prompt = asCount(usage['promptTokenCount'])
  const candidates = asCount(usage['candidatesTokenCount'])
  const thoughts = asCount(usage['thoughtsTokenCount'])
  return {
    input: prompt === null ? null : prompt + (asCount(usage['toolUsePromptTokenCount']) ?? 0),
    cacheRead: asCount(usage['cachedContentTokenCount']),
    output: candidates === null && thoughts === null ? null : (candidates ?? 0) + (thoughts ?? 0),
    reasoning: thoughts,
  }
}

/** Whole numbers, no part greater than its whole; null when neither input nor output was reported. */
function normalise(counts: Counts): Usage | null {
  if (counts.input === null && counts.output === null) return null
  const inputTokens = Math.round(counts.input ?? 0)
  const outputTokens = Math.round(counts.output ?? 0)
  const cacheReadTokens = Math.min(Math.round(counts.cacheRead ?? 0), inputTokens)
  return {
    inputTokens,
    cacheReadTokens,
    cacheWriteTokens: Math.min(Math.round(counts.cacheWrite ?? 0), inputTokens - cacheReadTokens),
    outputTokens,
    reasoningTokens: Math.min(Math.round(counts.reasoning ?? 0), outputTokens),
    vendorCostUsd: counts.costUsd ?? null,
    source: 'reported',
  }
}
