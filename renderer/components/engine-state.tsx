import { Group } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useConsole } from '../console-context.ts'
import type { Tone } from '../format.ts'
import { hrefOfLine } from '../route.ts'
import { StateBadge } from './state-badge.tsx'
import classes from './engine-state.module.css'

const tones = { starting: 'busy', running: 'good', stopping: 'busy', stopped: 'off', failed: 'bad' } as const

/** The engine's state in words and shape, and whether the file on disk is refused. */
export function EngineState() {
  const { t } = useTranslation('common')
  const engine = useConsole((state) => state.status?.state)
  const connected = useConsole((state) => state.connection === 'connected')
  const rejected = useConsole((state) => state.status?.config.rejected ?? null)
  // What was true before the connection broke is no statement about now.
  const tone: Tone = engine === undefined || !connected ? 'busy' : tones[engine]
  const words = engine === undefined || !connected ? t('engine.unknown') : t(`engine.${engine}`)
  return (
    <Group component="output" gap="xs" wrap="nowrap" aria-label={t('engine.label', { state: words })}>
      <StateBadge tone={tone}>{words}</StateBadge>
      {rejected !== null && (
        <a className={classes.link} href={hrefOfLine(rejected[0])} title={t('engine.configRejectedHint')}>
          <StateBadge tone="bad">{t('engine.configRejected')}</StateBadge>
        </a>
      )}
    </Group>
  )
}
