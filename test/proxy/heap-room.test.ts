import { describe, expect, it } from 'vitest'
import { growthPercent } from '../../proxy/heap-room.ts'

const megabyte = 1_048_576

describe('the room of the heap', () => {
  it('is 64 MB for a small one and three tenths of itself for a large one', () => {
    const roomMb = (heapMb: number) => Math.round((heapMb * growthPercent(heapMb * megabyte)) / 100)
    expect([8, 16, 64, 200, 1000].map(roomMb)).toEqual([64, 64, 64, 64, 300])
  })
})
