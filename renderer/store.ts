/** A store in forty lines: one value, listeners, and a hook that re-renders only when the selected part changes. */
import { useSyncExternalStore } from 'react'

export interface Store<T> {
  readonly get: () => T
  /** Replaces the value. The same value again tells nobody. */
  readonly update: (change: (value: T) => T) => void
  readonly subscribe: (listener: () => void) => () => void
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    update(change) {
      const next = change(value)
      if (Object.is(next, value)) return
      value = next
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/**
 * The selected part of a store's value.
 *
 * @param select - returns something that is already in the value, or a primitive; a fresh object at each call would
 *   re-render for ever. Derive lists with `useMemo`.
 */
export function useStore<T, Selected>(store: Store<T>, select: (value: T) => Selected): Selected {
  return useSyncExternalStore(store.subscribe, () => select(store.get()))
}
