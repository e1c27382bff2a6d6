import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesBetween, withEdits } from '../../../proxy/gateway/pieces.ts'

/** A text, cut at some places into pieces. */
const cut = fc
  .tuple(fc.string({ minLength: 1, maxLength: 40 }), fc.array(fc.nat(), { maxLength: 5 }))
  .map(([text, marks]) => {
    const bytes = Buffer.from(text)
    const ends = [...marks.map((mark) => mark % bytes.length), bytes.length].toSorted((a, b) => a - b)
    return { bytes, pieces: ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end)) }
  })

describe('pieces', () => {
  it('read like one', () => {
    fc.assert(
      fc.property(cut, fc.nat(), fc.nat(), ({ bytes, pieces }, a, b) => {
        const [start = 0, end = 0] = [a % (bytes.length + 1), b % (bytes.length + 1)].toSorted((x, y) => x - y)
        expect(bytesBetween(pieces, start, end)).toEqual(bytes.subarray(start, end))
      }),
    )
  })

  it('change like one', () => {
    fc.assert(
      fc.property(cut, fc.nat(), fc.nat(), ({ bytes, pieces }, a, b) => {
        const [start = 0, end = 0] = [a % (bytes.length + 1), b % (bytes.length + 1)].toSorted((x, y) => x - y)
        fc.pre(end < bytes.length)
        const edits = [
          { start: bytes.length, end: bytes.length, text: '!' },
          { start, end, text: 'né' },
        ]
        const expected = Buffer.concat([
          bytes.subarray(0, start),
          Buffer.from('né'),
          bytes.subarray(end),
          Buffer.from('!'),
        ])
        expect(Buffer.concat(withEdits(pieces, edits))).toEqual(expected)
      }),
    )
  })

  it('are the same where nothing is changed', () => {
    const pieces = [Buffer.from('a'), Buffer.from('b')]
    expect(withEdits(pieces, [])).toBe(pieces)
  })
})
