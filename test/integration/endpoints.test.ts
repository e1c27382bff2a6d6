/** What arrives on the wire: paths, methods, keys, headers, bodies and encodings, on real sockets. */
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import {
  brotliCompressSync,
  brotliDecompressSync,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestEngine } from '../helpers/engine.ts'
import { startEngine } from '../helpers/engine.ts'
import { makeUpstream } from '../helpers/make.ts'
import type { ScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { after, answer, gate, json, raw, startScriptedUpstream } from '../helpers/scripted-upstream.ts'

let upstream: ScriptedUpstream
let engine: TestEngine

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  engine = await startEngine(
    {
      server: { port: 0, max_body_mb: 1, cors_origins: ['https://app.example'] },
      upstreams: [makeUpstream('a', upstream)],
    },
    { bodyBudgetBytes: 1_500_000 },
  )
})
afterEach(async () => {
  await engine.stop()
  await upstream.close()
})

const chat = { model: 'm', messages: [] }
const chatText = JSON.stringify(chat)

/** Sends bytes as they are and gives back what came until the connection closed. */
function send(text: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(engine.port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('end', () => resolve(Buffer.concat(chunks).toString()))
    socket.on('error', reject)
  })
}

function post(headers: readonly string[], body: string, version = '1.1'): string {
  const all = [
    `POST /v1/chat/completions HTTP/${version}`,
    'Host: x',
    `Authorization: Bearer ${engine.key}`,
    'Connection: close',
    ...headers,
  ]
  return `${all.join('\r\n')}\r\n\r\n${body}`
}

const length = `Content-Length: ${chatText.length}`

describe('a chat', () => {
  it('comes back from the upstream and leaves a record', async () => {
    const response = await engine.post('/v1/chat/completions', chat)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ model: 'm', choices: [{ message: { content: 'Hello!' } }] })
    expect(await engine.recordOf(response)).toMatchObject({ end: 'done', project: 'tests', requestedModel: 'm' })
    expect(upstream.requests.map(({ key, path }) => [key, path])).toEqual([['sk-a-0001', '/v1/chat/completions']])
  })

  it('goes to the upstream byte for byte', async () => {
    const body = ' {"messages" : [ ], "model":"m","seed":12345678901234567890,"x":1.0e+2 }\n'
    await engine.post('/v1/chat/completions', body)
    expect(upstream.requests[0]?.body.toString()).toBe(body)
  })
})

describe('a path', () => {
  it.each<[string, string]>([
    ['/chat/completions', '/v1/chat/completions'],
    ['//v1//chat/completions', '/v1/chat/completions'],
    ['/v1/chat/completions/', '/v1/chat/completions'],
    ['/v1/v1/chat/completions', '/v1/chat/completions'],
    ['/v1/chat/completions?a=b&c', '/v1/chat/completions?a=b&c'],
    ['/embeddings', '/v1/embeddings'],
    ['/responses', '/v1/responses'],
    ['/messages?beta=true', '/v1/messages?beta=true'],
    ['/v1/audio/translations', '/v1/audio/translations'],
    ['/v1/rerank', '/v1/rerank'],
  ])('%s is asked for as %s', async (path, expected) => {
    await engine.post(path, chat)
    expect(upstream.requests.map((request) => request.path)).toEqual([expected])
  })

  it('may be absolute, as clients send it to proxies', async () => {
    const head = `POST http://example.com/v1/chat/completions HTTP/1.1\r\nHost: example.com\r\n`
    const answered = await send(
      `${head}Authorization: Bearer ${engine.key}\r\nConnection: close\r\n${length}\r\n\r\n${chatText}`,
    )
    expect(answered).toMatch(/^HTTP\/1\.1 200/)
  })

  it.each<[string, string, number, string]>([
    ['GET', '/v1/chat/completions', 405, 'method_not_supported'],
    ['DELETE', '/v1/embeddings', 405, 'method_not_supported'],
    ['POST', '/v1/models', 405, 'method_not_supported'],
    ['PATCH', '/v1/responses', 405, 'method_not_supported'],
    ['GET', '/v1/nothing', 404, 'unknown_url'],
    ['GET', '/v1', 404, 'unknown_url'],
    ['GET', '/nothing', 404, 'unknown_url'],
    ['POST', '/v2/chat/completions', 404, 'unknown_url'],
    ['GET', '/v1/files/file-unknown', 404, 'not_found'],
    ['GET', '/v1/responses/resp_unknown', 404, 'not_found'],
    ['POST', '/v1/made-up', 400, 'missing_required_parameter'],
  ])('%s %s: %i %s', async (method, path, status, code) => {
    const response = await engine.fetch(path, { method })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error: { code } })
  })

  it('answers HEAD with headers only', async () => {
    const [models, other] = await Promise.all([
      engine.fetch('/v1/models', { method: 'HEAD' }),
      engine.fetch('/v1/chat/completions', { method: 'HEAD' }),
    ])
    expect([models.status, await models.text(), other.status]).toEqual([200, '', 405])
  })

  it('is asked about by the health check without a key', async () => {
    const health = await fetch(`${engine.origin}/health`)
    expect(await health.json()).toMatchObject({ status: 'ok' })
  })
})

describe('the key', () => {
  it.each<[string, Readonly<Record<string, string>>, number]>([
    ['as Bearer', { authorization: 'Bearer KEY' }, 200],
    ['as bearer', { authorization: 'bearer   KEY ' }, 200],
    ['without a scheme', { authorization: 'KEY' }, 200],
    ['as x-api-key', { 'x-api-key': 'KEY' }, 200],
    ['as api-key', { 'api-key': 'KEY' }, 200],
    ['as x-goog-api-key', { 'x-goog-api-key': 'KEY' }, 200],
    ['beside a foreign one', { authorization: 'Bearer sk-other', 'x-api-key': 'KEY' }, 200],
    ['not at all', {}, 401],
    ['empty', { authorization: 'Bearer ' }, 401],
    ['wrong', { authorization: 'Bearer KEY2' }, 401],
    ['in other letters', { authorization: 'Bearer UPPER' }, 401],
    ['as Basic', { authorization: 'Basic KEY' }, 401],
    ['in a cookie', { cookie: 'key=KEY' }, 401],
  ])('%s', async (_, headers, status) => {
    const shown = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        value.replace('KEY', engine.key).replace('UPPER', engine.key.toUpperCase()),
      ]),
    )
    const response = await engine.post('/v1/chat/completions', chat, { authorization: '', ...shown })
    expect(response.status).toBe(status)
    if (status === 401) expect(await response.json()).toMatchObject({ error: { code: 'invalid_api_key' } })
    expect(upstream.requests.map(({ rawHeaders }) => rawHeaders.join(' ').includes(engine.key))).toEqual(
      status === 200 ? [false] : [],
    )
  })

  it('is asked for before anything else is told', async () => {
    const paths = ['/v1/models', '/v1/chat/completions', '/v1/nothing', '/v1beta/models', '/v1/files']
    const statuses = await Promise.all(paths.map(async (path) => (await fetch(engine.origin + path)).status))
    expect(statuses).toEqual(paths.map(() => 401))
  })

  it('of no project is told how to get one', async () => {
    await engine.configure({ upstreams: [makeUpstream('a', upstream)], project_auth: [] })
    const response = await engine.post('/v1/chat/completions', chat)
    expect([response.status, await response.text()]).toEqual([401, expect.stringContaining('project_auth')])
  })
})

describe('CORS', () => {
  const preflight = (origin: string) =>
    fetch(`${engine.origin}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,x-a',
      },
    })

  it('lets in the origins of the config', async () => {
    const { status, headers } = await preflight('https://app.example')
    expect([status, headers.get('access-control-allow-origin'), headers.get('access-control-allow-headers')]).toEqual([
      204,
      'https://app.example',
      'authorization,x-a',
    ])
    expect(headers.get('x-request-id')).toMatch(/^req_/)
    const response = await engine.post('/v1/chat/completions', chat, { origin: 'https://app.example' })
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(response.headers.get('access-control-expose-headers')).toContain('x-request-id')
  })

  it('lets in nobody else, and refuses nobody a plain call', async () => {
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull()
    const response = await engine.post('/v1/chat/completions', chat, {
      origin: 'vscode-webview://x',
      host: 'evil.example',
    })
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, null])
  })

  it('covers errors, too', async () => {
    const headers = { origin: 'https://app.example', authorization: 'Bearer wrong' }
    const response = await engine.post('/v1/chat/completions', chat, headers)
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([401, 'https://app.example'])
  })
})

describe('the wire', () => {
  it.each<[string, () => string]>([
    [
      'a chunked body',
      () =>
        post(
          ['Transfer-Encoding: chunked'],
          `5\r\n${chatText.slice(0, 5)}\r\n${(chatText.length - 5).toString(16)};ext=1\r\n${chatText.slice(5)}\r\n0\r\n\r\n`,
        ),
    ],
    ['Expect: 100-continue', () => post(['Expect: 100-continue', length], chatText)],
    [
      'an upgrade to h2c, which is not done',
      () =>
        post(
          [
            'Connection: Upgrade, HTTP2-Settings',
            'Upgrade: h2c',
            'HTTP2-Settings: AAMAAABkAAQAAP__',
            length,
            'Connection: close',
          ],
          chatText,
        ).replace('Connection: close\r\n', ''),
    ],
    ['HTTP/1.0', () => post([length], chatText, '1.0')],
    [
      'a hundred headers',
      () => post([...Array.from({ length: 100 }, (_, index) => `X-Many-${index}: ${index}`), length], chatText),
    ],
    ['a header of 12 kB', () => post([`X-Long: ${'x'.repeat(12_000)}`, length], chatText)],
    ['a name with an underscore', () => post(['x_custom: 1', length], chatText)],
    ['no content type', () => post([length], chatText)],
  ])('takes %s', async (_, text) => {
    expect(await send(text())).toMatch(/^HTTP\/1\.1 (?:100 Continue\r\n\r\nHTTP\/1\.1 )?200 OK/)
    expect(upstream.requests[0]?.body.toString()).toBe(chatText)
    const { headers } = upstream.requests[0] ?? {}
    expect([headers?.upgrade, headers?.['http2-settings'], headers?.expect, headers?.['transfer-encoding']]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  it('waits for the body of a client that asks first', async () => {
    const head = { authorization: `Bearer ${engine.key}`, expect: '100-continue', 'content-length': chatText.length }
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest({ port: engine.port, method: 'POST', path: '/v1/chat/completions', headers: head })
      request.on('continue', () => request.end(chatText))
      request.on('response', (response) => resolve(response.resume().statusCode))
      request.on('error', reject)
      request.flushHeaders()
    })
    expect(status).toBe(200)
  })

  it.each(['http://[bad/x', 'http://a:b/x', '*', '/#x', '/\\', 'http://a:99999999/y', '/%'])(
    'answers the target %s with JSON and without a warning',
    async (target) => {
      const warnings: Error[] = []
      const note = (warning: Error) => warnings.push(warning)
      process.on('warning', note)
      const text = await send(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      process.off('warning', note)
      expect(text).toMatch(/^HTTP\/1\.1 404 /)
      expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({ error: { code: 'unknown_url' } })
      expect(warnings).toEqual([])
    },
  )

  it.each<[string, string, number]>([
    ['headers of 100 kB', `GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
    ['two lengths', 'POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    [
      'length and chunks',
      'POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['no HTTP', 'hello\r\n\r\n', 400],
  ])('refuses %s', async (_, text, status) => {
    expect(await send(text)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(upstream.requests).toHaveLength(0)
  })

  it('keeps the connection for the next call', async () => {
    const one = post([length], chatText).replace('Connection: close\r\n', '')
    const answers = await send(`${one}${post([length], chatText)}`)
    expect(answers.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
  })
})

describe('a body', () => {
  it.each<[string, (text: string) => Buffer]>([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('may be packed with %s', async (encoding, pack) => {
    const response = await engine.fetch('/v1/chat/completions', {
      method: 'POST',
      headers: { 'content-encoding': encoding, 'content-type': 'application/json' },
      body: new Uint8Array(pack(chatText)),
    })
    expect(response.status).toBe(200)
    expect(upstream.requests[0]).toMatchObject({ headers: { 'content-length': String(chatText.length) } })
    expect(upstream.requests[0]?.headers['content-encoding']).toBeUndefined()
    expect(upstream.requests[0]?.body.toString()).toBe(chatText)
  })

  it.each<[string, string, number, string]>([
    ['over the limit', JSON.stringify({ ...chat, x: 'x'.repeat(1_048_576) }), 413, 'request_too_large'],
    ['that names the model twice', '{"model":"m","model":"m2"}', 400, 'invalid_request_body'],
    ['that names it twice, once in escapes', String.raw`{"model":"m","mode\u006c":"m2"}`, 400, 'invalid_request_body'],
    ['with an endless name', `{"model":"${'m'.repeat(513)}"}`, 400, 'invalid_request_body'],
    ['with an endless further name', `{"model":"m","models":["${'m'.repeat(513)}"]}`, 400, 'invalid_request_body'],
    ['that is no JSON', '{"model":', 400, 'invalid_request_body'],
    ['that is a list', '[]', 400, 'invalid_request_body'],
    ['without a model', '{"messages":[]}', 400, 'missing_required_parameter'],
    ['that is empty', '', 400, 'missing_required_parameter'],
  ])('%s is refused', async (_, body, status, code) => {
    const response = await engine.post('/v1/chat/completions', body)
    expect([response.status, await response.json()]).toMatchObject([status, { error: { code } }])
    expect(upstream.requests).toHaveLength(0)
  })

  it.each([
    ['/v1/chat/completions', { model: 'm'.repeat(600_000) }],
    ['/v1/responses', { model: 'm', input: 'x', previous_response_id: 'r'.repeat(600_000) }],
    ['/v1/batches', { input_file_id: 'f'.repeat(600_000) }],
  ])('with an endless name for %s leaves little of it behind', async (path, body) => {
    const response = await engine.post(path, body)
    const record = await engine.recordOf(response)
    expect([(await response.text()).length, JSON.stringify(record).length].map((length) => length < 3000)).toEqual([
      true,
      true,
    ])
    expect(Math.max(...engine.lines.map((line) => line.length))).toBeLessThan(1000)
  })

  it('over the limit is refused in chunks, too', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let index = 0; index < 20; index++) controller.enqueue(Buffer.alloc(100_000, 0x20))
        controller.close()
      },
    })
    const response = await engine.fetch('/v1/chat/completions', { method: 'POST', body, duplex: 'half' } as RequestInit)
    expect(response.status).toBe(413)
  })

  it('waits its turn with 503 while too much is held, and is taken when there is room again', async () => {
    const held = gate()
    upstream.script(after(held, answer()))
    const large = JSON.stringify({ ...chat, x: 'x'.repeat(1_000_000) })
    const first = engine.post('/v1/chat/completions', large)
    await upstream.waitForRequests(1)
    const second = await engine.post('/v1/chat/completions', large)
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '2'])
    expect(await second.json()).toMatchObject({ error: { code: 'server_is_overloaded' } })
    held.open()
    expect((await first).status).toBe(200)
    await engine.idle()
    expect((await engine.post('/v1/chat/completions', large)).status).toBe(200)
  })

  it('that breaks off is a client that has left, and nothing to worry about', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(engine.port, '127.0.0.1', () => {
        socket.write(post(['Content-Length: 500'], '{"model"'), () => socket.resetAndDestroy())
      })
      socket.on('close', () => resolve())
    })
    const gone = await engine.waitFor(
      (event) => event.type === 'requests' && event.records.some(({ end }) => end !== null),
    )
    expect(gone).toMatchObject({ records: [{ end: 'client_gone' }] })
    expect(engine.lines.filter((line) => line.includes('[ERROR]'))).toEqual([])
  })
})

describe('an answer', () => {
  const body = JSON.stringify({ id: 'x', model: 'm', choices: [], text: 'x'.repeat(2000) })

  /** What a client gets that says it takes `accepts`, as it stands on the wire. */
  function rawAnswer(
    path: string,
    accepts: string | null,
    method = 'POST',
  ): Promise<{ readonly encoding: string | undefined; readonly bytes: Buffer }> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${engine.key}`,
        ...(accepts === null ? {} : { 'accept-encoding': accepts }),
      }
      const request = httpRequest({ port: engine.port, method, path, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({ encoding: response.headers['content-encoding'], bytes: Buffer.concat(chunks) }),
        )
      })
      request.on('error', reject)
      request.end(method === 'POST' ? '{"model":"m","input":"x"}' : undefined)
    })
  }

  it.each<[string, (text: string) => Buffer, (bytes: Buffer) => Buffer]>([
    ['gzip', gzipSync, gunzipSync],
    ['br', brotliCompressSync, brotliDecompressSync],
    ['zstd', zstdCompressSync, zstdDecompressSync],
  ])('packed with %s by the upstream is readable for every client', async (encoding, pack, unpack) => {
    upstream.always(
      raw([pack(body)], { headers: { 'content-type': 'application/json', 'content-encoding': encoding } }),
    )
    for (const accepts of [null, encoding, 'identity']) {
      const got = await rawAnswer('/v1/chat/completions', accepts)
      const text = got.encoding === undefined ? got.bytes : unpack(got.bytes)
      expect([accepts, text.toString()]).toEqual([accepts, body])
    }
    expect(upstream.requests.map(({ headers }) => headers['accept-encoding'])).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('that is not looked into is asked for as the client asked', async () => {
    upstream.script(json(200, { id: 'file-1', object: 'file' }))
    await engine.post('/v1/files', { purpose: 'batch' })
    upstream.always((request) =>
      request.headers['accept-encoding'] === 'gzip'
        ? raw([gzipSync('sound')], { headers: { 'content-type': 'audio/mpeg', 'content-encoding': 'gzip' } })
        : raw(['sound'], { headers: { 'content-type': 'audio/mpeg' } }),
    )
    const content = (accepts: string | null) => rawAnswer('/v1/files/file-1/content', accepts, 'GET')
    const [packed, plain] = [await content('gzip'), await content(null)]
    expect([packed.encoding, gunzipSync(packed.bytes).toString()]).toEqual(['gzip', 'sound'])
    expect([plain.encoding, plain.bytes.toString()]).toEqual([undefined, 'sound'])
  })

  it('carries our id, and not the headers of our keys', async () => {
    const headers = {
      'x-request-id': 'req_theirs',
      'x-ratelimit-remaining-requests': '1',
      'set-cookie': 'a=b',
      'openai-organization': 'org',
      'openai-processing-ms': '5',
      'x-custom': 'kept',
      connection: 'x-hop, keep-alive',
      'x-hop': '1',
    }
    upstream.script(json(200, { model: 'm', choices: [] }, headers))
    const { headers: got } = await engine.post('/v1/chat/completions', chat)
    expect(got.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/)
    expect([got.get('x-upstream-request-id'), got.get('openai-processing-ms'), got.get('x-custom')]).toEqual([
      'req_theirs',
      '5',
      'kept',
    ])
    for (const name of ['x-ratelimit-remaining-requests', 'set-cookie', 'openai-organization', 'x-hop', 'server'])
      expect([name, got.get(name)]).toEqual([name, null])
  })

  it('keeps the upstream’s status', async () => {
    upstream.script(json(201, { model: 'm', choices: [] }))
    expect((await engine.post('/v1/chat/completions', chat)).status).toBe(201)
  })
})
