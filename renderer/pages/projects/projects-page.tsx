import { useEffect } from 'react'
import { Button } from '@mantine/core'
import { IconFolders, IconPlus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ConfigView } from '../../../proxy/contract.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { EmptyState } from '../../components/view-states.tsx'
import { hrefTo, replaceRoute, useRoute } from '../../route.ts'
import { useConfigView } from '../../use-config-view.ts'
import { useRenamed } from '../../use-renamed.ts'
import { ProjectEditor } from './project-editor.tsx'
import { ProjectList } from './project-list.tsx'
import { findProject, isNewProject, newProjectHref } from './project-place.ts'

/** The list, or one project in its editor: `#/projects/IDE`. */
export function ProjectsPage() {
  const { rest } = useRoute()
  const config = useConfigView()
  return (
    <QueryView query={config} rows={3}>
      {(view) => (rest.length === 0 ? <ListView view={view} /> : <EditorView view={view} rest={rest} />)}
    </QueryView>
  )
}

function ListView({ view }: { readonly view: ConfigView }) {
  const { t } = useTranslation(['projects', 'common'])
  const add = (
    <Button component="a" href={newProjectHref()} leftSection={<IconPlus size={16} aria-hidden />}>
      {t('add')}
    </Button>
  )
  const isEmpty = view.projects.length === 0
  return (
    <>
      <PageHeader title={t('common:page.projects')} intro={t('intro')} actions={isEmpty ? undefined : add} />
      {isEmpty ? (
        <EmptyState icon={IconFolders} title={t('empty.title')} text={t('empty.text')} action={add} />
      ) : (
        <ProjectList view={view} />
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
  const moved = newName === null ? undefined : findProject(view.projects, [newName])
  const project = findProject(view.projects, rest) ?? moved
  const movedTo = project !== undefined && project === moved ? moved.name : null
  useEffect(() => {
    if (movedTo !== null) replaceRoute(hrefTo('projects', [movedTo]))
  }, [movedTo])
  return (
    <ProjectEditor
      key={renamed.keyOf(rest)}
      view={view}
      project={isNewProject(rest) ? null : project}
      missing={<MissingProject name={rest[0] ?? ''} />}
      onRename={renamed.onRename}
    />
  )
}

function MissingProject({ name }: { readonly name: string }) {
  const { t } = useTranslation('projects')
  return (
    <>
      <PageHeader title={t('missing.title')} />
      <EmptyState
        icon={IconFolders}
        title={t('missing.title')}
        text={t('missing.text', { name })}
        action={
          <Button component="a" href={hrefTo('projects')} variant="default">
            {t('back')}
          </Button>
        }
      />
    </>
  )
}
