/** Fetches what is older than the oldest record at hand, page by page, on demand. */
import { useState } from 'react'
import { useClient, useConsole, useDispatch } from '../../console-context.ts'

const pageSize = 500
/** The table drops the oldest beyond 100,000: what is fetched then would not stay. */
const mostRows = 99_000

export interface OlderRequests {
  /** `end`: there are none; `full`: there may be some, but no more are kept here. */
  readonly state: 'idle' | 'loading' | 'failed' | 'end' | 'full'
  /** Does nothing while it loads or when there is nothing to load. */
  readonly load: () => void
}

export function useOlderRequests(): OlderRequests {
  const client = useClient()
  const dispatch = useDispatch()
  const requests = useConsole((state) => state.requests)
  const [state, setState] = useState<'idle' | 'loading' | 'failed'>('idle')
  const total = useConsole((state) => state.status?.totalRequests)
  const full = requests.rows.length >= mostRows
  const from = useConsole((console) => console.requestsFrom)
  // All that the engine knows is here, or all that it has seen since its start.
  const complete = from === null || (total !== undefined && requests.rows.length >= total)

  function load(): void {
    const oldest = requests.rows[0]
    if (state === 'loading' || complete || full || oldest === undefined) return
    setState('loading')
    client.listRequests({ limit: pageSize, beforeId: oldest.id }).then(
      (records) => {
        // An engine that no longer knows the oldest record answers with its newest: nothing older either.
        const older = records.filter(
          (record) => record.startedAt <= oldest.startedAt && requests.get(record.id) === undefined,
        )
        const isAll = older.length === 0 || records.length < pageSize
        dispatch({ type: 'requests-older', records: older, isAll })
        setState('idle')
      },
      () => setState('failed'),
    )
  }
  return { state: full ? 'full' : complete ? 'end' : state, load }
}
