import { Anchor } from '@mantine/core'
import { IconExternalLink } from '@tabler/icons-react'
import { useClient } from '../console-context.ts'

export interface ExternalLinkProps {
  readonly href: string
  readonly children: React.ReactNode
}

/** A link to a page outside: a new tab in the browser, the system's browser on the desktop, whose window opens none. */
export function ExternalLink({ href, children }: ExternalLinkProps) {
  const { desktop } = useClient()
  return (
    <Anchor
      href={href}
      target="_blank"
      rel="noreferrer"
      fz="inherit"
      underline="always"
      onClick={(event) => {
        if (desktop === null) return
        event.preventDefault()
        void desktop.openExternal(href)
      }}
    >
      {children}
      <IconExternalLink size={13} stroke={1.75} style={{ marginLeft: 3, verticalAlign: '-1px' }} aria-hidden />
    </Anchor>
  )
}
