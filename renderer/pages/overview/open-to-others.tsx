import { Anchor, Button, List, Popover, Text } from '@mantine/core'
import { IconNetwork } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { EngineStatus } from '../../../proxy/contract.ts'
import { NetworkUrls } from '../../components/network-urls.tsx'
import { hrefTo } from '../../route.ts'

export interface OpenToOthersProps {
  readonly listening: NonNullable<EngineStatus['listening']>
}

/** Who can connect, and how to let others: other computers, containers, WSL. */
export function OpenToOthers({ listening }: OpenToOthersProps) {
  const { t } = useTranslation(['overview', 'common'])
  const { beyondLoopback, networkUrls, port } = listening
  return (
    <Popover withArrow shadow="md" width={380} position="bottom-start" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="subtle" color="gray" leftSection={<IconNetwork size={16} stroke={1.75} aria-hidden />}>
          {beyondLoopback ? t('reach.others') : t('reach.onlyHere')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        {beyondLoopback ? (
          <>
            <Text size="sm">{t('reach.openText')}</Text>
            <NetworkUrls urls={networkUrls} />
          </>
        ) : (
          <>
            <Text size="sm">{t('reach.closedText')}</Text>
            <List size="sm" my="xs" spacing={4}>
              <List.Item>
                {t('reach.toNetwork')} <span className="mono">{`0.0.0.0:${port}`}</span>
              </List.Item>
              <List.Item>{t('reach.toContainers')}</List.Item>
            </List>
          </>
        )}
        <Text size="sm" c="dimmed" my="xs">
          {t('reach.keysProtect')}
        </Text>
        <Anchor href={hrefTo('settings')} size="sm">
          {t('reach.toSettings')}
        </Anchor>
      </Popover.Dropdown>
    </Popover>
  )
}
