import { Title } from '@mantine/core'
import { IconPlugConnected } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { CodeBlock } from '../../components/code-block.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState } from '../../components/view-states.tsx'
import { useConsole } from '../../console-context.ts'

export function ConnectPage() {
  const { t } = useTranslation(['connect', 'common'])
  const baseUrl = useConsole((state) => state.status?.listening?.baseUrl)
  return (
    <>
      <PageHeader title={t('common:page.connect')} intro={t('intro')} />
      {baseUrl === undefined ? (
        <EmptyState icon={IconPlugConnected} title={t('waiting.title')} text={t('waiting.text')} />
      ) : (
        <section>
          <Title order={2} mb="xs">
            {t('curl')}
          </Title>
          <CodeBlock what={t('curl')} code={`curl ${baseUrl}/models \\\n  -H "Authorization: Bearer $AI_PROXY_KEY"`} />
        </section>
      )}
    </>
  )
}
