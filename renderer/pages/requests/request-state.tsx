import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { RequestRecord } from '../../../proxy/contract.ts'
import { StateBadge } from '../../components/state-badge.tsx'
import { recordTone } from '../../format.ts'

export interface RequestStateProps {
  readonly record: RequestRecord
  readonly plain?: boolean
}

/** What a request is doing, or how it ended, in words. */
export function RequestState({ record, plain = false }: RequestStateProps) {
  const { t } = useTranslation(['requests', 'common'])
  return (
    <StateBadge tone={recordTone(record)} plain={plain}>
      {requestStateText(t, record)}
    </StateBadge>
  )
}

/** The same as a text. The shared words for the end say too little while it runs, and when a refusal was passed on. */
export function requestStateText(t: TFunction<['requests', 'common']>, record: RequestRecord): string {
  const phase = phaseOf(record)
  return phase === null ? t(`common:end.${record.end ?? 'running'}`) : t(`phase.${phase}`)
}

function phaseOf(record: RequestRecord): 'waiting' | 'retrying' | 'answering' | 'passedOn' | null {
  if (record.end === 'done') return record.status !== null && record.status >= 400 ? 'passedOn' : null
  if (record.end !== null) return null
  if (record.firstTokenMs !== null) return 'answering'
  return record.attempts.length > 1 ? 'retrying' : 'waiting'
}
