/** Where the window opens: where it was, as far as the displays of today allow. Pure. */
import type { SavedWindow } from './shell-settings.ts'

/** In screen points, as Electron's `Rectangle`. */
export interface Area {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export const minimumSize = { width: 720, height: 480 } as const

const usualSize = { width: 1180, height: 780 } as const
/** So much of the title bar must be on a display for a hand to get hold of it. */
const graspWidth = 120
const graspHeight = 32

/**
 * @param saved - from the last time; null before the first.
 * @param workAreas - of the displays, the primary one first.
 */
export function windowBounds(saved: SavedWindow | null, workAreas: readonly Area[]): SavedWindow {
  const home = saved === null ? undefined : workAreas.find((area) => canBeGrasped(saved, area))
  if (saved !== null && home !== undefined) {
    const { width, height } = fitSize(saved, home)
    return { x: saved.x, y: Math.max(saved.y, home.y), width, height, maximized: saved.maximized }
  }
  const [primary = { x: 0, y: 0, ...usualSize }] = workAreas
  const { width, height } = fitSize(saved ?? usualSize, primary)
  return {
    x: Math.round(primary.x + Math.max(0, primary.width - width) / 2),
    y: Math.round(primary.y + Math.max(0, primary.height - height) / 2),
    width,
    height,
    maximized: saved?.maximized ?? false,
  }
}

function canBeGrasped(window: Area, area: Area): boolean {
  const left = Math.max(window.x, area.x)
  const right = Math.min(window.x + window.width, area.x + area.width)
  const isWithin = window.y >= area.y - graspHeight && window.y + graspHeight <= area.y + area.height
  return isWithin && right - left >= graspWidth
}

function fitSize(wanted: { readonly width: number; readonly height: number }, area: Area) {
  return {
    width: Math.max(minimumSize.width, Math.min(wanted.width, area.width)),
    height: Math.max(minimumSize.height, Math.min(wanted.height, area.height)),
  }
}
