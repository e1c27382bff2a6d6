import { useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ConfigView, Revision, UpstreamView } from '../../../proxy/contract.ts'
import { EditorHeader } from '../../components/editor-header.tsx'
import { SaveBar } from '../../components/save-bar.tsx'
import { useClient, useConsole } from '../../console-context.ts'
import { hrefTo, replaceRoute } from '../../route.ts'
import { useConfigSave } from '../../use-config-save.ts'
import { useFieldError } from '../../use-diagnostic-text.ts'
import { useDirtyGuard } from '../../use-dirty-guard.ts'
import { useDraft } from '../../use-draft.ts'
import { useHeld } from '../../use-held.ts'
import { useInvalidFocus } from '../../use-invalid-focus.ts'
import { useQuickEdit } from '../../use-quick-edit.ts'
import { useNotices } from '../../use-notices.ts'
import { AddressSection } from './address-section.tsx'
import { AdvancedSection } from './advanced-section.tsx'
import { KeysSection } from './keys-section.tsx'
import { ModelsSection } from './models-section.tsx'
import { findSaved, type KnownKey } from './pasted-keys.ts'
import { renameReferences } from './rename-references.ts'
import { TestPanel } from './test-panel.tsx'
import {
  checkUpstream,
  emptyUpstream,
  keysToKeep,
  keysToReveal,
  readUpstream,
  upstreamEdits,
  writeUpstream,
  type UpstreamForm,
} from './upstream-form.ts'
import classes from './upstreams.module.css'

export interface UpstreamEditorProps {
  readonly view: ConfigView
  /** Null for a new one, undefined where there is none (any more). */
  readonly upstream: UpstreamView | null | undefined
  /** Shown where there is none, and nothing was typed that would be lost. */
  readonly missing: ReactNode
  /** Told when a saved upstream got another name. */
  readonly onRename: (from: string, to: string) => void
}

export function UpstreamEditor({ view: viewNow, upstream: upstreamNow, missing, onRename }: UpstreamEditorProps) {
  const { t } = useTranslation(['upstreams', 'common'])
  const client = useClient()
  const notices = useNotices()
  const draft = useDraft(upstreamNow ? readUpstream(upstreamNow) : emptyUpstream, viewNow.revision)
  // Edits name places in the file that the form began from.
  const view = useHeld(viewNow, draft.dirty)
  const upstream = useHeld(upstreamNow, draft.dirty)
  const savedName = upstream?.name ?? null
  const status = useConsole((state) => state.status?.upstreams.find(({ name }) => name === savedName))
  const save = useConfigSave()
  const quick = useQuickEdit(viewNow)
  const form = useRef<HTMLDivElement>(null)
  const [preparing, setPreparing] = useState(false)
  const fieldError = useFieldError(save.diagnostics)
  useDirtyGuard(draft.dirty)
  useInvalidFocus(form, save.diagnostics)

  if (upstream === undefined) return missing
  const index = upstream?.index ?? view.upstreams.length
  const { value } = draft
  const others = view.upstreams.filter((other) => other.index !== index).map(({ name }) => name)
  const reveal = (keyId: string) => client.revealSecret({ kind: 'upstream-key', upstream: savedName ?? '', keyId })
  // As it stands in the file: what the environment says must not end up there.
  const readText = ({ keyId, index: place }: KnownKey) =>
    client.revealSecret({ kind: 'upstream-key-text', upstream: savedName ?? '', keyId, index: place })

  function set(change: Partial<UpstreamForm>): void {
    save.clear()
    draft.set((before) => ({ ...before, ...change }))
  }

  /** Texts of saved keys that have to be written anew, and the form without keys that are saved already. */
  async function prepare(): Promise<{ readonly form: UpstreamForm; readonly literals: ReadonlyMap<number, string> }> {
    const literals = await Promise.all(
      keysToReveal(value).map(async (key) => [key.index, await readText(key)] as const),
    )
    const kept = keysToKeep(value)
    const added = kept.filter((key) => key.saved === null)
    const saved = kept.flatMap((key) => (key.saved === null ? [] : [key.saved]))
    const repeated = await findSaved(
      added.map((key) => key.value),
      saved,
      readText,
    )
    const keys = [...value.keys.filter((key) => key.saved !== null), ...added.filter((key) => !repeated.has(key.value))]
    return { form: { ...value, keys, pasted: '' }, literals: new Map(literals) }
  }

  async function handleSave(): Promise<void> {
    const problems = checkUpstream(value, draft.base, index, others)
    if (problems.length > 0) return save.refuse(problems)
    setPreparing(true)
    const prepared = await prepare().catch((error: unknown) => {
      notices.showFailure(error)
      return null
    })
    setPreparing(false)
    if (prepared === null) return undefined
    const edits =
      savedName === null
        ? [{ op: 'insert', path: ['upstreams'], index, value: writeUpstream(prepared.form) } as const]
        : [
            ...upstreamEdits(draft.base, prepared.form, index, prepared.literals),
            ...renameReferences(view, savedName, value.name.trim()),
          ]
    const revision = await save.save(edits, draft.baseRevision)
    if (revision !== null) handleSaved(revision)
    return undefined
  }

  function handleSaved(revision: Revision): void {
    const name = value.name.trim()
    draft.saved(revision)
    if (savedName === null) {
      notices.show({ message: t('added', { name }) })
      replaceRoute(hrefTo('upstreams'))
    } else if (savedName !== name) onRename(savedName, name)
  }

  async function handleDelete(): Promise<void> {
    if (!upstreamNow) return
    const path = ['upstreams', upstreamNow.index]
    const done = await quick.remove([{ op: 'delete', path }], t('deleted', { name: upstreamNow.name }))
    if (done) replaceRoute(hrefTo('upstreams'))
  }

  const references = savedName === null ? [] : renameReferences(view, savedName, value.name.trim())
  const path = ['upstreams', index]
  const section = { form: value, fieldError, path, onChange: set, savedName }
  return (
    <>
      <EditorHeader
        title={savedName ?? t('new')}
        back={{ href: hrefTo('upstreams'), text: t('back') }}
        deleteText={t('delete')}
        onDelete={upstreamNow ? () => void handleDelete() : null}
        busy={quick.busy}
      />
      <div className={classes.columns} ref={form}>
        <div className={classes.column}>
          <AddressSection {...section} references={references.length} isNew={savedName === null} />
          <KeysSection {...section} status={status} reveal={reveal} readText={readText} />
          <ModelsSection {...section} />
          <AdvancedSection {...section} />
          <SaveBar
            dirty={draft.dirty && !preparing}
            outdated={draft.outdated}
            save={save}
            onSave={() => void handleSave()}
            onSaved={handleSaved}
            onDiscard={draft.reset}
          />
        </div>
        <div className={classes.side}>
          <TestPanel form={value} savedName={savedName} />
        </div>
      </div>
    </>
  )
}

/** What every part of the form gets. */
export interface SectionProps {
  readonly form: UpstreamForm
  readonly savedName: string | null
  /** Of the upstream in the config, for `fieldError`. */
  readonly path: readonly (string | number)[]
  readonly fieldError: (path: readonly (string | number)[]) => string | null
  readonly onChange: (change: Partial<UpstreamForm>) => void
}
