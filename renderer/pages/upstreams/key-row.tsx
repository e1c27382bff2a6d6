import { ActionIcon, Button, Switch, TextInput, Tooltip } from '@mantine/core'
import { IconRestore, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { KeyStatus } from '../../../proxy/contract.ts'
import { Countdown } from '../../components/countdown.tsx'
import { SecretText } from '../../components/secret-text.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useClient } from '../../console-context.ts'
import { useNotices } from '../../use-notices.ts'
import { envReference, maskPasted } from './pasted-keys.ts'
import type { KeyForm } from './upstream-form.ts'
import { KeyStateBadge } from './upstream-state.tsx'
import classes from './upstreams.module.css'

export interface KeyRowProps {
  /** Name of the saved upstream; null while it isn't saved. */
  readonly upstream: string | null
  readonly value: KeyForm
  readonly status: KeyStatus | undefined
  readonly error: string | null
  readonly reveal: (keyId: string) => Promise<string>
  readonly onChange: (change: Partial<KeyForm>) => void
  readonly onDelete: () => void
}

export function KeyRow({ upstream, value, status, error, reveal, onChange, onDelete }: KeyRowProps) {
  const { t } = useTranslation(['upstreams', 'common'])
  const client = useClient()
  const notices = useNotices()
  const { saved } = value
  const masked =
    saved === null ? maskPasted(value.value) : saved.envName === null ? saved.masked : envReference(saved.envName)
  const label = value.name.trim() === '' ? masked : value.name.trim()

  if (value.deleted) {
    return (
      <li className={classes.key} data-deleted>
        <span className="dim">
          <span className={`mono ${classes.struck}`}>{label}</span> · {t('key.willGo')}
        </span>
        <Button variant="default" onClick={() => onChange({ deleted: false })}>
          {t('common:action.undo')}
        </Button>
      </li>
    )
  }

  function handleReset(keyId: string): void {
    if (upstream === null) return
    client.resetKey(upstream, keyId).catch((error_: unknown) => {
      notices.showFailure(error_)
    })
  }

  const isStopped = status !== undefined && status.state !== 'ready' && status.state !== 'disabled'
  return (
    <li className={classes.key}>
      <Switch
        aria-label={t('key.enabledOf', { key: label })}
        checked={value.enabled}
        onChange={(event) => onChange({ enabled: event.currentTarget.checked })}
      />
      <div className={classes.keyMain}>
        {saved !== null && saved.envName !== null ? (
          <span className="mono">{masked}</span>
        ) : (
          <SecretText
            masked={masked}
            what={t('key.what', { key: label })}
            reveal={async () => (saved === null ? value.value : reveal(saved.keyId))}
          />
        )}
        <KeyBadge value={value} status={status} />
      </div>
      <TextInput
        aria-label={t('key.nameOf', { key: masked })}
        placeholder={t('key.name')}
        value={value.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      <Tooltip label={t('key.delete')}>
        <ActionIcon aria-label={t('key.deleteOf', { key: label })} onClick={onDelete}>
          <IconTrash size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      </Tooltip>
      {error !== null && (
        <p role="alert" className={`small ${classes.keyReason}`} style={{ color: 'var(--mantine-color-error)' }}>
          {error}
        </p>
      )}
      {status !== undefined && <KeyTroubles status={status} />}
      {isStopped && saved !== null && (
        <div className={classes.keyActions}>
          <Button
            variant="default"
            leftSection={<IconRestore size={16} aria-hidden />}
            aria-label={t('key.resetOf', { key: label })}
            onClick={() => handleReset(saved.keyId)}
          >
            {t('key.reset')}
          </Button>
        </div>
      )}
    </li>
  )
}

function KeyBadge({ value, status }: Pick<KeyRowProps, 'value' | 'status'>) {
  const { t } = useTranslation(['upstreams', 'common'])
  if (value.saved === null) return <StateBadge tone="waiting">{t('key.unsaved')}</StateBadge>
  if (value.saved.envMissing) return <StateBadge tone="warning">{t('key.envMissing')}</StateBadge>
  if (!value.enabled) return <StateBadge tone="off">{t('common:key.disabled')}</StateBadge>
  return status === undefined ? null : <KeyStateBadge status={status} />
}

const reasons = ['rate_limited', 'key_exhausted', 'key_invalid', 'key_no_access', 'model_not_found'] as const

/** Why a key or single models of it wait. */
function KeyTroubles({ status }: { readonly status: KeyStatus }) {
  const { t } = useTranslation('upstreams')
  const words = (code: string) => {
    const known = reasons.find((one) => one === code)
    return known === undefined ? code : t(`key.reasons.${known}`)
  }
  const reason = status.state === 'ready' ? null : status.reason
  if (reason === null && status.models.length === 0) return null
  return (
    <>
      {reason !== null && (
        <p className={`small dim breaks ${classes.keyReason}`}>
          {words(reason)}
          {status.guessed && ` · ${t('key.guessed')}`}
        </p>
      )}
      {status.models.map(({ model, until, reason: why }) => (
        <p key={model} className={`small dim breaks ${classes.keyReason}`}>
          <span className="mono">{model}</span>: {words(why)} · <Countdown until={until} />
        </p>
      ))}
    </>
  )
}
