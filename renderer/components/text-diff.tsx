import { useEffect, useRef } from 'react'
import { yaml } from '@codemirror/lang-yaml'
import { MergeView } from '@codemirror/merge'
import { EditorState } from '@codemirror/state'
import { EditorView, lineNumbers } from '@codemirror/view'
import { codeStyle } from './code-style.ts'
import classes from './text-diff.module.css'

export interface TextDiffProps {
  readonly before: string
  readonly after: string
  readonly beforeLabel: string
  readonly afterLabel: string
}

/** Two texts side by side, unchanged parts folded. Read-only. Load it lazily: it brings CodeMirror. */
export function TextDiff({ before, after, beforeLabel, afterLabel }: TextDiffProps) {
  const parent = useRef<HTMLDivElement>(null)

  useEffect(() => {
    if (parent.current === null) return undefined
    const view = new MergeView({
      parent: parent.current,
      a: { doc: before, extensions: readOnly(beforeLabel) },
      b: { doc: after, extensions: readOnly(afterLabel) },
      collapseUnchanged: { margin: 3, minSize: 6 },
    })
    return () => view.destroy()
  }, [before, after, beforeLabel, afterLabel])

  return (
    <div className={classes.diff}>
      <div className={classes.labels} aria-hidden>
        <span>{beforeLabel}</span>
        <span>{afterLabel}</span>
      </div>
      <div className={classes.texts} ref={parent} />
    </div>
  )
}

function readOnly(label: string) {
  return [
    lineNumbers(),
    yaml(),
    codeStyle,
    EditorState.readOnly.of(true),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label }),
  ]
}
