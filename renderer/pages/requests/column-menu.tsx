import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import { IconColumns3 } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { columnIds, type ColumnId } from './request-columns.ts'

export interface ColumnMenuProps {
  /** Null: as many of the usual ones as fit. */
  readonly chosen: readonly ColumnId[] | null
  readonly usual: readonly ColumnId[]
  readonly onChoose: (chosen: readonly ColumnId[] | null) => void
}

export function ColumnMenu({ chosen, usual, onChoose }: ColumnMenuProps) {
  const { t } = useTranslation('requests')
  const shown = chosen ?? usual
  return (
    <Menu position="bottom-end" closeOnItemClick={false}>
      <Menu.Target>
        <Tooltip label={t('columns.label')}>
          <ActionIcon variant="default" size={30} aria-label={t('columns.label')}>
            <IconColumns3 size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflowY: 'auto' }}>
        {columnIds.map((id) => (
          <Menu.CheckboxItem
            key={id}
            checked={shown.includes(id)}
            // One must stay, or there is nothing left to click on.
            disabled={shown.length === 1 && shown.includes(id)}
            onChange={(checked) => onChoose(checked ? [...shown, id] : shown.filter((other) => other !== id))}
          >
            {t(`columnHint.${id}`)}
          </Menu.CheckboxItem>
        ))}
        <Menu.Divider />
        <Menu.Item disabled={chosen === null} onClick={() => onChoose(null)}>
          {t('columns.usual')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
