import { Anchor, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { RequestRecord } from '../../../proxy/contract.ts'
import { recordTone } from '../../format.ts'
import { adviceFor, linkOfAdvice } from './attempt-steps.ts'
import classes from './request-details.module.css'

/** What went wrong, in the words the client got, and what to do about it. Nothing when all went well. */
export function RequestAdvice({ record }: { readonly record: RequestRecord }) {
  const { t } = useTranslation('requests')
  const advice = adviceFor(record)
  if (advice === null) return null
  const link = linkOfAdvice(advice, record)
  const message = record.errorMessage ?? record.attempts.at(-1)?.message ?? null
  return (
    <div className={classes.advice} data-tone={recordTone(record)}>
      {message !== null && (
        <Text size="sm" fw={500} className="breaks">
          {message}
        </Text>
      )}
      {record.errorCode !== null && (
        <Text size="xs" className="mono breaks" c="dimmed">
          {record.errorCode}
        </Text>
      )}
      <Text size="sm" mt={message === null ? 0 : 6}>
        {t(`advice.${advice}`)}{' '}
        {link !== null && (
          <Anchor href={link.href} inherit underline="always">
            {t(`adviceLink.${link.page}`)}
          </Anchor>
        )}
      </Text>
    </div>
  )
}
