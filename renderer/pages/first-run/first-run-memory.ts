/** Whether the guide was skipped or gone through, remembered in this browser. */
import { useSyncExternalStore } from 'react'

const storageKey = 'ai-proxy.first-run'
const listeners = new Set<() => void>()

/** True once the user has had enough of the guide. */
export function useFirstRunDone(): boolean {
  return useSyncExternalStore(subscribe, () => localStorage.getItem(storageKey) === 'done')
}

export function rememberFirstRun(): void {
  localStorage.setItem(storageKey, 'done')
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
