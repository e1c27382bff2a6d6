import { formatRelative } from '../format.ts'
import { useLocale } from '../i18n.ts'
import { useNow } from '../use-now.ts'

export interface SinceProps {
  /** Epoch ms. */
  readonly at: number
}

/** "5 minutes ago", ticking. */
export function Since({ at }: SinceProps) {
  const now = useNow()
  const locale = useLocale()
  return <time dateTime={new Date(at).toISOString()}>{formatRelative(at, Math.max(at, now), locale)}</time>
}
