import { Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { RequestRecord, TokenUsage } from '../../../proxy/contract.ts'
import { dash, formatBytes, formatDateTime, formatDuration, formatNumber } from '../../format.ts'
import { useLocale } from '../../i18n.ts'
import { Elapsed } from './elapsed.tsx'
import classes from './request-details.module.css'

/** Who asked for what and when; times, sizes, tokens. */
export function RequestFacts({ record }: { readonly record: RequestRecord }) {
  const { t } = useTranslation('requests')
  const locale = useLocale()
  const { client } = record
  return (
    <>
      <section>
        <Title order={3}>{t('facts.request')}</Title>
        <dl className={classes.facts}>
          <Fact name={t('facts.started')}>{formatDateTime(record.startedAt, locale)}</Fact>
          <Fact name={t('facts.project')}>{record.project ?? dash}</Fact>
          <Fact name={t('facts.call')} mono>
            {`${record.method} ${record.path}`}
          </Fact>
          <Fact name={t('facts.stream')}>{record.stream ? t('facts.streamed') : t('facts.atOnce')}</Fact>
          <Fact name={t('facts.client')}>
            {client.userAgent === null ? client.address : `${client.userAgent} (${client.address})`}
          </Fact>
          <Fact name={t('facts.status')}>{record.status ?? dash}</Fact>
          <Fact name={t('facts.firstToken')}>{formatDuration(record.firstTokenMs)}</Fact>
          <Fact name={t('facts.duration')}>
            {record.endedAt === null ? (
              <Elapsed since={record.startedAt} />
            ) : (
              formatDuration(record.endedAt - record.startedAt)
            )}
          </Fact>
          <Fact name={t('facts.requestSize')}>{formatBytes(record.requestBytes)}</Fact>
          <Fact name={t('facts.responseSize')}>{formatBytes(record.responseBytes)}</Fact>
        </dl>
      </section>
      <section>
        <Title order={3}>{t('usage.title')}</Title>
        {record.usage === null ? (
          <p className={classes.note}>{record.end === null ? t('usage.notYet') : t('usage.none')}</p>
        ) : (
          <UsageFacts usage={record.usage} record={record} />
        )}
      </section>
    </>
  )
}

function UsageFacts({ usage, record }: { readonly usage: TokenUsage; readonly record: RequestRecord }) {
  const { t } = useTranslation('requests')
  const locale = useLocale()
  const rate = tokensPerSecond(usage, record)
  return (
    <>
      <dl className={classes.facts}>
        <Fact name={t('usage.input')}>{formatNumber(usage.inputTokens, locale)}</Fact>
        {usage.cacheReadTokens > 0 && (
          <Fact name={t('usage.cacheRead')}>{formatNumber(usage.cacheReadTokens, locale)}</Fact>
        )}
        {usage.cacheWriteTokens > 0 && (
          <Fact name={t('usage.cacheWrite')}>{formatNumber(usage.cacheWriteTokens, locale)}</Fact>
        )}
        <Fact name={t('usage.output')}>{formatNumber(usage.outputTokens, locale)}</Fact>
        {usage.reasoningTokens > 0 && (
          <Fact name={t('usage.reasoning')}>{formatNumber(usage.reasoningTokens, locale)}</Fact>
        )}
        {rate !== null && <Fact name={t('usage.rate')}>{t('usage.perSecond', { rate: rate.toFixed(1) })}</Fact>}
        {usage.vendorCostUsd !== null && (
          <Fact name={t('usage.cost')}>{`$${usage.vendorCostUsd.toFixed(6).replace(/0{1,4}$/, '')}`}</Fact>
        )}
      </dl>
      {usage.source === 'estimated' && <p className={classes.note}>{t('usage.estimated')}</p>}
    </>
  )
}

/** Output over the time in which it came; null where that time is too short to say anything. */
function tokensPerSecond(usage: TokenUsage, record: RequestRecord): number | null {
  if (!record.stream || record.endedAt === null || record.firstTokenMs === null) return null
  const ms = record.endedAt - record.startedAt - record.firstTokenMs
  return ms < 100 || usage.outputTokens < 2 ? null : usage.outputTokens / (ms / 1000)
}

interface FactProps {
  readonly name: string
  readonly mono?: boolean
  readonly children: React.ReactNode
}

function Fact({ name, mono = false, children }: FactProps) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd className={mono ? 'mono breaks' : 'breaks'}>{children}</dd>
    </div>
  )
}
