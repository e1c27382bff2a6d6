import { Group, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../../components/copy-button.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { LoadingState } from '../../components/view-states.tsx'
import { useConsole } from '../../console-context.ts'
import classes from './overview-page.module.css'
import { overviewSentence } from './overview-sentence.ts'

export function OverviewPage() {
  const { t } = useTranslation(['overview', 'common'])
  const status = useConsole((state) => state.status)
  if (status === null) return <LoadingState />
  const sentence = overviewSentence(status)
  return (
    <>
      <PageHeader title={t('common:page.overview')} />
      <section className={`panel ${classes.summary}`}>
        <Text className={classes.sentence}>
          <StateBadge tone={sentence.tone} plain>
            {t(sentence.key, sentence.params)}
          </StateBadge>
        </Text>
        {status.listening !== null && (
          <Group gap="xs" wrap="nowrap">
            <Text size="sm" c="dimmed">
              {t('baseUrl')}
            </Text>
            <span className="mono">{status.listening.baseUrl}</span>
            <CopyButton text={status.listening.baseUrl} what={t('common:app.baseUrl')} />
          </Group>
        )}
      </section>
    </>
  )
}
