import { Title } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Countdown } from '../../components/countdown.tsx'
import { Since } from '../../components/since.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import type { AttentionEntry } from './attention.ts'
import classes from './attention-list.module.css'

/** What needs somebody, each line a link to where it is mended. */
export function AttentionList({ entries }: { readonly entries: readonly AttentionEntry[] }) {
  const { t } = useTranslation('overview')
  return (
    <section className="panel">
      <Title order={2} className={classes.title}>
        {t('attention.title')}
      </Title>
      <ul className={classes.list}>
        {entries.map((entry) => (
          <li key={`${entry.kind} ${Object.values(entry.params).join(' ')}`}>
            <a className={classes.entry} href={entry.href}>
              <span className={classes.text}>
                <StateBadge tone={entry.tone} plain>
                  {/* i18next can't type a key and its parameters that are only known together at run time. */}
                  {t(`attention.${entry.kind}`, { ...entry.params, count: Number(entry.params['count'] ?? 0) })}
                </StateBadge>
                {entry.words !== null && <span className={classes.words}>{entry.words}</span>}
                <span className={classes.fix}>
                  {t(`fix.${entry.kind}`)}
                  {entry.at !== null && (
                    <>
                      {' · '}
                      <Since at={entry.at} />
                    </>
                  )}
                  {entry.until !== null && (
                    <>
                      {' · '}
                      <Countdown until={entry.until} thenTried={entry.kind === 'upstreamFailing'} />
                    </>
                  )}
                </span>
              </span>
              <IconChevronRight className={classes.arrow} size={16} aria-hidden />
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}
