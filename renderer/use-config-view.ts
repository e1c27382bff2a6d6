/** The config as the forms show it, asked for again whenever the file, the running config or the connection changes. */
import type { ConfigView } from '../proxy/contract.ts'
import { useClient, useConsole } from './console-context.ts'
import { useQuery, type Query } from './use-query.ts'

export function useConfigView(): Query<ConfigView> {
  const client = useClient()
  const refresh = useConsole((state) =>
    [state.connections, state.diskRevision, state.status?.config.appliedRevision].join(' '),
  )
  return useQuery('config', () => client.getConfig(), { refresh })
}
