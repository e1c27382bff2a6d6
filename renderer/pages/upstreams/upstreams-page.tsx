import { useEffect } from 'react'
import { Button, Group } from '@mantine/core'
import { IconPlus, IconServer2 } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ConfigView } from '../../../proxy/contract.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { EmptyState } from '../../components/view-states.tsx'
import { hrefTo, replaceRoute, useRoute } from '../../route.ts'
import { useConfigView } from '../../use-config-view.ts'
import { useRenamed } from '../../use-renamed.ts'
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
  const renamed = useRenamed()
  const newName = renamed.newNameOf(rest[0])
  const moved = newName === null ? undefined : findUpstream(view.upstreams, [newName])
  const upstream = findUpstream(view.upstreams, rest) ?? moved
  const movedTo = upstream !== undefined && upstream === moved ? moved.name : null
  useEffect(() => {
    if (movedTo !== null) replaceRoute(hrefTo('upstreams', [movedTo]))
  }, [movedTo])
  return (
    <UpstreamEditor
      key={renamed.keyOf(rest)}
      view={view}
      upstream={isNewUpstream(rest) ? null : upstream}
      missing={<MissingUpstream name={rest[0] ?? ''} />}
      onRename={renamed.onRename}
    />
  )
}

function MissingUpstream({ name }: { readonly name: string }) {
  const { t } = useTranslation('upstreams')
  return (
    <>
      <PageHeader title={t('missing.title')} />
      <EmptyState
        icon={IconServer2}
        title={t('missing.title')}
        text={t('missing.text', { name })}
        action={
          <Button component="a" href={hrefTo('upstreams')} variant="default">
            {t('back')}
          </Button>
        }
      />
    </>
  )
}
