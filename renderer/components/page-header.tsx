import { Group, Text, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'

export interface PageHeaderProps {
  readonly title: string
  /** One sentence on what this page is for. */
  readonly intro?: React.ReactNode
  /** Buttons of the page, the main one last. */
  readonly actions?: React.ReactNode
}

export function PageHeader({ title, intro, actions }: PageHeaderProps) {
  const { t } = useTranslation('common')
  useDocumentTitle(`${title} · ${t('app.name')}`)
  return (
    <Group component="header" justify="space-between" align="flex-start" gap="md" mb="md" wrap="nowrap">
      {/* Long names and sentences break; the buttons keep their place. */}
      <div className="breaks">
        <Title order={1}>{title}</Title>
        {intro !== undefined && (
          <Text c="dimmed" size="sm" mt={2}>
            {intro}
          </Text>
        )}
      </div>
      {actions !== undefined && (
        <Group gap="xs" wrap="nowrap" style={{ flex: 'none' }}>
          {actions}
        </Group>
      )}
    </Group>
  )
}
