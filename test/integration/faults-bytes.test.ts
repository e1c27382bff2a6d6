/** Answers that flow as bytes (audio, files, large JSON): their limits, and what a client sees when they break. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { makeUpstream } from '../helpers/make.ts'
import type { Step } from '../helpers/scripted-upstream.ts'
import { gate, raw } from '../helpers/scripted-upstream.ts'
import { attemptsOf, healthOf, openEngine, openUpstream, seen } from './faults-setup.ts'

const speech = ['/v1/audio/speech', { model: 'm', input: 'hi' }] as const
const embeddings = ['/v1/embeddings', { model: 'm', input: 'hi' }] as const
const audio = Buffer.alloc(300_000, 7)
const large = Buffer.from(`{"data":[${'1,'.repeat(900_000)}1],"usage":{"prompt_tokens":5}}`)

const bytes = (body: Buffer, type: string, end: 'end' | 'close' | 'reset' | 'hang', length = body.length): Step =>
  raw([body], { headers: { 'content-type': type, 'content-length': String(length) }, end })

describe.each([
  ['audio', speech, audio, 'audio/mpeg'],
  ['JSON too large to be held', embeddings, large, 'application/json'],
] as const)('%s', (_, [path, body], content, type) => {
  async function open(step: Step, settings = {}) {
    const [a, b] = [await openUpstream(), await openUpstream()]
    a.always(step)
    const engine = await openEngine({ upstreams: [makeUpstream('a', a, settings), makeUpstream('b', b)] })
    return { a, b, engine }
  }

  it('arrives byte for byte, with its length and type', async () => {
    const { engine } = await open(bytes(content, type, 'end'))
    const answered = await engine.post(path, body)
    expect([answered.status, answered.headers.get('content-type'), answered.headers.get('content-length')]).toEqual([
      200,
      type,
      String(content.length),
    ])
    expect(Buffer.from(await answered.arrayBuffer()).equals(content)).toBe(true)
    expect((await engine.lastRecord()).end).toBe('done')
  })

  it.each([
    ['close', 'upstream_error'],
    ['hang', 'idle_timeout'],
  ] as const)('that breaks off (%s) is cut, so that nobody takes it for whole', async (end, recorded) => {
    const { b, engine } = await open(bytes(content, type, end, content.length + 10), {
      timeouts: { idle_seconds: 0.2 },
    })
    const answered = await seen(engine.post(path, body))
    const record = await engine.lastRecord()
    expect([answered.isCut, record.end, record.status, attemptsOf(record), b.requests.length]).toEqual([
      true,
      recorded,
      200,
      ['a upstream_error 200'],
      0,
    ])
    expect(healthOf(engine)).toEqual(['a: closed, ready', 'b: closed, ready'])
  })
})

describe('audio', () => {
  it('starts to flow before it is whole', async () => {
    const held = gate()
    const a = await openUpstream()
    a.always(raw(['first', held, 'last'], { headers: { 'content-type': 'audio/mpeg' } }))
    const engine = await openEngine({ upstreams: [makeUpstream('a', a)] })
    const answered = await engine.post(...speech)
    const reader = answered.body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first')
    held.open()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('last')
  })

  it('comes compressed to a client that takes that, and stays so', async () => {
    const a = await openUpstream()
    a.always(raw([gzipSync(audio)], { headers: { 'content-type': 'audio/wav', 'content-encoding': 'gzip' } }))
    const engine = await openEngine({ upstreams: [makeUpstream('a', a)] })
    const answered = await engine.post(...speech, { 'accept-encoding': 'gzip' })
    expect(a.requests[0]?.headers['accept-encoding']).toBe('gzip')
    expect(answered.headers.get('content-encoding')).toBe('gzip')
    expect(Buffer.from(await answered.arrayBuffer()).equals(audio)).toBe(true)
  })
})

describe('JSON over 64 MB', () => {
  it('passes where nothing in it is to be changed, and fails where the model is to be hidden', async () => {
    const block = Buffer.alloc(1_048_576, 0x20)
    const a = await openUpstream()
    a.always(
      raw(['{"model":"m"', ...Array.from({ length: 90 }, () => block), '}'], {
        headers: { 'content-type': 'application/json' },
      }),
    )
    const engine = await openEngine({
      server: { port: 0, max_retries: 0, auto_models: { alias: 'a:m' } },
      upstreams: [makeUpstream('a', a)],
    })
    const plain = await engine.post(...embeddings)
    expect([plain.status, (await plain.arrayBuffer()).byteLength]).toEqual([200, 90 * 1_048_576 + 13])
    const hidden = await seen(engine.post('/v1/embeddings', { model: 'alias', input: 'hi' }))
    expect([hidden.status, hidden.code]).toEqual([502, 'upstream_error'])
    // The rest of it is not waited for.
    await a.waitForAbort(1)
  })
})
