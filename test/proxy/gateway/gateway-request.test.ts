import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import express from 'express'
import { afterEach, describe, expect, it } from 'vitest'
import { GatewayError } from '../../../proxy/errors.ts'
import type { BodySink } from '../../../proxy/gateway/gateway-request.ts'
import type { RequestHandler } from '../../../proxy/gateway/listener.ts'
import { Listener } from '../../../proxy/gateway/listener.ts'
import { BodyBudget, ClientLeft, readBody } from '../../../proxy/gateway/read-body.ts'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const LIMIT_BYTES = 1000

interface Client {
  readonly socket: Socket
  /** Resolves with all that has come, when it holds that text so many times. */
  readonly until: (text: string, times?: number) => Promise<string>
  readonly closed: Promise<void>
}

/** A listener with that handler, and a client's connection to it. */
async function openClient(handler: RequestHandler): Promise<Client> {
  const listener = await Listener.open({ host: '127.0.0.1', port: 0 }, handler)
  closers.push(() => listener.close(0))
  const socket = connect(listener.port, '127.0.0.1').setEncoding('latin1')
  closers.push(() => socket.destroy())
  let received = ''
  let look = () => {}
  socket.on('error', () => {})
  socket.on('data', (part: string) => {
    received += part
    look()
  })
  const closed = new Promise<void>((resolve) => socket.once('close', resolve))
  await new Promise((resolve) => socket.once('connect', resolve))
  const until = (text: string, times = 1) =>
    new Promise<string>((resolve, reject) => {
      look = () => {
        if (received.split(text).length > times) resolve(received)
      }
      look()
      void closed.then(() => reject(new Error(`Closed after: ${received}`)))
    })
  return { socket, until, closed }
}

/** Answers with the path and the body, or with why that is refused. */
function echoing(budget = new BodyBudget(100 * LIMIT_BYTES)): RequestHandler {
  return (request, response) => {
    if (request.headers.authorization === undefined) {
      answer(response, 401, `<${request.url} refused>`)
      return
    }
    readBody(request, LIMIT_BYTES, budget).then(
      ({ pieces, reservedBytes }) => {
        budget.release(reservedBytes)
        answer(response, 200, `<${request.url} ${Buffer.concat(pieces).toString('latin1')}>`)
      },
      (error: unknown) =>
        answer(response, error instanceof GatewayError ? error.status : 500, `<${request.url} failed>`),
    )
  }
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-length': text.length }).end(text, 'latin1')
}

const post = (path: string, body: string, headers = 'authorization: a\r\n') =>
  `POST ${path} HTTP/1.1\r\nhost: a\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`
const chunkedPost = (path: string, chunks: readonly string[], trailer = '') =>
  `POST ${path} HTTP/1.1\r\nhost: a\r\nauthorization: a\r\ntransfer-encoding: chunked\r\n\r\n${chunks
    .map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    .join('')}0\r\n${trailer}\r\n`
/** The answers' bodies. */
const bodies = (text: string) => text.match(/<[^>]*>/g) ?? []

describe('a body', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['with a length', [post('/a', 'body')], ['</a body>']],
    ['in pieces', [post('/a', 'body').slice(0, -2), 'dy'], ['</a body>']],
    ['in chunks', [chunkedPost('/a', ['bo', 'dy'], 'x-t: u\r\n')], ['</a body>']],
    ['behind another on one connection', [post('/a', 'one'), post('/b', 'two')], ['</a one>', '</b two>']],
    [
      'in a row of requests sent at once',
      [post('/a', 'one') + chunkedPost('/b', ['two']) + post('/c', 'three') + post('/d', 'four')],
      ['</a one>', '</b two>', '</c three>', '</d four>'],
    ],
    [
      'behind a request that was refused unread',
      [post('/a', 'one', ''), post('/b', 'two')],
      ['</a refused>', '</b two>'],
    ],
    [
      'behind one refused unread before its body came',
      [post('/a', 'one', '').slice(0, -3), `one${post('/b', 'two')}`],
      ['</a refused>', '</b two>'],
    ],
    [
      'behind one whose length is too much',
      [post('/a', 'x'.repeat(2000)), post('/b', 'two')],
      ['</a failed>', '</b two>'],
    ],
    [
      'behind one that turned out too much',
      [chunkedPost('/a', ['x'.repeat(900), 'x'.repeat(900), 'x'.repeat(900)]), post('/b', 'two')],
      ['</a failed>', '</b two>'],
    ],
    [
      'behind one that turned out too much, at once',
      [chunkedPost('/a', ['x'.repeat(900), 'x'.repeat(900)]) + post('/b', 'two')],
      ['</a failed>', '</b two>'],
    ],
  ])('%s arrives whole', async (_, parts, expected) => {
    const budget = new BodyBudget(100 * LIMIT_BYTES)
    const { socket, until } = await openClient(echoing(budget))
    for (const [at, part] of parts.entries()) {
      socket.write(part, 'latin1')
      // What is answered is awaited before the next is sent.
      if (at < parts.length - 1 && parts.length === expected.length) await until('>', at + 1)
    }
    expect(bodies(await until('>', expected.length))).toEqual(expected)
    expect(budget.usedBytes).toBe(0)
  })

  it('that the client sends once it is asked for arrives', async () => {
    const { socket, until } = await openClient(echoing())
    socket.write(post('/a', 'body', 'authorization: a\r\nexpect: 100-continue\r\n').slice(0, -4))
    await until('100 Continue\r\n\r\n')
    socket.write('body')
    expect(bodies(await until('>'))).toEqual(['</a body>'])
  })

  it.each<[string, string]>([
    ['with a length', post('/a', 'body').slice(0, -1)],
    ['in chunks', chunkedPost('/a', ['body']).slice(0, -5)],
  ])('%s that breaks off is told, once', async (_, text) => {
    const told: unknown[] = []
    const budget = new BodyBudget(LIMIT_BYTES)
    let tell = () => {}
    const ended = new Promise<void>((resolve) => (tell = resolve))
    const { socket } = await openClient((request) => {
      readBody(request, LIMIT_BYTES, budget)
        .catch((error: unknown) => told.push(error))
        .finally(tell)
      socket.end()
    })
    socket.write(text)
    await ended
    expect([told, budget.usedBytes]).toEqual([[expect.any(ClientLeft)], 0])
  })

  it('that breaks off after it was refused harms nobody', async () => {
    const { socket, until, closed } = await openClient(echoing())
    const another = await openClient(echoing())
    socket.write(chunkedPost('/a', ['x'.repeat(900), 'x'.repeat(900)]).slice(0, -5))
    expect(bodies(await until('>'))).toEqual(['</a failed>'])
    socket.resetAndDestroy()
    await closed
    another.socket.write(post('/b', 'two'))
    expect(bodies(await another.until('>'))).toEqual(['</b two>'])
  })

  it('in chunks that are none is told, and its connection ends', async () => {
    const told: unknown[] = []
    const { socket, closed } = await openClient((request) => {
      readBody(request, LIMIT_BYTES, new BodyBudget(LIMIT_BYTES)).catch((error: unknown) => told.push(error))
    })
    socket.write(`${chunkedPost('/a', ['body']).slice(0, -5)}nonsense\r\n`)
    await closed
    expect(told).toEqual([expect.any(ClientLeft)])
  })

  it('reaches Express, which puts its own prototype under requests', async () => {
    const app = express()
    app.post('/a', express.json(), (request, response) => {
      answer(response, 200, `<${JSON.stringify(request.body)}>`)
    })
    app.post('/b', (_request, response) => answer(response, 200, '<unread>'))
    const { socket, until } = await openClient((request, response) => app(request, response))
    const type = 'content-type: application/json\r\n'
    socket.write(post('/a', '{"b":1}', type).slice(0, -3))
    socket.write(`:1}${post('/b', 'x'.repeat(70_000), type)}${post('/a', '{}', type)}`)
    expect(bodies(await until('>', 3))).toEqual(['<{"b":1}>', '<unread>', '<{}>'])
  })
})

describe('an idle connection', () => {
  setFlagsFromString('--expose-gc')
  // Safe: that flag puts it there.
  const collect = runInNewContext('gc') as () => void

  /** Resolves when nothing holds it any more. */
  async function released(what: WeakRef<object>): Promise<boolean> {
    for (let turn = 0; turn < 20; turn++) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      collect()
      if (what.deref() === undefined) return true
    }
    return false
  }

  it.each<[string, boolean]>([
    ['behind its body', false],
    ['before its body', true],
  ])('holds nothing of a request answered %s', async (_, isEarly) => {
    let request: WeakRef<object> | null = null
    let sink: WeakRef<object> | null = null
    let tell = () => {}
    const whole = new Promise<void>((resolve) => (tell = resolve))
    const { socket, until } = await openClient((incoming, response) => {
      const taker: BodySink = {
        data: () => {
          if (isEarly && !response.headersSent) answer(response, 413, '<early>')
        },
        end: () => {
          tell()
          if (!isEarly) answer(response, 200, '<whole>')
        },
        left: () => undefined,
      }
      request = new WeakRef(incoming)
      sink = new WeakRef(taker)
      incoming.takeBody(taker)
    })
    socket.write(post('/a', 'body').slice(0, -2))
    if (isEarly) await until('>')
    socket.write('dy')
    await Promise.all([until('>'), whole])
    // Safe: the handler has run.
    expect([
      await released(request as unknown as WeakRef<object>),
      await released(sink as unknown as WeakRef<object>),
    ]).toEqual([true, true])
    expect(socket.destroyed).toBe(false)
  })
})
