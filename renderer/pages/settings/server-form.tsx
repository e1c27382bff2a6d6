import { NumberInput, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ConfigEdit, ConfigView } from '../../../proxy/contract.ts'
import { SaveBar } from '../../components/save-bar.tsx'
import { useConfigSave } from '../../use-config-save.ts'
import { useFieldError } from '../../use-diagnostic-text.ts'
import { useDirtyGuard } from '../../use-dirty-guard.ts'
import { useDraft } from '../../use-draft.ts'
import classes from './settings-page.module.css'

/** As in the file: what is not set there is left empty, and its default is shown as placeholder. */
type ServerDraft = Readonly<Record<keyof typeof defaults, number | null>>

const defaults = { max_retries: 3, cool_down_minutes: 10 } as const

export function ServerForm({ view }: { readonly view: ConfigView }) {
  const { t } = useTranslation('settings')
  const draft = useDraft(readDraft(view), view.revision)
  const save = useConfigSave()
  const fieldError = useFieldError(save.diagnostics)
  useDirtyGuard(draft.dirty)

  function set(name: keyof ServerDraft, value: string | number): void {
    save.clear()
    draft.set((before) => ({ ...before, [name]: typeof value === 'number' ? value : null }))
  }

  async function handleSave(): Promise<void> {
    const revision = await save.save(toEdits(draft.base, draft.value), draft.baseRevision)
    if (revision !== null) draft.saved(revision)
  }

  return (
    <>
      <section className={`panel ${classes.section}`}>
        <Title order={2}>{t('form.server')}</Title>
        <NumberInput
          label={t('form.maxRetries')}
          description={t('form.maxRetriesHint')}
          value={draft.value.max_retries ?? ''}
          placeholder={String(defaults.max_retries)}
          error={fieldError(['server', 'max_retries'])}
          onChange={(value) => set('max_retries', value)}
        />
        <NumberInput
          label={t('form.coolDown')}
          description={t('form.coolDownHint')}
          value={draft.value.cool_down_minutes ?? ''}
          placeholder={String(defaults.cool_down_minutes)}
          error={fieldError(['server', 'cool_down_minutes'])}
          onChange={(value) => set('cool_down_minutes', value)}
        />
      </section>
      <SaveBar
        dirty={draft.dirty}
        outdated={draft.outdated}
        save={save}
        onSave={() => void handleSave()}
        onDiscard={draft.reset}
      />
    </>
  )
}

function readDraft({ server }: ConfigView): ServerDraft {
  const number = (value: unknown) => (typeof value === 'number' ? value : null)
  return { max_retries: number(server['max_retries']), cool_down_minutes: number(server['cool_down_minutes']) }
}

/** Only what differs is written, so that hand-written lines stay as they are. */
function toEdits(before: ServerDraft, after: ServerDraft): ConfigEdit[] {
  return Object.keys(defaults)
    .filter((name): name is keyof ServerDraft => name in defaults)
    .filter((name) => before[name] !== after[name])
    .map((name) =>
      after[name] === null
        ? { op: 'delete', path: ['server', name] }
        : { op: 'set', path: ['server', name], value: after[name] },
    )
}
