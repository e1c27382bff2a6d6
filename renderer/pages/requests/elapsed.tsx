import { formatDuration } from '../../format.ts'
import { useNow } from '../../use-now.ts'

export interface ElapsedProps {
  /** Epoch ms. */
  readonly since: number
}

/** How long something has been running, in whole seconds: a clock, not a measurement. */
export function Elapsed({ since }: ElapsedProps) {
  const seconds = Math.max(0, Math.floor((useNow() - since) / 1000))
  return <>{seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1000)}</>
}
