import { Table, Text } from '@mantine/core'
import { IconServer2 } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../components/page-header.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { EmptyState } from '../../components/view-states.tsx'
import { useConsole } from '../../console-context.ts'
import { healthTone, upstreamHealth } from '../../format.ts'

export function UpstreamsPage() {
  const { t } = useTranslation(['upstreams', 'common'])
  const upstreams = useConsole((state) => state.status?.upstreams)
  return (
    <>
      <PageHeader title={t('common:page.upstreams')} intro={t('intro')} />
      {upstreams?.length === 0 && <EmptyState icon={IconServer2} title={t('empty.title')} text={t('empty.text')} />}
      {upstreams !== undefined && upstreams.length > 0 && (
        <div className="panel">
          <Table>
            <Table.Tbody>
              {upstreams.map((upstream) => {
                const health = upstreamHealth(upstream)
                return (
                  <Table.Tr key={upstream.name}>
                    <Table.Td>
                      <Text fw={500} size="sm" className="breaks">
                        {upstream.name}
                      </Text>
                      <span className="mono dim breaks">{upstream.baseUrl}</span>
                    </Table.Td>
                    <Table.Td className="dim one-line">{t('keys', { count: upstream.keys.length })}</Table.Td>
                    <Table.Td>
                      <StateBadge tone={healthTone(health)}>{t(`common:upstream.${health}`)}</StateBadge>
                    </Table.Td>
                  </Table.Tr>
                )
              })}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </>
  )
}
