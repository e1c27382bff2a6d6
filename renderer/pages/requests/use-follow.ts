/**
 * Where the log stands: at its end, moving with it, or at a place that stays put whatever comes, changes or is dropped
 * around it. Scrolling up stops the following, scrolling back to the end resumes it.
 */
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { RequestRecord } from '../../../proxy/contract.ts'
import { placeOf, type RowsView } from './filtered-rows.ts'

export interface Follow {
  /** For the element that scrolls. */
  readonly scroller: React.RefObject<HTMLDivElement | null>
  /** False where the end is in sight though it isn't followed: a row there is being read. */
  readonly awayFromEnd: boolean
  /** Rows that came below since the following stopped. */
  readonly unseen: number
  readonly toEnd: () => void
  /** Stays at this place from now on, even at the end: a row is being read. */
  readonly stay: () => void
  readonly handleScroll: () => void
}

interface Place {
  topPx: number
  /** The first row in sight, and how far it is scrolled past. */
  anchor: RequestRecord | null
  pastPx: number
}

/** @param beforePx - height of what stands above the first row inside the scroller. */
export function useFollow(view: RowsView, rowPx: number, beforePx: number): Follow {
  const scroller = useRef<HTMLDivElement>(null)
  // The newest row when the following stopped; null while it follows.
  const [stoppedAt, setStoppedAt] = useState<RequestRecord | null>(null)
  const [scrolledAway, setScrolledAway] = useState(false)
  const place = useRef<Place>({ topPx: 0, anchor: null, pastPx: 0 })
  const following = stoppedAt === null

  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    const { anchor, pastPx } = place.current
    if (following) element.scrollTo({ top: element.scrollHeight })
    else if (anchor !== null) {
      const topPx = beforePx + placeOf(view.rows, anchor) * rowPx + pastPx
      if (Math.abs(topPx - element.scrollTop) >= 1) element.scrollTo({ top: topPx })
    }
    place.current.topPx = element.scrollTop
  }, [view, following, rowPx, beforePx])

  useEffect(() => {
    const element = scroller.current
    if (element === null || !following) return undefined
    const observer = new ResizeObserver(() => {
      element.scrollTo({ top: element.scrollHeight })
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [following])

  function keepPlace(element: HTMLElement): void {
    const index = Math.max(0, Math.floor((element.scrollTop - beforePx) / rowPx))
    place.current = {
      topPx: element.scrollTop,
      anchor: view.rows[index] ?? null,
      pastPx: element.scrollTop - beforePx - index * rowPx,
    }
  }

  function stay(): void {
    if (scroller.current !== null) keepPlace(scroller.current)
    setStoppedAt((before) => before ?? view.rows.at(-1) ?? null)
  }

  function handleScroll(): void {
    const element = scroller.current
    if (element === null) return
    // Only the user scrolls up; that the end has moved away meanwhile says nothing about what they want.
    const up = element.scrollTop < place.current.topPx - 1
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < rowPx / 2
    keepPlace(element)
    setScrolledAway(!atEnd)
    if (atEnd && !up) setStoppedAt(null)
    else if (up && !atEnd) setStoppedAt((before) => before ?? view.rows.at(-1) ?? null)
  }

  const unseen = stoppedAt === null ? 0 : Math.max(0, view.rows.length - 1 - placeOf(view.rows, stoppedAt))
  const awayFromEnd = !following && (scrolledAway || unseen > 0)
  return { scroller, awayFromEnd, unseen, toEnd: () => setStoppedAt(null), stay, handleScroll }
}
