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
  const phase = phaseOf(record)
  return (
    <StateBadge tone={recordTone(record)} plain={plain}>
      {phase === null ? t(`common:end.${record.end ?? 'running'}`) : t(`phase.${phase}`)}
    </StateBadge>
  )
}

/** Where the shared words for the end say too little: while it runs, and when an upstream's refusal was passed on. */
function phaseOf(record: RequestRecord): 'waiting' | 'retrying' | 'answering' | 'passedOn' | null {
  if (record.end === 'done') return record.status !== null && record.status >= 400 ? 'passedOn' : null
  if (record.end !== null) return null
  if (record.firstTokenMs !== null) return 'answering'
  return record.attempts.length > 1 ? 'retrying' : 'waiting'
}
