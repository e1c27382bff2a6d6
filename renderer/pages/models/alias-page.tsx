import { useEffect, useState } from 'react'
import { Button } from '@mantine/core'
import { IconCube } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ConfigView, ModelEntry } from '../../../proxy/contract.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState } from '../../components/view-states.tsx'
import { hrefTo, replaceRoute } from '../../route.ts'
import { AliasEditor } from './alias-editor.tsx'
import { readAliases } from './alias-form.ts'
import { aliasHref, type AliasPlace } from './alias-place.ts'

export interface AliasPageProps {
  readonly view: ConfigView
  readonly entries: readonly ModelEntry[]
  readonly place: Exclude<AliasPlace, { kind: 'list' }>
}

/** The editor of one alias, wherever its name has gone. */
export function AliasPage({ view, entries, place }: AliasPageProps) {
  const { t } = useTranslation('models')
  const aliases = readAliases(view.server)
  const wanted = place.kind === 'alias' ? place.name : null
  // After a rename the address still has the old name, until the config with the new one has come.
  const [renamed, setRenamed] = useState<{ readonly from: string; readonly to: string } | null>(null)
  const followed = renamed !== null && renamed.from === wanted && aliases.has(renamed.to) ? renamed.to : null
  const name = wanted !== null && !aliases.has(wanted) && followed !== null ? followed : wanted
  useEffect(() => {
    if (name !== null && name !== wanted) replaceRoute(aliasHref(name))
  }, [name, wanted])

  if (name !== null && !aliases.has(name)) {
    return (
      <>
        <PageHeader title={t('alias.missing')} />
        <EmptyState
          icon={IconCube}
          title={t('alias.missing')}
          text={t('alias.missingText', { name })}
          action={
            <Button component="a" href={hrefTo('models')} variant="default">
              {t('alias.back')}
            </Button>
          }
        />
      </>
    )
  }
  return (
    <AliasEditor
      key={renamed !== null && name === renamed.to ? renamed.from : (name ?? '')}
      view={view}
      entries={entries}
      name={name}
      onRename={(from, to) => setRenamed({ from, to })}
    />
  )
}
