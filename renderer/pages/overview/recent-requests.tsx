import { useMemo } from 'react'
import { Table, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useConsole } from '../../console-context.ts'
import { dash, formatDuration, formatTime } from '../../format.ts'
import { useLocale } from '../../i18n.ts'
import { hrefTo } from '../../route.ts'
import { Elapsed } from '../requests/elapsed.tsx'
import { RequestState } from '../requests/request-state.tsx'
import classes from './overview-page.module.css'

const shown = 8

/** The newest requests, newest first: here nobody reads on, so what is new stands at the top. */
export function RecentRequests() {
  const { t } = useTranslation('overview')
  const locale = useLocale()
  const requests = useConsole((state) => state.requests)
  const newest = useMemo(() => requests.rows.slice(-shown).toReversed(), [requests])
  return (
    <section className="panel">
      <div className={classes.panelTitle}>
        <Title order={2}>{t('recent.title')}</Title>
        <a className={classes.more} href={hrefTo('requests')}>
          {t('recent.all')}
        </a>
      </div>
      {newest.length === 0 ? (
        <p className={classes.none}>{t('recent.none')}</p>
      ) : (
        <Table verticalSpacing={6} horizontalSpacing={8} className={classes.table} layout="fixed" fz="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={84}>{t('recent.time')}</Table.Th>
              <Table.Th w={148}>{t('recent.state')}</Table.Th>
              <Table.Th>{t('recent.model')}</Table.Th>
              <Table.Th w="24%">{t('recent.project')}</Table.Th>
              <Table.Th w={96} ta="right">
                {t('recent.duration')}
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {newest.map((record) => (
              <Table.Tr key={record.id} className={classes.recent}>
                <Table.Td>
                  <a className={classes.rowLink} href={hrefTo('requests', [record.id])}>
                    {formatTime(record.startedAt, locale)}
                  </a>
                </Table.Td>
                <Table.Td>
                  <RequestState record={record} plain />
                </Table.Td>
                <Table.Td>
                  <div className="mono one-line" title={record.requestedModel ?? ''}>
                    {record.requestedModel ?? dash}
                  </div>
                </Table.Td>
                <Table.Td>
                  <div className="one-line" title={record.project ?? ''}>
                    {record.project ?? dash}
                  </div>
                </Table.Td>
                <Table.Td ta="right">
                  {record.endedAt === null ? (
                    <Elapsed since={record.startedAt} />
                  ) : (
                    formatDuration(record.endedAt - record.startedAt)
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </section>
  )
}
