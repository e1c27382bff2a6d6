/**
 * A real HTTP server on 127.0.0.1:0 that plays an upstream as a list of steps: what the engine sends is seen, what it
 * gets back is scripted. Nothing here waits for a clock: a pause is a `gate()` that the test opens.
 *
 *   const upstream = await startScriptedUpstream()
 *   upstream.script(json(429, { error: { message: 'slow down' } }), chatAnswer({ content: 'hi' }))
 *   …
 *   expect(upstream.requests.map((request) => request.key)).toEqual(['sk-a', 'sk-b'])
 *   await upstream.close()
 *
 * With nothing scripted it answers each known path well and echoes the model that was asked for.
 */
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { answer } from './upstream-steps.ts'
import type { Exchange, Step } from './upstream-steps.ts'

export * from './upstream-steps.ts'

/** One request as it arrived, body read to its end. */
export interface SeenRequest {
  /** Position in `ScriptedUpstream.requests`. */
  readonly index: number
  readonly method: string
  /** With the query. */
  readonly path: string
  /** Without the query. */
  readonly pathname: string
  readonly query: URLSearchParams
  /** Name, value, name, value …, as sent. */
  readonly rawHeaders: readonly string[]
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** The body parsed; throws when it isn't JSON. */
  json(): unknown
  /** `model` of the body or of a Gemini path; null when there is none. */
  readonly model: string | null
  /** The API key presented, in whichever form; null when there is none. */
  readonly key: string | null
  readonly startedAt: number
  /** Number of its connection: equal numbers mean that a connection was used again. */
  readonly connection: number
  /** True once the caller has gone before the answer was complete. A cut by a step or by `close` doesn't count. */
  readonly isAborted: boolean
  /** Resolves when the caller goes before the answer is complete; never, when it doesn't. */
  readonly aborted: Promise<void>
  /** Resolves when the answer has been handed over whole or the connection is gone. */
  readonly finished: Promise<void>
}

export interface RequestMatch {
  readonly key?: string
  /** Without the query. */
  readonly path?: string
  readonly model?: string
}

export interface ScriptedUpstream {
  /** Without a slash at the end: http://127.0.0.1:41234 */
  readonly url: string
  readonly port: number
  readonly requests: readonly SeenRequest[]
  /** Adds steps that the next requests consume, one each. */
  script(...steps: readonly Step[]): void
  /** Adds steps for matching requests only; they go before those of `script`. */
  scriptFor(match: RequestMatch, ...steps: readonly Step[]): void
  /** What is done when no scripted step is left. */
  always(step: Step | ((request: SeenRequest) => Step)): void
  /** The next request that no earlier call has returned, waiting for it if need be. */
  nextRequest(): Promise<SeenRequest>
  waitForRequests(count: number): Promise<void>
  /** Waits until the caller of request `index` (which may still be to come) has gone. */
  waitForAbort(index: number): Promise<void>
  openSockets(): number
  /** Connections accepted since the start. */
  connectionCount(): number
  /** Scripted steps that no request has consumed. */
  stepsLeft(): number
  /** Cuts all connections and stops listening; may be called twice. */
  close(): Promise<void>
}

export interface ScriptedUpstreamOptions {
  /** Serves HTTPS with the self-signed certificate of `testCertificatePath`. */
  readonly tls?: boolean
  /** Default 0: any free port. */
  readonly port?: number
}

/** Certificate of the `tls` option, valid for localhost and 127.0.0.1: its own CA, to be given as `ca_file`. */
export const testCertificatePath = fileURLToPath(new URL('./scripted-upstream-tls/test-only-cert.pem', import.meta.url))
const testKeyPath = fileURLToPath(new URL('./scripted-upstream-tls/test-only-key.pem', import.meta.url))

export async function startScriptedUpstream(options: ScriptedUpstreamOptions = {}): Promise<ScriptedUpstream> {
  const requests: SeenRequest[] = []
  const queue: { readonly match: RequestMatch | null; readonly step: Step }[] = []
  const sockets = new Map<Socket, number>()
  let connections = 0
  let returnedByNext = 0
  let isClosing = false
  let fallback: Step | ((request: SeenRequest) => Step) = answer()
  let waiters: { readonly count: number; readonly resolve: () => void }[] = []

  const server = options.tls
    ? createHttpsServer({ cert: readFileSync(testCertificatePath), key: readFileSync(testKeyPath) })
    : createHttpServer()
  // No clock decides when a connection ends: only a step, the caller or close() does.
  server.keepAliveTimeout = 0
  server.headersTimeout = 0
  server.requestTimeout = 0

  const rawSockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    rawSockets.add(socket)
    socket.on('close', () => rawSockets.delete(socket))
  })
  server.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.set(socket, connections)
    connections += 1
    socket.on('close', () => sockets.delete(socket))
    // A reset by the caller is what half of the tests are about.
    socket.on('error', () => {})
  })
  server.on('request', (message: IncomingMessage, response: ServerResponse) => {
    void serve(message, response)
  })

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = sockets.get(message.socket) ?? -1
    const body = await readBody(message)
    if (body === null) return
    let isCut = false
    const leftOnPurpose = () => isCut || isClosing
    const request = makeSeenRequest({ message, response, body, connection, index: requests.length, leftOnPurpose })
    requests.push(request)
    const step = takeStep(request)
    waiters = waiters.filter((waiter) => {
      if (requests.length < waiter.count) return true
      waiter.resolve()
      return false
    })
    const gone = new Promise<void>((resolve) => response.once('close', resolve))
    const cut = (how: 'close' | 'reset') => {
      isCut = true
      // A TLS socket can't be reset; its raw one is closed with it.
      if (how === 'reset' && !options.tls) message.socket.resetAndDestroy()
      else message.socket.destroy()
    }
    const exchange: Exchange = { request, response, gone, cut }
    try {
      await step.run(exchange)
    } catch (error) {
      // A broken step must fail the test that scripted it, with its reason in the answer.
      if (response.headersSent) cut('close')
      else response.writeHead(599, { 'content-type': 'text/plain' }).end(`scripted step failed: ${String(error)}`)
    }
  }

  function takeStep(request: SeenRequest): Step {
    const own = queue.findIndex((entry) => entry.match !== null && matches(entry.match, request))
    const index = own === -1 ? queue.findIndex((entry) => entry.match === null) : own
    const [entry] = index === -1 ? [] : queue.splice(index, 1)
    if (entry !== undefined) return entry.step
    return typeof fallback === 'function' ? fallback(request) : fallback
  }

  async function waitForRequests(count: number): Promise<void> {
    if (requests.length >= count) return
    await new Promise<void>((resolve) => waiters.push({ count, resolve }))
  }

  async function requestAt(index: number): Promise<SeenRequest> {
    await waitForRequests(index + 1)
    const request = requests[index]
    if (request === undefined) throw new Error(`no request ${index}`)
    return request
  }

  await listen(server, options.port ?? 0)
  // Safe: a server that listens on a TCP port has an AddressInfo.
  const { port } = server.address() as AddressInfo

  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests,
    script: (...steps) => void queue.push(...steps.map((step) => ({ match: null, step }))),
    scriptFor: (match, ...steps) => void queue.push(...steps.map((step) => ({ match, step }))),
    always(step) {
      fallback = step
    },
    nextRequest() {
      returnedByNext += 1
      return requestAt(returnedByNext - 1)
    },
    waitForRequests,
    waitForAbort: async (index) => (await requestAt(index)).aborted,
    openSockets: () => sockets.size,
    connectionCount: () => connections,
    stepsLeft: () => queue.length,
    async close() {
      isClosing = true
      for (const socket of [...sockets.keys(), ...rawSockets]) socket.destroy()
      if (!server.listening) return
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function makeSeenRequest(from: {
  readonly message: IncomingMessage
  readonly response: ServerResponse
  readonly body: Buffer
  readonly connection: number
  readonly index: number
  readonly leftOnPurpose: () => boolean
}): SeenRequest {
  const { message, response, body, connection, index } = from
  const url = new URL(message.url ?? '/', 'http://upstream')
  let isAborted = false
  const aborted = new Promise<void>((resolve) => {
    response.once('close', () => {
      if (response.writableFinished || from.leftOnPurpose()) return
      isAborted = true
      resolve()
    })
  })
  return {
    index,
    method: message.method ?? '',
    path: message.url ?? '',
    pathname: url.pathname,
    query: url.searchParams,
    rawHeaders: message.rawHeaders,
    headers: message.headers,
    body,
    json: (): unknown => JSON.parse(body.toString('utf8')),
    model: modelOf(body, url.pathname),
    key: keyOf(message.headers, url.searchParams),
    startedAt: Date.now(),
    connection,
    get isAborted() {
      return isAborted
    },
    aborted,
    finished: new Promise<void>((resolve) => response.once('close', resolve)),
  }
}

function matches(match: RequestMatch, request: SeenRequest): boolean {
  if (match.key !== undefined && match.key !== request.key) return false
  if (match.path !== undefined && match.path !== request.pathname) return false
  return match.model === undefined || match.model === request.model
}

function keyOf(headers: IncomingHttpHeaders, query: URLSearchParams): string | null {
  const bearer = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '')?.[1]
  const named = ['x-api-key', 'api-key', 'x-goog-api-key'].map((name) => headers[name]).find((value) => value)
  return bearer ?? (typeof named === 'string' ? named : query.get('key'))
}

function modelOf(body: Buffer, pathname: string): string | null {
  const inPath = /\/models\/([^/:]+):\w+$/.exec(pathname)?.[1]
  if (inPath !== undefined) return decodeURIComponent(inPath)
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    if (typeof parsed !== 'object' || parsed === null || !('model' in parsed)) return null
    return typeof parsed.model === 'string' ? parsed.model : null
  } catch {
    // Not JSON: a form, an upload, an empty body.
    return null
  }
}

/** Null when the caller went away before the end. */
function readBody(message: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    message.on('data', (chunk: Buffer) => chunks.push(chunk))
    message.on('end', () => resolve(Buffer.concat(chunks)))
    message.on('error', () => resolve(null))
    message.on('close', () => resolve(null))
  })
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
}
