import { useState } from 'react'
import type { RequestRecord } from '../../../proxy/contract.ts'
import { useConsole } from '../../console-context.ts'

/** The newest request that came since this was shown; null while none has. One that ended well stays. */
export function useNewestRequest(): RequestRecord | null {
  const newestId = useConsole((state) => state.requests.rows.at(-1)?.id ?? null)
  const [before] = useState(newestId)
  const newest = useConsole((state) => state.requests.rows.at(-1) ?? null)
  const [answered, setAnswered] = useState<RequestRecord | null>(null)
  const isNew = newest !== null && newest.id !== before
  if (isNew && answered === null && newest.end === 'done' && (newest.status ?? 0) < 400) setAnswered(newest)
  return answered ?? (isNew ? newest : null)
}
