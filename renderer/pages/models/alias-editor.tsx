import { useRef, type ReactNode } from 'react'
import { Text, TextInput, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ConfigView, ModelEntry, Revision } from '../../../proxy/contract.ts'
import { EditorHeader } from '../../components/editor-header.tsx'
import { SaveBar } from '../../components/save-bar.tsx'
import { hrefTo, replaceRoute } from '../../route.ts'
import { useConfigSave } from '../../use-config-save.ts'
import { useDiagnosticText } from '../../use-diagnostic-text.ts'
import { useDirtyGuard } from '../../use-dirty-guard.ts'
import { useDraft } from '../../use-draft.ts'
import { useHeld } from '../../use-held.ts'
import { useInvalidFocus } from '../../use-invalid-focus.ts'
import { useNotices } from '../../use-notices.ts'
import { useQuickEdit } from '../../use-quick-edit.ts'
import { aliasEdits, checkAlias, emptyAlias, permissionEdits, readAliases, type AliasForm } from './alias-form.ts'
import { ExplainPanel } from './explain-panel.tsx'
import { targetOptions } from './model-filter.ts'
import { TargetList } from './target-list.tsx'
import classes from './models.module.css'

export interface AliasEditorProps {
  readonly view: ConfigView
  readonly entries: readonly ModelEntry[]
  /** Null for a new one. */
  readonly name: string | null
  /** Shown where there is none of that name, and nothing was typed that would be lost. */
  readonly missing: ReactNode
  readonly onRename: (from: string, to: string) => void
}

export function AliasEditor({ view: viewNow, entries, name, missing, onRename }: AliasEditorProps) {
  const { t } = useTranslation(['models', 'common'])
  const targetsNow = name === null ? undefined : readAliases(viewNow.server).get(name)
  const isGone = name !== null && targetsNow === undefined
  const draft = useDraft(name === null ? emptyAlias : { name, targets: targetsNow ?? [] }, viewNow.revision)
  // Edits name places in the file that the form began from.
  const view = useHeld(viewNow, draft.dirty)
  const save = useConfigSave()
  const quick = useQuickEdit(viewNow)
  const form = useRef<HTMLDivElement>(null)
  const diagnosticText = useDiagnosticText()
  const notices = useNotices()
  useDirtyGuard(draft.dirty)
  useInvalidFocus(form, save.diagnostics)

  if (isGone && !draft.dirty) return missing
  const { value } = draft
  const aliases = readAliases(view.server)
  const written = value.name.trim()
  const others = [...aliases.keys()].filter((alias) => alias !== name)
  const problems = (length: number) =>
    save.diagnostics
      .filter(({ path }) => path.length === length)
      .map((diagnostic) => diagnosticText(diagnostic))
      .join(' ')
  const hides = entries.some((entry) => entry.kind !== 'alias' && entry.name === written)
  const followers =
    name === null || written === name ? 0 : new Set(permissionEdits(name, written, view.projects).map(projectOf)).size

  function set(change: Partial<AliasForm>): void {
    save.clear()
    draft.set((before) => ({ ...before, ...change }))
  }

  async function handleSave(): Promise<void> {
    const found = checkAlias(value, others, view.upstreams, t('alias.name'))
    if (found.length > 0) return save.refuse(found)
    const base = name === null ? null : draft.base
    const revision = await save.save(aliasEdits(base, value, view.server, view.projects), draft.baseRevision)
    if (revision !== null) handleSaved(revision)
    return undefined
  }

  function handleSaved(revision: Revision): void {
    draft.saved(revision)
    if (name === null) {
      notices.show({ message: t('alias.added', { name: written }) })
      replaceRoute(hrefTo('models'))
    } else if (written !== name) onRename(name, written)
  }

  async function handleDelete(): Promise<void> {
    const edits = [{ op: 'delete', path: ['server', 'auto_models', name ?? ''] } as const]
    if (await quick.remove(edits, t('alias.deleted', { name }))) replaceRoute(hrefTo('models'))
  }

  return (
    <>
      <EditorHeader
        title={name === null ? t('alias.new') : t('alias.title', { name })}
        back={{ href: hrefTo('models'), text: t('alias.back') }}
        deleteText={t('alias.delete')}
        onDelete={name === null || isGone ? null : () => void handleDelete()}
        busy={quick.busy}
      />
      <div className={classes.columns} ref={form}>
        <div className={classes.column}>
          <section className={`panel ${classes.section}`}>
            <Title order={2}>{t('alias.section')}</Title>
            <TextInput
              label={t('alias.name')}
              description={t('alias.nameHint')}
              classNames={{ input: 'mono' }}
              value={value.name}
              error={problems(2) || null}
              onChange={(event) => set({ name: event.currentTarget.value })}
            />
            {hides && <Text size="sm">{t('alias.hides')}</Text>}
            {followers > 0 && <Text size="sm">{t('alias.renamed', { count: followers })}</Text>}
          </section>
          <TargetList
            targets={value.targets}
            options={targetOptions(entries)}
            aliases={[...others, written]}
            upstreams={view.upstreams}
            error={problems(3) || null}
            onChange={(targets) => set({ targets })}
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
        {name !== null && (
          <div className={classes.side}>
            <ExplainPanel model={name} />
          </div>
        )}
      </div>
    </>
  )
}

function projectOf({ path }: { readonly path: readonly (string | number)[] }): string | number | undefined {
  return path[1]
}
