import { IconCheck, IconMinus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import classes from './first-run.module.css'

export const stepNames = ['provider', 'key', 'models', 'request'] as const
export type StepName = (typeof stepNames)[number]

export interface StepListProps {
  readonly current: StepName
  /** Steps on the way that nobody has to take. */
  readonly skipped: readonly StepName[]
}

/** Where the user is on the way. */
export function StepList({ current, skipped }: StepListProps) {
  const { t } = useTranslation('firstRun')
  const place = stepNames.indexOf(current)
  const stateOf = (name: StepName) => {
    const index = stepNames.indexOf(name)
    if (index === place) return 'now'
    if (index > place) return 'later'
    return skipped.includes(name) ? 'skipped' : 'past'
  }
  return (
    <ol className={classes.steps} aria-label={t('steps')}>
      {stepNames.map((name, index) => {
        const state = stateOf(name)
        return (
          <li
            key={name}
            className={classes.step}
            data-state={state}
            aria-current={state === 'now' ? 'step' : undefined}
          >
            <span className={classes.number} aria-hidden>
              {state === 'past' && <IconCheck size={14} stroke={2.5} />}
              {state === 'skipped' && <IconMinus size={14} stroke={2.5} />}
              {(state === 'now' || state === 'later') && index + 1}
            </span>
            {state === 'skipped' ? t('stepSkipped', { step: t(`step.${name}`) }) : t(`step.${name}`)}
          </li>
        )
      })}
    </ol>
  )
}
