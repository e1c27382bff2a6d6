/** Copies to the clipboard and says for two seconds whether it worked. */
import { useCallback, useEffect, useRef, useState } from 'react'

export type CopyState = 'idle' | 'copied' | 'failed'

export function useCopy(): {
  readonly state: CopyState
  readonly copy: (text: string | (() => Promise<string>)) => void
} {
  const [state, setState] = useState<CopyState>('idle')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])

  const copy = useCallback((text: string | (() => Promise<string>)) => {
    const show = (next: CopyState) => {
      setState(next)
      clearTimeout(timer.current)
      timer.current = setTimeout(() => setState('idle'), 2000)
    }
    writeClipboard(text).then(
      () => show('copied'),
      () => show('failed'),
    )
  }, [])
  return { state, copy }
}

async function writeClipboard(text: string | (() => Promise<string>)): Promise<void> {
  const value = typeof text === 'string' ? text : await text()
  // Over plain HTTP from another machine there is no clipboard API.
  if (window.isSecureContext) await navigator.clipboard.writeText(value)
  else copyBySelection(value)
}

function copyBySelection(text: string): void {
  const area = document.createElement('textarea')
  area.value = text
  area.style.position = 'fixed'
  area.style.opacity = '0'
  // Inside an open dialog, if there is one: its focus trap would take the selection away.
  const place = document.querySelector('[role="dialog"]') ?? document.body
  const focused = document.activeElement
  place.append(area)
  area.select()
  const copied = document.execCommand('copy')
  area.remove()
  if (focused instanceof HTMLElement) focused.focus()
  if (!copied) throw new Error('The browser refused to copy.')
}
