import { ActionIcon, Menu } from '@mantine/core'
import { IconDots, IconPencil, IconTrash } from '@tabler/icons-react'

export interface RowMenuProps {
  /** Names the button, and the row with it: "More for OpenAI". */
  readonly label: string
  readonly edit: { readonly href: string; readonly text: string }
  readonly deleteText: string
  readonly onDelete: () => void
  /** While a change is being saved. */
  readonly busy: boolean
  /** Further entries (Menu.Item), between Edit and Delete. */
  readonly children: React.ReactNode
}

/** What can be done to a row of a list, behind three dots. */
export function RowMenu({ label, edit, deleteText, onDelete, busy, children }: RowMenuProps) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={label}>
          <IconDots size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={edit.href} leftSection={<IconPencil size={16} aria-hidden />}>
          {edit.text}
        </Menu.Item>
        {children}
        <Menu.Item
          leftSection={<IconTrash size={16} aria-hidden />}
          color="var(--tone-bad)"
          disabled={busy}
          onClick={onDelete}
        >
          {deleteText}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
