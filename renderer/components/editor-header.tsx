import { Button } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { BackLink, type BackLinkProps } from './back-link.tsx'
import { PageHeader } from './page-header.tsx'

export interface EditorHeaderProps {
  readonly title: string
  readonly back: BackLinkProps
  readonly deleteText: string
  /** Null for what hasn't been saved yet: there is nothing to delete. */
  readonly onDelete: (() => void) | null
  readonly busy: boolean
}

/** Head of the page that edits one thing of a list. */
export function EditorHeader({ title, back, deleteText, onDelete, busy }: EditorHeaderProps) {
  return (
    <PageHeader
      title={title}
      intro={<BackLink {...back} />}
      actions={
        onDelete !== null && (
          <Button
            variant="default"
            leftSection={<IconTrash size={16} aria-hidden />}
            disabled={busy}
            onClick={onDelete}
          >
            {deleteText}
          </Button>
        )
      }
    />
  )
}
