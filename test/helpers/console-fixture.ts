/**
 * A real HTTP server that serves the built console and answers its API from memory, with the headers and the token
 * rule of the real one. For page tests of states that a real engine reaches rarely.
 *
 * To look at it by hand: `npx vite build && npx node test/helpers/console-fixture.ts [--empty] [--traffic 20]`.
 */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { controlMethods, type ControlApi, type ControlReply, type EngineEvent } from '../../proxy/contract.ts'
import { createConsoleApi, FixtureError, type ConsoleApi, type ConsoleApiOptions } from './console-api.ts'
import { makeRecords } from './console-data.ts'

export interface ConsoleFixture extends ConsoleApi {
  /** With the token in the fragment, as the terminal prints it. */
  readonly url: string
  readonly token: string
  /** All calls that came, oldest first. */
  readonly calls: readonly { readonly method: string; readonly args: readonly unknown[] }[]
  readonly emit: (event: EngineEvent) => void
  /** Cuts the event streams; with `refuse` further ones get a 503 until `accept` is called. */
  readonly cut: (options?: { readonly refuse?: boolean }) => void
  readonly accept: () => void
  readonly close: () => Promise<void>
}

export interface ConsoleFixtureOptions extends ConsoleApiOptions {
  /** Folder of the built console; `AI_PROXY_TEST_RENDERER` or `out/renderer` when left out. */
  readonly folder?: string
}

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.map': 'application/json',
}

export async function startConsoleFixture(options: ConsoleFixtureOptions = {}): Promise<ConsoleFixture> {
  const folder = resolve(options.folder ?? process.env['AI_PROXY_TEST_RENDERER'] ?? 'out/renderer')
  const token = 'fixture-token'
  const calls: { method: string; args: readonly unknown[] }[] = []
  const streams = new Set<ServerResponse>()
  let refusing = false

  const emit = (event: EngineEvent) => {
    for (const stream of streams) stream.write(`data: ${JSON.stringify(event)}\n\n`)
  }
  const made = createConsoleApi(options, emit)

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://fixture').pathname
    if (!path.startsWith('/console/api/')) return serveFile(folder, path, response)
    if (request.headers.authorization !== `Bearer ${token}`) {
      return sendJson(response, 401, { ok: false, error: { code: 'unauthorized', message: 'Wrong token.' } })
    }
    if (path === '/console/api/call') {
      const call = JSON.parse(await text(request)) as { method: string; args: readonly unknown[] }
      calls.push(call)
      return sendJson(response, 200, await answer(made.api, call.method, call.args))
    }
    if (refusing) {
      response.writeHead(503).end()
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(': connected\n\n')
    streams.add(response)
    response.on('close', () => streams.delete(response))
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  server.listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  // Safe: a server that listens on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo

  const cut: ConsoleFixture['cut'] = ({ refuse = false } = {}) => {
    refusing = refuse
    for (const stream of streams) stream.destroy()
  }
  return {
    ...made,
    url: `http://127.0.0.1:${port}/console/#token=${token}`,
    token,
    calls,
    emit,
    cut,
    accept() {
      refusing = false
    },
    async close() {
      cut()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

async function answer(api: ControlApi, method: string, args: readonly unknown[]): Promise<ControlReply> {
  const known = controlMethods.find((name) => name === method)
  if (known === undefined) return { ok: false, error: { code: 'unknown_method', message: `No method "${method}".` } }
  try {
    // Safe: the console calls with the contract's own arguments; each method checks nothing here.
    const call = api[known] as (...args: readonly unknown[]) => Promise<unknown>
    return { ok: true, value: (await call(...args)) ?? null }
  } catch (error) {
    const code = error instanceof FixtureError ? error.code : 'internal'
    return { ok: false, error: { code, message: error instanceof Error ? error.message : String(error) } }
  }
}

async function serveFile(folder: string, path: string, response: ServerResponse): Promise<void> {
  const name = path === '/console/' ? 'index.html' : path.slice('/console/'.length)
  const file = join(folder, name)
  const body = file.startsWith(folder) ? await readFile(file).catch(() => null) : null
  if (body === null) {
    response
      .writeHead(404)
      .end(name === 'index.html' ? `The console is not built: run "npm run build" (${folder}).` : '')
    return
  }
  response.writeHead(200, {
    'content-type': contentTypes[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  })
  response.end(body)
}

function sendJson(response: ServerResponse, status: number, reply: ControlReply): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(reply))
}

if (import.meta.main) {
  const perSecond = process.argv.includes('--traffic') ? Number(process.argv[process.argv.indexOf('--traffic') + 1]) : 0
  const fixture = await startConsoleFixture({ empty: process.argv.includes('--empty') })
  console.log(fixture.url)
  let sent = 1000
  if (perSecond > 0) {
    setInterval(() => {
      const count = Math.max(1, Math.round(perSecond / 20))
      const records = makeRecords(count, Date.now(), sent).map((record) => ({ ...record, startedAt: Date.now() }))
      sent += count
      fixture.emit({ type: 'requests', records })
    }, 50)
  }
}
