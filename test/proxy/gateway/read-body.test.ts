import { PassThrough } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../proxy/errors.ts'
import { inspectBody } from '../../../proxy/gateway/body.ts'
import type { BodySink, BodySource } from '../../../proxy/gateway/gateway-request.ts'
import type { ReceivedBody } from '../../../proxy/gateway/read-body.ts'
import { BodyBudget, ClientLeft, readBody } from '../../../proxy/gateway/read-body.ts'

const mb = 1_048_576

function textOf({ pieces }: ReceivedBody): string {
  return Buffer.concat(pieces).toString('utf8')
}

/** A request whose body comes in these pieces. */
function incoming(pieces: readonly (string | Buffer)[], headers: Readonly<Record<string, string>> = {}): BodySource {
  const stream = new PassThrough({ highWaterMark: 100 * mb })
  for (const piece of pieces) stream.write(piece)
  stream.end()
  return sourceOf(stream, headers)
}

function sourceOf(stream: PassThrough, headers: Readonly<Record<string, string>>): BodySource {
  return {
    headers,
    takeBody: (sink) =>
      void stream
        .on('data', (chunk: Buffer) => sink.data(chunk))
        .on('end', () => sink.end())
        .on('error', () => sink.left()),
  }
}

async function problemWith(reading: Promise<unknown>): Promise<readonly [number, string] | string> {
  try {
    await reading
    return 'none'
  } catch (error) {
    return error instanceof GatewayError ? [error.status, error.code] : String(error?.constructor.name)
  }
}

describe('reading a body', () => {
  it.each<[string, readonly string[], Readonly<Record<string, string>>]>([
    ['in one piece', ['{"model":"m"}'], { 'content-length': '13' }],
    ['in two', ['{"model"', ':"m"}'], { 'content-length': '13' }],
    ['of unknown length', ['{"model"', ':"m"}'], { 'transfer-encoding': 'chunked' }],
    ['byte by byte', '{"model":"m"}'.split(''), {}],
    ['that says it is plain', ['{"model":"m"}'], { 'content-encoding': 'identity' }],
  ])('%s', async (_, pieces, headers) => {
    const budget = new BodyBudget(mb)
    const body = await readBody(incoming(pieces, headers), mb, budget)
    expect(textOf(body)).toBe('{"model":"m"}')
    expect(budget.usedBytes).toBe(body.reservedBytes)
    budget.release(body.reservedBytes)
    expect(budget.usedBytes).toBe(0)
  })

  it.each<[string, (text: string) => Buffer]>([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    [' GZIP', gzipSync],
  ])('unpacks %s', async (encoding, pack) => {
    const text = `{"model":"m","a":"${'x'.repeat(200_000)}"}`
    const body = await readBody(incoming([pack(text)], { 'content-encoding': encoding }), mb, new BodyBudget(10 * mb))
    expect([textOf(body) === text, body.reservedBytes, inspectBody(body).model]).toEqual([true, text.length, 'm'])
  })

  it('scans a large body while it comes in', async () => {
    const text = `{"padding":"${'x'.repeat(70_000)}","model":"m","stream":true}`
    const pieces = text.match(/[^]{1,999}/g) ?? []
    const body = await readBody(incoming(pieces), mb, new BodyBudget(10 * mb))
    expect(textOf(body) === text).toBe(true)
    expect(body.scanner?.isDone).toBe(true)
    expect(inspectBody(body)).toMatchObject({ model: 'm', stream: true })
  })

  it.each<[string, readonly (string | Buffer)[], Readonly<Record<string, string>>, readonly [number, string]]>([
    ['a length over the limit', ['x'], { 'content-length': '2000' }, [413, 'request_too_large']],
    ['more bytes than the limit', ['x'.repeat(600), 'x'.repeat(600)], {}, [413, 'request_too_large']],
    ['a bomb', [gzipSync('x'.repeat(mb))], { 'content-encoding': 'gzip' }, [413, 'request_too_large']],
    ['an encoding nobody knows', ['x'], { 'content-encoding': 'compress' }, [415, 'unsupported_content_encoding']],
    ['two encodings', ['x'], { 'content-encoding': 'gzip, br' }, [415, 'unsupported_content_encoding']],
    ['what is not gzip', ['plain'], { 'content-encoding': 'gzip' }, [400, 'invalid_request_body']],
  ])('refuses %s, and gives back what it held', async (_, pieces, headers, expected) => {
    const budget = new BodyBudget(10 * mb)
    expect(await problemWith(readBody(incoming(pieces, headers), 1000, budget))).toEqual(expected)
    expect(budget.usedBytes).toBe(0)
  })

  it('refuses what the budget has no room for, and gives back what it held', async () => {
    const budget = new BodyBudget(1000)
    expect(budget.tryReserve(500)).toBe(true)
    expect(await problemWith(readBody(incoming(['x'.repeat(600)]), mb, budget))).toEqual([503, 'server_is_overloaded'])
    expect(await problemWith(readBody(incoming(['x'.repeat(300)]), mb, budget))).toBe('none')
    expect(budget.usedBytes).toBe(800)
  })

  it('stops to unpack where the budget ends', async () => {
    const asked: number[] = []
    class SeenBudget extends BodyBudget {
      override tryReserve(bytes: number): boolean {
        asked.push(bytes)
        return super.tryReserve(bytes)
      }
    }
    const budget = new SeenBudget(mb)
    const packed = gzipSync(Buffer.alloc(20 * mb))
    const reading = readBody(incoming([packed], { 'content-encoding': 'gzip' }), 64 * mb, budget)
    expect(await problemWith(reading)).toEqual([503, 'server_is_overloaded'])
    // Asked for bit by bit, as it comes out: never for what is there already.
    expect(asked.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(2 * mb)
    expect(budget.usedBytes).toBe(0)
  })

  it('holds nothing of a body that is refused, however much of it is still to come', async () => {
    setFlagsFromString('--expose-gc')
    // Safe: that flag puts it there.
    const collect = runInNewContext('gc') as () => void
    const sinks: BodySink[] = []
    const request: BodySource = { headers: {}, takeBody: (sink) => void sinks.push(sink) }
    const reading = problemWith(readBody(request, 8000, new BodyBudget(mb)))
    const first = () => {
      const chunk = Buffer.alloc(6000)
      sinks[0]?.data(chunk)
      return new WeakRef(chunk)
    }
    const held = first()
    sinks[0]?.data(Buffer.alloc(6000))
    expect(await reading).toEqual([413, 'request_too_large'])
    await new Promise((resolve) => setImmediate(resolve))
    collect()
    expect([held.deref(), sinks.length]).toEqual([undefined, 1])
  })

  it('ends when the client leaves', async () => {
    const budget = new BodyBudget(mb)
    const stream = new PassThrough()
    const reading = readBody(sourceOf(stream, { 'content-length': '100' }), mb, budget)
    stream.write('{"mod')
    stream.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))
    await expect(reading).rejects.toBeInstanceOf(ClientLeft)
    expect(budget.usedBytes).toBe(0)
  })
})
