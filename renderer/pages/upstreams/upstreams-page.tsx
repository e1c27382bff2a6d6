import { useEffect, useState } from 'react'
import { Button, Group } from '@mantine/core'
import { IconPlus, IconServer2 } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ConfigView } from '../../../proxy/contract.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { EmptyState } from '../../components/view-states.tsx'
import { hrefTo, replaceRoute, useRoute } from '../../route.ts'
import { useConfigView } from '../../use-config-view.ts'
import { UpstreamEditor } from './upstream-editor.tsx'
import { UpstreamList } from './upstream-list.tsx'
import { findUpstream, isNewUpstream, newUpstreamHref } from './upstream-place.ts'

/** The list, or one upstream in its editor: `#/upstreams/OpenAI`. */
export function UpstreamsPage() {
  const { rest } = useRoute()
  const config = useConfigView()
  return (
    <QueryView query={config} rows={6}>
      {(view) => (rest.length === 0 ? <ListView view={view} /> : <EditorView view={view} rest={rest} />)}
    </QueryView>
  )
}

function ListView({ view }: { readonly view: ConfigView }) {
  const { t } = useTranslation(['upstreams', 'common'])
  const add = (
    <Button component="a" href={newUpstreamHref()} leftSection={<IconPlus size={16} aria-hidden />}>
      {t('add')}
    </Button>
  )
  const guide = (
    <Button component="a" href={hrefTo('first-run')} variant="default">
      {t('guide')}
    </Button>
  )
  const isEmpty = view.upstreams.length === 0
  return (
    <>
      <PageHeader
        title={t('common:page.upstreams')}
        intro={t('intro')}
        actions={
          isEmpty ? undefined : (
            <>
              {guide}
              {add}
            </>
          )
        }
      />
      {isEmpty ? (
        <EmptyState
          icon={IconServer2}
          title={t('empty.title')}
          text={t('empty.text')}
          action={
            <Group gap="xs">
              {guide}
              {add}
            </Group>
          }
        />
      ) : (
        <UpstreamList view={view} />
      )}
    </>
  )
}

interface EditorViewProps {
  readonly view: ConfigView
  readonly rest: readonly string[]
}

function EditorView({ view, rest }: EditorViewProps) {
  const { t } = useTranslation('upstreams')
  // After a rename the address still has the old name, until the config with the new one has come.
  const [renamed, setRenamed] = useState<{ readonly from: string; readonly to: string } | null>(null)
  const moved = renamed !== null && renamed.from === rest[0] ? findUpstream(view.upstreams, [renamed.to]) : undefined
  const upstream = findUpstream(view.upstreams, rest) ?? moved
  const movedTo = upstream !== undefined && upstream === moved ? moved.name : null
  useEffect(() => {
    if (movedTo !== null) replaceRoute(hrefTo('upstreams', [movedTo]))
  }, [movedTo])

  if (upstream === undefined && !isNewUpstream(rest)) {
    return (
      <>
        <PageHeader title={t('missing.title')} />
        <EmptyState
          icon={IconServer2}
          title={t('missing.title')}
          text={t('missing.text', { name: rest[0] })}
          action={
            <Button component="a" href={hrefTo('upstreams')} variant="default">
              {t('back')}
            </Button>
          }
        />
      </>
    )
  }
  return (
    <UpstreamEditor
      key={upstream?.index ?? 'new'}
      view={view}
      upstream={upstream ?? null}
      onRename={(from, to) => setRenamed({ from, to })}
    />
  )
}
