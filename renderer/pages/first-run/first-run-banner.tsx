import { Button, Group, Text, Title } from '@mantine/core'
import { IconRoute } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useConsole } from '../../console-context.ts'
import { hrefTo } from '../../route.ts'
import classes from './first-run.module.css'
import { rememberFirstRun, useFirstRunDone } from './first-run-memory.ts'
import { isFirstRun } from './first-run-state.ts'

/** Offers the guide while nothing is set up. Nothing at all later, or once it was skipped. */
export function FirstRunBanner() {
  const { t } = useTranslation('firstRun')
  const fresh = useConsole((state) => state.status?.state === 'running' && isFirstRun(state.status))
  const done = useFirstRunDone()
  if (!fresh || done) return null
  return (
    <section className={`panel ${classes.banner}`} aria-label={t('banner.title')}>
      <IconRoute className={classes.bannerIcon} size={24} stroke={1.5} aria-hidden />
      <div className={classes.bannerText}>
        <Title order={2}>{t('banner.title')}</Title>
        <Text size="sm" c="dimmed">
          {t('banner.text')}
        </Text>
      </div>
      <Group gap="xs" wrap="nowrap">
        <Button variant="default" onClick={rememberFirstRun}>
          {t('skip')}
        </Button>
        <Button component="a" href={hrefTo('first-run')}>
          {t('banner.action')}
        </Button>
      </Group>
    </section>
  )
}
