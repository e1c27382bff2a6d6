import { useTranslation } from 'react-i18next'
import { formatCountdown } from '../format.ts'
import { useNow } from '../use-now.ts'

export interface CountdownProps {
  /** Epoch ms. */
  readonly until: number
}

/** "9:58 left", ticking. Screen readers get it when they come by; they aren't told each second. */
export function Countdown({ until }: CountdownProps) {
  const { t } = useTranslation('common')
  const now = useNow()
  return (
    <time dateTime={new Date(until).toISOString()}>
      {until <= now ? t('countdown.over') : t('countdown.left', { time: formatCountdown(until, now) })}
    </time>
  )
}
