import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Protocol } from '../../../proxy/contract.ts'
import type { ClientAnswer } from '../../../proxy/gateway/client-answer.ts'
import { JsonRelay } from '../../../proxy/gateway/json-relay.ts'
import type { RelayContext, RelayEnd } from '../../../proxy/gateway/relay.ts'
import { StreamRelay } from '../../../proxy/gateway/stream-relay.ts'
import { readFixture } from '../../helpers/scripted-upstream.ts'

/** A relay's client: keeps what it gets. `isFull` makes each write say that no more is taken for now. */
class SeenClient {
  readonly calls: string[] = []
  readonly chunks: Buffer[] = []
  headersSent = false
  isFull = false

  start(status: number): void {
    this.calls.push(`start ${status}`)
    this.headersSent = true
  }
  startStream(status: number): void {
    this.calls.push(`stream ${status}`)
    this.headersSent = true
  }
  write(bytes: Buffer): boolean {
    this.chunks.push(bytes)
    return !this.isFull
  }
  end(bytes: Buffer | null = null): void {
    this.calls.push('end')
    if (bytes) this.chunks.push(bytes)
  }
  cut(): void {
    this.calls.push('cut')
  }
  get text(): string {
    return Buffer.concat(this.chunks).toString('utf8')
  }
}

function makeContext(client: SeenClient, more: Partial<RelayContext> = {}): RelayContext {
  return {
    // Safe: a relay calls nothing else of its answer.
    answer: client as unknown as ClientAnswer,
    protocol: 'chat',
    profileId: 'generic',
    status: 200,
    headers: () => [],
    requestId: 'req_1',
    hideModelAs: null,
    isAlias: false,
    withholdsUsage: false,
    redact: (text) => text,
    onFirstContent: () => client.calls.push('content'),
    onAnswerId: (id) => client.calls.push(`id ${id}`),
    rewriteJson: null,
    ...more,
  }
}

function relayed(pieces: readonly Buffer[], more: Partial<RelayContext> = {}): { client: SeenClient; end: RelayEnd } {
  const client = new SeenClient()
  const relay = new StreamRelay(makeContext(client, more))
  for (const piece of pieces) relay.data(piece)
  return { client, end: relay.end() }
}

const cut = (bytes: Buffer, places: readonly number[]) => {
  const sorted = [...new Set(places.map((place) => place % bytes.length))].filter(Boolean).toSorted((a, b) => a - b)
  return [0, ...sorted].map((place, index) => bytes.subarray(place, sorted[index] ?? bytes.length))
}

describe('StreamRelay', () => {
  it.each<[string, Protocol]>([
    ['openai-chat.txt', 'chat'],
    ['openai-chat-crlf.txt', 'chat'],
    ['openai-chat-cr.txt', 'chat'],
    ['openai-chat-tools.txt', 'chat'],
    ['openai-chat-truncated.txt', 'chat'],
    ['openrouter-chat-error.txt', 'chat'],
    ['openai-responses.txt', 'responses'],
    ['anthropic-messages.txt', 'messages'],
    ['gemini-stream.txt', 'gemini'],
  ])('gives the same bytes of %s however it is cut, changed or not', (name, protocol) => {
    const bytes = readFixture(name)
    for (const more of [{}, { hideModelAs: 'the "alias"', isAlias: true, withholdsUsage: protocol === 'chat' }]) {
      const whole = relayed([bytes], { protocol, ...more })
      fc.assert(
        fc.property(fc.array(fc.nat(), { maxLength: 60 }), (places) => {
          const pieces = relayed(cut(bytes, places), { protocol, ...more })
          expect(pieces.client.text).toBe(whole.client.text)
          expect(pieces.client.calls).toEqual(whole.client.calls)
          expect(pieces.end).toEqual(whole.end)
        }),
        { numRuns: 60 },
      )
    }
  })

  it('changes nothing but the name where it hides one', () => {
    const bytes = readFixture('openai-chat.txt')
    const model = /"model":"([^"]+)"/.exec(bytes.toString('utf8'))?.[1] ?? ''
    expect(model).not.toBe('')
    const { client } = relayed([bytes], { hideModelAs: 'alias' })
    expect(client.text).toBe(bytes.toString('utf8').replaceAll(`"model":"${model}"`, '"model":"alias"'))
  })

  it('hides the name in data of several lines', () => {
    const bytes = Buffer.from(
      'event: x\ndata: {"model":"secret",\ndata: "choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n',
    )
    const { client } = relayed([bytes], { hideModelAs: 'alias' })
    expect(client.text).toBe(
      'event: x\ndata: {"model":"alias", "choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n',
    )
  })

  const event = (value: unknown) => Buffer.from(`data: ${JSON.stringify(value)}\n\n`)
  const role = event({ choices: [{ delta: { role: 'assistant', content: '' } }] })
  const text = event({ choices: [{ delta: { content: 'a' } }] })
  const finish = event({ choices: [{ delta: {}, finish_reason: 'stop' }] })

  it('holds back what comes before the first content', () => {
    const client = new SeenClient()
    const relay = new StreamRelay(makeContext(client))
    relay.data(role)
    expect([client.calls, client.text]).toEqual([[], ''])
    relay.data(text)
    expect([client.calls, client.text]).toEqual([['stream 200', 'content'], `${role.toString()}${text.toString()}`])
  })

  it.each([
    ['64 events', Array.from({ length: 64 }, () => role), false],
    ['more than 64 events', Array.from({ length: 65 }, () => role), true],
    ['256 KiB', [event({ choices: [], x: 'x'.repeat(255 * 1024) })], false],
    ['more than 256 KiB', [event({ choices: [], x: 'x'.repeat(257 * 1024) })], true],
  ])('waits for content through %s: started %s', (_, events, isStarted) => {
    const client = new SeenClient()
    const relay = new StreamRelay(makeContext(client))
    for (const bytes of events) relay.data(bytes)
    expect(client.headersSent).toBe(isStarted)
  })

  it('counts no comments among the events that wait', () => {
    const client = new SeenClient()
    const relay = new StreamRelay(makeContext(client))
    for (let count = 0; count < 1000; count++) relay.data(Buffer.from(': waiting\n\n'))
    expect(client.headersSent).toBe(false)
  })

  it('passes the word on that the client takes no more, and that it does again', () => {
    const client = new SeenClient()
    const relay = new StreamRelay(makeContext(client))
    client.isFull = true
    expect(relay.data(text)).toBe(false)
    // A piece that completes no event adds nothing to what waits.
    expect(relay.data(Buffer.from('data: {'))).toBe(true)
    client.isFull = false
    expect(relay.data(Buffer.from('}\n\n'))).toBe(true)
  })

  it.each<[string, readonly Buffer[], 'interrupted' | 'idle', string | null]>([
    ['nothing has come', [], 'interrupted', null],
    ['no content has come', [role], 'idle', null],
    ['content has come', [role, text], 'interrupted', 'upstream_error'],
    ['content has come, in silence', [role, text], 'idle', 'idle_timeout'],
    ['the finish has come', [text, finish], 'interrupted', 'done'],
  ])('broken off when %s', (_, events, reason, expected) => {
    const client = new SeenClient()
    const relay = new StreamRelay(makeContext(client))
    for (const bytes of events) relay.data(bytes)
    const end = relay.abort(reason)
    expect(end === null ? null : end.kind === 'broken' ? end.end : end.kind).toBe(expected)
    expect(client.calls.includes('end')).toBe(expected !== null)
    expect(client.text.includes('upstream_stream_interrupted')).toBe(expected !== null && expected !== 'done')
  })

  it('says that it is over once an error has ended the answer, and sends nothing more', () => {
    const client = new SeenClient()
    const relay = new StreamRelay(makeContext(client))
    relay.data(text)
    expect(relay.isOver).toBe(false)
    relay.data(Buffer.concat([event({ error: { message: 'no' } }), text, finish]))
    expect(relay.isOver).toBe(true)
    relay.data(text)
    expect(relay.end()).toMatchObject({ kind: 'broken', end: 'upstream_error', message: 'no' })
    expect(client.calls.filter((call) => call === 'end').length).toBe(1)
    expect(client.text.endsWith('"code":"upstream_stream_interrupted"}}\n\n')).toBe(true)
  })

  it('tells where a response may be found again', () => {
    const { client } = relayed([readFixture('openai-responses.txt')], { protocol: 'responses' })
    expect(client.calls).toEqual(['stream 200', 'content', 'id resp_synthetic08', 'end'])
  })
})

describe('JsonRelay', () => {
  function whole(body: string, more: Partial<RelayContext> = {}) {
    const client = new SeenClient()
    const relay = new JsonRelay(makeContext(client, more))
    for (const piece of cut(Buffer.from(body), [3, 10, 20])) relay.data(piece)
    return { client, end: relay.end() }
  }

  it.each([
    ['as it came', '{ "id":"c1", "model" : "secret", "x":1 }', {}, '{ "id":"c1", "model" : "secret", "x":1 }'],
    ['with blank lines before', '\n\n\n{"id":"c1"}', {}, '\n\n\n{"id":"c1"}'],
    ['with another name', '{ "model" : "secret", "x":1 }', { hideModelAs: 'a"b' }, '{ "model" : "a\\"b", "x":1 }'],
    ['rewritten', '{"a":1}', { rewriteJson: (value: unknown) => [value] }, '[{"a":1}]'],
    [
      'as the list that Gemini streams',
      '[{"modelVersion":"secret"},{"x":1}]',
      { protocol: 'gemini' as const, hideModelAs: 'a' },
      '[{"modelVersion":"a"},{"x":1}]',
    ],
  ])('sends an answer %s', (_, body, more, expected) => {
    const { client, end } = whole(body, more)
    expect([client.text, end.kind]).toEqual([expected, 'done'])
  })

  it.each([
    ['', true],
    ['<html>', false],
    ['{"id":', false],
    ['{"error":{"message":"no"}}', false],
  ])('takes %j for a failure (empty: %s)', (body, isEmpty) => {
    const { client, end } = whole(body)
    expect(end).toMatchObject({ kind: 'failed', isEmpty })
    expect(client.calls).toEqual([])
  })

  it('reads the usage of an answer too large to be held', () => {
    const client = new SeenClient()
    const relay = new JsonRelay(makeContext(client))
    const body = Buffer.from(
      `{"data":[${'"usage",'.repeat(400_000)}1],"usage":{"prompt_tokens":5,"completion_tokens":2}}`,
    )
    for (const piece of cut(
      body,
      Array.from({ length: 300 }, (_, index) => index * 10_007),
    ))
      relay.data(piece)
    expect(relay.end()).toMatchObject({ kind: 'done', usage: { inputTokens: 5, outputTokens: 2 } })
    expect(client.text === body.toString()).toBe(true)
  })
})
