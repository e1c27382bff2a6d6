/**
 * The steps of a scripted upstream: what it does with one request. Builders only; the server that runs them is
 * `scripted-upstream.ts`, which exports all of this again. Stream pieces are in `upstream-streams.ts`.
 *
 * A `Gate` among the pieces of a body holds it back until the test opens it, so no step needs a timer.
 */
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import type { SeenRequest } from './scripted-upstream.ts'
import { chatPieces, geminiPieces, messagesPieces, responsesPieces } from './upstream-streams.ts'
import type { StreamOptions, TokenCounts } from './upstream-streams.ts'

export interface Gate {
  readonly opened: Promise<void>
  open(): void
}

/** What a step works with. `gone` resolves when the answer is finished or the connection lost. */
export interface Exchange {
  readonly request: SeenRequest
  readonly response: ServerResponse
  readonly gone: Promise<void>
  /** Ends the connection without ending the answer: `close` sends FIN, `reset` RST. */
  cut(how: 'close' | 'reset'): void
}

export interface Step {
  run(exchange: Exchange): void | Promise<void>
}

export type Piece = string | Uint8Array | Gate

export interface ToolCall {
  readonly id?: string
  readonly name: string
  readonly arguments: unknown
}

export interface AnswerOptions {
  /** Default 'Hello!'; null for an answer of tool calls only. */
  readonly content?: string | null
  /** Default: the model that was asked for. */
  readonly model?: string
  /** Default 7 in, 3 out; null leaves usage away. */
  readonly usage?: TokenCounts | null
  readonly toolCalls?: readonly ToolCall[]
  readonly finishReason?: string
  readonly headers?: Headers
}

type Headers = Readonly<Record<string, string | readonly string[]>>
type BodyEnd = 'end' | 'close' | 'reset' | 'hang'

/** Something to wait on inside a step, opened by the test. */
export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: () => resolve() }
}

export function json(status: number, body: unknown, headers: Headers = {}): Step {
  return whole(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers })
}

export function text(status: number, body: string, headers: Headers = {}): Step {
  return whole(status, body, { 'content-type': 'text/plain; charset=utf-8', ...headers })
}

export function html(status: number, body: string, headers: Headers = {}): Step {
  return whole(status, body, { 'content-type': 'text/html; charset=utf-8', ...headers })
}

/** An error in OpenAI's form. */
export function errorAnswer(
  status: number,
  error: { readonly message: string; readonly type?: string; readonly code?: string | number | null },
  headers: Headers = {},
): Step {
  return json(status, { error: { type: 'invalid_request_error', param: null, code: null, ...error } }, headers)
}

export function redirect(status: number, location: string): Step {
  return whole(status, '', { location })
}

/** A chat completion in one piece, whether or not a stream was asked for. */
export function chatAnswer(options: AnswerOptions = {}): Step {
  return perRequest((request) => {
    const calls = options.toolCalls ?? []
    const usage = options.usage === undefined ? defaultUsage : options.usage
    return json(
      200,
      {
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1_790_000_000,
        model: options.model ?? request.model,
        choices: [
          {
            index: 0,
            message: {
              role: 'assistant',
              content: options.content === undefined ? 'Hello!' : options.content,
              ...(calls.length === 0 ? {} : { tool_calls: calls.map(chatToolCall) }),
            },
            logprobs: null,
            finish_reason: options.finishReason ?? (calls.length === 0 ? 'stop' : 'tool_calls'),
          },
        ],
        ...(usage === null ? {} : { usage: chatUsage(usage) }),
      },
      options.headers,
    )
  })
}

/** An object of the Responses API in one piece. */
export function responsesAnswer(options: AnswerOptions = {}): Step {
  return perRequest((request) => {
    const usage = options.usage === undefined ? defaultUsage : options.usage
    const content = options.content === undefined ? 'Hello!' : options.content
    const calls = options.toolCalls ?? []
    return json(
      200,
      {
        id: 'resp_1',
        object: 'response',
        created_at: 1_790_000_000,
        status: 'completed',
        model: options.model ?? request.model,
        output: [
          ...(content === null
            ? []
            : [
                {
                  type: 'message',
                  id: 'msg_1',
                  role: 'assistant',
                  status: 'completed',
                  content: [{ type: 'output_text', text: content, annotations: [] }],
                },
              ]),
          ...calls.map((call, index) => ({
            type: 'function_call',
            id: `fc_${index + 1}`,
            call_id: call.id ?? `call_${index + 1}`,
            name: call.name,
            arguments: JSON.stringify(call.arguments),
            status: 'completed',
          })),
        ],
        error: null,
        incomplete_details: null,
        ...(usage === null
          ? {}
          : {
              usage: {
                input_tokens: usage.input,
                input_tokens_details: { cached_tokens: 0 },
                output_tokens: usage.output,
                output_tokens_details: { reasoning_tokens: 0 },
                total_tokens: usage.input + usage.output,
              },
            }),
      },
      options.headers,
    )
  })
}

/** A message of Anthropic's API in one piece. */
export function messagesAnswer(options: AnswerOptions = {}): Step {
  return perRequest((request) => {
    const usage = options.usage === undefined ? defaultUsage : options.usage
    const content = options.content === undefined ? 'Hello!' : options.content
    const calls = options.toolCalls ?? []
    return json(
      200,
      {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: options.model ?? request.model,
        content: [
          ...(content === null ? [] : [{ type: 'text', text: content }]),
          ...calls.map((call, index) => ({
            type: 'tool_use',
            id: call.id ?? `toolu_${index + 1}`,
            name: call.name,
            input: call.arguments,
          })),
        ],
        stop_reason: options.finishReason ?? (calls.length === 0 ? 'end_turn' : 'tool_use'),
        stop_sequence: null,
        ...(usage === null ? {} : { usage: { input_tokens: usage.input, output_tokens: usage.output } }),
      },
      options.headers,
    )
  })
}

/** An answer of Gemini's own API in one piece. */
export function geminiAnswer(options: AnswerOptions = {}): Step {
  return perRequest((request) => {
    const usage = options.usage === undefined ? defaultUsage : options.usage
    const parts = [
      ...(options.content === null ? [] : [{ text: options.content ?? 'Hello!' }]),
      ...(options.toolCalls ?? []).map((call) => ({ functionCall: { name: call.name, args: call.arguments } })),
    ]
    return json(
      200,
      {
        candidates: [{ index: 0, content: { role: 'model', parts }, finishReason: options.finishReason ?? 'STOP' }],
        modelVersion: options.model ?? request.model,
        ...(usage === null
          ? {}
          : {
              usageMetadata: {
                promptTokenCount: usage.input,
                candidatesTokenCount: usage.output,
                totalTokenCount: usage.input + usage.output,
              },
            }),
      },
      options.headers,
    )
  })
}

/** Chat chunks, `[DONE]` and, when asked for or given, the usage chunk. */
export function chatStream(parts: readonly (string | Gate)[] | string, options: StreamOptions = {}): Step {
  return stream(parts, options, chatPieces)
}

/** The event sequence of the Responses API. */
export function responsesStream(parts: readonly (string | Gate)[] | string, options: StreamOptions = {}): Step {
  return stream(parts, options, responsesPieces)
}

/** The event sequence of Anthropic's Messages API. */
export function messagesStream(parts: readonly (string | Gate)[] | string, options: StreamOptions = {}): Step {
  return stream(parts, options, messagesPieces)
}

/** The events of Gemini's `streamGenerateContent?alt=sse`. */
export function geminiStream(parts: readonly (string | Gate)[] | string, options: StreamOptions = {}): Step {
  return stream(parts, options, geminiPieces)
}

export type SseEvent =
  | string
  | Gate
  | { readonly event?: string; readonly data: unknown }
  | { readonly comment: string }

/** Events as given: a string is the data of one, an object's `data` is sent as JSON unless it is a string. */
export function sse(
  events: readonly SseEvent[],
  options: { readonly headers?: Headers; readonly end?: BodyEnd } = {},
): Step {
  const pieces = events.map((event): Piece => {
    if (typeof event === 'string') return `data: ${event}\n\n`
    if ('opened' in event) return event
    if ('comment' in event) return `: ${event.comment}\n\n`
    const data = typeof event.data === 'string' ? event.data : JSON.stringify(event.data)
    return `${event.event === undefined ? '' : `event: ${event.event}\n`}data: ${data}\n\n`
  })
  return raw(pieces, {
    headers: { 'content-type': 'text/event-stream', ...options.headers },
    end: options.end ?? 'end',
  })
}

/** The bytes of `test/fixtures/sse/<name>`, whole or cut where `cutAt` (byte offsets) says, a gate in each cut. */
export function fixture(
  name: string,
  options: { readonly cutAt?: readonly { readonly byte: number; readonly gate: Gate }[] } = {},
): Step {
  const bytes = readFixture(name)
  const cuts = options.cutAt ?? []
  const pieces = cuts.flatMap((cut, index): Piece[] => [bytes.subarray(cuts[index - 1]?.byte ?? 0, cut.byte), cut.gate])
  return raw([...pieces, bytes.subarray(cuts.at(-1)?.byte ?? 0)], { headers: { 'content-type': 'text/event-stream' } })
}

export function readFixture(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/sse/${name}`, import.meta.url))
}

export interface RawOptions {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Headers
  /** Default `end`. `close` and `reset` cut the connection after the last piece, `hang` leaves it open. */
  readonly end?: BodyEnd
}

/** Each piece is a write of its own; the next follows when the operating system has taken the one before. */
export function raw(pieces: readonly Piece[], options: RawOptions = {}): Step {
  return {
    async run(exchange) {
      exchange.response.writeHead(options.status ?? 200, asOutgoing(options.headers ?? {}))
      exchange.response.flushHeaders()
      await writePieces(pieces, exchange)
      await endBody(options.end ?? 'end', exchange)
    },
  }
}

/** Answers nothing (more) and waits until the caller goes. */
export function hang(phase: 'before-headers' | 'after-headers' | 'mid-body', options: RawOptions = {}): Step {
  return stopAt(phase, 'hang', options)
}

/** Cuts the connection with a TCP reset. */
export function resetConnection(
  phase: 'before-headers' | 'after-headers' | 'mid-body',
  options: RawOptions = {},
): Step {
  return stopAt(phase, 'reset', options)
}

/** Answers well with keep-alive and then closes the idle connection: what a pool must survive. */
export function closeIdleSocketAfterAnswer(step: Step = answer()): Step {
  return {
    async run(exchange) {
      exchange.response.once('finish', () => exchange.cut('close'))
      await step.run(exchange)
    },
  }
}

/** Holds the whole step back until the gate opens (or the caller goes). */
export function after(held: Gate, step: Step): Step {
  return {
    async run(exchange) {
      if (await opensBeforeGone(held, exchange)) await step.run(exchange)
    },
  }
}

/** Another step for each presented key; a key that isn't named gets OpenAI's 401. */
export function keyed(steps: Readonly<Record<string, Step>>): Step {
  return perRequest(
    (request) =>
      (request.key === null ? undefined : steps[request.key]) ??
      errorAnswer(401, { message: 'Incorrect API key provided.', code: 'invalid_api_key' }),
  )
}

/** Embeddings of four numbers for each input; base64 where the official SDKs ask for it. */
export function embeddings(options: { readonly model?: string; readonly usage?: TokenCounts } = {}): Step {
  return perRequest((request) => {
    const body = bodyOf(request)
    const inputs = Array.isArray(body.input) ? body.input.length : 1
    const vector = [0.25, -0.5, 0.75, 1]
    const asBase64 = Buffer.from(Float32Array.from(vector).buffer).toString('base64')
    const usage = options.usage ?? defaultUsage
    return json(200, {
      object: 'list',
      data: Array.from({ length: inputs }, (_, index) => ({
        object: 'embedding',
        index,
        embedding: body.encoding_format === 'base64' ? asBase64 : vector,
      })),
      model: options.model ?? request.model,
      usage: { prompt_tokens: usage.input, total_tokens: usage.input },
    })
  })
}

/** `GET /v1/models` in OpenAI's form. */
export function modelList(ids: readonly string[]): Step {
  return json(200, {
    object: 'list',
    data: ids.map((id) => ({ id, object: 'model', created: 1_790_000_000, owned_by: 'scripted' })),
  })
}

/** What a healthy upstream does: the form follows from path and `stream`, the model is the one asked for. */
export function answer(content = 'Hello!'): Step {
  return perRequest((request) => {
    const { pathname } = request
    const isStream = bodyOf(request).stream === true
    if (pathname.endsWith('/chat/completions')) return isStream ? chatStream([content]) : chatAnswer({ content })
    if (pathname.endsWith('/responses')) return isStream ? responsesStream([content]) : responsesAnswer({ content })
    if (pathname.endsWith('/messages')) return isStream ? messagesStream([content]) : messagesAnswer({ content })
    if (pathname.endsWith(':streamGenerateContent')) return geminiStream([content])
    if (pathname.endsWith(':generateContent')) return geminiAnswer({ content })
    if (pathname.endsWith('/embeddings')) return embeddings()
    if (pathname.endsWith('/models')) return modelList(['scripted-model'])
    return errorAnswer(404, { message: `Unknown request URL: ${request.method} ${pathname}`, code: 'unknown_url' })
  })
}

/** A step chosen when the request is there. */
export function perRequest(choose: (request: SeenRequest) => Step): Step {
  return { run: (exchange) => choose(exchange.request).run(exchange) }
}

const defaultUsage: TokenCounts = { input: 7, output: 3 }

function whole(status: number, body: string, headers: Headers): Step {
  return {
    run({ response }) {
      response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...asOutgoing(headers) }).end(body)
    },
  }
}

function stream(
  parts: readonly (string | Gate)[] | string,
  options: StreamOptions,
  makePieces: (parts: readonly (string | Gate)[], options: StreamOptions, request: SeenRequest) => readonly Piece[],
): Step {
  return perRequest((request) => {
    const pieces = makePieces(typeof parts === 'string' ? [parts] : parts, options, request)
    const wire = options.crlf
      ? pieces.map((piece) => (typeof piece === 'string' ? piece.replaceAll('\n', '\r\n') : piece))
      : pieces
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', ...options.headers }
    return raw(wire, { headers, end: options.end ?? 'end' })
  })
}

function stopAt(
  phase: 'before-headers' | 'after-headers' | 'mid-body',
  how: 'hang' | 'reset',
  options: RawOptions,
): Step {
  return {
    async run(exchange) {
      if (phase === 'before-headers') return endBody(how, exchange)
      const headers = { 'content-type': 'text/event-stream', ...options.headers }
      const pieces = phase === 'mid-body' ? ['data: {"choices":[{"index":0,"delta":{"content":"Hel'] : []
      return raw(pieces, { ...options, headers, end: how }).run(exchange)
    },
  }
}

async function writePieces(pieces: readonly Piece[], exchange: Exchange): Promise<void> {
  for (const piece of pieces) {
    if (exchange.response.destroyed) return
    if (isGate(piece)) {
      if (!(await opensBeforeGone(piece, exchange))) return
    } else if (piece.length > 0) {
      const written = new Promise<void>((resolve) => exchange.response.write(piece, () => resolve()))
      await Promise.race([written, exchange.gone])
    }
  }
}

async function endBody(end: BodyEnd, exchange: Exchange): Promise<void> {
  if (end === 'end') exchange.response.end()
  else if (end === 'hang') await exchange.gone
  else exchange.cut(end)
}

async function opensBeforeGone(held: Gate, exchange: Exchange): Promise<boolean> {
  return Promise.race([held.opened.then(() => true), exchange.gone.then(() => false)])
}

function isGate(piece: Piece): piece is Gate {
  return typeof piece === 'object' && 'opened' in piece
}

function asOutgoing(headers: Headers): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  )
}

function chatToolCall(call: ToolCall, index: number): unknown {
  return {
    id: call.id ?? `call_${index + 1}`,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }
}

function chatUsage(usage: TokenCounts): unknown {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
  }
}

/** The body's fields; none when it isn't a JSON object. */
function bodyOf(request: SeenRequest): Readonly<Record<string, unknown>> {
  try {
    const parsed = request.json()
    // Safe: any object may be read by name, its values stay unknown.
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    // Not JSON: a form, an upload, an empty body.
    return {}
  }
}
