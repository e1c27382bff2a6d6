import { useTranslation } from 'react-i18next'
import type { TestStep, UpstreamTest } from '../../../proxy/contract.ts'
import { ControlFailure } from '../../client.ts'
import { StateBadge } from '../../components/state-badge.tsx'
import { useFailureText } from '../../failure-text.ts'
import { formatDuration, type Tone } from '../../format.ts'
import type { TestRun } from './use-upstream-test.ts'
import classes from './upstreams.module.css'

/** What one key came to: reachable, accepted, how fast, and what the provider said. */
export function TestResult({ run }: { readonly run: TestRun }) {
  const { t } = useTranslation('upstreams')
  const failureText = useFailureText()
  const { result } = run
  const answered = result instanceof ControlFailure || result === 'waiting' ? null : result
  // Only a refusal of the key itself says something against the key: a limit, a wrong model or a fault do not.
  const isOpen = answered?.keyAccepted.state === 'failed' && !againstKey.includes(answered.failure)
  const state = isOpen ? 'open' : (answered?.keyAccepted.state ?? 'skipped')
  const words = run.label === null ? t(`test.answered.${state}`) : t(`test.accepted.${state}`)
  return (
    <li className={classes.result}>
      <span className="mono one-line">{run.label ?? t('test.noKey')}</span>
      {result === 'waiting' && (
        <StateBadge tone="busy" plain>
          {t('test.running')}
        </StateBadge>
      )}
      {result instanceof ControlFailure && (
        <span className={classes.failure}>
          <StateBadge tone="bad" plain>
            {failureText(result)}
          </StateBadge>
        </span>
      )}
      {result !== 'waiting' && !(result instanceof ControlFailure) && (
        <>
          <Finding step={result.reachable} words={t(`test.reachable.${result.reachable.state}`)} />
          <Finding step={result.keyAccepted} words={words} isOpen={isOpen} />
          {result.failure !== null && <span className="small">{t(`test.failure.${result.failure}`)}</span>}
          <Words text={result.keyAccepted.message ?? result.reachable.message} />
          {result.answer !== null && (
            <span className="small dim one-line">{t('test.answer', { answer: result.answer })}</span>
          )}
        </>
      )}
    </li>
  )
}

const againstKey: readonly UpstreamTest['failure'][] = ['key_invalid', 'key_no_access', 'key_exhausted']

interface FindingProps {
  readonly step: TestStep
  readonly words: string
  /** It failed, but that decides nothing. */
  readonly isOpen?: boolean
}

function Finding({ step, words, isOpen = false }: FindingProps) {
  const tones: Readonly<Record<TestStep['state'], Tone>> = { ok: 'good', failed: 'bad', skipped: 'off' }
  const figures = [
    step.status === null ? '' : String(step.status),
    step.tookMs === null ? '' : formatDuration(step.tookMs),
  ].filter((figure) => figure !== '')
  return (
    <span className={classes.finding}>
      <StateBadge tone={isOpen ? 'warning' : tones[step.state]} plain>
        {words}
      </StateBadge>
      <span className="small dim">{figures.join(' · ')}</span>
    </span>
  )
}

/** The provider's own words, quoted. */
function Words({ text }: { readonly text: string | null }) {
  const { t } = useTranslation('upstreams')
  if (text === null || text.trim() === '') return null
  return (
    <blockquote className={`breaks ${classes.words}`} aria-label={t('test.words')}>
      {text}
    </blockquote>
  )
}
