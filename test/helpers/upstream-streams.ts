/**
 * The pieces of scripted streams in the four protocols, as their official SDKs read them.
 * Event orders: OpenAI and Anthropic SDK sources; see the recorded-looking bytes in `test/fixtures/sse/`.
 */
import type { SeenRequest } from './scripted-upstream.ts'
import type { Gate, Piece, ToolCall } from './upstream-steps.ts'

export interface TokenCounts {
  readonly input: number
  readonly output: number
}

export interface StreamOptions {
  /** Default: the model that was asked for. */
  readonly model?: string
  /**
   * Given: always sent. Null: never. Default 7 in and 3 out; in chat streams only when the request asks for it with
   * `stream_options.include_usage`.
   */
  readonly usage?: TokenCounts | null
  /** Sent after the text, in two pieces of arguments each (chat), whole (the others). */
  readonly toolCalls?: readonly ToolCall[]
  /** Sent before the text: `reasoning_content`, a thinking block, a thought part. */
  readonly reasoning?: string
  readonly finishReason?: string
  /** Leaves `[DONE]`, `message_stop` or the terminal event away. */
  readonly omitDone?: boolean
  /** Leaves the finish reason, and all that follows it, away. */
  readonly omitFinish?: boolean
  /** An in-band error in the protocol's form after the parts; nothing follows it. */
  readonly errorAfter?: { readonly message: string; readonly type?: string; readonly code?: string | number }
  readonly crlf?: boolean
  /** A comment line before each part. */
  readonly comments?: readonly string[]
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** How the body ends after the last piece; default `end`. */
  readonly end?: 'end' | 'close' | 'reset' | 'hang'
}

type Parts = readonly (string | Gate)[]

const defaultUsage: TokenCounts = { input: 7, output: 3 }

export function chatPieces(parts: Parts, options: StreamOptions, request: SeenRequest): readonly Piece[] {
  const model = options.model ?? request.model
  const base = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_790_000_000, model }
  const chunk = (delta: unknown, finishReason: string | null = null) =>
    dataLine({ ...base, choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }] })
  const calls = options.toolCalls ?? []
  const usage = options.usage === undefined && asksForUsage(request) ? defaultUsage : options.usage

  const pieces: Piece[] = [chunk({ role: 'assistant', content: '' })]
  if (options.reasoning !== undefined) pieces.push(chunk({ reasoning_content: options.reasoning }))
  pieces.push(...withComments(parts, options, (content) => chunk({ content })))
  if (options.errorAfter !== undefined) {
    return [...pieces, dataLine({ error: { type: 'server_error', param: null, code: null, ...options.errorAfter } })]
  }
  calls.forEach((call, index) => {
    const json = JSON.stringify(call.arguments)
    const middle = Math.ceil(json.length / 2)
    const id = call.id ?? `call_${index + 1}`
    pieces.push(chunk({ tool_calls: [{ index, id, type: 'function', function: { name: call.name, arguments: '' } }] }))
    for (const piece of [json.slice(0, middle), json.slice(middle)]) {
      pieces.push(chunk({ tool_calls: [{ index, function: { arguments: piece } }] }))
    }
  })
  if (options.omitFinish) return pieces
  pieces.push(chunk({}, options.finishReason ?? (calls.length === 0 ? 'stop' : 'tool_calls')))
  if (usage) {
    const counts = {
      prompt_tokens: usage.input,
      completion_tokens: usage.output,
      total_tokens: usage.input + usage.output,
    }
    pieces.push(dataLine({ ...base, choices: [], usage: counts }))
  }
  if (!options.omitDone) pieces.push('data: [DONE]\n\n')
  return pieces
}

export function responsesPieces(parts: Parts, options: StreamOptions, request: SeenRequest): readonly Piece[] {
  let sequence = 0
  const event = (type: string, fields: Readonly<Record<string, unknown>>) => {
    const line = namedEvent(type, { type, sequence_number: sequence, ...fields })
    sequence += 1
    return line
  }
  const usage = options.usage === undefined ? defaultUsage : options.usage
  const response = (status: string, output: readonly unknown[], more: Readonly<Record<string, unknown>> = {}) => ({
    id: 'resp_1',
    object: 'response',
    created_at: 1_790_000_000,
    status,
    model: options.model ?? request.model,
    output,
    error: null,
    incomplete_details: null,
    ...more,
  })
  const output: unknown[] = []
  const pieces: Piece[] = []
  pieces.push(event('response.created', { response: response('in_progress', []) }))
  pieces.push(event('response.in_progress', { response: response('in_progress', []) }))

  const message = { type: 'message', id: 'msg_1', role: 'assistant' }
  const text = textOf(parts)
  const at = { item_id: 'msg_1', output_index: 0, content_index: 0 }
  if (text !== '') {
    pieces.push(
      event('response.output_item.added', {
        output_index: 0,
        item: { ...message, status: 'in_progress', content: [] },
      }),
    )
    const emptyPart = { type: 'output_text', text: '', annotations: [] }
    pieces.push(event('response.content_part.added', { ...at, part: emptyPart }))
  }
  pieces.push(...withComments(parts, options, (delta) => event('response.output_text.delta', { ...at, delta })))
  if (options.errorAfter !== undefined) {
    const error = { code: 'server_error', param: null, ...options.errorAfter }
    pieces.push(event('error', { ...error, type: 'error' }))
    const failed = response('failed', [], { error: { code: error.code, message: error.message } })
    return [...pieces, event('response.failed', { response: failed })]
  }
  if (options.omitFinish) return pieces
  if (text !== '') {
    const part = { type: 'output_text', text, annotations: [] }
    const item = { ...message, status: 'completed', content: [part] }
    output.push(item)
    pieces.push(event('response.output_text.done', { ...at, text }))
    pieces.push(event('response.content_part.done', { ...at, part }))
    pieces.push(event('response.output_item.done', { output_index: 0, item }))
  }
  for (const [index, call] of (options.toolCalls ?? []).entries()) {
    const outputIndex = output.length
    const item = {
      type: 'function_call',
      id: `fc_${index + 1}`,
      call_id: call.id ?? `call_${index + 1}`,
      name: call.name,
    }
    const json = JSON.stringify(call.arguments)
    const place = { item_id: item.id, output_index: outputIndex }
    const done = { ...item, arguments: json, status: 'completed' }
    output.push(done)
    pieces.push(
      event('response.output_item.added', {
        output_index: outputIndex,
        item: { ...item, arguments: '', status: 'in_progress' },
      }),
    )
    pieces.push(event('response.function_call_arguments.delta', { ...place, delta: json }))
    pieces.push(event('response.function_call_arguments.done', { ...place, arguments: json }))
    pieces.push(event('response.output_item.done', { output_index: outputIndex, item: done }))
  }
  if (options.omitDone) return pieces
  const counts =
    usage === null
      ? {}
      : {
          usage: {
            input_tokens: usage.input,
            input_tokens_details: { cached_tokens: 0 },
            output_tokens: usage.output,
            output_tokens_details: { reasoning_tokens: 0 },
            total_tokens: usage.input + usage.output,
          },
        }
  pieces.push(event('response.completed', { response: response('completed', output, counts) }))
  return pieces
}

export function messagesPieces(parts: Parts, options: StreamOptions, request: SeenRequest): readonly Piece[] {
  const usage = options.usage === undefined ? defaultUsage : options.usage
  const event = (type: string, fields: Readonly<Record<string, unknown>> = {}) => namedEvent(type, { type, ...fields })
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: options.model ?? request.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: usage?.input ?? 0, output_tokens: 1 },
  }
  let index = 0
  const pieces: Piece[] = [event('message_start', { message })]
  const openBlock = (block: unknown) => pieces.push(event('content_block_start', { index, content_block: block }))
  const closeBlock = () => {
    pieces.push(event('content_block_stop', { index }))
    index += 1
  }
  if (options.reasoning !== undefined) {
    openBlock({ type: 'thinking', thinking: '', signature: '' })
    pieces.push(event('content_block_delta', { index, delta: { type: 'thinking_delta', thinking: options.reasoning } }))
    pieces.push(event('content_block_delta', { index, delta: { type: 'signature_delta', signature: 'c2lnbmF0dXJl' } }))
    closeBlock()
  }
  const hasText = textOf(parts) !== ''
  if (hasText) openBlock({ type: 'text', text: '' })
  pieces.push(
    ...withComments(parts, options, (text) =>
      event('content_block_delta', { index, delta: { type: 'text_delta', text } }),
    ),
  )
  if (options.errorAfter !== undefined) {
    return [...pieces, event('error', { error: { type: 'overloaded_error', ...options.errorAfter } })]
  }
  if (options.omitFinish) return pieces
  if (hasText) closeBlock()
  for (const [position, call] of (options.toolCalls ?? []).entries()) {
    openBlock({ type: 'tool_use', id: call.id ?? `toolu_${position + 1}`, name: call.name, input: {} })
    const delta = { type: 'input_json_delta', partial_json: JSON.stringify(call.arguments) }
    pieces.push(event('content_block_delta', { index, delta }))
    closeBlock()
  }
  const stopReason = options.finishReason ?? ((options.toolCalls ?? []).length === 0 ? 'end_turn' : 'tool_use')
  pieces.push(
    event('message_delta', {
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: { output_tokens: usage?.output ?? 0 },
    }),
  )
  if (!options.omitDone) pieces.push(event('message_stop'))
  return pieces
}

export function geminiPieces(parts: Parts, options: StreamOptions, request: SeenRequest): readonly Piece[] {
  const usage = options.usage === undefined ? defaultUsage : options.usage
  const modelVersion = options.model ?? request.model
  const chunk = (content: readonly unknown[], more: Readonly<Record<string, unknown>> = {}) =>
    dataLine({ candidates: [{ index: 0, content: { role: 'model', parts: content }, ...more }], modelVersion })
  const pieces: Piece[] = []
  if (options.reasoning !== undefined) pieces.push(chunk([{ text: options.reasoning, thought: true }]))
  pieces.push(...withComments(parts, options, (text) => chunk([{ text }])))
  if (options.errorAfter !== undefined) {
    return [...pieces, dataLine({ error: { status: 'UNAVAILABLE', ...options.errorAfter } })]
  }
  for (const call of options.toolCalls ?? []) {
    pieces.push(chunk([{ functionCall: { name: call.name, args: call.arguments } }]))
  }
  if (options.omitFinish) return pieces
  const counts =
    usage === null
      ? {}
      : {
          usageMetadata: {
            promptTokenCount: usage.input,
            candidatesTokenCount: usage.output,
            totalTokenCount: usage.input + usage.output,
          },
        }
  const candidate = {
    index: 0,
    content: { role: 'model', parts: [{ text: '' }] },
    finishReason: options.finishReason ?? 'STOP',
  }
  pieces.push(dataLine({ candidates: [candidate], ...counts, modelVersion }))
  return pieces
}

function dataLine(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`
}

function namedEvent(name: string, data: unknown): string {
  return `event: ${name}\n${dataLine(data)}`
}

function textOf(parts: Parts): string {
  return parts.filter((part) => typeof part === 'string').join('')
}

function withComments(parts: Parts, options: StreamOptions, makePiece: (text: string) => string): readonly Piece[] {
  const comments = (options.comments ?? []).map((comment) => `: ${comment}\n\n`).join('')
  return parts.map((part) => (typeof part === 'string' ? comments + makePiece(part) : part))
}

function asksForUsage(request: SeenRequest): boolean {
  try {
    const body = request.json()
    if (typeof body !== 'object' || body === null || !('stream_options' in body)) return false
    const streamOptions = body.stream_options
    return (
      typeof streamOptions === 'object' &&
      streamOptions !== null &&
      'include_usage' in streamOptions &&
      streamOptions.include_usage === true
    )
  } catch {
    // Not JSON: then nothing was asked for.
    return false
  }
}
