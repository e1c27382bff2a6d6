import { expect, it } from 'vitest'
import type { Area } from '../../main/window-bounds.ts'
import { windowBounds } from '../../main/window-bounds.ts'

const laptop: Area = { x: 0, y: 25, width: 1440, height: 875 }
const left: Area = { x: -1920, y: 0, width: 1920, height: 1080 }
const saved = { x: 100, y: 100, width: 1000, height: 700, maximized: false }

it.each<[string, typeof saved | null, Area[], typeof saved]>([
  ['in the middle at first', null, [laptop], { x: 130, y: 73, width: 1180, height: 780, maximized: false }],
  ['where it was', saved, [laptop], saved],
  ['on the display where it was', { ...saved, x: -1500 }, [laptop, left], { ...saved, x: -1500 }],
  ['maximized as it was', { ...saved, maximized: true }, [laptop], { ...saved, maximized: true }],
  ['in the middle when its display is gone', { ...saved, x: -1500 }, [laptop], { ...saved, x: 220, y: 113 }],
  ['in the middle when only a sliver would show', { ...saved, x: 1400 }, [laptop], { ...saved, x: 220, y: 113 }],
  ['below the menu bar', { ...saved, y: 0 }, [laptop], { ...saved, y: 25 }],
  ['in the middle when its title bar is below the edge', { ...saved, y: 890 }, [laptop], { ...saved, x: 220, y: 113 }],
  [
    'no larger than the display',
    { ...saved, x: 0, width: 3000, height: 2000 },
    [laptop],
    { ...saved, x: 0, width: 1440, height: 875 },
  ],
  ['no smaller than it works', { ...saved, width: 200, height: 100 }, [laptop], { ...saved, width: 720, height: 480 }],
  ['somewhere when no display is told', null, [], { x: 0, y: 0, width: 1180, height: 780, maximized: false }],
])('the window opens %s', (_, before, workAreas, expected) => {
  expect(windowBounds(before, workAreas)).toEqual(expected)
})
