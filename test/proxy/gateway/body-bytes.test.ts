/** Bytes kept as they came: any slice is what the whole would give, and dribbled ones take no more room than theirs. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BodyBytes, BodyCollector } from '../../../proxy/gateway/body-bytes.ts'

const chunksOf = (pieces: readonly Uint8Array[]) => pieces.map((piece) => Buffer.from(piece))

describe('BodyBytes', () => {
  it('slices as one buffer would', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 8 })), fc.nat(40), fc.nat(40), (pieces, a, b) => {
        const body = new BodyBytes(chunksOf(pieces))
        const whole = Buffer.concat(pieces)
        const [start, end] = a < b ? [a, b] : [b, a]
        expect(body.length).toBe(whole.length)
        expect(body.slice(start, end).equals(whole.subarray(start, end))).toBe(true)
        expect(Buffer.concat(body.pieces(start, end)).equals(whole.subarray(start, end))).toBe(true)
      }),
    )
  })
})

describe('BodyCollector', () => {
  it('keeps what came, in order, and hands back the bytes it keeps', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40_000), { maxLength: 12 }), (sizes) => {
        const collector = new BodyCollector()
        const pieces = sizes.map((size, index) => Buffer.alloc(size, index + 1))
        for (const piece of pieces) expect(collector.add(piece).equals(piece)).toBe(true)
        expect(collector.bytes().slice().equals(Buffer.concat(pieces))).toBe(true)
      }),
    )
  })

  it('copies small chunks together, so that a dribbling client cannot hold large buffers alive', () => {
    const collector = new BodyCollector()
    for (let count = 0; count < 10_000; count++) collector.add(Buffer.alloc(65_536).subarray(0, 7))
    const held = new Set(collector.bytes().chunks.map((chunk) => chunk.buffer))
    const heldBytes = [...held].reduce((sum, memory) => sum + memory.byteLength, 0)
    expect(heldBytes).toBeLessThan(300_000)
  })
})
