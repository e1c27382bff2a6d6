/** How it goes, at a glance: one true sentence, the address, the traffic, who is well, and what needs somebody. */
import { useState } from 'react'
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { EngineStatus } from '../../../proxy/contract.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { Countdown } from '../../components/countdown.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { LoadingState } from '../../components/view-states.tsx'
import { useConsole } from '../../console-context.ts'
import { useConfigView } from '../../use-config-view.ts'
import { FirstRunBanner } from '../first-run/first-run-banner.tsx'
import { AttentionList } from './attention-list.tsx'
import { attentionOf, failureFix } from './attention.ts'
import { FirstRequest } from './first-request.tsx'
import { OpenToOthers } from './open-to-others.tsx'
import classes from './overview-page.module.css'
import { overviewSentence } from './overview-sentence.ts'
import { RecentRequests } from './recent-requests.tsx'
import { ThroughputChart } from './throughput-chart.tsx'
import { TrafficFigures } from './traffic-figures.tsx'
import { UpstreamHealthList } from './upstream-health.tsx'

export function OverviewPage() {
  const { t } = useTranslation('common')
  const status = useConsole((state) => state.status)
  return (
    <>
      <PageHeader title={t('page.overview')} />
      {status === null ? <LoadingState /> : <Overview status={status} />}
    </>
  )
}

function Overview({ status }: { readonly status: EngineStatus }) {
  const config = useConfigView()
  // Who has watched it wait sees it turn green; who comes later has no use for it.
  const [hasWaited] = useState(!status.hasAnswered)
  const fix = failureFix(status)
  // Of what is not at work there is nothing true to say.
  if (fix !== null) return <Summary status={status} fix={fix} />
  const entries = attentionOf(status, config.data ?? null)
  return (
    <>
      <FirstRunBanner />
      <div className={classes.page}>
        <Summary status={status} fix={null} />
        {hasWaited && <FirstRequest status={status} />}
        <div className={classes.columns} data-single={entries.length === 0 || undefined}>
          {entries.length > 0 && (
            <div className={classes.attention}>
              <AttentionList entries={entries} />
            </div>
          )}
          <div className={classes.column}>
            <section className={`panel ${classes.traffic}`}>
              <ThroughputChart perSecond={status.traffic.perSecond} failedPerSecond={status.traffic.failedPerSecond} />
              <TrafficFigures traffic={status.traffic} activeRequests={status.activeRequests} />
            </section>
            <RecentRequests />
          </div>
        </div>
        <UpstreamHealthList upstreams={status.upstreams} />
      </div>
    </>
  )
}

interface SummaryProps {
  readonly status: EngineStatus
  readonly fix: ReturnType<typeof failureFix>
}

function Summary({ status, fix }: SummaryProps) {
  const { t } = useTranslation(['overview', 'common'])
  const { tone, kind, params, until } = overviewSentence(status)
  return (
    <section className={`panel ${classes.summary}`}>
      <output className={classes.sentence}>
        <StateBadge tone={tone} plain>
          {t(`sentence.${kind}`, { ...params, count: Number(params['count'] ?? 0) })}
        </StateBadge>
        {until !== null && (
          <span className={classes.until} aria-live="off">
            <Countdown until={until} thenTried={kind === 'oneFailing'} />
          </span>
        )}
      </output>
      {fix !== null && (
        <Button component="a" href={fix.href}>
          {t(`fix.${fix.kind}`)}
        </Button>
      )}
      {status.listening !== null && (
        <div className={classes.address}>
          <span className="dim">{t('baseUrl')}</span>
          <span className={`mono ${classes.url}`}>{status.listening.baseUrl}</span>
          <CopyButton text={status.listening.baseUrl} what={t('common:app.baseUrl')}>
            {t('common:action.copy')}
          </CopyButton>
          <OpenToOthers listening={status.listening} />
        </div>
      )}
    </section>
  )
}
