import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleMinus,
  IconCircleX,
  IconClockPause,
  IconLoader2,
  type Icon,
} from '@tabler/icons-react'
import type { Tone } from '../format.ts'
import classes from './state-badge.module.css'

/** Each tone has a shape of its own: colour is never the only signal. */
const shapes: Readonly<Record<Tone, Icon>> = {
  good: IconCircleCheck,
  busy: IconLoader2,
  waiting: IconClockPause,
  warning: IconAlertTriangle,
  bad: IconCircleX,
  off: IconCircleMinus,
}

export interface StateBadgeProps {
  readonly tone: Tone
  /** What the state is, in words. */
  readonly children: React.ReactNode
  /** Without the tinted box: in dense tables and sentences. */
  readonly plain?: boolean
}

export function StateBadge({ tone, children, plain = false }: StateBadgeProps) {
  const Shape = shapes[tone]
  return (
    <span className={classes.badge} data-tone={tone} data-plain={plain || undefined}>
      <Shape className={classes.shape} size={14} stroke={2} aria-hidden />
      <span className={classes.text}>{children}</span>
    </span>
  )
}
