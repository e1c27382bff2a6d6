import { Text, Title } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import { QueryView } from '../../components/query-view.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useClient } from '../../console-context.ts'
import { useQuery } from '../../use-query.ts'
import classes from './projects.module.css'

// More than anyone reads here; the count says how many there are.
const shownNames = 200

export interface ModelsPreviewProps {
  readonly allowed: readonly string[]
  readonly revision: string | null
}

/** What `GET /v1/models` will answer to this project, as the form stands. */
export function ModelsPreview({ allowed, revision }: ModelsPreviewProps) {
  const { t } = useTranslation('projects')
  const client = useClient()
  const [asked] = useDebouncedValue(allowed, 200)
  const names = useQuery('preview', () => client.matchModels(asked), { refresh: `${revision} ${asked.join('\n')}` })
  return (
    <section className={`panel ${classes.section}`}>
      <div className={classes.sectionHead}>
        <Title order={2}>{t('preview.title')}</Title>
        {names.data !== undefined && (
          <span className="small dim">{t('preview.count', { count: names.data.length })}</span>
        )}
      </div>
      <Text size="xs" c="dimmed" className={classes.hint}>
        {t('preview.intro')}
      </Text>
      <QueryView query={names} rows={2}>
        {(all) =>
          all.length === 0 ? (
            <StateBadge tone="warning" plain>
              {t('preview.none')}
            </StateBadge>
          ) : (
            // A scroller must be reachable by keyboard.
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            <ul className={classes.preview} aria-label={t('preview.title')} tabIndex={0}>
              {all.slice(0, shownNames).map((name) => (
                <li key={name} className="mono breaks">
                  {name}
                </li>
              ))}
              {all.length > shownNames && (
                <li className="small dim">{t('preview.more', { count: all.length - shownNames })}</li>
              )}
            </ul>
          )
        }
      </QueryView>
    </section>
  )
}
