import { Group } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useConsole } from '../console-context.ts'
import type { Tone } from '../format.ts'
import { hrefOfProblem, isOfListening } from '../route.ts'
import { StateBadge } from './state-badge.tsx'
import classes from './engine-state.module.css'

const tones = { starting: 'busy', running: 'good', stopping: 'busy', stopped: 'off', failed: 'bad' } as const

/** The engine's state in words and shape, and whether the file on disk is refused: then with the way to the reason. */
export function EngineState() {
  const { t } = useTranslation('common')
  const engine = useConsole((state) => state.status?.state)
  const connected = useConsole((state) => state.connection === 'connected')
  const rejected = useConsole((state) => state.status?.config.rejected ?? null)
  // What was true before the connection broke is no statement about now.
  const tone: Tone = engine === undefined || !connected ? 'busy' : tones[engine]
  const problem = rejected?.find(({ severity }) => severity === 'error')
  const isUnused = problem !== undefined && isOfListening(problem)
  const failed = engine === 'failed'
  // Where nothing runs for want of a port, the first badge says it all.
  const isTold = failed && isUnused
  const words = engine === undefined || !connected ? t('engine.unknown') : t(`engine.${engine}`)
  return (
    <Group component="output" gap="xs" wrap="nowrap" aria-label={t('engine.label', { state: words })}>
      <StateBadge tone={tone}>{words}</StateBadge>
      {rejected !== null && !isTold && (
        <a
          className={classes.link}
          href={hrefOfProblem(problem)}
          title={t(
            failed ? 'engine.configFailedHint' : isUnused ? 'engine.configUnusedHint' : 'engine.configRejectedHint',
          )}
        >
          <StateBadge tone="bad">{t(isUnused ? 'engine.configUnused' : 'engine.configRejected')}</StateBadge>
        </a>
      )}
    </Group>
  )
}
