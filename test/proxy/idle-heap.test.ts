import { describe, expect, it } from 'vitest'
import { Pause } from '../../proxy/idle-heap.ts'

const minute = 60_000

describe('a pause', () => {
  it('is told of once, after ten minutes in which nobody asked for anything', () => {
    const pause = new Pause(0)
    const nothing = { total: 0, active: 0 }
    const looks = [9.9, 10, 10.5, 60].map((at) => pause.isLong(nothing, at * minute))
    expect(looks).toEqual([false, true, false, false])
  })

  it('begins anew with every request, and does not while one runs', () => {
    const pause = new Pause(0)
    const looks: readonly (readonly [at: number, total: number, active: number, isLong: boolean])[] = [
      [9, 1, 0, false],
      [18.9, 1, 0, false],
      [19, 1, 0, true],
      // A stream of half an hour.
      [20, 2, 1, false],
      [50, 2, 1, false],
      [50.5, 2, 0, false],
      [59.9, 2, 0, false],
      [60, 2, 0, true],
    ]
    expect(looks.map(([at, total, active]) => pause.isLong({ total, active }, at * minute))).toEqual(
      looks.map(([, , , isLong]) => isLong),
    )
  })
})
