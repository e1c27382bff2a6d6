import { useRef, type ReactNode } from 'react'
import { Switch, TextInput, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ConfigView, ProjectView, Revision } from '../../../proxy/contract.ts'
import { EditorHeader } from '../../components/editor-header.tsx'
import { SaveBar } from '../../components/save-bar.tsx'
import { useClient } from '../../console-context.ts'
import { hrefTo, replaceRoute } from '../../route.ts'
import { useConfigSave } from '../../use-config-save.ts'
import { useFieldError } from '../../use-diagnostic-text.ts'
import { useDirtyGuard } from '../../use-dirty-guard.ts'
import { useDraft } from '../../use-draft.ts'
import { useHeld } from '../../use-held.ts'
import { useInvalidFocus } from '../../use-invalid-focus.ts'
import { useQuickEdit } from '../../use-quick-edit.ts'
import { useNotices } from '../../use-notices.ts'
import { AllowedModelsSection } from './allowed-models-section.tsx'
import { KeySection } from './key-section.tsx'
import { ModelsPreview } from './models-preview.tsx'
import {
  checkProject,
  emptyProject,
  projectEdits,
  readProject,
  writeProject,
  type ProjectForm,
} from './project-form.ts'
import classes from './projects.module.css'

export interface ProjectEditorProps {
  readonly view: ConfigView
  /** Null for a new one, undefined where there is none (any more). */
  readonly project: ProjectView | null | undefined
  /** Shown where there is none, and nothing was typed that would be lost. */
  readonly missing: ReactNode
  /** Told when a saved project got another name. */
  readonly onRename: (from: string, to: string) => void
}

export function ProjectEditor({ view: viewNow, project: projectNow, missing, onRename }: ProjectEditorProps) {
  const { t } = useTranslation(['projects', 'common'])
  const client = useClient()
  const notices = useNotices()
  const draft = useDraft(projectNow ? readProject(projectNow) : emptyProject, viewNow.revision)
  // Edits name places in the file that the form began from.
  const view = useHeld(viewNow, draft.dirty)
  const project = useHeld(projectNow, draft.dirty)
  const savedName = project?.name ?? null
  const save = useConfigSave()
  const quick = useQuickEdit(viewNow)
  const form = useRef<HTMLDivElement>(null)
  const fieldError = useFieldError(save.diagnostics)
  useDirtyGuard(draft.dirty)
  useInvalidFocus(form, save.diagnostics)

  if (project === undefined) return missing
  const index = project?.index ?? view.projects.length
  const path = ['project_auth', index]
  const { value } = draft
  const others = view.projects.filter((other) => other.index !== index).map(({ name }) => name)
  const revealSaved = () => client.revealSecret({ kind: 'project-key', project: savedName ?? '' })

  function set(change: Partial<ProjectForm>): void {
    save.clear()
    draft.set((before) => ({ ...before, ...change }))
  }

  async function readEdits() {
    if (savedName === null) {
      const key = value.newKey ?? (await client.createKey())
      return [{ op: 'insert', path: ['project_auth'], index, value: writeProject(value, key) } as const]
    }
    const keepsOld = value.newKey !== null && value.graceHours > 0
    // As it stands in the file: what the environment says must not end up there.
    const oldKey = keepsOld ? await client.revealSecret({ kind: 'project-key-text', project: savedName }) : null
    return projectEdits(draft.base, value, index, oldKey, Date.now())
  }

  async function handleSave(): Promise<void> {
    const problems = checkProject(value, index, others)
    if (problems.length > 0) return save.refuse(problems)
    const edits = await readEdits().catch((error: unknown) => {
      notices.showFailure(error)
      return null
    })
    const revision = edits === null ? null : await save.save(edits, draft.baseRevision)
    if (revision !== null) handleSaved(revision)
    return undefined
  }

  function handleSaved(revision: Revision): void {
    draft.saved(revision)
    const name = value.name.trim()
    if (savedName === null) {
      notices.show({ message: t('added', { name }) })
      replaceRoute(hrefTo('projects'))
    } else if (savedName !== name) onRename(savedName, name)
  }

  async function handleDelete(): Promise<void> {
    if (!projectNow) return
    const edit = { op: 'delete', path: ['project_auth', projectNow.index] } as const
    const done = await quick.remove([edit], t('deleted', { name: projectNow.name }))
    if (done) replaceRoute(hrefTo('projects'))
  }

  return (
    <>
      <EditorHeader
        title={savedName ?? t('new')}
        back={{ href: hrefTo('projects'), text: t('back') }}
        deleteText={t('delete')}
        onDelete={projectNow ? () => void handleDelete() : null}
        busy={quick.busy}
      />
      <div className={classes.columns} ref={form}>
        <div className={classes.column}>
          <section className={`panel ${classes.section}`}>
            <div className={classes.sectionHead}>
              <Title order={2}>{t('form.project')}</Title>
              <Switch
                label={t('form.enabled')}
                checked={value.enabled}
                onChange={(event) => set({ enabled: event.currentTarget.checked })}
              />
            </div>
            <TextInput
              label={t('form.name')}
              description={t('form.nameHint')}
              value={value.name}
              error={fieldError([...path, 'project_name'])}
              onChange={(event) => set({ name: event.currentTarget.value })}
            />
          </section>
          <KeySection
            form={value}
            project={project}
            error={fieldError([...path, 'api_key'])}
            onChange={set}
            onReveal={revealSaved}
          />
          <AllowedModelsSection
            allowed={value.allowedModels}
            error={fieldError([...path, 'allowed_models'])}
            onChange={(allowedModels) => set({ allowedModels })}
          />
          <SaveBar
            dirty={draft.dirty}
            outdated={draft.outdated}
            save={save}
            onSave={() => void handleSave()}
            onSaved={handleSaved}
            onDiscard={draft.reset}
          />
        </div>
        <div className={classes.side}>
          <ModelsPreview allowed={value.allowedModels} revision={viewNow.appliedRevision} />
        </div>
      </div>
    </>
  )
}
