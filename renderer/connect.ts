/** Ties transport, client and store together: events are reduced into the store, and each new connection catches up. */
import type { EngineEvent } from '../proxy/contract.ts'
import { toFailure, type Client, type Transport, type TransportState } from './client.ts'
import { reduce, type ConsoleEvent } from './reduce.ts'
import type { ConsoleState } from './state.ts'
import type { Store } from './store.ts'

/** Records fetched after connecting; older ones are fetched by the page that scrolls to them. */
const fetchedRequests = 1000

/** Returns the function that ends it. */
export function connectStore(transport: Transport, client: Client, store: Store<ConsoleState>): () => void {
  const dispatch = (event: ConsoleEvent) => store.update((state) => reduce(state, event))

  function handleState(state: TransportState): void {
    dispatch({ type: 'connection', state })
    // Subscribed first, fetched second: what happens between comes twice, and `reduce` doesn't mind.
    if (state === 'connected') void catchUp(client, dispatch)
  }

  return transport.subscribe((event: EngineEvent) => dispatch(event), handleState)
}

async function catchUp(client: Client, dispatch: (event: ConsoleEvent) => void): Promise<void> {
  try {
    dispatch({ type: 'status', status: await client.getStatus() })
  } catch {
    // The connection broke again; the transport says so, and the next connection catches up.
    return
  }
  await loadRequests(client, dispatch)
}

/** Fetches the newest records; the page that shows them says why when it fails. */
export async function loadRequests(client: Client, dispatch: (event: ConsoleEvent) => void): Promise<void> {
  try {
    const records = await client.listRequests({ limit: fetchedRequests })
    dispatch({ type: 'requests-loaded', records, isAll: records.length < fetchedRequests })
  } catch (error) {
    const { code, message } = toFailure(error)
    dispatch({ type: 'requests-failed', code, message })
  }
}
