import { Group, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../../components/copy-button.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { useConfigView } from '../../use-config-view.ts'

export function SettingsPage() {
  const { t } = useTranslation(['settings', 'common'])
  const config = useConfigView()
  return (
    <>
      <PageHeader title={t('common:page.settings')} intro={t('intro')} />
      <Title order={2} mb="xs">
        {t('file')}
      </Title>
      <QueryView query={config} rows={1}>
        {({ path, writable }) => (
          <>
            <Group gap="xs" wrap="nowrap">
              <Text size="sm" c="dimmed">
                {t('path')}
              </Text>
              <span className="mono">{path}</span>
              <CopyButton text={path} what={t('path')} />
            </Group>
            {!writable && <Text size="sm">{t('readOnly')}</Text>}
          </>
        )}
      </QueryView>
    </>
  )
}
