import { useState } from 'react'
import { Button, TextInput } from '@mantine/core'
import { IconSend } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { NoticeResult } from '../../../proxy/contract.ts'
import { StateBadge } from '../../components/state-badge.tsx'
import { useClient } from '../../console-context.ts'
import { useFailureText } from '../../failure-text.ts'
import { isWebhook } from './server-values.ts'
import classes from './settings-page.module.css'

export interface WebhookFieldProps {
  readonly value: string
  readonly description: string | undefined
  readonly error: string | null
  readonly onChange: (value: string) => void
}

/** The address that notices are sent to, with a test of what stands in the field, saved or not. */
export function WebhookField({ value, description, error, onChange }: WebhookFieldProps) {
  const { t } = useTranslation('settings')
  const client = useClient()
  const failureText = useFailureText()
  const [sending, setSending] = useState(false)
  const [result, setResult] = useState<NoticeResult | null>(null)

  async function handleTest(): Promise<void> {
    setSending(true)
    setResult(null)
    const answer = await client
      .sendTestNotice(value.trim())
      .catch((reason: unknown): NoticeResult => ({ ok: false, message: failureText(reason) }))
    setResult(answer)
    setSending(false)
  }

  return (
    <div>
      <div className={classes.inputWithButton}>
        <TextInput
          label={t('notices.webhook')}
          classNames={{ input: 'mono' }}
          type="url"
          placeholder="https://open.feishu.cn/open-apis/bot/v2/hook/…"
          value={value}
          error={error}
          onChange={(event) => {
            setResult(null)
            onChange(event.currentTarget.value)
          }}
        />
        <Button
          variant="default"
          leftSection={<IconSend size={16} aria-hidden />}
          disabled={!isWebhook(value)}
          loading={sending}
          onClick={() => void handleTest()}
        >
          {t('notices.test')}
        </Button>
      </div>
      <p className={`mantine-InputWrapper-description dim ${classes.hint}`}>{description}</p>
      <output className={classes.result}>
        {result !== null && (
          <StateBadge tone={result.ok ? 'good' : 'bad'} plain>
            {result.ok
              ? t('notices.sent', { status: result.status })
              : t('notices.notSent', { reason: result.message })}
          </StateBadge>
        )}
      </output>
    </div>
  )
}
