import { useState } from 'react'
import { Button, Group } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconPencil } from '@tabler/icons-react'
import { useTranslation, type UseTranslationResponse } from 'react-i18next'
import type { Revision } from '../../proxy/contract.ts'
import { failureText } from '../failure-text.ts'
import type { Tone } from '../format.ts'
import { useDiagnosticText } from '../use-diagnostic-text.ts'
import type { ConfigSave } from '../use-config-save.ts'
import { ConflictDialog } from './conflict-dialog.tsx'
import { KeyboardHint } from './keyboard-hint.tsx'
import { StateBadge } from './state-badge.tsx'
import classes from './save-bar.module.css'

export interface SaveBarProps {
  readonly dirty: boolean
  /** `draft.outdated`: said before saving, so that the conflict is no surprise. */
  readonly outdated?: boolean
  readonly save: ConfigSave
  readonly onSave: () => void
  /** After "Write mine" of a conflict, what the form does after each save; when not given it goes back to the file. */
  readonly onSaved?: (revision: Revision) => void
  /** Back to what the file says: "Discard", and "use the one on disk" of a conflict. */
  readonly onDiscard: () => void
}

/**
 * Shown while a form is dirty, and after a save until the next change: what became of it, in words. It stands at the
 * end of the form's own column, which gives the gap. Errors with a place also stand at their fields.
 */
export function SaveBar({
  dirty,
  outdated = false,
  save,
  onSave,
  onSaved = () => onDiscard(),
  onDiscard,
}: SaveBarProps) {
  const { t } = useTranslation('common')
  const diagnosticText = useDiagnosticText()
  const [resolving, setResolving] = useState(false)
  const { outcome } = save
  const saving = outcome.kind === 'saving'
  const handleSave = () => {
    if (dirty && !saving) onSave()
  }
  const handleDiscard = () => {
    save.clear()
    onDiscard()
  }
  // Also inside inputs and the text editor: that is where one types when one saves.
  useHotkeys([['mod+S', handleSave]], [], true)

  if (!dirty && (outcome.kind === 'none' || saving)) return null
  const [tone, text] = describe(t, save, outdated)
  const reasons = outcome.kind === 'invalid' ? outcome.diagnostics : outcome.kind === 'applied' ? outcome.warnings : []
  return (
    <section className={classes.bar} aria-label={t('save.label')} data-save-bar>
      <output className={classes.words}>
        {tone === null ? (
          <span className={classes.edited}>
            <IconPencil size={14} aria-hidden /> {text}
          </span>
        ) : (
          <StateBadge tone={tone} plain>
            {text}
          </StateBadge>
        )}
        {reasons.length > 0 && (
          <ul className={classes.reasons}>
            {reasons.map((diagnostic) => (
              <li key={`${diagnostic.code} ${diagnostic.path.join('.')} ${diagnostic.line}`}>
                {diagnosticText(diagnostic, { withPlace: true })}
              </li>
            ))}
          </ul>
        )}
      </output>
      <Group gap="xs" wrap="nowrap">
        {dirty && (
          <Button variant="default" disabled={saving} onClick={handleDiscard}>
            {t('action.discard')}
          </Button>
        )}
        {dirty && outcome.kind === 'conflict' && (
          <Button onClick={() => setResolving(true)}>{t('save.resolve')}</Button>
        )}
        {dirty && outcome.kind !== 'conflict' && (
          <Button loading={saving} onClick={handleSave} rightSection={<KeyboardHint keys="Mod+S" />}>
            {t('action.save')}
          </Button>
        )}
        {!dirty && (
          <Button variant="default" onClick={save.clear}>
            {t('action.close')}
          </Button>
        )}
      </Group>
      {outcome.kind === 'conflict' && resolving && (
        <ConflictDialog
          diskText={outcome.diskText}
          yourText={outcome.yourText}
          onClose={() => setResolving(false)}
          onTakeDisk={() => {
            setResolving(false)
            handleDiscard()
          }}
          onKeepMine={() => {
            setResolving(false)
            void save.saveText(outcome.yourText, outcome.diskRevision).then((revision) => {
              if (revision !== null) onSaved(revision)
            })
          }}
        />
      )}
    </section>
  )
}

type Translate = UseTranslationResponse<'common', undefined>['t']

function describe(t: Translate, { outcome }: ConfigSave, outdated: boolean): [Tone | null, string] {
  switch (outcome.kind) {
    case 'none':
      return outdated ? ['warning', t('save.outdated')] : [null, t('save.dirty')]
    case 'saving':
      return ['busy', t('save.saving')]
    case 'applied': {
      const applied = t('save.applied', { ms: Math.round(outcome.tookMs) })
      const count = outcome.warnings.length
      return count === 0 ? ['good', applied] : ['warning', `${applied} · ${t('save.warnings', { count })}`]
    }
    case 'invalid':
      return ['bad', t('save.invalid', { count: outcome.diagnostics.length })]
    case 'conflict':
      return ['warning', t('save.conflict')]
    case 'failed': {
      const reason = failureText(t, outcome)
      return ['bad', outcome.written ? t('save.failedWritten', { reason }) : t('save.failed', { reason })]
    }
    default:
      outcome satisfies never
      return ['off', '']
  }
}
