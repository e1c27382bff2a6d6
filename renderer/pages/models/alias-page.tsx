import { useEffect } from 'react'
import { Button } from '@mantine/core'
import { IconCube } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ConfigView, ModelEntry } from '../../../proxy/contract.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState } from '../../components/view-states.tsx'
import { hrefTo, replaceRoute } from '../../route.ts'
import { useRenamed } from '../../use-renamed.ts'
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
  const aliases = readAliases(view.server)
  const wanted = place.kind === 'alias' ? place.name : null
  const renamed = useRenamed()
  const followed = renamed.newNameOf(wanted ?? undefined)
  const isFollowed = wanted !== null && followed !== null && !aliases.has(wanted) && aliases.has(followed)
  const name = isFollowed ? followed : wanted
  useEffect(() => {
    if (name !== null && name !== wanted) replaceRoute(aliasHref(name))
  }, [name, wanted])

  return (
    <AliasEditor
      key={renamed.keyOf(wanted === null ? [] : [wanted])}
      view={view}
      entries={entries}
      name={name}
      missing={<MissingAlias name={name ?? ''} />}
      onRename={renamed.onRename}
    />
  )
}

function MissingAlias({ name }: { readonly name: string }) {
  const { t } = useTranslation('models')
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
