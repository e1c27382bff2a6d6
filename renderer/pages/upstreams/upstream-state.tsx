import { useTranslation } from 'react-i18next'
import type { KeyStatus, UpstreamStatus } from '../../../proxy/contract.ts'
import { isPrepared, upstreamHealth } from '../../../proxy/upstream-health.ts'
import { Countdown } from '../../components/countdown.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { healthTone, keyTone } from '../../format.ts'
import classes from './upstreams.module.css'

/** Health in words, and for how long where that is known. */
export function UpstreamStateBadge({ status }: { readonly status: UpstreamStatus }) {
  const { t } = useTranslation('common')
  const health = upstreamHealth(status)
  // One that nobody has filled in yet is nothing to worry about.
  if (status.enabled && isPrepared(status)) return <StateBadge tone="off">{t('upstream.prepared')}</StateBadge>
  const until = health === 'failing' ? status.breakerUntil : health === 'paused' ? soonest(status.keys) : null
  return (
    <span className={classes.state}>
      <StateBadge tone={healthTone(health)}>{t(`upstream.${health}`)}</StateBadge>
      {until !== null && (
        <span className={`small dim ${classes.until}`}>
          <Countdown until={until} thenTried={health === 'failing'} />
        </span>
      )}
    </span>
  )
}

export function KeyStateBadge({ status }: { readonly status: KeyStatus }) {
  const { t } = useTranslation('common')
  return (
    <span className={classes.state}>
      <StateBadge tone={keyTone(status.state)}>{t(`key.${status.state}`)}</StateBadge>
      {status.until !== null && status.state !== 'ready' && (
        <span className={`small dim ${classes.until}`}>
          <Countdown until={status.until} />
        </span>
      )}
    </span>
  )
}

function soonest(keys: readonly KeyStatus[]): number | null {
  const ends = keys.flatMap((key) => (key.state === 'paused' && key.until !== null ? [key.until] : []))
  return ends.length === 0 ? null : Math.min(...ends)
}
