import { describe, expect, it } from 'vitest'
import { forEachMark, mark, nowUs } from './marks.ts'
import { Samples, median } from './statistics.ts'

describe('figures of the bench', () => {
  it.each<[string, readonly number[], number]>([
    ['the middle of an odd number', [9, 1, 5], 5],
    ['the mean of the two in the middle', [4, 1, 3, 100], 3.5],
    ['nothing', [], Number.NaN],
  ])('takes as median %s', (_, values, expected) => {
    expect(median(values)).toBe(expected)
  })

  it('keeps the latest samples and counts all of them', () => {
    const samples = new Samples(100)
    for (let value = 1; value <= 150; value++) samples.add(value)
    expect(samples.read()).toEqual({ count: 150, p50: 100, p99: 149, max: 150 })
  })

  it('reads every whole mark of a chunk and leaves out one that is cut', () => {
    const before = nowUs()
    const text = `data: ${mark()} a\n\ndata: ${mark()} b\n\ndata: ${mark().slice(0, -1)}`
    const found: number[] = []
    forEachMark(Buffer.from(text), (writtenUs) => found.push(writtenUs))
    expect(found).toHaveLength(2)
    expect(found.every((at) => at >= before && at <= nowUs())).toBe(true)
  })
})
