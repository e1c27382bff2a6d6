import { ActionIcon, Group, Menu, Table, Tooltip } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconPower } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { UpstreamStatus, UpstreamView } from '../../../proxy/contract.ts'
import { RowMenu } from '../../components/row-menu.tsx'
import { UpstreamStateBadge } from './upstream-state.tsx'
import { upstreamHref } from './upstream-place.ts'
import classes from './upstreams.module.css'

export interface UpstreamRowProps {
  readonly upstream: UpstreamView
  readonly upstreams: readonly UpstreamView[]
  /** Undefined while the running config doesn't know it. */
  readonly status: UpstreamStatus | undefined
  readonly busy: boolean
  /** `action` names the control that asked, so that it can keep the focus. */
  readonly onMove: (to: number, action: string) => void
  readonly onToggle: (enabled: boolean) => void
  readonly onDelete: () => void
}

export function UpstreamRow(props: UpstreamRowProps) {
  const { upstream, upstreams, status, busy, onMove, onToggle, onDelete } = props
  const { t } = useTranslation(['upstreams', 'common'])
  const { index, name, settings } = upstream
  const href = upstreamHref(upstreams, upstream)
  const enabled = settings['enabled'] !== false
  const address = typeof settings['base_url'] === 'string' ? settings['base_url'] : ''
  const last = upstreams.length - 1

  // On the row's own controls, so that it works wherever in the row the focus is.
  function handleKeyDown(event: React.KeyboardEvent): void {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
    event.preventDefault()
    const up = event.key === 'ArrowUp'
    onMove(index + (up ? -1 : 1), up ? 'up' : 'down')
  }

  return (
    <Table.Tr data-name={name} data-off={!enabled || undefined} onKeyDown={handleKeyDown}>
      <Table.Td className={`dim small ${classes.place}`}>{index + 1}</Table.Td>
      <Table.Td className={classes.nameCell}>
        <a className={classes.name} href={href}>
          {name === '' ? t('list.unnamed') : name}
        </a>
        <span className={`mono dim one-line ${classes.address}`} title={address}>
          {address}
        </span>
      </Table.Td>
      <Table.Td className={`dim small ${classes.wide}`}>
        <ModelsSummary models={settings['models']} discovered={status?.discoveredModels ?? null} />
      </Table.Td>
      <Table.Td className="dim small">
        <KeysSummary upstream={upstream} status={status} />
      </Table.Td>
      <Table.Td>{status !== undefined && <UpstreamStateBadge status={status} />}</Table.Td>
      <Table.Td className={classes.actions}>
        <Group gap={0} wrap="nowrap" justify="flex-end">
          <Tooltip label={t('list.up')}>
            <ActionIcon
              aria-label={t('list.upOf', { name })}
              aria-keyshortcuts="Alt+ArrowUp"
              data-action="up"
              disabled={index === 0}
              onClick={() => onMove(index - 1, 'up')}
            >
              <IconArrowUp size={16} stroke={1.75} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t('list.down')}>
            <ActionIcon
              aria-label={t('list.downOf', { name })}
              aria-keyshortcuts="Alt+ArrowDown"
              data-action="down"
              disabled={index === last}
              onClick={() => onMove(index + 1, 'down')}
            >
              <IconArrowDown size={16} stroke={1.75} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <RowMenu
            label={t('list.moreOf', { name })}
            edit={{ href, text: t('common:action.edit') }}
            deleteText={t('list.delete')}
            onDelete={onDelete}
            busy={busy}
          >
            <Menu.Item
              leftSection={<IconPower size={16} aria-hidden />}
              disabled={busy}
              onClick={() => onToggle(!enabled)}
            >
              {enabled ? t('list.disable') : t('list.enable')}
            </Menu.Item>
          </RowMenu>
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}

function ModelsSummary({ models, discovered }: { readonly models: unknown; readonly discovered: number | null }) {
  const { t } = useTranslation('upstreams')
  const listed: readonly unknown[] = Array.isArray(models) ? models : []
  const names = listed.filter((name) => name !== '*').join(', ')
  const every = discovered === null ? t('list.everyModel') : t('list.everyModelFound', { count: discovered })
  const words = [listed.includes('*') ? every : '', names].filter((word) => word !== '').join(', ')
  return words === '' ? (
    <>{t('list.noModels')}</>
  ) : (
    <span className={`one-line ${classes.models}`} title={words}>
      {words}
    </span>
  )
}

function KeysSummary({ upstream, status }: Pick<UpstreamRowProps, 'upstream' | 'status'>) {
  const { t } = useTranslation('upstreams')
  const count = upstream.keys.length
  if (count === 0) return <>{status?.needsKey === false ? t('list.needsNone') : t('list.noKeys')}</>
  const ready = status?.keys.filter((key) => key.state === 'ready').length ?? count
  return <>{ready === count ? t('list.keyCount', { count }) : t('list.keysReady', { ready, count })}</>
}
