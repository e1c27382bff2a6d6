import { Group, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../../components/copy-button.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { useConfigView } from '../../use-config-view.ts'
import { ServerForm } from './server-form.tsx'
import classes from './settings-page.module.css'

export function SettingsPage() {
  const { t } = useTranslation(['settings', 'common'])
  const config = useConfigView()
  return (
    <>
      <PageHeader title={t('common:page.settings')} intro={t('intro')} />
      <QueryView query={config} rows={3}>
        {(view) => (
          <div className={classes.column}>
            <ServerForm view={view} />
            <section className={`panel ${classes.section}`}>
              <Title order={2}>{t('file')}</Title>
              <Group gap="xs" wrap="nowrap">
                <Text size="sm" c="dimmed">
                  {t('path')}
                </Text>
                <span className="mono one-line">{view.path}</span>
                <CopyButton text={view.path} what={t('path')} />
              </Group>
              {!view.writable && <Text size="sm">{t('readOnly')}</Text>}
            </section>
          </div>
        )}
      </QueryView>
    </>
  )
}
