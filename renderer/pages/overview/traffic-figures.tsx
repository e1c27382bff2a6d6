import { useTranslation } from 'react-i18next'
import type { TrafficStats } from '../../../proxy/contract.ts'
import { formatDuration, formatNumber, formatPercent, formatTokens } from '../../format.ts'
import { useLocale } from '../../i18n.ts'
import classes from './overview-page.module.css'

export interface TrafficFiguresProps {
  readonly traffic: TrafficStats
  readonly activeRequests: number
}

/** The traffic of the last minutes in figures. */
export function TrafficFigures({ traffic, activeRequests }: TrafficFiguresProps) {
  const { t } = useTranslation('overview')
  const locale = useLocale()
  const minutes = Math.round(traffic.windowSeconds / 60)
  const tokens = traffic.requests === 0 ? null : traffic.inputTokens
  const figures = [
    ['running', formatNumber(activeRequests, locale)],
    ['requests', formatNumber(traffic.requests, locale)],
    ['success', formatPercent(traffic.success, locale)],
    ['p50', formatDuration(traffic.p50Ms)],
    ['p95', formatDuration(traffic.p95Ms)],
    ['firstToken', formatDuration(traffic.firstTokenP50Ms)],
    ['inputTokens', formatTokens(tokens)],
    ['outputTokens', formatTokens(tokens === null ? null : traffic.outputTokens)],
  ] as const
  return (
    <dl className={classes.figures} aria-label={t('figures.label', { count: minutes })}>
      {figures.map(([name, value]) => (
        <div key={name} title={t(`figures.hint.${name}`, { count: minutes })}>
          <dt>{t(`figures.${name}`)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
