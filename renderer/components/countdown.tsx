import { useTranslation } from 'react-i18next'
import { formatCountdown } from '../format.ts'
import { useNow } from '../use-now.ts'

export interface CountdownProps {
  /** Epoch ms. */
  readonly until: number
  /** It doesn't end by itself then: the next request tries it. So with an upstream that keeps failing. */
  readonly thenTried?: boolean
}

/** "9:58 left", ticking. Screen readers get it when they come by; they aren't told each second. */
export function Countdown({ until, thenTried = false }: CountdownProps) {
  const { t } = useTranslation('common')
  const now = useNow()
  return (
    <time dateTime={new Date(until).toISOString()}>
      {until <= now
        ? t(thenTried ? 'countdown.tried' : 'countdown.over')
        : t('countdown.left', { time: formatCountdown(until, now) })}
    </time>
  )
}
