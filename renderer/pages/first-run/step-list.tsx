import { IconCheck } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import classes from './first-run.module.css'

export const stepNames = ['provider', 'key', 'models', 'request'] as const
export type StepName = (typeof stepNames)[number]

/** Where the user is on the way. */
export function StepList({ current }: { readonly current: StepName }) {
  const { t } = useTranslation('firstRun')
  const place = stepNames.indexOf(current)
  return (
    <ol className={classes.steps} aria-label={t('steps')}>
      {stepNames.map((name, index) => (
        <li
          key={name}
          className={classes.step}
          data-state={index < place ? 'past' : index === place ? 'now' : 'later'}
          aria-current={index === place ? 'step' : undefined}
        >
          <span className={classes.number} aria-hidden>
            {index < place ? <IconCheck size={14} stroke={2.5} /> : index + 1}
          </span>
          {t(`step.${name}`)}
        </li>
      ))}
    </ol>
  )
}
