/** Streams under pressure: clients that leave or read slowly, answers that nobody holds on to. */
import type { Socket } from 'node:net'
import { randomBytes } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { TestEngine } from '../helpers/engine.ts'
import { makeUpstream } from '../helpers/make.ts'
import type { ScriptedUpstream, Step } from '../helpers/scripted-upstream.ts'
import { chatAnswer, chatStream, errorAnswer, gate, hang, raw } from '../helpers/scripted-upstream.ts'
import {
  attemptsOf,
  chat,
  healthOf,
  openEngine,
  openRequest,
  openTcp,
  openUpstream,
  seen,
  streamed,
} from './faults-setup.ts'

/** The newest record's end, with what the leaving of its client must not have touched. */
async function afterLeaving(engine: TestEngine) {
  const record = await engine.lastRecord()
  await engine.idle()
  const [a] = engine.engine.status().upstreams
  return {
    end: record.end,
    status: record.status,
    health: healthOf(engine),
    blamed: [a?.lastError, a?.keys[0]?.failures],
    active: [engine.engine.status().activeRequests, a?.activeRequests],
  }
}

const left = (status: number) => ({
  end: 'client_gone',
  status,
  health: ['a: closed, ready'],
  blamed: [null, 0],
  active: [0, 0],
})

describe('a client that leaves', () => {
  const phases: readonly (readonly [string, Step, unknown, number])[] = [
    ['before the headers of an answer', hang('before-headers'), chat, 499],
    ['before the headers of a stream', hang('before-headers'), streamed, 499],
    ['before the first content of a stream', hang('after-headers'), streamed, 499],
    [
      'inside a JSON answer',
      raw(['{"id":'], { headers: { 'content-type': 'application/json' }, end: 'hang' }),
      chat,
      499,
    ],
    ['in the middle of a stream', chatStream(['One'], { omitFinish: true, end: 'hang' }), streamed, 200],
  ]

  it.each(phases)('%s ends the upstream call and blames nobody', async (_, step, body, status) => {
    const a = await openUpstream()
    a.always(step)
    const engine = await openEngine({ upstreams: [makeUpstream('a', a)] })
    const { request, answered } = openRequest(engine, body)
    await a.waitForRequests(1)
    if (status === 200) await answered
    request.destroy()
    await a.waitForAbort(0)
    expect(await afterLeaving(engine)).toEqual(left(status))
    expect([a.requests.length, attemptsOf(await engine.lastRecord())[0]]).toEqual([
      1,
      expect.stringMatching(/^a client_gone/),
    ])
  })

  it('while keep-alives go out ends the upstream call', async () => {
    const a = await openUpstream()
    a.always(hang('before-headers'))
    const engine = await openEngine({ upstreams: [makeUpstream('a', a)] }, { keepAliveMs: 10 })
    const { request, answered } = openRequest(engine, streamed)
    await answered
    request.destroy()
    await a.waitForAbort(0)
    expect(await afterLeaving(engine)).toEqual(left(200))
  })

  it('between two attempts ends the request, and nothing more is sent', async () => {
    const a = await openUpstream()
    a.always(errorAnswer(500, { message: 'x' }))
    const engine = await openEngine({ server: { port: 0, max_retries: 8 }, upstreams: [makeUpstream('a', a)] })
    const { request } = openRequest(engine, chat)
    await a.nextRequest()
    // Between this answer and the next attempt lies the back-off.
    await (
      await a.nextRequest()
    ).finished
    request.destroy()
    const record = await engine.lastRecord()
    expect([record.end, record.status, record.attempts.length, a.requests.length]).toEqual(['client_gone', 499, 2, 2])
  })

  it('while its body is on the way costs no upstream call', async () => {
    const a = await openUpstream()
    const engine = await openEngine({ upstreams: [makeUpstream('a', a)] })
    const { request } = openRequest(engine, chat, { headers: { 'content-length': '100000' } })
    await engine.waitFor((event) => event.type === 'requests')
    request.destroy()
    expect(await afterLeaving(engine)).toEqual(left(499))
    expect(a.requests.length).toBe(0)
  })

  it('right behind [DONE], before the upstream closes, has had all of its answer', async () => {
    const a = await openUpstream()
    a.always(chatStream(['All'], { usage: { input: 2, output: 1 }, end: 'hang' }))
    const engine = await openEngine({ upstreams: [makeUpstream('a', a)] })
    const { request, answered } = openRequest(engine, streamed)
    for await (const bytes of await answered) {
      if (String(bytes).includes('[DONE]')) break
    }
    request.destroy()
    await a.waitForAbort(0)
    const record = await engine.lastRecord()
    expect([record.end, record.usage?.inputTokens]).toEqual(['done', 2])
  })
})

describe('max_parallel', () => {
  const limited = (a: ScriptedUpstream, limit: number) => ({
    upstreams: [makeUpstream('a', a, { max_parallel: limit })],
  })

  it('lets so many requests run and the others wait for their turn', async () => {
    const a = await openUpstream()
    const gates = Array.from({ length: 5 }, gate)
    let running = 0
    let most = 0
    a.script(
      ...gates.map((held): Step => ({
        run: async (exchange) => {
          most = Math.max(most, ++running)
          await held.opened
          running--
          await chatAnswer().run(exchange)
        },
      })),
    )
    const engine = await openEngine(limited(a, 2))
    const answers = gates.map(() => seen(engine.post('/v1/chat/completions', chat)))
    await a.waitForRequests(2)
    expect(engine.engine.status().upstreams[0]?.activeRequests).toBe(2)
    for (const [index, held] of gates.entries()) {
      await a.waitForRequests(Math.min(index + 2, gates.length))
      held.open()
    }
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect([most, engine.engine.status().upstreams[0]?.activeRequests]).toEqual([2, 0])
  })

  it('gives the place of a client that left while it waited to the next', async () => {
    const a = await openUpstream()
    const held = gate()
    a.script({ run: async (exchange) => (await held.opened, chatAnswer().run(exchange)) })
    const engine = await openEngine(limited(a, 1))
    const first = seen(engine.post('/v1/chat/completions', chat))
    await a.waitForRequests(1)
    const { request } = openRequest(engine, { ...chat, user: 'leaves' })
    await engine.waitFor(
      (event) => event.type === 'requests' && event.records.length > 0 && engine.engine.records.total === 2,
    )
    const third = seen(engine.post('/v1/chat/completions', { ...chat, user: 'stays' }))
    const gone = engine.waitFor(
      (event) => event.type === 'requests' && event.records.some(({ end }) => end === 'client_gone'),
    )
    request.destroy()
    await gone
    held.open()
    expect([(await first).status, (await third).status]).toEqual([200, 200])
    await engine.idle()
    expect(a.requests.map((seenRequest) => (seenRequest.json() as { user?: string }).user)).toEqual([
      undefined,
      'stays',
    ])
    expect(engine.engine.status().upstreams[0]?.activeRequests).toBe(0)
  })
})

describe('a client that reads slowly', () => {
  const event = (text: string) => `data: {"choices":[{"index":0,"delta":{"content":"${text}"}}]}\n\n`
  const total = 96 * 1024 * 1024
  const finish = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'

  /** Writes blocks as fast as they are taken; counts, and tells when nothing more is taken. */
  function pour(socket: Socket, block: () => Buffer | string, times: number, end: Buffer | string) {
    let written = 0
    let onStall = () => {}
    const stalled = new Promise<void>((resolve) => (onStall = resolve))
    let timer: NodeJS.Timeout | null = null
    const more = () => {
      if (timer) clearTimeout(timer)
      while (written < times) {
        written++
        if (!socket.write(block())) break
      }
      if (written >= times) socket.end(end)
      // What is not taken for so long while the reader stands still will not be taken.
      else timer = setTimeout(onStall, 300)
    }
    socket.on('drain', more)
    more()
    return { written: () => written, stalled }
  }

  it.each([
    ['plain', false],
    ['compressed', true],
  ])('holds its upstream back (%s), and gets every byte in the end', async (_, isCompressed) => {
    const random = randomBytes(24_576).toString('hex')
    const text = event(random)
    // A gzip stream may consist of many members.
    const block = isCompressed ? gzipSync(text) : Buffer.from(text)
    const times = Math.ceil(total / text.length)
    let poured: ReturnType<typeof pour> | null = null
    const server = await openTcp((socket) => {
      socket.once('data', () => {
        const encoding = isCompressed ? 'content-encoding: gzip\r\n' : ''
        socket.write(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n${encoding}connection: close\r\n\r\n`)
        poured = pour(socket, () => block, times, isCompressed ? gzipSync(finish) : finish)
      })
    })
    const engine = await openEngine({
      upstreams: [makeUpstream('a', server.url, { timeouts: { idle_seconds: 0.2 } })],
    })
    const { answered } = openRequest(engine, streamed)
    const response = await answered
    response.pause()
    const memoryBefore = process.memoryUsage().rss
    // Assigned when the request came in, which is before its answer.
    const seenPour = poured as ReturnType<typeof pour> | null
    await seenPour?.stalled
    // The systems' own buffers hold some; all of it would be far more.
    expect((seenPour?.written() ?? times) * text.length).toBeLessThan(total / 3)
    expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(64 * 1024 * 1024)
    let bytes = 0
    let tail = ''
    for await (const chunk of response) {
      // Safe: a stream without encoding gives buffers.
      const buffer = chunk as Buffer
      bytes += buffer.length
      tail = (tail + buffer.toString('latin1')).slice(-finish.length)
    }
    expect([bytes, tail]).toEqual([text.length * times + finish.length, finish])
    expect((await engine.lastRecord()).end).toBe('done')
  })
})

describe('a stream whose answer nobody holds', () => {
  it('flows on while garbage is collected', async () => {
    setFlagsFromString('--expose-gc')
    // Safe: that flag puts it there.
    const collect = runInNewContext('gc') as () => void
    const a = await openUpstream()
    const gates = Array.from({ length: 8 }, gate)
    a.always(chatStream(gates.flatMap((held, index) => [`${index} `, held])))
    const engine = await openEngine({ upstreams: [makeUpstream('a', a)] })
    const { answered } = openRequest(engine, streamed)
    const response = await answered
    let text = ''
    response.on('data', (bytes: Buffer) => (text += bytes.toString('utf8')))
    for (const [index, held] of gates.entries()) {
      while (!text.includes(`"${index} "`)) await new Promise((resolve) => response.once('data', resolve))
      collect()
      await new Promise((resolve) => setImmediate(resolve))
      collect()
      held.open()
    }
    await new Promise((resolve) => response.once('end', resolve))
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
    expect((await engine.lastRecord()).end).toBe('done')
  })
})
