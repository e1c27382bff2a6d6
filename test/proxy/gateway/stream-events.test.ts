import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Protocol } from '../../../proxy/contract.ts'
import { EventFramer, nextEvent } from '../../../proxy/gateway/sse.ts'
import { StreamReader, isDone, mentionsUsage, modelSpans, withoutUsage } from '../../../proxy/gateway/stream-events.ts'
import type { EventMeaning } from '../../../proxy/gateway/stream-events.ts'
import { readFixture } from '../../helpers/scripted-upstream.ts'

function readFixtureEvents(name: string, protocol: Protocol, profileId: string) {
  const reader = new StreamReader(protocol, profileId)
  const framer = new EventFramer(1 << 20)
  const meanings: EventMeaning[] = []
  for (const block of [framer.push(readFixture(name)), framer.end()]) {
    for (let start = 0; block && start < block.length;) {
      const event = nextEvent(block, start)
      meanings.push(reader.read(event))
      start = event.end
    }
  }
  return { reader, meanings }
}

describe('StreamReader on recorded streams', () => {
  const at = (index: number) => (index === -1 ? null : index)
  // File, protocol, first event with content and first that ends the answer (comments counted), whether the
  // protocol's last event came, tokens in and out, of them from a cache and for reasoning, error, usage-only events.
  const table: readonly (readonly [
    file: string,
    protocol: Protocol,
    content: number | null,
    finish: number | null,
    isTerminated: boolean,
    tokens: readonly number[] | null,
    error: string | null,
    usageOnly: number,
  ])[] = [
    ['anthropic-messages-error-first.txt', 'messages', null, null, false, null, 'Overloaded', 0],
    ['anthropic-messages-error.txt', 'messages', 3, null, false, [137, 1, 100, 0], 'Overloaded', 0],
    ['anthropic-messages.txt', 'messages', 3, 16, true, [137, 42, 100, 9], null, 0],
    ['azure-chat.txt', 'chat', 2, 4, true, [11, 2, 0, 0], null, 1],
    ['deepseek-chat.txt', 'chat', 3, 8, true, [16, 12, 10, 7], null, 0],
    ['gemini-stream.txt', 'gemini', 0, 4, false, [13, 15, 0, 6], null, 0],
    ['groq-chat.txt', 'chat', 1, 3, true, [21, 3, 0, 0], null, 0],
    ['moonshot-chat.txt', 'chat', 1, 2, true, [9, 2, 4, 0], null, 0],
    ['openai-chat-cr.txt', 'chat', 1, 5, true, [19, 6, 8, 2], null, 1],
    ['openai-chat-crlf.txt', 'chat', 1, 5, true, [19, 6, 8, 2], null, 1],
    [
      'openai-chat-error-first.txt',
      'chat',
      null,
      null,
      false,
      null,
      'The server had an error while processing your request.',
      0,
    ],
    ['openai-chat-last-line-open.txt', 'chat', 1, 5, true, [19, 6, 8, 2], null, 1],
    ['openai-chat-tools.txt', 'chat', 0, 6, true, null, null, 0],
    ['openai-chat-truncated.txt', 'chat', 1, null, false, null, null, 0],
    ['openai-chat.txt', 'chat', 1, 5, true, [19, 6, 8, 2], null, 1],
    ['openai-completions.txt', 'chat', 0, 2, true, [4, 3, 0, 0], null, 1],
    [
      'openai-responses-error.txt',
      'responses',
      4,
      null,
      false,
      null,
      'The server had an error while processing your request.',
      0,
    ],
    ['openai-responses.txt', 'responses', 4, 21, true, [37, 29, 16, 8], null, 0],
    ['openrouter-chat-error-first.txt', 'chat', null, null, false, null, 'Rate limit exceeded upstream', 0],
    ['openrouter-chat-error.txt', 'chat', 2, null, false, null, 'Provider disconnected', 0],
    ['openrouter-chat.txt', 'chat', 2, 5, true, [14, 5, 0, 0], null, 0],
  ]

  it.each(table)('%s (%s)', (file, protocol, content, finish, isTerminated, tokens, error, usageOnly) => {
    const { reader, meanings } = readFixtureEvents(file, protocol, file.split('-')[0] ?? '')
    const { usage } = reader
    expect({
      content: at(meanings.findIndex(({ hasContent }) => hasContent)),
      finish: at(meanings.findIndex(({ isFinish }) => isFinish)),
      isFinished: reader.isFinished,
      isTerminated: reader.isTerminated,
      tokens: usage && [usage.inputTokens, usage.outputTokens, usage.cacheReadTokens, usage.reasoningTokens],
      error: meanings.find((meaning) => meaning.error)?.error?.message ?? null,
      usageOnly: meanings.filter(({ isUsageOnly }) => isUsageOnly).length,
      responseId: reader.responseId,
    }).toEqual({
      content,
      finish,
      isFinished: finish !== null,
      isTerminated,
      tokens,
      error,
      usageOnly,
      responseId: protocol === 'responses' ? 'resp_synthetic08' : null,
    })
  })

  it('leaves no recorded stream out', () => {
    const files = readdirSync(new URL('../../fixtures/sse/', import.meta.url)).filter((name) => name.endsWith('.txt'))
    expect(table.map(([file]) => file).toSorted()).toEqual(files.toSorted())
  })
})

const event = (data: unknown, name: string | null = null) => ({
  data: Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)),
  dataStart: -1,
  name,
})

const choice = (delta: unknown, more: object = {}) => ({ choices: [{ index: 0, delta, finish_reason: null, ...more }] })

describe('StreamReader on single events', () => {
  const none = { content: false, finish: false, error: null }
  const content = { ...none, content: true }
  const finish = { ...none, finish: true }

  it.each<[string, Protocol, unknown, { content: boolean; finish: boolean; error: string | null }]>([
    ['a role alone', 'chat', choice({ role: 'assistant', content: '' }), none],
    ['content that is null', 'chat', choice({ role: 'assistant', content: null }), none],
    ['a choice without delta', 'chat', { choices: [{ index: 0 }] }, none],
    ['no choices', 'chat', { choices: [], prompt_filter_results: [] }, none],
    ['text', 'chat', choice({ content: 'a' }), content],
    ['a space', 'chat', choice({ content: ' ' }), content],
    ['reasoning_content', 'chat', choice({ content: null, reasoning_content: 'hm' }), content],
    ['reasoning', 'chat', choice({ reasoning: 'hm' }), content],
    ['reasoning_details', 'chat', choice({ reasoning_details: [{ text: 'hm' }] }), content],
    ['a refusal', 'chat', choice({ refusal: 'no' }), content],
    ['a tool call without index', 'chat', choice({ tool_calls: [{ id: 'x', function: { name: 'f' } }] }), content],
    ['arguments as an object', 'chat', choice({ tool_calls: [{ function: { arguments: { a: 1 } } }] }), content],
    ['legacy text', 'chat', { choices: [{ index: 0, text: 'a', finish_reason: null }] }, content],
    ['a whole message in place of a delta', 'chat', { choices: [{ message: { content: 'a' } }] }, content],
    ['a finish', 'chat', choice({}, { finish_reason: 'stop' }), finish],
    ['an empty finish reason', 'chat', choice({}, { finish_reason: '' }), none],
    [
      'finish and text at once',
      'chat',
      choice({ content: 'a' }, { finish_reason: 'length' }),
      { ...content, finish: true },
    ],
    ['an error', 'chat', { error: { message: 'no' } }, { ...none, error: 'no' }],
    ['an error that is null', 'chat', { ...choice({ content: 'a' }), error: null }, content],
    [
      'an error beside a choice (OpenRouter)',
      'chat',
      { error: { code: 502, message: 'no' }, choices: [] },
      { ...none, error: 'no' },
    ],
    ['JSON that is broken', 'chat', '{"choices":[{"delta":{"con', none],
    ['something else than an object', 'chat', '"hello"', none],
    ['nothing but [DONE]', 'chat', '[DONE]', none],

    ['the start', 'responses', { type: 'response.created', response: { id: 'r', error: null } }, none],
    ['a message that begins', 'responses', { type: 'response.output_item.added', item: { type: 'message' } }, none],
    ['reasoning that begins', 'responses', { type: 'response.output_item.added', item: { type: 'reasoning' } }, none],
    [
      'a call that begins',
      'responses',
      { type: 'response.output_item.added', item: { type: 'function_call' } },
      content,
    ],
    ['text', 'responses', { type: 'response.output_text.delta', delta: 'a' }, content],
    ['reasoning', 'responses', { type: 'response.reasoning_summary_text.delta', delta: 'a' }, content],
    ['completion', 'responses', { type: 'response.completed', response: { id: 'r', error: null } }, finish],
    ['an incomplete end', 'responses', { type: 'response.incomplete', response: { id: 'r' } }, finish],
    [
      'an error',
      'responses',
      { type: 'error', code: 'server_error', message: 'no', param: null },
      { ...none, error: 'no' },
    ],
    ['a nested error', 'responses', { type: 'error', error: { message: 'no' } }, { ...none, error: 'no' }],
    [
      'failure',
      'responses',
      { type: 'response.failed', response: { error: { code: 'x', message: 'no' } } },
      { ...none, error: 'no' },
    ],

    ['the start', 'messages', { type: 'message_start', message: { id: 'm', content: [], stop_reason: null } }, none],
    ['a ping', 'messages', { type: 'ping' }, none],
    [
      'an empty text block',
      'messages',
      { type: 'content_block_start', content_block: { type: 'text', text: '' } },
      none,
    ],
    ['an empty thinking block', 'messages', { type: 'content_block_start', content_block: { type: 'thinking' } }, none],
    ['a tool', 'messages', { type: 'content_block_start', content_block: { type: 'tool_use', name: 'f' } }, content],
    ['text', 'messages', { type: 'content_block_delta', delta: { type: 'text_delta', text: 'a' } }, content],
    [
      'thinking',
      'messages',
      { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'a' } },
      content,
    ],
    ['a stop reason', 'messages', { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: {} }, finish],
    ['a stop reason that is null', 'messages', { type: 'message_delta', delta: { stop_reason: null } }, none],
    ['the stop', 'messages', { type: 'message_stop' }, finish],
    [
      'an error',
      'messages',
      { type: 'error', error: { type: 'overloaded_error', message: 'no' } },
      { ...none, error: 'no' },
    ],

    ['text', 'gemini', { candidates: [{ content: { parts: [{ text: 'a' }] } }] }, content],
    ['a thought', 'gemini', { candidates: [{ content: { parts: [{ text: 'a', thought: true }] } }] }, content],
    ['a call', 'gemini', { candidates: [{ content: { parts: [{ functionCall: { name: 'f' } }] } }] }, content],
    ['a finish', 'gemini', { candidates: [{ finishReason: 'STOP' }] }, finish],
    ['a blocked prompt', 'gemini', { promptFeedback: { blockReason: 'SAFETY' } }, finish],
    ['usage alone', 'gemini', { usageMetadata: { promptTokenCount: 1 } }, none],
    ['an error', 'gemini', { error: { code: 503, message: 'no', status: 'UNAVAILABLE' } }, { ...none, error: 'no' }],
  ])('%s in %s', (_, protocol, data, expected) => {
    const meaning = new StreamReader(protocol, 'generic').read(event(data))
    expect({
      content: meaning.hasContent,
      finish: meaning.isFinish,
      error: meaning.error?.message ?? null,
    }).toEqual(expected)
  })

  it.each<[string, Protocol, string]>([
    ['spaces in the JSON', 'chat', '{ "choices" : [ { "delta" : {} , "finish_reason" : "stop" } ] }'],
    ['a tab and no spaces', 'chat', '{"choices":[{"delta":{},"finish_reason":\t"stop"}]}'],
    ['a null for another choice first', 'chat', '{"choices":[{"finish_reason":null},{"finish_reason":"stop"}]}'],
    ['[DONE] alone', 'chat', '[DONE]'],
    ['[DONE] with spaces', 'chat', '[DONE]  '],
    ['spaces in the JSON', 'messages', '{ "type" : "message_stop" }'],
    ['spaces in the JSON', 'responses', '{ "type" : "response.completed" , "response" : {} }'],
    ['spaces in the JSON', 'gemini', '{ "candidates" : [ { "finishReason" : "STOP" } ] }'],
  ])('sees the end after content with %s in %s', (_, protocol, data) => {
    const reader = new StreamReader(protocol, 'generic')
    reader.hasContent = true
    reader.read(event(data))
    expect(reader.isFinished).toBe(true)
  })

  it('is not fooled by a text that talks about the end, errors and usage', () => {
    const text = '{"finish_reason":"stop","error":{"message":"x"},"usage":{"prompt_tokens":1}} [DONE]'
    const reader = new StreamReader('chat', 'generic')
    reader.read(event(choice({ content: 'a' })))
    reader.read(event(choice({ content: text })))
    expect([reader.isFinished, reader.usage]).toEqual([false, null])
  })

  it('keeps the last usage of many and forgets none for a null', () => {
    const reader = new StreamReader('chat', 'generic')
    reader.read(event({ ...choice({ content: 'a' }), usage: { prompt_tokens: 5, completion_tokens: 1 } }))
    reader.read(event({ ...choice({ content: 'b' }), usage: { prompt_tokens: 5, completion_tokens: 2 } }))
    reader.read(event({ ...choice({ content: 'c' }), usage: null }))
    expect(reader.usage).toMatchObject({ inputTokens: 5, outputTokens: 2 })
  })

  it('takes an error by the name of its event', () => {
    const meaning = new StreamReader('messages', 'generic').read(event({ message: 'no' }, 'error'))
    expect(meaning.error?.message).toBe('no')
  })
})

describe('isDone', () => {
  it.each([
    ['[DONE]', true],
    ['[DONE] ', true],
    ['"[DONE]"', false],
    ['{"content":"[DONE]"}', false],
    ['', false],
  ])('%j: %s', (data, expected) => expect(isDone(Buffer.from(data))).toBe(expected))
})

describe('modelSpans', () => {
  it.each<[string, Protocol, string, readonly string[]]>([
    ['at the top', 'chat', '{"model":"gpt-4","choices":[]}', ['"gpt-4"']],
    ['with spaces', 'chat', '{ "id" : 1 , "model" : "a" }', ['"a"']],
    ['with escapes in name and value', 'chat', '{"mod\\u0065l":"a\\"b"}', ['"a\\"b"']],
    ['twice', 'chat', '{"model":"a","model":"b"}', ['"a"', '"b"']],
    [
      'but not in metadata, tools and texts',
      'chat',
      '{"metadata":{"model":"a"},"tools":[{"model":"b"}],"x":"\\"model\\":\\"c\\""}',
      [],
    ],
    ['but not when it is no text', 'chat', '{"model":null}', []],
    [
      'in the response of an event',
      'responses',
      '{"type":"response.created","response":{"id":"r","model":"a","tools":[{"model":"b"}]}}',
      ['"a"'],
    ],
    ['in a whole response', 'responses', '{"id":"r","model":"a","metadata":{"model":"b"}}', ['"a"']],
    [
      'in the message of an event',
      'messages',
      '{"type":"message_start","message":{"model":"a","content":[{"model":"b"}]}}',
      ['"a"'],
    ],
    ['in a whole message', 'messages', '{"type":"message","model":"a"}', ['"a"']],
    ['but not in a nested text', 'messages', '{"message":"model"}', []],
    ['as modelVersion', 'gemini', '{"candidates":[{"modelVersion":"b"}],"modelVersion":"a","model":"c"}', ['"a"']],
  ])('finds it %s (%s)', (_, protocol, json, expected) => {
    const bytes = Buffer.from(json)
    expect(modelSpans(protocol, bytes).map(({ start, end }) => bytes.toString('utf8', start, end))).toEqual(expected)
  })
})

describe('withoutUsage', () => {
  it.each([
    ['in the middle', '{"id":1,"usage":null,"x":2}', '{"id":1,"x":2}'],
    ['as the last', '{"id":1,"usage":{"a":{"b":[1,2]}}}', '{"id":1}'],
    ['as the first', '{"usage":{"a":1},"id":1}', '{"id":1}'],
    ['as the only one', '{"usage":null}', '{}'],
    ['with spaces', '{ "id" : 1 , "usage" : { "a" : 1 } , "x" : 2 }', '{ "id" : 1 , "x" : 2 }'],
    ['with spaces as the first', '{ "usage" : 1 , "id" : 1 }', '{ "id" : 1 }'],
    ['with its name escaped', '{"id":1,"us\\u0061ge":{"a":1},"x":2}', '{"id":1,"x":2}'],
    ['with its own name as value', '{"id":1,"usage":"usage"}', '{"id":1}'],
    ['twice', '{"usage":null,"id":1,"usage":{"a":1}}', '{"id":1}'],
    [
      'with quotes and braces in texts before',
      '{"t":"\\"usage\\": {","usage":{"t":"}"},"x":1}',
      '{"t":"\\"usage\\": {","x":1}',
    ],
    ['nowhere at the top', '{"choices":[{"usage":{"a":1}}],"x_groq":{"usage":{}}}', null],
  ])('takes it out %s', (_, json, expected) => {
    const bytes = Buffer.from(json)
    const edited = withoutUsage(bytes)
    if (expected === null) expect(edited).toBe(bytes)
    else expect(JSON.parse(edited.toString('utf8'))).toEqual(JSON.parse(expected))
  })

  it('changes nothing else of any object', () => {
    const value = fc.jsonValue({ maxDepth: 3 })
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ maxLength: 6 }), value, { maxKeys: 5 }),
        value,
        fc.nat({ max: 5 }),
        fc.constantFrom(undefined, 2),
        (object, usage, place, indent) => {
          const entries = Object.entries(object).filter(([name]) => name !== 'usage' && name !== '__proto__')
          const whole = Object.fromEntries([...entries.slice(0, place), ['usage', usage], ...entries.slice(place)])
          const bytes = Buffer.from(JSON.stringify(whole, null, indent))
          expect(mentionsUsage(bytes)).toBe(true)
          // Compared as text: an order of members and a -0 survive, too.
          const left = JSON.stringify(JSON.parse(withoutUsage(bytes).toString('utf8')))
          // Safe: an object was written there above.
          const { usage: _gone, ...rest } = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>
          expect(left).toBe(JSON.stringify(rest))
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('a running stream', () => {
  const event = (value: unknown) => ({ data: Buffer.from(JSON.stringify(value)), dataStart: 0, name: null })
  const first = event({ choices: [{ index: 0, delta: { content: 'a' } }] })
  const chunk = fc.record({
    id: fc.constantFrom('c1', 'c2'),
    created: fc.constantFrom(1, 12, 2),
    choices: fc.array(
      fc.record({
        index: fc.nat(2),
        delta: fc.record({ content: fc.oneof(fc.string(), fc.constantFrom(' a', ' an', '"', '\\', '"usage":1', 'n')) }),
        finish_reason: fc.constantFrom(null, null, null, 'stop', 'length'),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    usage: fc.constantFrom(null, null, null, { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }),
    error: fc.constantFrom(null, null, null, { message: 'no' }, 5, 'x'),
  })

  // What is known of one event must not hide what the next one says.
  it('reads each event as if it came first', () => {
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 1, maxLength: 6 }), (chunks) => {
        const running = new StreamReader('chat', 'openai')
        running.read(first)
        for (const value of chunks) {
          const fresh = new StreamReader('chat', 'openai')
          fresh.read(first)
          const meaning = running.read(event(value))
          expect(meaning).toEqual(fresh.read(event(value)))
          expect(running.isFinished).toBe(running.isFinished || fresh.isFinished)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it.each<[Protocol, string, string, string]>([
    [
      'messages',
      '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}',
      '{"type":"ping"}',
      '{"type":"message_stop"}',
    ],
    [
      'responses',
      '{"type":"response.output_text.delta","delta":"a"}',
      '{"type":"response.output_text.done"}',
      '{"type":"response.completed"}',
    ],
  ])('sees the end of %s behind an event that differs in its type only', (protocol, delta, plain, last) => {
    const reader = new StreamReader(protocol, 'openai')
    const read = (data: string) => reader.read({ data: Buffer.from(data), dataStart: 0, name: null })
    read(delta)
    read(plain)
    expect([read(last).isFinish, reader.isFinished, reader.isTerminated]).toEqual([true, true, true])
  })

  it.each<[string, string, boolean]>([
    ['other text', 'data: {"d":{"content":"b c"},"error":null}\n\n', true],
    ['longer text', 'data: {"d":{"content":"and so on"},"error":null}\n\n', true],
    ['an error in place of none', 'data: {"d":{"content":"a"},"error":1}\n\n', false],
    ['another member', 'data: {"d":{"content":"a","x":"y"},"error":{"message":"m"}}\n\n', false],
    ['its end', 'data: [DONE]\n\n', false],
  ])('passes over %s: %s', (_, block, isPassedOver) => {
    const reader = new StreamReader('chat', 'openai')
    reader.read(first)
    expect(reader.mayPassOver(Buffer.from('data: {"d":{"content":"a"},"error":null}\n\n'))).toBe(true)
    expect(reader.mayPassOver(Buffer.from(block))).toBe(isPassedOver)
  })
})
