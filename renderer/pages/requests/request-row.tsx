/* oxlint-disable jsx-a11y/prefer-tag-over-role -- a windowed table lays out its rows itself, which <tr> doesn't let it */
import { memo } from 'react'
import type { TFunction } from 'i18next'
import { IconRepeat } from '@tabler/icons-react'
import type { RequestRecord } from '../../../proxy/contract.ts'
import { StateBadge } from '../../components/state-badge.tsx'
import {
  dash,
  formatBytes,
  formatDateTime,
  formatDuration,
  formatTime,
  formatTokens,
  recordTone,
} from '../../format.ts'
import { Elapsed } from './elapsed.tsx'
import { numericColumns, type ColumnId } from './request-columns.ts'
import { requestStateText } from './request-state.tsx'
import classes from './request-list.module.css'

export interface RequestRowProps {
  readonly record: RequestRecord
  /** 0-based place among the rows. */
  readonly index: number
  readonly topPx: number
  readonly shown: readonly ColumnId[]
  readonly href: string
  readonly selected: boolean
  readonly words: RowWords
}

/** Texts and locale, looked up once by the list: by each of a hundred cells they'd cost more than all else. */
export interface RowWords {
  readonly t: TFunction<['requests', 'common']>
  readonly locale: string
}

/** One line of the log. It is drawn again only when its record or its place changes. */
export const RequestRow = memo(function RequestRow({
  record,
  index,
  topPx,
  shown,
  href,
  selected,
  words,
}: RequestRowProps) {
  return (
    <div
      className={classes.row}
      role="row"
      id={rowId(record.id)}
      data-request={record.id}
      aria-rowindex={index + 2}
      aria-selected={selected}
      style={{ transform: `translateY(${topPx}px)` }}
    >
      {shown.map((column, place) => (
        <div
          key={column}
          role="gridcell"
          className={classes.cell}
          data-column={column}
          data-number={numericColumns.has(column) || undefined}
        >
          {place === 0 ? (
            // Over the whole row, so that a middle click opens it too. Reached by the keys of the list, not by Tab.
            <a className={classes.link} href={href} tabIndex={-1}>
              <Cell column={column} record={record} words={words} />
            </a>
          ) : (
            <Cell column={column} record={record} words={words} />
          )}
        </div>
      ))}
    </div>
  )
})

export function rowId(id: string): string {
  return `request-${id}`
}

interface CellProps {
  readonly column: ColumnId
  readonly record: RequestRecord
  readonly words: RowWords
}

function Cell({ column, record, words: { t, locale } }: CellProps) {
  const last = record.attempts.at(-1)
  switch (column) {
    case 'time':
      return <span title={formatDateTime(record.startedAt, locale)}>{formatTime(record.startedAt, locale)}</span>
    case 'state':
      return (
        <StateBadge tone={recordTone(record)} plain>
          {requestStateText(t, record)}
        </StateBadge>
      )
    case 'status':
      return record.status ?? dash
    case 'model':
      return <Name text={record.requestedModel} mono />
    case 'project':
      return <Name text={record.project} />
    case 'upstream':
      return (
        <span className={classes.upstream}>
          <Name text={last?.upstream ?? null} />
          {record.attempts.length > 1 && (
            <span className={classes.attempts} title={t('attemptCount', { count: record.attempts.length })}>
              <IconRepeat size={12} aria-hidden />
              {record.attempts.length}
            </span>
          )}
        </span>
      )
    case 'key':
      return <Name text={last?.keyLabel ?? null} />
    case 'attempts':
      return record.attempts.length
    case 'firstToken':
      return formatDuration(record.firstTokenMs)
    case 'duration':
      return record.endedAt === null ? (
        <Elapsed since={record.startedAt} />
      ) : (
        formatDuration(record.endedAt - record.startedAt)
      )
    case 'inputTokens':
      return formatTokens(record.usage?.inputTokens ?? null)
    case 'outputTokens':
      return formatTokens(record.usage?.outputTokens ?? null)
    case 'size':
      return formatBytes(record.responseBytes)
    case 'path':
      return <Name text={record.path} mono />
    case 'client':
      return <Name text={record.client.userAgent ?? record.client.address} />
    case 'id':
      return <Name text={record.id} mono />
    default:
      column satisfies never
      return null
  }
}

function Name({ text, mono = false }: { readonly text: string | null; readonly mono?: boolean }) {
  return (
    <span className={mono ? 'mono one-line' : 'one-line'} {...(text === null ? {} : { title: text })}>
      {text ?? dash}
    </span>
  )
}
