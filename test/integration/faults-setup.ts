/** What the fault and stream tests share: engines on scripted or raw upstreams, and short forms of what was seen. */
import { request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach } from 'vitest'
import type { RequestRecord } from '../../proxy/contract.ts'
import { startEngine } from '../helpers/engine.ts'
import type { StartOptions, TestEngine } from '../helpers/engine.ts'
import type { ConfigText } from '../helpers/make.ts'
import { startScriptedUpstream } from '../helpers/scripted-upstream.ts'
import type { ScriptedUpstream, ScriptedUpstreamOptions } from '../helpers/scripted-upstream.ts'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

/** Called after the test, last registered first. */
export function atEnd(close: () => unknown): void {
  closers.push(close)
}

export async function openUpstream(options: ScriptedUpstreamOptions = {}): Promise<ScriptedUpstream> {
  const upstream = await startScriptedUpstream(options)
  atEnd(() => upstream.close())
  return upstream
}

export async function openEngine(config: ConfigText, options: StartOptions = {}): Promise<TestEngine> {
  const engine = await startEngine(config, options)
  atEnd(() => engine.stop())
  return engine
}

/** A TCP server that is no HTTP server: `onConnection` gets each socket with its number. */
export async function openTcp(onConnection: (socket: Socket, index: number) => void): Promise<{
  readonly url: string
  readonly port: number
  /** Connections so far. */
  readonly count: () => number
}> {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    onConnection(socket, count++)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  // Safe: a server that listens on a TCP port has an AddressInfo.
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port, count: () => count }
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Safe: as above.
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

export const chat = { model: 'm', messages: [{ role: 'user', content: 'hi' }] }
export const streamed = { ...chat, stream: true }

export interface SseEvent {
  readonly name: string | null
  readonly data: string
}

export interface SeenAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The connection ended before the answer did. */
  readonly isCut: boolean
  readonly events: readonly SseEvent[]
  readonly comments: readonly string[]
  /** Text of chat, responses, messages and Gemini events put together. */
  readonly content: string
  /** `error` of the body or of the last event, in whatever dialect; null without. */
  readonly error: Readonly<Record<string, unknown>> | null
  /** Code or, where the dialect has none, type of that error. */
  readonly code: unknown
  readonly isDone: boolean
}

/** Reads an answer to its end, also to a bad one. */
export async function seen(answer: Response | Promise<Response>): Promise<SeenAnswer> {
  const response = await answer
  const chunks: Uint8Array[] = []
  let isCut = false
  try {
    for await (const chunk of response.body ?? []) chunks.push(chunk)
  } catch {
    isCut = true
  }
  return describeAnswer(response.status, response.headers, Buffer.concat(chunks).toString('utf8'), isCut)
}

function describeAnswer(status: number, headers: Headers, text: string, isCut = false): SeenAnswer {
  const isStream = (headers.get('content-type') ?? '').startsWith('text/event-stream')
  const blocks = isStream ? text.split(/\r\n\r\n|\n\n|\r\r/).filter((block) => block.trim() !== '') : []
  const lines = blocks.map((block) => block.split(/\r\n|\n|\r/))
  const events = lines.flatMap((block) => {
    const data = block.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).replace(/^ /, ''))
    const name =
      block
        .find((line) => line.startsWith('event:'))
        ?.slice(6)
        .trim() ?? null
    return data.length === 0 ? [] : [{ name, data: data.join('\n') }]
  })
  const values = isStream ? events.map(({ data }) => parse(data)) : [parse(text)]
  const error = values.map(errorOf).findLast((found) => found !== null) ?? null
  return {
    status,
    headers,
    text,
    isCut,
    events,
    comments: lines.flat().filter((line) => line.startsWith(':')),
    content: values.map(contentOf).join(''),
    error,
    code: error === null ? null : (error['code'] ?? error['type'] ?? null),
    isDone: events.some(({ data }) => data === '[DONE]'),
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    // Safe: any object may be read by name, its values stay unknown.
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function errorOf(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | null {
  const { error } = value
  // Safe: as above.
  if (typeof error === 'object' && error !== null) return error as Record<string, unknown>
  return value['type'] === 'error' ? value : null
}

function contentOf(value: Readonly<Record<string, unknown>>): string {
  const texts: string[] = []
  const look = (inner: unknown): void => {
    if (Array.isArray(inner)) inner.forEach(look)
    else if (typeof inner === 'object' && inner !== null) {
      for (const [name, member] of Object.entries(inner)) {
        if (typeof member === 'string' && ['content', 'text'].includes(name)) texts.push(member)
        else if (name === 'delta' && typeof member === 'string') texts.push(member)
        else look(member)
      }
    }
  }
  look(value)
  return texts.join('')
}

/** The attempts of a record in short: `upstream key-end result status`. */
export function attemptsOf(record: RequestRecord): readonly string[] {
  return record.attempts.map(({ upstream, result, status }) => `${upstream} ${result} ${status ?? '-'}`)
}

/** Health of upstreams and keys in short: `a: closed, ready ready`. */
export function healthOf({ engine }: TestEngine): readonly string[] {
  return engine
    .status()
    .upstreams.map(({ name, breaker, keys }) => `${name}: ${breaker}, ${keys.map(({ state }) => state).join(' ')}`)
}

export function keysUsed(upstream: ScriptedUpstream): readonly (string | null)[] {
  return upstream.requests.map(({ key }) => key)
}

/** A request whose client can leave or stop reading: node's own, for `fetch` reads ahead. `held`: without its body. */
export function openRequest(
  engine: TestEngine,
  body: unknown,
  {
    path = '/v1/chat/completions',
    headers = {},
    held = false,
  }: { path?: string; headers?: Record<string, string>; held?: boolean } = {},
): { readonly request: ClientRequest; readonly answered: Promise<IncomingMessage> } {
  const request = httpRequest(`${engine.origin}${path}`, {
    method: 'POST',
    agent: false,
    headers: { authorization: `Bearer ${engine.key}`, 'content-type': 'application/json', ...headers },
  })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve)
    request.once('error', reject)
  })
  // Looked at by those tests only that wait for an answer.
  answered.catch(() => undefined)
  request.on('error', () => {})
  if (!held) request.end(JSON.stringify(body))
  atEnd(() => request.destroy())
  return { request, answered }
}
