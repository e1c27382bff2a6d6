import { Table, Text } from '@mantine/core'
import { IconFolders } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ProjectView } from '../../../proxy/contract.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { SecretText } from '../../components/secret-text.tsx'
import { EmptyState } from '../../components/view-states.tsx'
import { useClient } from '../../console-context.ts'
import { useConfigView } from '../../use-config-view.ts'

export function ProjectsPage() {
  const { t } = useTranslation(['projects', 'common'])
  const config = useConfigView()
  return (
    <>
      <PageHeader title={t('common:page.projects')} intro={t('intro')} />
      <QueryView query={config} rows={3}>
        {({ projects }) =>
          projects.length === 0 ? (
            <EmptyState icon={IconFolders} title={t('empty.title')} text={t('empty.text')} />
          ) : (
            <ProjectTable projects={projects} />
          )
        }
      </QueryView>
    </>
  )
}

function ProjectTable({ projects }: { readonly projects: readonly ProjectView[] }) {
  const { t } = useTranslation('projects')
  const client = useClient()
  return (
    <div className="panel">
      <Table>
        <Table.Tbody>
          {projects.map(({ index, name, maskedKey }) => (
            <Table.Tr key={index}>
              <Table.Td>
                <Text fw={500} size="sm">
                  {name}
                </Text>
              </Table.Td>
              <Table.Td>
                <SecretText
                  masked={maskedKey}
                  what={t('key')}
                  reveal={() => client.revealSecret({ kind: 'project-key', project: name })}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
