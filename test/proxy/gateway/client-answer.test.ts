import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { GatewayError } from '../../../proxy/errors.ts'
import { ClientAnswer, errorEvent } from '../../../proxy/gateway/client-answer.ts'
import { LiveRecord } from '../../../proxy/records/record.ts'
import type { Protocol } from '../../../proxy/contract.ts'

describe('errorEvent', () => {
  const error = new GatewayError('upstream_stream_interrupted', 502, 'It broke.\n\ndata: x', { type: 'server_error' })

  // Forms that make the official SDKs throw.
  it.each<[Protocol, string | null, unknown]>([
    [
      'chat',
      null,
      { error: { message: error.message, type: 'server_error', param: null, code: 'upstream_stream_interrupted' } },
    ],
    [
      'responses',
      'error',
      { type: 'error', code: 'upstream_stream_interrupted', message: error.message, param: null, sequence_number: 0 },
    ],
    ['messages', 'error', { type: 'error', error: { type: 'api_error', message: error.message }, request_id: 'req_1' }],
    ['gemini', null, { error: { code: 502, message: error.message, status: 'INTERNAL' } }],
  ])('is one event of %s, whatever the message holds', (protocol, name, data) => {
    const text = errorEvent(error, protocol, 'req_1').toString('utf8')
    const [, seenName = null, seenData = ''] = /^(?:event: (\w+)\n)?data: (.*)\n\n$/.exec(text) ?? []
    expect([seenName, JSON.parse(seenData)]).toEqual([name, data])
  })
})

/** A response that goes nowhere: says what was done with it. */
class SeenResponse extends EventEmitter {
  headersSent = false
  writableFinished = false
  readonly socket = null
  isFull = false
  status = 0
  text = ''

  writeHead(status: number): void {
    this.headersSent = true
    this.status = status
  }
  flushHeaders(): void {}
  write(bytes: Buffer): boolean {
    this.text += bytes.toString('utf8')
    return !this.isFull
  }
  end(bytes?: Buffer): void {
    if (bytes) this.write(bytes)
    this.writableFinished = true
    this.emit('close')
  }
  destroy(): void {
    this.emit('close')
  }
}

const made: ClientAnswer[] = []

function makeAnswer() {
  const response = new SeenResponse()
  const start = { id: 'req_1', startedAt: 0, method: 'POST', path: '/', client: { address: '', userAgent: null } }
  const record = new LiveRecord({ ...start, requestHeaders: [], query: '' }, { changed() {}, ended() {} })
  const answer = new ClientAnswer({
    // Safe: an answer looks at nothing of its request, and calls nothing else of its response.
    request: {} as IncomingMessage,
    response: response as unknown as ServerResponse,
    record,
    headers: ['x-request-id', 'req_1'],
    keepAliveMs: 1000,
  })
  made.push(answer)
  return { response, record, answer }
}

describe('ClientAnswer', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    // The one timer that looks at all of them stops behind the last.
    for (const answer of made.splice(0)) answer.end()
    vi.runOnlyPendingTimers()
    vi.useRealTimers()
  })

  const comment = ': keep-alive\n\n'

  it('sends a comment into each silence of a stream, and none sooner', () => {
    const { response, record, answer } = makeAnswer()
    answer.startKeepAlive('chat')
    vi.advanceTimersByTime(990)
    expect([response.headersSent, response.text]).toEqual([false, ''])
    vi.advanceTimersByTime(20)
    expect([response.status, response.text, record.status, answer.isStarted]).toEqual([200, comment, 200, false])
    vi.advanceTimersByTime(700)
    answer.write(Buffer.from('data: 1\n\n'))
    vi.advanceTimersByTime(900)
    expect(response.text).toBe(`${comment}data: 1\n\n`)
    vi.advanceTimersByTime(200)
    expect(response.text).toBe(`${comment}data: 1\n\n${comment}`)
    answer.end()
    vi.advanceTimersByTime(10_000)
    expect(response.text).toBe(`${comment}data: 1\n\n${comment}`)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('begins none for a client that has left while its request was unpacked', () => {
    const { response, record, answer } = makeAnswer()
    response.emit('close')
    answer.startKeepAlive('chat')
    vi.advanceTimersByTime(2000)
    expect([response.headersSent, record.status, vi.getTimerCount()]).toEqual([false, null, 0])
  })

  it("sends a message's stream a ping", () => {
    const { response, answer } = makeAnswer()
    answer.startKeepAlive('messages')
    vi.advanceTimersByTime(1010)
    expect(response.text).toBe('event: ping\ndata: {"type":"ping"}\n\n')
  })

  it('sends none to a client that does not read', () => {
    const { response, answer } = makeAnswer()
    answer.startKeepAlive('chat')
    answer.startStream(200, [])
    response.isFull = true
    expect(answer.write(Buffer.from('data: 1\n\n'))).toBe(false)
    vi.advanceTimersByTime(5000)
    expect(response.text).toBe('data: 1\n\n')
    response.isFull = false
    response.emit('drain')
    vi.advanceTimersByTime(1010)
    expect(response.text).toBe(`data: 1\n\n${comment}`)
  })

  it('sends none into an answer that is no stream', () => {
    const { response, answer } = makeAnswer()
    answer.startKeepAlive('chat')
    answer.start(200, ['content-type', 'application/json'])
    answer.write(Buffer.from('{'))
    vi.advanceTimersByTime(10_000)
    answer.end(Buffer.from('}'))
    // Whole answers leave at the end of the turn.
    vi.advanceTimersByTime(0)
    expect([response.text, vi.getTimerCount()]).toEqual(['{}', 0])
  })

  it.each<[string, (made: ReturnType<typeof makeAnswer>) => void, boolean]>([
    ['the connection ends before the answer', ({ response }) => response.emit('close'), true],
    ['the answer has ended', ({ answer }) => answer.end(), false],
    ['we have cut it ourselves', ({ answer }) => answer.cut(), false],
  ])('takes a client for gone when %s: %s', (_, act, isGone) => {
    const made = makeAnswer()
    const told: string[] = []
    made.answer.startKeepAlive('chat')
    made.answer.onGone(() => told.push('gone'))
    act(made)
    vi.advanceTimersByTime(100)
    expect([made.answer.isGone, told, vi.getTimerCount()]).toEqual([isGone, isGone ? ['gone'] : [], 0])
  })

  it('tells at once who asks after the client has left', () => {
    const { response, answer } = makeAnswer()
    response.emit('close')
    const told: string[] = []
    answer.onGone(() => told.push('gone'))
    expect(told).toEqual(['gone'])
  })

  it('fails with a body, or with the last event once a keep-alive has gone out', () => {
    const error = new GatewayError('upstream_timeout', 504, 'Too late.', { shouldRetry: false, retryAfterMs: 1500 })
    const early = makeAnswer()
    early.answer.fail(error, 'req_1', 'chat')
    vi.advanceTimersByTime(0)
    expect([early.response.status, JSON.parse(early.response.text)]).toMatchObject([
      504,
      { error: { message: 'Too late.' } },
    ])
    expect(early.record.responseHeaders).toEqual(
      expect.arrayContaining(['retry-after', '2', 'retry-after-ms', '1500', 'x-should-retry', 'false']),
    )
    const late = makeAnswer()
    late.answer.startKeepAlive('chat')
    vi.advanceTimersByTime(1010)
    late.answer.fail(error, 'req_1', 'chat')
    vi.advanceTimersByTime(0)
    expect([late.response.status, late.response.text]).toEqual([
      200,
      `${comment}${errorEvent(error, 'chat', 'req_1').toString()}`,
    ])
    expect([late.record.errorCode, late.record.status]).toEqual(['upstream_timeout', 200])
  })
})
