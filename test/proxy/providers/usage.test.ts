import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Protocol } from '../../../proxy/providers/hosts.ts'
import { mergeUsage, readUsage } from '../../../proxy/providers/usage.ts'
import type { Usage } from '../../../proxy/providers/usage.ts'

const none: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  vendorCostUsd: null,
  source: 'reported',
}
const usage = (fields: Partial<Usage>): Usage => ({ ...none, ...fields })
const chat = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 }
const chatRead = { inputTokens: 100, outputTokens: 20 }

describe('readUsage', () => {
  it.each<[string, Protocol, string, unknown, Usage | null]>([
    [
      'OpenAI chat',
      'chat',
      'openai',
      {
        usage: {
          ...chat,
          prompt_tokens_details: { cached_tokens: 30, cache_write_tokens: 10, audio_tokens: 0 },
          completion_tokens_details: { reasoning_tokens: 5 },
        },
      },
      usage({ ...chatRead, cacheReadTokens: 30, cacheWriteTokens: 10, reasoningTokens: 5 }),
    ],
    ['a usage chunk', 'chat', 'openai', { choices: [], usage: chat }, usage(chatRead)],
    ['a chunk without', 'chat', 'openai', { choices: [{ delta: { content: 'hi' } }], usage: null }, null],
    [
      'OpenAI responses, whole',
      'responses',
      'openai',
      {
        usage: {
          input_tokens: 100,
          input_tokens_details: { cached_tokens: 30, cache_write_tokens: 10 },
          output_tokens: 20,
          output_tokens_details: { reasoning_tokens: 5 },
        },
      },
      usage({ ...chatRead, cacheReadTokens: 30, cacheWriteTokens: 10, reasoningTokens: 5 }),
    ],
    [
      'OpenAI responses, last event',
      'responses',
      'openai',
      { type: 'response.completed', response: { usage: { input_tokens: 100, output_tokens: 20 } } },
      usage(chatRead),
    ],
    [
      'OpenAI responses, first event',
      'responses',
      'openai',
      { type: 'response.created', response: { usage: null } },
      null,
    ],
    [
      'embeddings',
      'chat',
      'openai',
      { object: 'list', usage: { prompt_tokens: 8, total_tokens: 8 } },
      usage({ inputTokens: 8 }),
    ],
    ['embeddings with a total only', 'chat', 'unknown', { usage: { total_tokens: 8 } }, usage({ inputTokens: 8 })],
    [
      'images',
      'chat',
      'openai',
      { usage: { input_tokens: 9, output_tokens: 7, total_tokens: 16 } },
      usage({ inputTokens: 9, outputTokens: 7 }),
    ],
    [
      'Anthropic messages, whole',
      'messages',
      'anthropic',
      {
        usage: {
          input_tokens: 10,
          cache_read_input_tokens: 60,
          cache_creation_input_tokens: 30,
          output_tokens: 20,
          output_tokens_details: { thinking_tokens: 5 },
        },
      },
      usage({ ...chatRead, cacheReadTokens: 60, cacheWriteTokens: 30, reasoningTokens: 5 }),
    ],
    [
      'message_start',
      'messages',
      'anthropic',
      {
        type: 'message_start',
        message: { usage: { input_tokens: 100, cache_read_input_tokens: null, output_tokens: 1 } },
      },
      usage({ inputTokens: 100, outputTokens: 1 }),
    ],
    [
      'message_delta',
      'messages',
      'anthropic',
      { type: 'message_delta', usage: { output_tokens: 20 } },
      usage({ outputTokens: 20 }),
    ],
    [
      'a compacted message',
      'messages',
      'anthropic',
      {
        usage: {
          input_tokens: 23,
          output_tokens: 10,
          iterations: [
            { type: 'compaction', input_tokens: 180, output_tokens: 35 },
            { type: 'message', input_tokens: 23, output_tokens: 10 },
            { type: 'advisor_message', input_tokens: 999, output_tokens: 999 },
          ],
        },
      },
      usage({ inputTokens: 203, outputTokens: 45 }),
    ],
    [
      'a message by a fallback',
      'messages',
      'anthropic',
      {
        usage: {
          input_tokens: 23,
          output_tokens: 10,
          iterations: [
            { type: 'message', input_tokens: 5, output_tokens: 5 },
            { type: 'fallback_message', input_tokens: 23, output_tokens: 10 },
          ],
        },
      },
      usage({ inputTokens: 23, outputTokens: 10 }),
    ],
    [
      'Gemini native',
      'gemini',
      'gemini',
      {
        usageMetadata: {
          promptTokenCount: 90,
          toolUsePromptTokenCount: 10,
          cachedContentTokenCount: 40,
          candidatesTokenCount: 15,
          thoughtsTokenCount: 5,
        },
      },
      usage({ ...chatRead, cacheReadTokens: 40, reasoningTokens: 5 }),
    ],
    [
      'an early Gemini chunk',
      'gemini',
      'gemini',
      { usageMetadata: { promptTokenCount: 90 } },
      usage({ inputTokens: 90 }),
    ],
    [
      'Gemini, OpenAI layer, thinking left out',
      'chat',
      'gemini',
      { usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 150 } },
      usage({ inputTokens: 100, outputTokens: 50, reasoningTokens: 30 }),
    ],
    ['Gemini, OpenAI layer, plain', 'chat', 'gemini', { usage: chat }, usage(chatRead)],
    [
      'Gemini, OpenAI layer, no output',
      'chat',
      'gemini',
      { usage: { prompt_tokens: 100, total_tokens: 100 } },
      usage({ inputTokens: 100 }),
    ],
    [
      'DeepSeek',
      'chat',
      'deepseek',
      {
        usage: {
          ...chat,
          prompt_cache_hit_tokens: 64,
          prompt_cache_miss_tokens: 36,
          prompt_tokens_details: { cached_tokens: 1 },
          completion_tokens_details: { reasoning_tokens: 5 },
        },
      },
      usage({ ...chatRead, cacheReadTokens: 64, reasoningTokens: 5 }),
    ],
    [
      'Moonshot',
      'chat',
      'moonshot',
      { usage: { ...chat, cached_tokens: 9 } },
      usage({ ...chatRead, cacheReadTokens: 9 }),
    ],
    [
      'Moonshot, details',
      'chat',
      'moonshot',
      { usage: { ...chat, prompt_tokens_details: { cached_tokens: 9 } } },
      usage({ ...chatRead, cacheReadTokens: 9 }),
    ],
    [
      'Moonshot, in the choice',
      'chat',
      'moonshot',
      { choices: [{ usage: chat, finish_reason: 'stop' }] },
      usage(chatRead),
    ],
    [
      'Mistral',
      'chat',
      'mistral',
      { usage: { ...chat, num_cached_tokens: 9 } },
      usage({ ...chatRead, cacheReadTokens: 9 }),
    ],
    [
      'Mistral, details',
      'chat',
      'mistral',
      { usage: { ...chat, prompt_token_details: { cached_tokens: 9 } } },
      usage({ ...chatRead, cacheReadTokens: 9 }),
    ],
    [
      'DashScope',
      'chat',
      'dashscope',
      { usage: { ...chat, prompt_tokens_details: { cached_tokens: 9, cache_creation_input_tokens: 8 } } },
      usage({ ...chatRead, cacheReadTokens: 9, cacheWriteTokens: 8 }),
    ],
    [
      'xAI',
      'chat',
      'xai',
      {
        usage: {
          prompt_tokens: 100,
          completion_tokens: 20,
          total_tokens: 170,
          completion_tokens_details: { reasoning_tokens: 50 },
        },
      },
      usage({ inputTokens: 100, outputTokens: 70, reasoningTokens: 50 }),
    ],
    [
      'xAI with the cache outside',
      'chat',
      'xai',
      { usage: { prompt_tokens: 4, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 96 } } },
      usage({ ...chatRead, cacheReadTokens: 96 }),
    ],
    [
      'xAI with reasoning inside',
      'chat',
      'xai',
      { usage: { ...chat, completion_tokens_details: { reasoning_tokens: 5 } } },
      usage({ ...chatRead, reasoningTokens: 5 }),
    ],
    [
      'OpenRouter',
      'chat',
      'openrouter',
      { usage: { ...chat, cost: 0.00014, prompt_tokens_details: { cached_tokens: 9 } } },
      usage({ ...chatRead, cacheReadTokens: 9, vendorCostUsd: 0.00014 }),
    ],
    ['a cost of unknown currency', 'chat', 'unknown', { usage: { ...chat, cost: 5 } }, usage(chatRead)],
    [
      'Perplexity',
      'chat',
      'perplexity',
      { usage: { ...chat, reasoning_tokens: 7, cost: { total_cost: 0.006 } } },
      usage({ inputTokens: 100, outputTokens: 27, reasoningTokens: 7, vendorCostUsd: 0.006 }),
    ],
    ['Groq', 'chat', 'groq', { choices: [], x_groq: { usage: chat } }, usage(chatRead)],
    ['Together', 'chat', 'together', { usage: chat }, usage(chatRead)],
    ['Ollama native', 'chat', 'local', { done: true, prompt_eval_count: 100, eval_count: 20 }, usage(chatRead)],
    [
      'parts greater than their whole',
      'chat',
      'unknown',
      {
        usage: {
          prompt_tokens: 10,
          completion_tokens: 5,
          prompt_tokens_details: { cached_tokens: 8, cache_write_tokens: 8 },
          completion_tokens_details: { reasoning_tokens: 50 },
        },
      },
      usage({ inputTokens: 10, cacheReadTokens: 8, cacheWriteTokens: 2, outputTokens: 5, reasoningTokens: 5 }),
    ],
    [
      'negative and other counts',
      'chat',
      'unknown',
      { usage: { prompt_tokens: -1, completion_tokens: '20', total_tokens: null } },
      null,
    ],
    ['a negative part', 'chat', 'unknown', { usage: { ...chat, cached_tokens: -5 } }, usage(chatRead)],
    ['an empty usage', 'messages', 'anthropic', { usage: {} }, null],
    ['no object', 'chat', 'openai', '[DONE]', null],
    ['null', 'gemini', 'gemini', null, null],
  ])('reads %s', (_, protocol, profileId, body, expected) => {
    expect(readUsage(protocol, profileId, body)).toEqual(expected)
  })

  it('never throws, and no part exceeds its whole', () => {
    const count = fc.oneof(fc.double(), fc.integer(), fc.string(), fc.constant(null))
    const names = (
      'prompt_tokens completion_tokens total_tokens cached_tokens reasoning_tokens cost input_tokens output_tokens ' +
      'cache_read_input_tokens cache_creation_input_tokens promptTokenCount candidatesTokenCount thoughtsTokenCount ' +
      'cachedContentTokenCount'
    ).split(' ')
    const reported = fc.dictionary(fc.constantFrom(...names), count)
    const protocol = fc.constantFrom<Protocol>('chat', 'responses', 'messages', 'gemini')
    const profileId = fc.constantFrom('gemini', 'xai', 'perplexity', 'openrouter', 'unknown')
    fc.assert(
      fc.property(protocol, profileId, reported, reported, (speaks, id, counts, details) => {
        const body = { usage: { ...counts, prompt_tokens_details: details }, usageMetadata: counts }
        const read = readUsage(speaks, id, body) ?? none
        expect(read.cacheReadTokens + read.cacheWriteTokens).toBeLessThanOrEqual(read.inputTokens)
        expect(read.reasoningTokens).toBeLessThanOrEqual(read.outputTokens)
        expect(Math.min(...Object.values(read).filter((value) => typeof value === 'number'))).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

describe('mergeUsage', () => {
  const first = usage({ inputTokens: 110, cacheReadTokens: 100, outputTokens: 1 })

  it.each<[string, Protocol, Usage | null, Usage | null, Usage | null]>([
    ['nothing', 'chat', null, null, null],
    ['a first report', 'chat', null, first, first],
    ['no further report', 'chat', first, null, first],
    [
      'the last running total',
      'chat',
      first,
      usage({ inputTokens: 5, outputTokens: 9 }),
      usage({ inputTokens: 5, outputTokens: 9 }),
    ],
    ['the last running total', 'gemini', first, usage({ inputTokens: 5 }), usage({ inputTokens: 5 })],
    ['the end of a message', 'messages', first, usage({ outputTokens: 20 }), usage({ ...first, outputTokens: 20 })],
    [
      'a message that repeats all at its end',
      'messages',
      first,
      usage({ inputTokens: 120, cacheReadTokens: 100, cacheWriteTokens: 5, outputTokens: 20, reasoningTokens: 3 }),
      usage({ inputTokens: 120, cacheReadTokens: 100, cacheWriteTokens: 5, outputTokens: 20, reasoningTokens: 3 }),
    ],
    [
      'a message that repeats its input without the cache',
      'messages',
      first,
      usage({ inputTokens: 10, outputTokens: 20 }),
      usage({ inputTokens: 110, cacheReadTokens: 100, outputTokens: 20 }),
    ],
    [
      'a message that knows its input only at the end',
      'messages',
      usage({}),
      usage({ inputTokens: 50, outputTokens: 20 }),
      usage({ inputTokens: 50, outputTokens: 20 }),
    ],
    [
      'a message that corrects its input',
      'messages',
      usage({ inputTokens: 60 }),
      usage({ inputTokens: 50, cacheReadTokens: 40, outputTokens: 20 }),
      usage({ inputTokens: 50, cacheReadTokens: 40, outputTokens: 20 }),
    ],
  ])('keeps %s (%s)', (_, protocol, earlier, later, expected) => {
    expect(mergeUsage(earlier, later, protocol)).toEqual(expected)
  })
})
