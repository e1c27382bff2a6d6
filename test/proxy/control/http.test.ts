import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import type { EngineEvent } from '../../../proxy/contract.ts'
import { startEventFeed } from '../../../proxy/control/event-feed.ts'
import { startConsole } from '../../helpers/console-engine.ts'
import type { ConsoleEngine, ConsoleOptions } from '../../helpers/console-engine.ts'
import { startEngine } from '../../helpers/engine.ts'
import type { ConfigText } from '../../helpers/make.ts'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function start(config: ConfigText = {}, options: ConsoleOptions = {}): Promise<ConsoleEngine> {
  const engine = await startConsole(config, options)
  closers.push(() => engine.stop())
  return engine
}

/** By hand, since fetch sets Host and Origin itself. */
async function send(
  engine: Pick<ConsoleEngine, 'port' | 'token'>,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body: string | null = null,
): Promise<{
  readonly status: number | undefined
  readonly code: unknown
  readonly answer: IncomingMessage
  readonly body: string
}> {
  const outgoing = request({
    host: '127.0.0.1',
    port: engine.port,
    path,
    method: body === null ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${engine.token}`, 'content-type': 'application/json', ...headers },
    agent: false,
  })
  outgoing.end(body)
  const [answer]: IncomingMessage[] = await once(outgoing, 'response')
  if (answer === undefined) throw new Error('no answer')
  const received = await text(answer)
  return { status: answer.statusCode, code: /"code":"(\w+)"/.exec(received)?.[1], answer, body: received }
}

const statusCall = JSON.stringify({ method: 'getStatus', args: [] })

describe('who may call', () => {
  it.each<[string, Record<string, string>, number, string | undefined]>([
    ['the token', {}, 200, undefined],
    ['no token', { authorization: '' }, 401, 'unauthorized'],
    ['a wrong token', { authorization: 'Bearer wrong' }, 401, 'unauthorized'],
    ['the token in another scheme', { authorization: 'Basic abc' }, 401, 'unauthorized'],
    ['a project key', { authorization: 'Bearer ak-test-0123456789abcdef' }, 401, 'unauthorized'],
    ['a foreign Host with the right token', { host: 'evil.example:8080' }, 403, 'host_not_allowed'],
    ['a foreign Origin with the right token', { origin: 'http://evil.example' }, 403, 'origin_not_allowed'],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403, 'origin_not_allowed'],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'bad_content_type'],
    ['text', { 'content-type': 'text/plain' }, 415, 'bad_content_type'],
  ])('%s', async (_, headers, status, code) => {
    const engine = await start()
    const { status: got, code: gotCode, answer } = await send(engine, '/console/api/call', headers, statusCall)
    expect([got, status === 200 ? undefined : gotCode]).toEqual([status, code])
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })

  it.each(['?token=', '?access_token=', '?key='])('takes no token from the query %s', async (query) => {
    const engine = await start()
    const path = `/console/api/call${query}${engine.token}`
    expect((await send(engine, path, { authorization: '' }, statusCall)).status).toBe(401)
  })

  it('takes no token from a cookie', async () => {
    const engine = await start()
    const headers = { authorization: '', cookie: `token=${engine.token}; console-token=${engine.token}` }
    expect((await send(engine, '/console/api/call', headers, statusCall)).status).toBe(401)
  })

  it('wants the token for events too, and serves no page under a foreign name', async () => {
    const engine = await start()
    expect((await send(engine, '/console/api/events', { authorization: '' })).status).toBe(401)
    expect((await send(engine, '/console/', { host: 'evil.example' })).status).toBe(403)
  })

  it('takes the names of allowed_hosts', async () => {
    const engine = await start({ server: { port: 0, console: { allowed_hosts: ['console.test'] } } })
    const headers = { host: 'console.test', origin: 'https://console.test' }
    expect((await send(engine, '/console/api/call', headers, statusCall)).status).toBe(200)
  })

  it('answers preflights with no permission', async () => {
    const engine = await start({ server: { port: 0, cors_origins: ['http://chat.example'] } })
    const answer = await fetch(`${engine.origin}/console/api/call`, {
      method: 'OPTIONS',
      headers: { origin: 'http://chat.example', 'access-control-request-method': 'POST' },
    })
    expect([answer.ok, answer.headers.get('access-control-allow-origin')]).toEqual([false, null])
  })
})

describe('when it is on', () => {
  const call = (engine: ConsoleEngine) => send(engine, '/console/api/call', {}, statusCall)

  it('is off beyond loopback unless it is switched on', async () => {
    const engine = await start({ server: { port: '0.0.0.0:0' } })
    expect(await call(engine)).toMatchObject({ status: 404, code: 'console_off' })
    expect((await send(engine, '/console/')).status).toBe(404)
    await engine.configure({ server: { port: '0.0.0.0:0', console: { enabled: true } } })
    expect((await call(engine)).status).toBe(200)
  })

  it('can be switched off on loopback', async () => {
    const engine = await start({ server: { port: 0, console: { enabled: false } } })
    expect(await call(engine)).toMatchObject({ status: 404, code: 'console_off' })
  })

  it('is not there at all without a console', async () => {
    const engine = await startEngine({})
    closers.push(() => engine.stop())
    expect(await send({ ...engine, token: 'any' }, '/console/api/call', {}, statusCall)).toMatchObject({
      status: 404,
      code: 'unknown_url',
    })
  })
})

describe('calls', () => {
  it.each<[string, string, number, string]>([
    ['no JSON', '{', 400, 'bad_json'],
    ['an unknown method', '{"method":"format"}', 200, 'unknown_method'],
    ['a method of every object', '{"method":"constructor"}', 200, 'unknown_method'],
    ['no method', '{}', 200, 'unknown_method'],
    ['a list', '[]', 200, 'unknown_method'],
    ['too few arguments', '{"method":"getRequest"}', 200, 'bad_arguments'],
    ['too many arguments', '{"method":"getStatus","args":[1]}', 200, 'bad_arguments'],
    ['a wrong argument', '{"method":"getRequest","args":[{"a":1}]}', 200, 'bad_arguments'],
    ['an endless list', '{"method":"listRequests","args":[{"limit":1e9}]}', 200, 'bad_arguments'],
    ['an unknown edit', '{"method":"editConfig","args":[[{"op":"run","path":[]}],null]}', 200, 'bad_arguments'],
  ])('refuses %s', async (_, body, status, code) => {
    const engine = await start()
    expect(await send(engine, '/console/api/call', {}, body)).toMatchObject({ status, code })
  })

  it('never says a wrong argument again: it may be a secret', async () => {
    const engine = await start()
    const body = JSON.stringify({ method: 'revealSecret', args: [{ kind: 'canary-0001', project: 'canary-0002' }] })
    expect((await send(engine, '/console/api/call', {}, body)).body).not.toContain('canary')
  })

  it('refuses a body over 12 MB and lives on', async () => {
    const engine = await start()
    const body = JSON.stringify({ method: 'checkConfigText', args: ['x'.repeat(13 * 1024 * 1024)] })
    expect(await send(engine, '/console/api/call', {}, body)).toMatchObject({ status: 413, code: 'too_large' })
    expect((await engine.call('getStatus')).ok).toBe(true)
  })

  it('takes a config as large as a config may be', async () => {
    const engine = await start()
    const reply = await engine.call('checkConfigText', `# ${'x'.repeat(10 * 1024 * 1024 - 10)}`)
    expect(reply.ok).toBe(true)
  })

  it('says null where a method gives nothing, and logs what must not happen without telling it', async () => {
    const engine = await start()
    expect(await engine.call('getRequest', 'req_none')).toEqual({ ok: true, value: null })
    await rm(engine.handle.backupFolder, { recursive: true, force: true })
    await writeFile(engine.handle.backupFolder, 'a file where a folder should be')
    const reply = await engine.call('readBackup', 'config-2026-01-01T00-00-00-000Z-00000000.yaml')
    expect(reply).toMatchObject({ ok: false, error: { code: 'internal_error' } })
    expect(engine.lines.at(-1)).toContain('ENOTDIR')
    expect(JSON.stringify(reply)).not.toContain('ENOTDIR')
  })
})

it('answers a save that moves the listener away from under it', async () => {
  const engine = await start({ server: { port: 0 } }, { port: null })
  const { revision } = await engine.control.getConfig()
  const edits = [{ op: 'set', path: ['server', 'port'], value: '127.0.0.1:0' }]
  expect(await engine.call('editConfig', edits, revision)).toMatchObject({ ok: true, value: { kind: 'applied' } })
  expect(engine.engine.status().listening?.port).not.toBe(engine.port)
})

describe('the page', () => {
  async function renderer(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'ai-proxy-renderer-'))
    closers.push(() => rm(folder, { recursive: true }))
    await mkdir(join(folder, 'assets'))
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>console</title>')
    await writeFile(join(folder, 'assets', 'index-abc123.js'), 'export {}')
    await writeFile(join(folder, '.env'), 'secret')
    return folder
  }

  it('is served without a token, with strict headers', async () => {
    const engine = await start({}, { rendererFolder: await renderer() })
    const answer = await fetch(`${engine.origin}/console/`)
    expect(await answer.text()).toContain('<title>console</title>')
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-cache',
    })
    expect(answer.headers.get('x-powered-by')).toBeNull()
  })

  it('is found without the slash, and its assets may be kept for good', async () => {
    const engine = await start({}, { rendererFolder: await renderer() })
    const answer = await fetch(`${engine.origin}/console`)
    expect([answer.url, answer.status]).toEqual([`${engine.origin}/console/`, 200])
    const asset = await fetch(`${engine.origin}/console/assets/index-abc123.js`)
    expect([asset.headers.get('content-type'), asset.headers.get('cache-control')]).toEqual([
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ])
  })

  it.each([
    '/console/../package.json',
    '/console/%2e%2e/package.json',
    '/console/.env',
    '/console/assets/',
    '/console/none.js',
  ])('gives nothing else: %s', async (path) => {
    const engine = await start({}, { rendererFolder: await renderer() })
    const { status, body } = await send(engine, path)
    expect([status, body.includes('secret')]).toEqual([404, false])
  })

  it('says what to do while it is not built', async () => {
    const engine = await start({}, { rendererFolder: '/nowhere' })
    const answer = await fetch(`${engine.origin}/console/`)
    expect([answer.status, (await answer.text()).includes('npm run build')]).toEqual([503, true])
    expect((await engine.call('getStatus')).ok).toBe(true)
  })
})

/** Reads events one by one from an open connection. */
async function listen(engine: ConsoleEngine) {
  const stop = new AbortController()
  const answer = await engine.request('/console/api/events', { signal: stop.signal })
  closers.push(() => stop.abort())
  if (answer.body === null) throw new Error('no body')
  const decoder = new TextDecoder()
  const reader = answer.body.getReader()
  let buffered = ''
  const next = async (): Promise<EngineEvent | null> => {
    for (;;) {
      const end = buffered.indexOf('\n\n')
      if (end !== -1) {
        const frame = buffered.slice(0, end)
        buffered = buffered.slice(end + 2)
        // Safe: our own server's events.
        if (frame.startsWith('data: ')) return JSON.parse(frame.slice(6)) as EngineEvent
        continue
      }
      const { done, value } = await reader.read()
      if (done) return null
      buffered += decoder.decode(value, { stream: true })
    }
  }
  const until = async (matches: (event: EngineEvent) => boolean): Promise<EngineEvent> => {
    for (let event = await next(); event !== null; event = await next()) if (matches(event)) return event
    throw new Error('The events have ended.')
  }
  return { answer, next, until, stop: () => stop.abort() }
}

describe('events', () => {
  it('begin with the status and tell of requests and changes of the config', async () => {
    const engine = await start({ upstreams: [{ name: 'Demo', base_url: 'builtin:demo', models: ['demo/echo'] }] })
    const feed = await listen(engine)
    expect(feed.answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(await feed.next()).toMatchObject({ type: 'status', status: { state: 'running' } })
    await engine.post('/v1/chat/completions', { model: 'demo/echo', messages: [{ role: 'user', content: 'hi' }] })
    const done = await feed.until(
      (event) => event.type === 'requests' && event.records.some(({ end }) => end === 'done'),
    )
    expect(done).toMatchObject({ records: [{ requestedModel: 'demo/echo', status: 200 }] })
    await engine.configure({ server: { port: 0, max_retries: 1 } })
    await feed.until(({ type }) => type === 'config-applied')
  })

  it('can be had again after a cut, and by several at once', async () => {
    const engine = await start()
    const first = await listen(engine)
    await first.next()
    first.stop()
    const [second, third] = [await listen(engine), await listen(engine)]
    expect([(await second.next())?.type, (await third.next())?.type]).toEqual(['status', 'status'])
  })

  it('end with the engine, which does not wait for them', async () => {
    const engine = await start()
    const feed = await listen(engine)
    await feed.next()
    const stopped = engine.engine.stop({ graceMs: 60_000 })
    const last = await feed.until((event) => event.type === 'status' && event.status.state !== 'running')
    expect(last).toMatchObject({ status: { state: 'stopping' } })
    expect(await feed.next()).toBeNull()
    await stopped
  })

  it('refuse the old token after a new one, and go on with the new one', async () => {
    const engine = await start()
    await rm(engine.tokenPath)
    expect((await engine.request('/console/api/events')).status).toBe(401)
  })
})

describe('an open feed', () => {
  /** A feed whose reader is under the test's control, on a real socket. */
  async function open(mayGoOn: () => Promise<boolean>, pingMs: number) {
    const listeners = new Set<(event: EngineEvent) => void>()
    const engine = await start()
    const server = createServer((_request, response) => {
      startEventFeed({
        engine: {
          status: () => engine.handle.status(),
          subscribe(listener) {
            listeners.add(listener)
            return () => listeners.delete(listener)
          },
        },
        response,
        mayGoOn,
        pingMs,
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => server.close())
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const outgoing = request({ host: '127.0.0.1', port, agent: false })
    outgoing.end()
    const [answer]: IncomingMessage[] = await once(outgoing, 'response')
    if (answer === undefined) throw new Error('no answer')
    return { answer, listeners, status: engine.handle.status() }
  }

  it('is closed at the next ping once its token no longer holds', async () => {
    const { answer, listeners } = await open(async () => false, 5)
    expect(await text(answer)).toMatch(/^data: .*\n\n: ping\n\n$/)
    expect(listeners.size).toBe(0)
  })

  it('takes no event after its end, however many still come', async () => {
    const { answer, listeners, status } = await open(async () => true, 60_000)
    const [send] = listeners
    send?.({ type: 'status', status: { ...status, state: 'stopping' } })
    for (let index = 0; index < 3; index += 1) send?.({ type: 'config-changed', revision: `${index}` })
    const received = await text(answer)
    expect(received).toContain('"state":"stopping"')
    expect(received).not.toContain('config-changed')
    expect(listeners.size).toBe(0)
  })

  it('gives a slow reader the last state of everything, whatever it missed', async () => {
    const { answer, listeners } = await open(async () => true, 60_000)
    const [send] = listeners
    const changed = (revision: string): EngineEvent => ({ type: 'config-changed', revision })
    // The reader takes nothing meanwhile: the socket's buffers fill up, the rest is folded.
    for (let index = 0; index < 20_000; index += 1) send?.(changed(`${index} ${'x'.repeat(1000)}`))
    let received = ''
    for await (const chunk of answer) {
      received += String(chunk)
      if (received.includes('"19999 ') && received.endsWith('\n\n')) break
    }
    const events = received.split('\n\n').filter((frame) => frame.startsWith('data: '))
    expect(events.length).toBeLessThan(20_000)
    expect(events.at(-1)).toContain('"19999 ')
  })
})

it('tells an address of the console that holds the token in its fragment only', async () => {
  const engine = await start()
  const url = new URL(engine.consoleUrl)
  expect([url.pathname, url.search, url.hash]).toEqual(['/console/', '', `#token=${engine.token}`])
})
