import { Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Attempt, RequestRecord } from '../../../proxy/contract.ts'
import { StateBadge } from '../../components/state-badge.tsx'
import { formatDuration, type Tone } from '../../format.ts'
import { hrefTo } from '../../route.ts'
import { useNow } from '../../use-now.ts'
import { spanOf, switchAfter, type Span } from './attempt-steps.ts'
import { Elapsed } from './elapsed.tsx'
import classes from './attempt-timeline.module.css'

const tones: Readonly<Record<Attempt['result'], Tone>> = {
  pending: 'busy',
  answered: 'good',
  client_gone: 'off',
  key_invalid: 'bad',
  key_no_access: 'bad',
  key_exhausted: 'bad',
  rate_limited: 'waiting',
  overloaded: 'waiting',
  upstream_error: 'bad',
  timeout: 'bad',
  request_invalid: 'warning',
  context_too_long: 'warning',
  content_blocked: 'warning',
  model_not_found: 'warning',
  redirect: 'bad',
}

/** Every attempt in turn: where and with which key, how long, how it ended, and why another one followed. */
export function AttemptTimeline({ record }: { readonly record: RequestRecord }) {
  const { t } = useTranslation('requests')
  return (
    <section className={classes.section}>
      <Title order={3}>{t('timeline.title', { count: record.attempts.length })}</Title>
      {record.attempts.length === 0 ? (
        <p className={classes.none}>{record.end === null ? t('timeline.notYet') : t('timeline.none')}</p>
      ) : (
        <ol className={classes.list}>
          {record.attempts.map((attempt, index) => (
            <AttemptEntry
              // An attempt has no id of its own; its place never changes.
              key={index}
              attempt={attempt}
              next={record.attempts[index + 1]}
              record={record}
            />
          ))}
        </ol>
      )}
    </section>
  )
}

interface AttemptEntryProps {
  readonly attempt: Attempt
  readonly next: Attempt | undefined
  readonly record: RequestRecord
}

function AttemptEntry({ attempt, next, record }: AttemptEntryProps) {
  const { t } = useTranslation('requests')
  const followed = switchAfter(attempt, next)
  const tone = tones[attempt.result]
  return (
    <li className={classes.entry} data-tone={tone}>
      <span className={classes.dot} aria-hidden />
      {next !== undefined && <span className={classes.line} aria-hidden />}
      <div className={classes.where}>
        <a className={classes.upstream} href={hrefTo('upstreams', [attempt.upstream])}>
          {attempt.upstream}
        </a>
        <span className={classes.took}>
          {attempt.endedAt === null ? (
            <Elapsed since={attempt.startedAt} />
          ) : (
            formatDuration(attempt.endedAt - attempt.startedAt)
          )}
        </span>
      </div>
      <div className={classes.how}>
        <StateBadge tone={tone} plain>
          {t(`result.${attempt.result}`)}
        </StateBadge>
        {attempt.status !== null && <span>{t('timeline.status', { status: attempt.status })}</span>}
        {attempt.keyLabel !== null && <span className="breaks">{t('timeline.key', { key: attempt.keyLabel })}</span>}
        {attempt.model !== record.requestedModel && (
          <span className="breaks">
            {t('timeline.sentAs')} <span className="mono">{attempt.model}</span>
          </span>
        )}
        {attempt.waitedMs > 0 && <span>{t('timeline.waited', { time: formatDuration(attempt.waitedMs) })}</span>}
      </div>
      {attempt.endedAt === null ? (
        <LiveBar attempt={attempt} record={record} />
      ) : (
        <Bar span={spanOf(attempt, record, 0)} />
      )}
      {attempt.message !== null && (
        <blockquote className={classes.words} aria-label={t('timeline.words', { upstream: attempt.upstream })}>
          {attempt.message}
        </blockquote>
      )}
      {attempt.upstreamRequestId !== null && (
        <div className={`${classes.upstreamId} breaks`}>
          {t('timeline.upstreamId')} <span className="mono">{attempt.upstreamRequestId}</span>
        </div>
      )}
      {followed !== null && next !== undefined && (
        <p className={classes.switch}>
          {t(`switch.${followed}`, { upstream: next.upstream, key: next.keyLabel ?? '', model: next.model })}
        </p>
      )}
    </li>
  )
}

function LiveBar({ attempt, record }: { readonly attempt: Attempt; readonly record: RequestRecord }) {
  const now = useNow()
  return <Bar span={spanOf(attempt, record, now)} />
}

/** Where the attempt lies within the request. The figures stand above it; this is for the eye. */
function Bar({ span }: { readonly span: Span }) {
  const percent = (share: number) => `${(share * 100).toFixed(2)}%`
  return (
    <div className={classes.track} aria-hidden>
      <div
        className={classes.wait}
        style={{ left: percent(span.waitedFrom), width: percent(span.from - span.waitedFrom) }}
      />
      <div className={classes.bar} style={{ left: percent(span.from), width: percent(span.to - span.from) }} />
    </div>
  )
}
