import { Anchor, Button, List, Popover, Text } from '@mantine/core'
import { IconNetwork } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { EngineStatus } from '../../../proxy/contract.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { hrefTo } from '../../route.ts'
import classes from './overview-page.module.css'

export interface OpenToOthersProps {
  readonly listening: NonNullable<EngineStatus['listening']>
}

/** Who can connect, and how to let others: other computers, containers, WSL. */
export function OpenToOthers({ listening }: OpenToOthersProps) {
  const { t } = useTranslation(['overview', 'common'])
  const { beyondLoopback, addresses, port } = listening
  return (
    <Popover withArrow shadow="md" width={380} position="bottom-start" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="subtle" color="gray" leftSection={<IconNetwork size={16} stroke={1.75} aria-hidden />}>
          {beyondLoopback ? t('reach.others') : t('reach.onlyHere')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('reach.title')}>
        {beyondLoopback ? (
          <>
            <Text size="sm">{t('reach.openText')}</Text>
            <ul className={classes.addresses}>
              {addresses.map((address) => (
                <li key={address}>
                  <span className="mono breaks">{address}</span>
                  <CopyButton text={address} what={address} />
                </li>
              ))}
            </ul>
            <Text size="sm" c="dimmed">
              {t('reach.keysProtect')}
            </Text>
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
            <Text size="sm" c="dimmed" mb="xs">
              {t('reach.keysProtect')}
            </Text>
            <Anchor href={hrefTo('settings')} size="sm">
              {t('reach.toSettings')}
            </Anchor>
          </>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}
