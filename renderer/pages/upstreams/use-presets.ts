import type { ProviderPreset } from '../../../proxy/contract.ts'
import { useClient } from '../../console-context.ts'
import { useQuery } from '../../use-query.ts'

const none: readonly ProviderPreset[] = []

/** The providers to choose from. Empty until they are known: the form works without them. */
export function usePresets(): readonly ProviderPreset[] {
  const client = useClient()
  return useQuery('presets', () => client.listPresets()).data ?? none
}
