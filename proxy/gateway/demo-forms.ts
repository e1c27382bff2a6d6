/**
 * The demo's reply in the forms of four protocols. Each renderer gives one object, or for a stream the list of its
 * frames, in the event order that the official SDKs expect (OpenAI and Anthropic SDK sources).
 */
import type { DemoPrompt } from './demo-prompts.ts'

/** A piece of the body. `words`: how many words it stands for, so how long `demo/slow` waits before it. */
export interface DemoFrame {
  readonly text: string
  readonly words: number
}

/** What is said, before it takes a protocol's form. */
export interface DemoReply {
  readonly id: string
  readonly model: string
  /** Epoch seconds. */
  readonly createdAt: number
  /** The text in pieces of a word each; empty when a tool is called. */
  readonly words: readonly string[]
  readonly call: { readonly id: string; readonly name: string; readonly arguments: unknown } | null
  readonly finish: 'stop' | 'length' | 'tool'
  readonly inputTokens: number
  readonly outputTokens: number
}

export type Rendered =
  | { readonly kind: 'whole'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'stream'; readonly frames: readonly DemoFrame[] }

export function renderChat(reply: DemoReply, prompt: DemoPrompt): Rendered {
  const head = { id: `chatcmpl-${reply.id}`, created: reply.createdAt, model: reply.model }
  const finishReason = reply.finish === 'tool' ? 'tool_calls' : reply.finish
  const toolCall = reply.call && {
    id: reply.call.id,
    type: 'function',
    function: { name: reply.call.name, arguments: JSON.stringify(reply.call.arguments) },
  }
  if (!prompt.stream) {
    const content = toolCall === null ? reply.words.join('') : null
    const message = { role: 'assistant', content, refusal: null, ...(toolCall && { tool_calls: [toolCall] }) }
    return whole({
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason }],
      usage: chatUsage(reply),
    })
  }
  const chunk = (delta: unknown, finish: string | null = null, words = 0) => {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }]
    return line({ ...head, object: 'chat.completion.chunk', choices }, words)
  }
  const usage = line({ ...head, object: 'chat.completion.chunk', choices: [], usage: chatUsage(reply) })
  return stream([
    chunk({ role: 'assistant', content: toolCall === null ? '' : null }),
    ...reply.words.map((content) => chunk({ content }, null, 1)),
    ...(toolCall === null
      ? []
      : [
          chunk(
            { tool_calls: [{ index: 0, ...toolCall, function: { ...toolCall.function, arguments: '' } }] },
            null,
            1,
          ),
          chunk({ tool_calls: [{ index: 0, function: { arguments: toolCall.function.arguments } }] }),
        ]),
    chunk({}, finishReason),
    ...(prompt.includeUsage ? [usage] : []),
    done,
  ])
}

export function renderCompletion(reply: DemoReply, prompt: DemoPrompt): Rendered {
  const head = { id: `cmpl-${reply.id}`, object: 'text_completion', created: reply.createdAt, model: reply.model }
  const choice = (text: string, finish: string | null) => [{ index: 0, text, logprobs: null, finish_reason: finish }]
  if (!prompt.stream)
    return whole({ ...head, choices: choice(reply.words.join(''), reply.finish), usage: chatUsage(reply) })
  return stream([
    ...reply.words.map((word) => line({ ...head, choices: choice(word, null) }, 1)),
    line({ ...head, choices: choice('', reply.finish) }),
    ...(prompt.includeUsage ? [line({ ...head, choices: [], usage: chatUsage(reply) })] : []),
    done,
  ])
}

export function renderResponse(reply: DemoReply, prompt: DemoPrompt): Rendered {
  const text = reply.words.join('')
  const part = { type: 'output_text', text, annotations: [], logprobs: [] }
  const status = reply.finish === 'length' ? 'incomplete' : 'completed'
  const message = { type: 'message', id: `msg_${reply.id}`, role: 'assistant', status, content: [part] }
  const call = reply.call && {
    type: 'function_call',
    id: `fc_${reply.id}`,
    call_id: reply.call.id,
    name: reply.call.name,
    arguments: JSON.stringify(reply.call.arguments),
    status: 'completed',
  }
  const item = call ?? message
  const final = responseObject(reply, status, [item])
  if (!prompt.stream) return whole(final)

  let sequence = 0
  const event = (type: string, fields: Readonly<Record<string, unknown>>, words = 0) => {
    const frame = named(type, { type, sequence_number: sequence, ...fields }, words)
    sequence += 1
    return frame
  }
  const started = responseObject(reply, 'in_progress', [])
  const at = { item_id: item.id, output_index: 0 }
  const inText = { ...at, content_index: 0 }
  const opening =
    call === null
      ? { ...message, status: 'in_progress', content: [] }
      : { ...call, status: 'in_progress', arguments: '' }
  const frames = [
    event('response.created', { response: started }),
    event('response.in_progress', { response: started }),
    event('response.output_item.added', { output_index: 0, item: opening }),
  ]
  if (call === null) {
    frames.push(event('response.content_part.added', { ...inText, part: { ...part, text: '' } }))
    for (const word of reply.words) {
      frames.push(event('response.output_text.delta', { ...inText, delta: word, logprobs: [] }, 1))
    }
    frames.push(event('response.output_text.done', { ...inText, text, logprobs: [] }))
    frames.push(event('response.content_part.done', { ...inText, part }))
  } else {
    frames.push(event('response.function_call_arguments.delta', { ...at, delta: call.arguments }, 1))
    frames.push(event('response.function_call_arguments.done', { ...at, name: call.name, arguments: call.arguments }))
  }
  frames.push(event('response.output_item.done', { output_index: 0, item }))
  frames.push(event(`response.${status}`, { response: final }))
  return stream(frames)
}

export function renderMessage(reply: DemoReply, prompt: DemoPrompt): Rendered {
  const head = { id: `msg_${reply.id}`, type: 'message', role: 'assistant', model: reply.model }
  const stopReason = { stop: 'end_turn', length: 'max_tokens', tool: 'tool_use' }[reply.finish]
  const usage = {
    input_tokens: reply.inputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: reply.outputTokens,
  }
  const toolUse = reply.call && {
    type: 'tool_use',
    id: reply.call.id.replace(/^call_/, 'toolu_'),
    name: reply.call.name,
    input: reply.call.arguments,
  }
  if (!prompt.stream) {
    const content = [toolUse ?? { type: 'text', text: reply.words.join('') }]
    return whole({ ...head, content, stop_reason: stopReason, stop_sequence: null, usage })
  }
  const event = (type: string, fields: Readonly<Record<string, unknown>> = {}, words = 0) =>
    named(type, { type, ...fields }, words)
  const delta = (change: unknown) => event('content_block_delta', { index: 0, delta: change }, 1)
  const opening = toolUse === null ? { type: 'text', text: '' } : { ...toolUse, input: {} }
  const message = {
    ...head,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usage, output_tokens: 1 },
  }
  return stream([
    event('message_start', { message }),
    event('content_block_start', { index: 0, content_block: opening }),
    event('ping'),
    ...reply.words.map((word) => delta({ type: 'text_delta', text: word })),
    ...(toolUse === null ? [] : [delta({ type: 'input_json_delta', partial_json: JSON.stringify(toolUse.input) })]),
    event('content_block_stop', { index: 0 }),
    event('message_delta', { delta: { stop_reason: stopReason, stop_sequence: null }, usage }),
    event('message_stop'),
  ])
}

function responseObject(
  reply: DemoReply,
  status: string,
  output: readonly unknown[],
): Readonly<Record<string, unknown>> {
  const isOver = status !== 'in_progress'
  return {
    id: `resp_${reply.id}`,
    object: 'response',
    created_at: reply.createdAt,
    status,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    instructions: null,
    metadata: {},
    model: reply.model,
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    store: false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    usage: isOver
      ? {
          input_tokens: reply.inputTokens,
          input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
          output_tokens: reply.outputTokens,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: reply.inputTokens + reply.outputTokens,
        }
      : null,
  }
}

function chatUsage(reply: DemoReply): Readonly<Record<string, unknown>> {
  return {
    prompt_tokens: reply.inputTokens,
    completion_tokens: reply.outputTokens,
    total_tokens: reply.inputTokens + reply.outputTokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  }
}

function whole(body: Readonly<Record<string, unknown>>): Rendered {
  return { kind: 'whole', body }
}

function stream(frames: readonly DemoFrame[]): Rendered {
  return { kind: 'stream', frames }
}

const done: DemoFrame = { text: 'data: [DONE]\n\n', words: 0 }

function line(data: unknown, words = 0): DemoFrame {
  return { text: `data: ${JSON.stringify(data)}\n\n`, words }
}

function named(name: string, data: unknown, words: number): DemoFrame {
  return { text: `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`, words }
}
