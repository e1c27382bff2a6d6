/** Everything known of one request. The record comes live from the log, headers and body by a call. */
import { useEffect, useEffectEvent, useRef } from 'react'
import { ActionIcon, Title, Tooltip } from '@mantine/core'
import { IconGhost2, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { RequestDetails, RequestRecord } from '../../../proxy/contract.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { EmptyState, ErrorState, LoadingState } from '../../components/view-states.tsx'
import { useClient, useConsole } from '../../console-context.ts'
import { useQuery } from '../../use-query.ts'
import { AttemptTimeline } from './attempt-timeline.tsx'
import { isTyping } from './is-typing.ts'
import { RequestActions } from './request-actions.tsx'
import { RequestAdvice } from './request-advice.tsx'
import { RequestFacts } from './request-facts.tsx'
import { RequestState } from './request-state.tsx'
import { RequestTexts } from './request-texts.tsx'
import classes from './request-details.module.css'

export interface RequestDetailsPanelProps {
  readonly id: string
  readonly onClose: () => void
}

export function RequestDetailsPanel({ id, onClose }: RequestDetailsPanelProps) {
  const { t } = useTranslation(['requests', 'common'])
  const client = useClient()
  const heading = useRef<HTMLHeadingElement>(null)
  const live = useConsole((state) => state.requests.get(id))
  const connections = useConsole((state) => state.connections)
  // Answer headers are there once it has ended, so it's asked again then.
  const refresh = `${connections} ${live === undefined || live.end === null}`
  const details = useQuery<RequestDetails | null>(`request ${id}`, () => client.getRequest(id), { refresh })
  const record = live ?? details.data?.record

  const handleKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented || isTyping(event)) return
    onClose()
  })
  useEffect(() => {
    const listener = (event: KeyboardEvent) => handleKey(event)
    document.addEventListener('keydown', listener)
    return () => document.removeEventListener('keydown', listener)
  }, [])
  // Once, when it opens: moving on to the next request leaves the focus where it is. Closed, it goes back to the rows.
  useEffect(() => {
    heading.current?.focus({ preventScroll: true })
    return () => document.querySelector<HTMLElement>('[role="grid"]')?.focus({ preventScroll: true })
  }, [])

  return (
    <div className={`panel ${classes.panel}`}>
      <div className={classes.header}>
        <div className={classes.title}>
          <Title order={2} ref={heading} tabIndex={-1} className={`mono one-line ${classes.name}`}>
            {record?.requestedModel ?? record?.path ?? id}
          </Title>
          {record !== undefined && <RequestState record={record} />}
        </div>
        <Tooltip label={t('details.close')}>
          <ActionIcon aria-label={t('details.close')} onClick={onClose}>
            <IconX size={18} stroke={1.75} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </div>
      {/* A scroller must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <section className={classes.body} tabIndex={0} aria-label={t('details.label')} key={id}>
        {record === undefined ? <Missing details={details} /> : <Full record={record} details={details.data ?? null} />}
      </section>
    </div>
  )
}

function Missing({ details }: { readonly details: ReturnType<typeof useQuery<RequestDetails | null>> }) {
  const { t } = useTranslation('requests')
  if (details.error !== null) return <ErrorState failure={details.error} onRetry={details.reload} />
  if (details.data === undefined) return <LoadingState rows={6} />
  return <EmptyState icon={IconGhost2} title={t('details.goneTitle')} text={t('details.goneText')} />
}

function Full({ record, details }: { readonly record: RequestRecord; readonly details: RequestDetails | null }) {
  const { t } = useTranslation('requests')
  return (
    <>
      <div className={classes.id}>
        <span className="mono one-line dim small">{record.id}</span>
        <CopyButton text={record.id} what={t('details.id')} />
      </div>
      <RequestAdvice record={record} />
      <RequestActions
        record={record}
        bodyKept={details === null ? null : details.requestBody !== null || record.requestBytes === 0}
      />
      <AttemptTimeline record={record} />
      <RequestFacts record={record} />
      {details !== null && <RequestTexts details={details} />}
    </>
  )
}
