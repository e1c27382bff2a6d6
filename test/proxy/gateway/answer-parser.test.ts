import type { ClientRequest, IncomingHttpHeaders } from 'node:http'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AnswerParser, BadAnswer } from '../../../proxy/gateway/answer-parser.ts'

interface Told {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** `open`: more is to come; `rest`: whole, with bytes behind it; `cut`: the connection ended too early. */
  readonly end: 'whole' | 'rest' | 'open' | 'cut' | 'bad'
  readonly keepsAlive: boolean
  readonly keepAliveMs: number | null
}

interface Around {
  readonly isForHead?: boolean
  /** The connection ends behind the bytes. */
  readonly closes?: boolean
}

/** What is told of an answer that comes in these pieces. */
function tell(pieces: readonly Buffer[], { isForHead = false, closes = false }: Around = {}): Told {
  let told: Told = { status: 0, headers: {}, body: '', end: 'open', keepsAlive: false, keepAliveMs: null }
  const parser = new AnswerParser({
    onHead: (status, headers) => (told = { ...told, status, headers: { ...headers } }),
    onBody: (bytes) => {
      if (bytes.length === 0) throw new Error('A piece of a body is empty.')
      told = { ...told, body: told.body + bytes.toString('latin1') }
    },
    onEnd: () => {
      const { keepsAlive, keepAliveMs, hasRest } = parser
      told = { ...told, end: hasRest ? 'rest' : 'whole', keepsAlive, keepAliveMs }
      if (hasRest) parser.stop()
    },
  })
  parser.begin(isForHead)
  try {
    for (const piece of pieces) parser.push(piece)
  } catch (error) {
    if (!(error instanceof BadAnswer)) throw error
    return { ...told, end: told.end === 'whole' ? 'rest' : 'bad' }
  }
  if (closes && !parser.finish() && told.end === 'open') told = { ...told, end: 'cut' }
  return told
}

/** The same whether it comes whole, byte by byte, or in two pieces. */
function tellHowever(text: string, around?: Around): Told {
  const bytes = Buffer.from(text, 'latin1')
  const whole = tell([bytes], around)
  expect(
    tell(
      Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)),
      around,
    ),
  ).toEqual(whole)
  for (let cut = 1; cut < bytes.length; cut++) {
    const parts = tell([bytes.subarray(0, cut), bytes.subarray(cut)], around)
    if (JSON.stringify(parts) !== JSON.stringify(whole)) expect([cut, parts]).toEqual([cut, whole])
  }
  return whole
}

const counted = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
const chunked = (body: string) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`

describe('an answer', () => {
  it.each<[string, string, Around, Partial<Told>]>([
    ['a length', counted, {}, { status: 200, headers: { 'content-length': '5' }, body: 'hello', end: 'whole' }],
    ['no bytes', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', {}, { body: '', end: 'whole', keepsAlive: true }],
    ['too few bytes', counted.slice(0, -1), { closes: true }, { body: 'hell', end: 'cut' }],
    ['bytes to come', counted.slice(0, -1), {}, { body: 'hell', end: 'open' }],
    ['bytes behind it', `${counted}!`, {}, { body: 'hello', end: 'rest' }],
    ['another answer behind it', `${counted}${counted}`, {}, { body: 'hello', end: 'rest' }],
    [
      '204',
      'HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n',
      {},
      { status: 204, end: 'whole', keepsAlive: true },
    ],
    ['304', 'HTTP/1.1 304 Not Modified\r\ntransfer-encoding: chunked\r\n\r\n', {}, { status: 304, end: 'whole' }],
    ['none for HEAD', counted.slice(0, -5), { isForHead: true }, { status: 200, end: 'whole', keepsAlive: true }],
    ['bytes for HEAD', counted, { isForHead: true }, { status: 200, body: '', end: 'rest' }],
    ['no length', 'HTTP/1.1 200 OK\r\n\r\nhello', { closes: true }, { body: 'hello', end: 'whole', keepsAlive: false }],
    ['no length, open', 'HTTP/1.1 200 OK\r\n\r\nhello', {}, { body: 'hello', end: 'open' }],
    ['no length nor bytes', 'HTTP/1.1 200 OK\r\n\r\n', { closes: true }, { status: 200, body: '', end: 'whole' }],
    [
      'another coding last',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, gzip\r\n\r\n5\r\nhello',
      { closes: true },
      { body: '5\r\nhello', end: 'whole', keepsAlive: false },
    ],
    [
      'chunks of a coding',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\ntransfer-encoding:\tChunked \r\n\r\n1\r\na\r\n0\r\n\r\n',
      {},
      { body: 'a', end: 'whole', keepsAlive: true },
    ],
    ['chunks', chunked('5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n'), {}, { body: 'hello!', end: 'whole', keepsAlive: true }],
    ['chunks of hex', chunked(`1A\r\n${'x'.repeat(26)}\r\n000a\r\n0123456789\r\n00\r\n\r\n`), {}, { end: 'whole' }],
    ['line breaks in chunks', chunked('6\r\n\r\n0\r\n\r\r\n0\r\n\r\n'), {}, { body: '\r\n0\r\n\r', end: 'whole' }],
    ['chunks with extensions', chunked('1;a=b;c="d"\r\n!\r\n0 ; e\r\n\r\n'), {}, { body: '!', end: 'whole' }],
    ['chunks and trailers', chunked('1\r\n!\r\n0\r\nx-a: b\r\nx-c: d\r\n\r\n'), {}, { body: '!', end: 'whole' }],
    ['chunks and folded trailers', chunked('1\r\n!\r\n0\r\nx-a: b\r\n c\r\n\r\n'), {}, { body: '!', end: 'whole' }],
    ['chunks and a body for trailers', chunked('0\r\n!\r\n1\r\n!\r\n0\r\n\r\n'), {}, { body: '', end: 'bad' }],
    ['bytes behind chunks', chunked('1\r\n!\r\n0\r\n\r\n\r\n'), {}, { body: '!', end: 'rest' }],
    ['chunks to come', chunked('1\r\n!\r\n0\r\n'), { closes: true }, { body: '!', end: 'cut' }],
    ['a chunk longer than stated', chunked('1\r\nab\r\n0\r\n\r\n'), {}, { body: 'a', end: 'bad' }],
    ['a chunk without its line break', chunked('1\r\na0\r\n\r\n'), {}, { body: 'a', end: 'bad' }],
    ['a chunk that ends with a line feed', chunked('1\r\na\n0\r\n\r\n'), {}, { body: 'a', end: 'bad' }],
    ['a chunk line that ends with a line feed', chunked('1\na\r\n0\r\n\r\n'), {}, { body: '', end: 'bad' }],
    ['no number of bytes', chunked('\r\n'), {}, { end: 'bad' }],
    ['an extension alone', chunked(';a\r\n'), {}, { end: 'bad' }],
    ['a sign before the number', chunked('+1\r\na\r\n'), {}, { end: 'bad' }],
    ['0x before the number', chunked('0x1\r\na\r\n'), {}, { end: 'bad' }],
    ['a blank before the number', chunked(' 1\r\na\r\n'), {}, { end: 'bad' }],
    ['a number beyond all bounds', chunked('fffffffffffff\r\n'), {}, { end: 'bad' }],
    ['an endless chunk line', chunked(`1;${'a'.repeat(2000)}`), {}, { end: 'bad' }],
    ['a line feed in trailers', chunked('0\r\nx-a: b\n\r\n'), {}, { end: 'bad' }],
    ['two lengths', counted.replace('\r\n\r\n', '\r\nContent-Length: 6\r\n\r\n'), {}, { status: 0, end: 'bad' }],
    ['the same length twice', counted.replace('\r\n\r\n', '\r\ncontent-length: 5\r\n\r\n'), {}, { end: 'bad' }],
    ['a list of lengths', counted.replace('5', '5, 5'), {}, { status: 0, end: 'bad' }],
    ['a signed length', counted.replace('5', '+5'), {}, { status: 0, end: 'bad' }],
    ['a length with a fraction', counted.replace('5', '5.0'), {}, { status: 0, end: 'bad' }],
    ['a folded length', counted.replace('5', '5\r\n 0'), {}, { status: 0, end: 'bad' }],
    ['an empty length', counted.replace('5', ''), {}, { status: 0, end: 'bad' }],
    ['a length beyond all bounds', counted.replace('5', '9'.repeat(16)), {}, { status: 0, end: 'bad' }],
    ['length and chunks', counted.replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n'), {}, { end: 'bad' }],
    [
      'length and another coding',
      counted.replace('\r\n\r\n', '\r\nTransfer-Encoding: gzip\r\n\r\n'),
      {},
      { end: 'bad' },
    ],
  ])('with %s', (_, text, around, expected) => {
    expect(tellHowever(text, around)).toMatchObject(expected)
  })

  it.each<[string, string, Partial<Told>]>([
    ['100', `HTTP/1.1 100 Continue\r\n\r\n${counted}`, { status: 200, body: 'hello', end: 'whole' }],
    [
      '103 with headers',
      `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\ncontent-length: 3\r\n\r\n${counted}`,
      { status: 200, headers: { 'content-length': '5' }, body: 'hello', end: 'whole' },
    ],
    ['several', `${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(3)}${counted}`, { status: 200, end: 'whole' }],
    ['line breaks', `\r\n\r\n${counted}`, { status: 200, end: 'whole' }],
    ['a line feed', `\n${counted}`, { status: 200, end: 'whole' }],
    ['a change of protocol', `HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n`, { status: 0, end: 'bad' }],
  ])('behind %s', (_, text, expected) => {
    expect(tellHowever(text)).toMatchObject(expected)
  })

  it.each<[string, string, boolean, number | null]>([
    ['HTTP/1.1', '', true, null],
    ['HTTP/1.1', 'connection: keep-alive', true, null],
    ['HTTP/1.1', 'Connection: Close', false, null],
    ['HTTP/1.1', 'connection: x-a,\tclose', false, null],
    ['HTTP/1.1', 'connection: x-a\r\nconnection: close', false, null],
    ['HTTP/1.1', 'connection: closed', true, null],
    ['HTTP/1.0', '', false, null],
    ['HTTP/1.0', 'connection: Keep-Alive', true, null],
    ['HTTP/1.1', 'keep-alive: timeout=5, max=100', true, 5000],
    ['HTTP/1.1', 'keep-alive: max=100', true, null],
    ['HTTP/1.1', 'keep-alive: Timeout=0', true, 0],
  ])('of %s with "%s" says whether its connection is kept', (version, header, keepsAlive, keepAliveMs) => {
    const text = `${version} 200 OK\r\ncontent-length: 0\r\n${header}${header && '\r\n'}\r\n`
    expect(tellHowever(text)).toMatchObject({ end: 'whole', keepsAlive, keepAliveMs })
  })

  it('whose end is never told after `stop`', () => {
    const told: string[] = []
    const parser: AnswerParser = new AnswerParser({
      onHead: () => told.push('head'),
      onBody: () => {
        told.push('body')
        parser.stop()
      },
      onEnd: () => told.push('end'),
    })
    for (const text of [counted, chunked('5\r\nhello\r\n0\r\n\r\n')]) {
      parser.begin(false)
      parser.push(Buffer.from(text))
      parser.push(Buffer.from(text))
      expect(parser.finish()).toBe(false)
    }
    expect(told).toEqual(['head', 'body', 'head', 'body'])
  })

  it('is followed by the next on the same connection', () => {
    const told: string[] = []
    const parser: AnswerParser = new AnswerParser({
      onHead: (status) => told.push(String(status)),
      onBody: (bytes) => told.push(bytes.toString()),
      onEnd: () => told.push('end'),
    })
    for (const text of [chunked('1\r\na\r\n0\r\nx: y\r\n\r\n'), 'HTTP/1.1 204 \r\n\r\n', counted]) {
      parser.begin(false)
      parser.push(Buffer.from(text))
    }
    expect(told).toEqual(['200', 'a', 'end', '204', 'end', '200', 'hello', 'end'])
    expect(() => parser.push(Buffer.from('!'))).toThrow(BadAnswer)
  })
})

describe('a head', () => {
  const head = (lines: string) => `HTTP/1.1 200 OK\r\n${lines}content-length: 0\r\n\r\n`
  it.each<[string, string, IncomingHttpHeaders]>([
    ['names in any case', 'X-A: b\r\nx-B:c\r\n', { 'x-a': 'b', 'x-b': 'c' }],
    ['blanks around values', 'x-a: \t b c \t\r\nx-b:\r\n', { 'x-a': 'b c', 'x-b': '' }],
    ['bytes beyond ASCII', 'x-a: \xe4\xbd\xa0\r\n', { 'x-a': '\xe4\xbd\xa0' }],
    ['colons in values', 'x-a: b:c:\r\n', { 'x-a': 'b:c:' }],
    ['lists', 'set-cookie: a\r\nSet-Cookie: b\r\nset-cookie: c\r\n', { 'set-cookie': ['a', 'b', 'c'] }],
    ['folded lines', 'x-a: b\r\n  c\r\n\td\r\nx-e: f\r\n', { 'x-a': 'b c d', 'x-e': 'f' }],
    ['a folded line of a list', 'x-v: a\r\nx-v: b\r\n c\r\n', { 'x-v': ['a', 'b c'] }],
    ['names that objects inherit', '__proto__: a\r\nconstructor: b\r\n', { ['__proto__']: 'a', constructor: 'b' }],
    // Types say that these two are texts, and so they are read.
    ['two types: the first counts', 'content-type: a/b\r\ncontent-type: c/d\r\n', { 'content-type': 'a/b' }],
    [
      'two encodings: both count',
      'content-encoding: gzip\r\ncontent-encoding: br\r\n',
      { 'content-encoding': 'gzip, br' },
    ],
  ])('with %s', (_, lines, expected) => {
    const { headers, end } = tellHowever(head(lines))
    // As entries: `toEqual` would not look at `__proto__`.
    const entries = Object.entries({ ...expected, 'content-length': '0' })
    expect([Object.entries(headers), end]).toEqual([entries, 'whole'])
  })

  it.each<[string, string]>([
    ['garbage', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['a record of TLS', '\x15\x03\x01\x00\x02\x02\x46'],
    ['a frame of HTTP/2', '\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00'],
    ['HTTP/0.9', '<html>'],
    ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n'],
    ['no status', 'HTTP/1.1 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
    ['lower case', 'http/1.1 200 OK\r\n\r\n'],
    ['line feeds for line breaks', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n'],
    ['a line feed within', head('x-a: b\nx-c: d\r\n')],
    ['a carriage return within', head('x-a: b\rx-c: d\r\n')],
    ['a zero', head('x-a: b\0\r\n')],
    ['a line without a colon', head('x-a\r\n')],
    ['a header without a name', head(': a\r\n')],
    ['a blank behind a name', head('content-length : 5\r\n')],
    ['a blank in a name', head('x a: b\r\n')],
    ['a folded line first', head(' x-a: b\r\n')],
  ])('of %s is refused', (_, text) => {
    expect(tellHowever(text)).toMatchObject({ status: 0, end: 'bad' })
  })

  it('of up to 64 KiB is taken, of more refused, also when it never ends', () => {
    const ofBytes = (length: number) => `HTTP/1.1 204 OK\r\nx-a: ${'b'.repeat(length - 22)}\r\n\r\n`
    const pieces = (text: string) => [Buffer.from(text.slice(0, 1000)), Buffer.from(text.slice(1000))]
    const ends = [ofBytes(65_536), ofBytes(65_537), ofBytes(80_000).slice(0, -4)].map((text) => [
      tell([Buffer.from(text)]).end,
      tell(pieces(text)).end,
    ])
    expect(ends).toEqual([
      ['whole', 'whole'],
      ['bad', 'bad'],
      ['bad', 'bad'],
    ])
  })

  it('is not kept in memory for the names that it brought', () => {
    setFlagsFromString('--expose-gc')
    // Safe: that flag puts it there.
    const collect = runInNewContext('gc') as () => void
    const usedBytes = () => {
      collect()
      return process.memoryUsage().heapUsed
    }
    const before = usedBytes()
    for (let at = 0; at < 500; at++) {
      const name = `${at % 2 ? 'x' : 'X'}-name-of-its-own-${at}`
      tell([Buffer.from(`HTTP/1.1 204 OK\r\n${name}: ${'b'.repeat(60_000)}\r\n\r\n`)])
    }
    expect(usedBytes() - before).toBeLessThan(5_000_000)
  })

  it('cannot be prolonged by trailers', () => {
    const trailers = Buffer.from(`${'x-a: b\r\n'.repeat(20_000)}\r\n`)
    expect(tell([Buffer.from(chunked('0\r\n')), trailers])).toMatchObject({ status: 200, end: 'bad' })
  })
})

/** What Node's own client makes of the bytes of a whole connection. */
function tellByNode(bytes: Buffer, isForHead: boolean): Promise<Pick<Told, 'status' | 'body'> | null> {
  return new Promise((resolve) => {
    const socket = new Duplex({
      read: () => {},
      write: (_chunk, _encoding, done) => {
        done()
        if (!socket.readableEnded && bytes.length > 0 && !isSent) socket.push(bytes)
        if (!isSent) socket.push(null)
        isSent = true
      },
    })
    let isSent = false
    const asked: ClientRequest = request({
      method: isForHead ? 'HEAD' : 'GET',
      // Safe: of a socket the client uses what every stream has, and nothing of it here that it has not.
      createConnection: () => socket as unknown as Socket,
    })
    asked.on('error', () => resolve(null))
    asked.on('upgrade', () => resolve(null))
    asked.on('response', (response) => {
      let body = ''
      response.setEncoding('latin1').on('data', (part: string) => (body += part))
      response.on('error', () => resolve(null))
      response.on('end', () => resolve(response.complete ? { status: response.statusCode ?? 0, body } : null))
    })
    asked.end()
  })
}

const chunks = fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 4 })
const chunkedBody = fc.tuple(chunks, fc.constantFrom('', ';a=b'), fc.constantFrom('', 'x-t: u\r\n')).map(
  ([parts, extension, trailer]) =>
    `transfer-encoding: chunked\r\n\r\n${parts
      .map((part) => Buffer.from(part).toString('latin1'))
      .map((part) => `${part.length.toString(16)}${extension}\r\n${part}\r\n`)
      .join('')}0\r\n${trailer}\r\n`,
)
const countedBody = fc
  .tuple(fc.string({ maxLength: 40 }), fc.constantFrom(0, 0, 0, 1, -1))
  .map(
    ([text, off]) =>
      `content-length: ${Math.max(0, Buffer.byteLength(text) + off)}\r\n\r\n${Buffer.from(text).toString('latin1')}`,
  )
const openBody = fc.string({ maxLength: 40 }).map((text) => `x-z: y\r\n\r\n${Buffer.from(text).toString('latin1')}`)
const answers = fc
  .tuple(
    fc.constantFrom('', '', '\r\n', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Hints\r\nlink: a\r\n\r\n'),
    fc.constantFrom('1.1', '1.1', '1.0'),
    fc.constantFrom(200, 200, 200, 204, 304, 404, 500),
    fc.array(fc.constantFrom('x-a: b', 'X-A:\tc', 'set-cookie: d', 'connection: close', 'content-length: 3', 'x-y z'), {
      maxLength: 3,
    }),
    fc.oneof(chunkedBody, countedBody, openBody),
  )
  .map(
    ([before, version, status, headers, body]) =>
      `${before}HTTP/${version} ${status} Any\r\n${headers.map((header) => `${header}\r\n`).join('')}${body}`,
  )
/** Puts, takes away or changes one byte, where it matters most. */
const mutation = fc.option(
  fc.tuple(
    fc.nat(),
    fc.constantFrom(0, 1),
    fc.constantFrom('', '\r', '\n', ' ', '\t', ':', ';', ',', '0', '1', 'a', '\0', '\xff'),
  ),
)

describe('beside the parser of Node', () => {
  it('takes no answer for whole that is not, and none for another', async () => {
    let whole = 0
    await fc.assert(
      fc.asyncProperty(answers, mutation, fc.boolean(), fc.nat(), async (text, change, isForHead, cut) => {
        const at = change === null ? 0 : change[0] % text.length
        const changed = change === null ? text : `${text.slice(0, at)}${change[2]}${text.slice(at + change[1])}`
        // Folded lines and blanks behind a chunk's length, which the RFC has us read, Node takes for an error; so it
        // does interim answers of HTTP/1.0.
        fc.pre(!/\r\n[\da-f]*[ \t]|1\.0 1/i.test(changed))
        // Nobody reads what extensions and trailers say; Node takes some of it for an error.
        fc.pre(change === null || !/\n[\da-f]+;|x-t/i.test(text + changed))
        const bytes = Buffer.from(changed, 'latin1')
        const place = cut % (bytes.length + 1)
        const told = tell([bytes.subarray(0, place), bytes.subarray(place)], { isForHead, closes: true })
        const byNode = await tellByNode(bytes, isForHead)
        if (told.end === 'whole' || told.end === 'rest') {
          whole++
          // Node may make an error of what stands behind an answer, and of a length that is not used.
          const isForgiven = told.end === 'rest' || isForHead || told.status === 204 || told.status === 304
          if (byNode || !isForgiven) expect({ status: told.status, body: told.body }).toEqual(byNode)
        } else if (change === null) expect([told.end, byNode]).toEqual([told.end, null])
      }),
      { numRuns: 1500 },
    )
    expect(whole).toBeGreaterThan(300)
  })
})
