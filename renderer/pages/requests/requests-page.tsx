import { Button, Table } from '@mantine/core'
import { IconActivity } from '@tabler/icons-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../components/page-header.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { EmptyState, LoadingState } from '../../components/view-states.tsx'
import { useConsole } from '../../console-context.ts'
import { dash, formatDuration, formatTime, recordTone } from '../../format.ts'
import { useLocale } from '../../i18n.ts'
import { hrefTo } from '../../route.ts'

const shown = 50

export function RequestsPage() {
  const { t } = useTranslation(['requests', 'common'])
  const locale = useLocale()
  const requests = useConsole((state) => state.requests)
  const loaded = useConsole((state) => state.requestsLoaded)
  const newest = useMemo(() => requests.rows.slice(-shown).reverse(), [requests])
  return (
    <>
      <PageHeader title={t('common:page.requests')} intro={t('intro')} />
      {!loaded && <LoadingState />}
      {loaded && newest.length === 0 && (
        <EmptyState
          icon={IconActivity}
          title={t('empty.title')}
          text={t('empty.text')}
          action={
            <Button component="a" href={hrefTo('connect')}>
              {t('empty.action')}
            </Button>
          }
        />
      )}
      {loaded && newest.length > 0 && (
        <div className="panel">
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('column.time')}</Table.Th>
                <Table.Th>{t('column.state')}</Table.Th>
                <Table.Th>{t('column.model')}</Table.Th>
                <Table.Th>{t('column.project')}</Table.Th>
                <Table.Th ta="right">{t('column.duration')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {newest.map((record) => (
                <Table.Tr key={record.id}>
                  <Table.Td>{formatTime(record.startedAt, locale)}</Table.Td>
                  <Table.Td>
                    <StateBadge tone={recordTone(record)} plain>
                      {t(`common:end.${record.end ?? 'running'}`)}
                    </StateBadge>
                  </Table.Td>
                  <Table.Td className="mono">{record.requestedModel ?? dash}</Table.Td>
                  <Table.Td>{record.project ?? dash}</Table.Td>
                  <Table.Td ta="right">
                    {formatDuration(record.endedAt === null ? null : record.endedAt - record.startedAt)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </>
  )
}
