import { useEffect, useState } from 'react'
import { ActionIcon, Group, Tooltip } from '@mantine/core'
import { IconEye, IconEyeOff } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { failureText } from '../failure-text.ts'
import { toFailure } from '../client.ts'
import { CopyButton } from './copy-button.tsx'

const shownMs = 30_000

export interface SecretTextProps {
  readonly masked: string
  /** Fetches the secret; called only when the user asks to see or to copy it. */
  readonly reveal: () => Promise<string>
  /** What it is, for the labels: "project key". */
  readonly what: string
}

/** A masked secret. Shown on demand, masked again after 30 s or when the window is left. */
export function SecretText({ masked, reveal, what }: SecretTextProps) {
  const { t } = useTranslation('common')
  const [secret, setSecret] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)

  useEffect(() => {
    if (secret === null) return undefined
    const mask = () => setSecret(null)
    const timer = setTimeout(mask, shownMs)
    document.addEventListener('visibilitychange', mask)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', mask)
    }
  }, [secret])

  function handleToggle(): void {
    setProblem(null)
    if (secret !== null) setSecret(null)
    else reveal().then(setSecret, (error: unknown) => setProblem(failureText(t, toFailure(error))))
  }

  const label = secret === null ? t('action.revealOf', { what }) : t('action.hideOf', { what })
  const Icon = secret === null ? IconEye : IconEyeOff
  return (
    <Group gap={2} wrap="nowrap" miw={0}>
      <span className={secret === null ? 'mono one-line' : 'mono'} style={secret === null ? undefined : breakAnywhere}>
        {secret ?? masked}
      </span>
      <Tooltip label={label}>
        <ActionIcon aria-label={label} aria-pressed={secret !== null} onClick={handleToggle}>
          <Icon size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <CopyButton text={secret ?? reveal} what={what} />
      {problem !== null && (
        <span role="alert" className="small" style={{ color: 'var(--mantine-color-error)' }}>
          {problem}
        </span>
      )}
    </Group>
  )
}

const breakAnywhere = { overflowWrap: 'anywhere' } as const
