/** How components reach the client and the state: pages through `useConsole` and `useClient`, components through props. */
import { createContext, useContext } from 'react'
import type { Client } from './client.ts'
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

function useParts(): ConsoleParts {
  const parts = useContext(ConsoleContext)
  if (parts === null) throw new Error('Render this inside ConsoleProvider.')
  return parts
}
