import { Anchor } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { RequestRecord } from '../../../proxy/contract.ts'
import { StateBadge } from '../../components/state-badge.tsx'
import { formatDuration, type Tone } from '../../format.ts'
import { hrefTo } from '../../route.ts'
import classes from './first-run.module.css'

/** Waits for the first request, and turns green by itself when it has been answered. */
export function FirstAnswer({ request }: { readonly request: RequestRecord | null }) {
  const { t } = useTranslation('firstRun')
  const [tone, words] = describe()
  return (
    <output className={classes.answer} data-tone={tone}>
      <StateBadge tone={tone} plain>
        {words}
      </StateBadge>
      {request !== null && (
        <Anchor href={hrefTo('requests', [request.id])} fz="sm" className={classes.details}>
          {t('answer.details')}
        </Anchor>
      )}
    </output>
  )

  function describe(): [Tone, string] {
    if (request === null) return ['waiting', t('answer.waiting')]
    if (request.end === null) return ['busy', t('answer.running')]
    if (request.end === 'done' && (request.status ?? 0) < 400) {
      const time = formatDuration(request.endedAt === null ? null : request.endedAt - request.startedAt)
      return ['good', t('answer.good', { model: request.requestedModel, time })]
    }
    return ['bad', t('answer.bad', { reason: request.errorMessage ?? request.status })]
  }
}
