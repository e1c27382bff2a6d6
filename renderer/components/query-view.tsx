import type { Query } from '../use-query.ts'
import { ErrorState, LoadingState } from './view-states.tsx'

export interface QueryViewProps<T> {
  readonly query: Query<T>
  /** Rows of the skeleton while nothing has come yet. */
  readonly rows?: number
  readonly children: (data: T) => React.ReactNode
}

/** Loading, failed or full, from a query. What came before a failed reload stays. */
export function QueryView<T>({ query, rows = 5, children }: QueryViewProps<T>) {
  if (query.data !== undefined) return children(query.data)
  if (query.error !== null) return <ErrorState failure={query.error} onRetry={query.reload} />
  return <LoadingState rows={rows} />
}
