import { Badge, Button, Table } from '@mantine/core'
import { IconCube } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../components/page-header.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { EmptyState } from '../../components/view-states.tsx'
import { useClient, useConsole } from '../../console-context.ts'
import { hrefTo } from '../../route.ts'
import { useQuery } from '../../use-query.ts'

export function ModelsPage() {
  const { t } = useTranslation(['models', 'common'])
  const client = useClient()
  const refresh = useConsole((state) => `${state.connections} ${state.status?.config.appliedRevision ?? ''}`)
  const models = useQuery('models', () => client.listModels(), { refresh })
  return (
    <>
      <PageHeader title={t('common:page.models')} intro={t('intro')} />
      <QueryView query={models}>
        {(entries) =>
          entries.length === 0 ? (
            <EmptyState
              icon={IconCube}
              title={t('empty.title')}
              text={t('empty.text')}
              action={
                <Button component="a" href={hrefTo('upstreams')}>
                  {t('empty.action')}
                </Button>
              }
            />
          ) : (
            <div className="panel">
              <Table>
                <Table.Tbody>
                  {entries.map((entry) => (
                    <Table.Tr key={entry.name}>
                      <Table.Td className="mono">{entry.name}</Table.Td>
                      <Table.Td>
                        <Badge>{t(`kind.${entry.kind}`)}</Badge>
                      </Table.Td>
                      <Table.Td>{entry.targets.map((target) => target.upstream).join(', ')}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )
        }
      </QueryView>
    </>
  )
}
