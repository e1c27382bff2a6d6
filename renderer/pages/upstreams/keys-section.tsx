import { Button, Textarea, Title } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { UpstreamStatus } from '../../../proxy/contract.ts'
import { KeyRow } from './key-row.tsx'
import { findSaved, readPastedKeys, type KnownKey } from './pasted-keys.ts'
import type { SectionProps } from './upstream-editor.tsx'
import { newKey, type KeyForm } from './upstream-form.ts'
import classes from './upstreams.module.css'

export interface KeysSectionProps extends SectionProps {
  /** Undefined while the running config doesn't know this upstream. */
  readonly status: UpstreamStatus | undefined
  readonly reveal: (keyId: string) => Promise<string>
  /** A saved key as it stands in the file. */
  readonly readText: (key: KnownKey) => Promise<string>
}

/** The keys with their state, and a box that takes any number of new ones. */
export function KeysSection(props: KeysSectionProps) {
  const { form, savedName, path, fieldError, onChange, status, reveal, readText } = props
  const { t } = useTranslation('upstreams')
  const known = form.keys.flatMap((key) => (key.saved === null ? [key.value] : []))
  const pasted = readPastedKeys(form.pasted, known)
  const ready = status?.keys.filter((key) => key.state === 'ready').length

  function change(id: string, next: Partial<KeyForm>): void {
    onChange({ keys: form.keys.map((key) => (key.id === id ? { ...key, ...next } : key)) })
  }

  function handleDelete(key: KeyForm): void {
    // One that was never saved is just gone; a saved one stays in sight until the form is saved.
    if (key.saved === null) onChange({ keys: form.keys.filter((other) => other.id !== key.id) })
    else change(key.id, { deleted: true })
  }

  async function handleAdd(): Promise<void> {
    if (pasted.keys.length === 0) return
    const saved = form.keys.flatMap((key) => (key.saved === null ? [] : [key.saved]))
    // What can't be compared now is compared when the form is saved, which then says why it failed.
    const repeated = await findSaved(pasted.keys, saved, readText).catch(() => new Set<string>())
    const added = pasted.keys.filter((key) => !repeated.has(key)).map(newKey)
    onChange({ keys: [...form.keys, ...added], pasted: '' })
  }

  return (
    <section className={`panel ${classes.section}`}>
      <div className={classes.sectionHead}>
        <Title order={2}>{t('keys.title')}</Title>
        {ready !== undefined && form.keys.length > 0 && (
          <span className="small dim">{t('keys.ready', { ready, count: status?.keys.length ?? 0 })}</span>
        )}
      </div>
      {form.keys.length > 0 && (
        <ul className={classes.keys}>
          {form.keys.map((key, place) => (
            <KeyRow
              key={key.id}
              upstream={savedName}
              value={key}
              status={status?.keys.find(({ keyId }) => keyId === key.saved?.keyId)}
              error={fieldError([...path, 'keys', place])}
              reveal={reveal}
              onChange={(next) => change(key.id, next)}
              onDelete={() => handleDelete(key)}
            />
          ))}
        </ul>
      )}
      <div>
        <Textarea
          label={form.keys.length === 0 ? t('keys.paste') : t('keys.pasteMore')}
          description={t('keys.pasteHint')}
          classNames={{ input: 'mono' }}
          autosize
          minRows={form.keys.length === 0 ? 3 : 2}
          maxRows={10}
          spellCheck={false}
          autoComplete="off"
          value={form.pasted}
          onChange={(event) => onChange({ pasted: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void handleAdd()
          }}
        />
        {form.pasted.trim() !== '' && (
          <div className={classes.pasteFoot}>
            <output className="small dim">
              {t('keys.found', { count: pasted.keys.length })}
              {pasted.repeated > 0 && ` · ${t('keys.repeated', { count: pasted.repeated })}`}
            </output>
            <Button
              variant="default"
              leftSection={<IconPlus size={16} aria-hidden />}
              disabled={pasted.keys.length === 0}
              onClick={() => void handleAdd()}
            >
              {t('keys.add', { count: pasted.keys.length })}
            </Button>
          </div>
        )}
      </div>
    </section>
  )
}
