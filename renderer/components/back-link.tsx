import { IconArrowLeft } from '@tabler/icons-react'
import classes from './back-link.module.css'

export interface BackLinkProps {
  readonly href: string
  readonly text: string
}

/** The way from an editor back to its list. */
export function BackLink({ href, text }: BackLinkProps) {
  return (
    <a className={classes.back} href={href}>
      <IconArrowLeft size={14} aria-hidden /> {text}
    </a>
  )
}
