/** How components reach the client and the state: pages through `useConsole` and `useClient`, components through props. */
import { createContext, useCallback, useContext } from 'react'
import type { Client } from './client.ts'
import { reduce, type ConsoleEvent } from './reduce.ts'
import type { ConsoleState } from './state.ts'
import { useStore, type Store } from './store.ts'

export interface ConsoleParts {
  readonly client: Client
  readonly store: Store<ConsoleState>
}

const ConsoleContext = createContext<ConsoleParts | null>(null)

export const ConsoleProvider = ConsoleContext.Provider

export function useClient(): Client {
  return useParts().client
}

/** A part of the console's state; `select` as in `useStore`. */
export function useConsole<Selected>(select: (state: ConsoleState) => Selected): Selected {
  return useStore(useParts().store, select)
}

/** For what a page fetched by call and the whole console should know: older records, a list that was asked for again. */
export function useDispatch(): (event: ConsoleEvent) => void {
  const { store } = useParts()
  return useCallback((event) => store.update((state) => reduce(state, event)), [store])
}

function useParts(): ConsoleParts {
  const parts = useContext(ConsoleContext)
  if (parts === null) throw new Error('Render this inside ConsoleProvider.')
  return parts
}
