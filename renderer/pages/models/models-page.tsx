import { useTranslation } from 'react-i18next'
import { QueryView } from '../../components/query-view.tsx'
import { useClient, useConsole } from '../../console-context.ts'
import { useRoute } from '../../route.ts'
import { useConfigView } from '../../use-config-view.ts'
import { useQuery } from '../../use-query.ts'
import { AliasPage } from './alias-page.tsx'
import { readAliasPlace } from './alias-place.ts'
import { ModelsView } from './models-view.tsx'
import { PageHeader } from '../../components/page-header.tsx'

/** The list of all models, or one alias in its editor: `#/models/alias/fast`. */
export function ModelsPage() {
  const { t } = useTranslation('common')
  const { rest } = useRoute()
  const client = useClient()
  const config = useConfigView()
  // Discovery adds models without a new config: how many there are is in the status.
  const refresh = useConsole((state) =>
    [
      state.connections,
      state.status?.config.appliedRevision,
      ...(state.status?.upstreams ?? []).map((upstream) => upstream.discoveredModels),
    ].join(' '),
  )
  const models = useQuery('models', () => client.listModels(), { refresh })
  const place = readAliasPlace(rest)
  // While nothing has come yet, or never will.
  const bare = (content: React.ReactNode) => (
    <>
      <PageHeader title={t('page.models')} />
      {content}
    </>
  )
  if (config.data === undefined) return bare(<QueryView query={config}>{() => null}</QueryView>)
  if (models.data === undefined) return bare(<QueryView query={models}>{() => null}</QueryView>)
  return place.kind === 'list' ? (
    <ModelsView view={config.data} entries={models.data} />
  ) : (
    <AliasPage view={config.data} entries={models.data} place={place} />
  )
}
