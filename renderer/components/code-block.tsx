import { CopyButton } from './copy-button.tsx'
import classes from './code-block.module.css'

export interface CodeBlockProps {
  readonly code: string
  /** What it is, for the labels: "curl command". */
  readonly what: string
  /** Copied in place of `code`, where the shown text masks a secret. */
  readonly copyText?: string | (() => Promise<string>)
}

/** Code to copy. It scrolls sideways rather than wrapping: a wrapped command is read wrongly. */
export function CodeBlock({ code, what, copyText }: CodeBlockProps) {
  return (
    <div className={classes.block}>
      {/* A scroller must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <section className={classes.code} tabIndex={0} aria-label={what}>
        <pre>{code}</pre>
      </section>
      <div className={classes.copy}>
        <CopyButton text={copyText ?? code} what={what} />
      </div>
    </div>
  )
}
