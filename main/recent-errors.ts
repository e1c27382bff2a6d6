/** The last requests that failed, for the tray. Pure. */
import type { RequestRecord } from '../proxy/contract.ts'

export interface RecentError {
  readonly id: string
  readonly at: number
  readonly model: string | null
  readonly status: number | null
  readonly reason: string
}

const kept = 5

/** The list after some records have changed, newest first. The same array when nothing of it has. */
export function withRecords(errors: readonly RecentError[], records: readonly RequestRecord[]): readonly RecentError[] {
  const failed = records.filter((record) => isFailure(record) && !errors.some(({ id }) => id === record.id))
  if (failed.length === 0) return errors
  return [...errors, ...failed.map(toError)].toSorted((a, b) => b.at - a.at).slice(0, kept)
}

/** What the user may want to look into: neither a client that left nor a request that still runs. */
function isFailure({ end }: RequestRecord): boolean {
  return end !== null && end !== 'done' && end !== 'client_gone'
}

function toError({ id, endedAt, startedAt, requestedModel, status, errorCode, end }: RequestRecord): RecentError {
  return { id, at: endedAt ?? startedAt, model: requestedModel, status, reason: errorCode ?? end ?? '' }
}
