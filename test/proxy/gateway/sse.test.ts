import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventFramer, EventTooLarge, lastEventEnd, nextEvent } from '../../../proxy/gateway/sse.ts'
import { readFixture } from '../../helpers/scripted-upstream.ts'

interface SeenEvent {
  readonly name: string | null
  readonly data: string
}

const fixtures = readdirSync(new URL('../../fixtures/sse/', import.meta.url)).filter((name) => name.endsWith('.txt'))

/** The standard's own algorithm on decoded text, as simple as can be: what every reading is compared with. */
function eventsByStandard(text: string): SeenEvent[] {
  const events: SeenEvent[] = []
  let name: string | null = null
  let data: string[] = []
  const finish = () => {
    if (data.length > 0) events.push({ name, data: data.join('\n') })
    name = null
    data = []
  }
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    if (line === '') finish()
    const [, field, value = ''] = /^([^:]+)(?:: ?(.*))?$/su.exec(line) ?? []
    if (field === 'event') name = value
    if (field === 'data') data.push(value)
  }
  finish()
  return events
}

/** What the framer makes of `bytes` in these pieces: the events, and all bytes that it gave out. */
function readInPieces(pieces: readonly Buffer[], limit = 1 << 24): { events: SeenEvent[]; bytes: Buffer } {
  const framer = new EventFramer(limit)
  const blocks = [...pieces.map((piece) => framer.push(piece)), framer.end()].filter((block) => block !== null)
  const events: SeenEvent[] = []
  for (const block of blocks) {
    for (let start = 0; start < block.length;) {
      const { data, dataStart, name, end } = nextEvent(block, start)
      start = end
      if (data === null) continue
      if (dataStart >= 0 && !block.subarray(dataStart).subarray(0, data.length).equals(data))
        throw new Error(`Data is not where it is said to be: ${dataStart}`)
      events.push({ name, data: data.toString('utf8') })
    }
  }
  return { events, bytes: Buffer.concat(blocks) }
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places)].filter((place) => place > 0 && place < bytes.length).toSorted((a, b) => a - b)
  return [0, ...sorted].map((place, index) => bytes.subarray(place, sorted[index] ?? bytes.length))
}

const everyByte = (bytes: Buffer) =>
  Array.from({ length: bytes.length }, (_, index) => bytes.subarray(index, index + 1))

describe('EventFramer and nextEvent', () => {
  it.each(fixtures)('reads %s whole, byte by byte and cut in two anywhere', (name) => {
    const bytes = readFixture(name)
    const expected = eventsByStandard(bytes.toString('utf8'))
    expect(expected.length).toBeGreaterThan(0)
    expect(readInPieces([bytes]).events).toEqual(expected)
    const single = readInPieces(everyByte(bytes))
    expect(single.events).toEqual(expected)
    expect(single.bytes.subarray(0, bytes.length)).toEqual(bytes)
    for (let place = 1; place < bytes.length; place++) {
      const { events } = readInPieces(cut(bytes, [place]))
      if (JSON.stringify(events) !== JSON.stringify(expected))
        expect({ place, events }).toEqual({ place, events: expected })
    }
  })

  it.each([
    ['LF', 'event: a\ndata: 1\n\ndata: 2\n\n'],
    ['CRLF', 'event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n'],
    ['CR', 'event: a\rdata: 1\r\rdata: 2\r\r'],
    ['a mix', 'event: a\r\ndata: 1\n\r\ndata: 2\r\r\n'],
    ['comments before, between and inside', ': x\n\nevent: a\n: y\ndata: 1\n\n:\n\ndata: 2\n: z\n\n'],
    ['a byte order mark', '\uFEFFevent: a\ndata: 1\n\ndata: 2\n\n'],
    ['no space behind the colon', 'event:a\ndata:1\n\ndata:2\n\n'],
    ['fields of no interest', 'id: 7\nretry: 10\nevent: a\ndata: 1\n\ndatabase: x\ndata: 2\n\n'],
    ['a last event without its blank line', 'event: a\ndata: 1\n\ndata: 2'],
    ['more blank lines than needed', '\n\nevent: a\ndata: 1\n\n\n\n\ndata: 2\n\n\n'],
  ])('reads the same two events with %s, in any two or three pieces', (_, text) => {
    const bytes = Buffer.from(text)
    const expected = [
      { name: 'a', data: '1' },
      { name: null, data: '2' },
    ]
    expect(eventsByStandard(text)).toEqual(expected)
    for (let first = 0; first < bytes.length; first++) {
      for (let second = first; second < bytes.length; second++) {
        expect(readInPieces(cut(bytes, [first, second])).events).toEqual(expected)
      }
    }
  })

  it.each([
    ['data of several lines', 'data: {\ndata:  "a": 1\ndata: }\n\n', '{\n "a": 1\n}'],
    ['an empty line of data', 'data: a\ndata:\ndata: b\n\n', 'a\n\nb'],
    ['data without a colon', 'data\n\n', ''],
    ['one space of two dropped', 'data:  a\n\n', ' a'],
    ['a colon in the data', 'data: a: b\n\n', 'a: b'],
    [
      'raw line separators of JavaScript, which end no line here',
      'data: a\u2028b\u2029c\u0085d\n\n',
      'a\u2028b\u2029c\u0085d',
    ],
    ['a NUL and control characters', 'data: a\u0000b\u001bc\n\n', 'a\u0000b\u001bc'],
  ])('reads %s', (_, text, data) => {
    expect(readInPieces(everyByte(Buffer.from(text))).events).toEqual([{ name: null, data }])
    expect(readInPieces([Buffer.from(text)]).events).toEqual([{ name: null, data }])
  })

  it('gives the chunk itself back when it holds whole events and nothing else', () => {
    const chunk = Buffer.from('data: 1\n\ndata: 2\n\n')
    expect(new EventFramer(1000).push(chunk)).toBe(chunk)
  })

  it('gives the same events and the same bytes however a stream is cut', () => {
    const lineEnd = fc.constantFrom('\n', '\r\n', '\r')
    const word = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll(/[\r\n]/g, '\u2028'))
    const line = fc.oneof(
      word.map((text) => `data: ${text}`),
      word.map((text) => `data:${text}`),
      word.map((text) => `event: ${text}`),
      word.map((text) => `: ${text}`),
      fc.constantFrom('', 'data', 'id: 1', 'data: {"a":"世界"}'),
    )
    const stream = fc.array(fc.tuple(line, lineEnd), { maxLength: 30 }).map((lines) => lines.flat().join(''))
    fc.assert(
      fc.property(stream, fc.array(fc.nat({ max: 600 }), { maxLength: 40 }), (text, places) => {
        // Lone surrogates cannot be sent in UTF-8.
        const bytes = Buffer.from(text.toWellFormed())
        const { events, bytes: seen } = readInPieces(cut(bytes, places))
        expect(events).toEqual(eventsByStandard(bytes.toString('utf8')))
        // Nothing lost, nothing doubled: at most the missing blank line is added.
        expect(seen.subarray(0, bytes.length)).toEqual(bytes)
        expect(['', '\n\n']).toContain(seen.subarray(bytes.length).toString('utf8'))
      }),
      { numRuns: 2000 },
    )
  })

  it('takes an event of 1 MB in network-sized pieces and in tiny ones', () => {
    const data = JSON.stringify({ image: 'A'.repeat(1_048_576), end: '世' })
    const bytes = Buffer.from(`data: ${data}\n\ndata: [DONE]\n\n`)
    for (const size of [2, 1000, 65_536]) {
      const pieces = cut(
        bytes,
        Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => (index + 1) * size),
      )
      const { events } = readInPieces(pieces)
      expect(events.map((event) => event.data.length)).toEqual([data.length, 6])
      expect(events[0]?.data === data).toBe(true)
    }
  })

  it('refuses an event over the limit, and only that', () => {
    const framer = new EventFramer(100)
    // Events within the limit may come in a chunk of any size.
    expect(framer.push(Buffer.from('data: 1\n\n'.repeat(50)))).not.toBeNull()
    framer.push(Buffer.from(`data: ${'x'.repeat(60)}`))
    expect(() => framer.push(Buffer.from('x'.repeat(60)))).toThrow(EventTooLarge)
  })

  it('finds the last blank line of many short lines', () => {
    const lines = 'data: x\n'.repeat(20_000)
    expect(lastEventEnd(Buffer.from(lines))).toBe(0)
    expect(lastEventEnd(Buffer.from(`data: 1\n\n${lines}`))).toBe(9)
    expect(lastEventEnd(Buffer.from(`data: 1\r\n\r\n${lines.replaceAll('\n', '\r\n')}`))).toBe(11)
    expect(lastEventEnd(Buffer.from(`data: 1\r\r${lines.replaceAll('\n', '\r')}`))).toBe(9)
  })
})
