import { useTranslation } from 'react-i18next'
import { KeyboardHint } from '../../components/keyboard-hint.tsx'
import classes from './requests-page.module.css'

const legend = [
  ['step', ['↑', '↓', 'j', 'k']],
  ['open', ['Enter']],
  ['close', ['Esc']],
  ['filter', ['/']],
  ['end', ['End']],
] as const

/** The keys of this page, in sight: nobody looks for what they don't know of. */
export function KeyLegend() {
  const { t } = useTranslation('requests')
  return (
    <ul className={classes.legend} aria-label={t('keys.label')}>
      {legend.map(([action, keys]) => (
        <li key={action}>
          {keys.map((key) => (
            <KeyboardHint key={key} keys={key} />
          ))}
          <span>{t(`keys.${action}`)}</span>
        </li>
      ))}
    </ul>
  )
}
