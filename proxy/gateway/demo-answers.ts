/**
 * What the demo upstream answers: a pure function from a request to status, headers and pieces of body.
 * It echoes the last message, calls the first tool it is offered, and counts four characters as a token.
 */
import { createHash } from 'node:crypto'
import { GatewayError, badRequest, errorBody, unknownUrl } from '../errors.ts'
import { renderChat, renderCompletion, renderMessage, renderResponse } from './demo-forms.ts'
import type { DemoFrame, DemoReply, Rendered } from './demo-forms.ts'
import { readChat, readCompletion, readMessages, readResponses } from './demo-prompts.ts'
import type { DemoPrompt, Fields } from './demo-prompts.ts'
import { exampleOf } from './demo-tools.ts'

export interface DemoRequest {
  readonly method: string
  /** Without the query; with or without `/v1` in front. */
  readonly path: string
  readonly body: string
  /** Makes the ids of the answer. */
  readonly id: string
  /** Epoch ms. */
  readonly now: number
}

export interface DemoAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly frames: readonly DemoFrame[]
}

/** The models it has: the second one answers a word every 150 ms. */
const demoModels = ['demo/echo', 'demo/slow'] as const

export function answerDemo(request: DemoRequest): DemoAnswer {
  const path = request.path.replace(/^\/v1(?=\/)/, '').replace(/\/+$/, '')
  try {
    if (path === '/models' || path.startsWith('/models/')) return answerModels(request, path)
    const answer = routes[path]
    if (answer === undefined) throw unknownUrl(request.method, request.path)
    if (request.method !== 'POST') {
      throw new GatewayError('method_not_supported', 405, `${request.method} is not supported for ${request.path}.`)
    }
    const body = parseBody(request.body)
    return answer(body, request, knownModel(body.model))
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const dialect = path.startsWith('/messages') ? 'anthropic' : 'openai'
    return whole(error.status, errorBody(error, dialect, request.id), request)
  }
}

type Route = (body: Fields, request: DemoRequest, model: string) => DemoAnswer

const routes: Readonly<Record<string, Route>> = {
  '/chat/completions': (body, request, model) => say(readChat(body), renderChat, request, model),
  '/completions': (body, request, model) => say(readCompletion(body), renderCompletion, request, model),
  '/responses': (body, request, model) => say(readResponses(body), renderResponse, request, model),
  '/messages': (body, request, model) => say(readMessages(body), renderMessage, request, model),
  '/messages/count_tokens': (body, request) =>
    whole(200, { input_tokens: tokensIn(readMessages(body).inputChars) }, request),
  '/embeddings': answerEmbeddings,
}

function say(
  prompt: DemoPrompt,
  render: (reply: DemoReply, prompt: DemoPrompt) => Rendered,
  request: DemoRequest,
  model: string,
): DemoAnswer {
  const reply = makeReply(prompt, request, model)
  const rendered = render(reply, prompt)
  const slow = model === 'demo/slow'
  if (rendered.kind === 'whole') return whole(200, rendered.body, request, slow ? Math.max(1, reply.words.length) : 0)
  return {
    status: 200,
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-request-id': request.id,
    },
    frames: slow ? rendered.frames : rendered.frames.map((frame) => ({ ...frame, words: 0 })),
  }
}

function makeReply(prompt: DemoPrompt, request: DemoRequest, model: string): DemoReply {
  const base = {
    id: request.id,
    model,
    createdAt: Math.floor(request.now / 1000),
    inputTokens: tokensIn(prompt.inputChars),
  }
  if (prompt.tool !== null && prompt.from === 'user') {
    const call = {
      id: `call_${request.id.replaceAll('-', '').slice(0, 24)}`,
      name: prompt.tool.name,
      arguments: exampleOf(prompt.tool.schema),
    }
    const outputTokens = tokensIn(call.name.length + JSON.stringify(call.arguments).length)
    return { ...base, words: [], call, finish: 'tool', outputTokens }
  }
  const characters = Array.from(sentence(prompt))
  const limit = prompt.maxTokens === null ? characters.length : prompt.maxTokens * charactersPerToken
  const text = characters.slice(0, limit).join('')
  const finish = limit < characters.length ? 'length' : 'stop'
  return { ...base, words: splitWords(text), call: null, finish, outputTokens: tokensIn(text.length) }
}

/** One line that says who is speaking, then what was said; in Chinese to Chinese. */
function sentence(prompt: DemoPrompt): string {
  if (/\p{Script=Han}/u.test(prompt.text)) {
    const lead = '【AI Proxy 内置演示上游，未调用真实模型】'
    return prompt.from === 'tool' ? `${lead}\n工具返回：${prompt.text}` : `${lead}\n你说：${prompt.text}`
  }
  const lead = '[Built-in demo upstream of AI Proxy: no real model was asked]'
  return prompt.from === 'tool' ? `${lead}\nThe tool returned: ${prompt.text}` : `${lead}\nYou said: ${prompt.text}`
}

/** Words with the space behind them, Chinese two characters at a time; joined they are the text again. */
function splitWords(text: string): readonly string[] {
  return text.match(/\p{Script=Han}{1,2}|[^\s\p{Script=Han}]+\s*|\s+/gu) ?? []
}

function answerModels(request: DemoRequest, path: string): DemoAnswer {
  const entry = (id: string) => ({ id, object: 'model', created: 1_790_000_000, owned_by: 'ai-proxy' })
  if (path === '/models') return whole(200, { object: 'list', data: demoModels.map(entry) }, request)
  const asked = path.slice('/models/'.length)
  return whole(200, entry(knownModel(asked.replace(/%2f/i, '/'))), request)
}

/** Deterministic unit vectors: the same text always lies at the same place, unlike texts anywhere. */
function answerEmbeddings(body: Fields, request: DemoRequest, model: string): DemoAnswer {
  const dimensions = body.dimensions ?? 8
  if (typeof dimensions !== 'number' || !Number.isInteger(dimensions) || dimensions < 1 || dimensions > 4096) {
    throw badRequest('"dimensions" must be a whole number from 1 to 4096.', 'dimensions', 'invalid_value')
  }
  const isList = Array.isArray(body.input) && typeof body.input[0] !== 'number'
  const inputs: readonly unknown[] = isList && Array.isArray(body.input) ? body.input : [body.input]
  if (inputs.length === 0 || inputs[0] === undefined) {
    throw badRequest('"input" is missing.', 'input', 'missing_required_parameter')
  }
  const texts = inputs.map((input) => (typeof input === 'string' ? input : JSON.stringify(input)))
  const embedding = (text: string) => {
    const vector = unitVector(text, dimensions)
    if (body.encoding_format !== 'base64') return vector
    return Buffer.from(Float32Array.from(vector).buffer).toString('base64')
  }
  const tokens = texts.reduce((sum, text) => sum + tokensIn(text.length), 0)
  return whole(
    200,
    {
      object: 'list',
      data: texts.map((text, index) => ({ object: 'embedding', index, embedding: embedding(text) })),
      model,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    },
    request,
  )
}

function unitVector(text: string, dimensions: number): readonly number[] {
  const raw = Array.from({ length: dimensions }, (_, index) => {
    return createHash('sha256').update(`${index} ${text}`).digest().readInt32LE(0) / 2 ** 31
  })
  const length = Math.hypot(...raw) || 1
  return raw.map((value) => value / length)
}

function parseBody(text: string): Fields {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    throw new GatewayError('invalid_request_body', 400, 'The body is not JSON.', { cause: error })
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw badRequest('The body is not a JSON object.')
  // Safe: any object may be read by name, its values stay unknown.
  return body as Fields
}

function knownModel(model: unknown): string {
  const known = demoModels.find((name) => name === model)
  if (known !== undefined) return known
  const asked = typeof model === 'string' ? `"${model}"` : 'without a name'
  throw new GatewayError(
    'model_not_found',
    404,
    `The demo has no model ${asked}. It has ${demoModels.join(' and ')}.`,
    {
      param: 'model',
    },
  )
}

function whole(status: number, body: unknown, request: DemoRequest, words = 0): DemoAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-request-id': request.id },
    frames: [{ text: JSON.stringify(body), words }],
  }
}

const charactersPerToken = 4

function tokensIn(characters: number): number {
  return Math.max(1, Math.ceil(characters / charactersPerToken))
}
