import { useEffect, useRef, useState } from 'react'
import { Button } from '@mantine/core'
import { yaml } from '@codemirror/lang-yaml'
import { MergeView } from '@codemirror/merge'
import { EditorState, type Extension } from '@codemirror/state'
import { EditorView, lineNumbers } from '@codemirror/view'
import { IconEye, IconEyeOff } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { codeStyle } from './code-style.ts'
import { secretMask } from './secret-mask.ts'
import classes from './text-diff.module.css'

export interface TextDiffProps {
  readonly before: string
  readonly after: string
  readonly beforeLabel: string
  readonly afterLabel: string
}

/**
 * Two texts side by side, unchanged parts folded, secrets masked until they are asked for. Read-only. Load it lazily: it
 * brings CodeMirror.
 */
export function TextDiff({ before, after, beforeLabel, afterLabel }: TextDiffProps) {
  const { t } = useTranslation('common')
  const [revealed, setRevealed] = useState(false)
  const parent = useRef<HTMLDivElement>(null)

  useEffect(() => {
    if (parent.current === null) return undefined
    const extensions = [
      revealed ? [] : secretMask(),
      EditorState.phrases.of({ '$ unchanged lines': t('diff.unchanged') }),
    ]
    const view = new MergeView({
      parent: parent.current,
      a: { doc: before, extensions: readOnly(beforeLabel, extensions) },
      b: { doc: after, extensions: readOnly(afterLabel, extensions) },
      collapseUnchanged: { margin: 3, minSize: 6 },
    })
    return () => view.destroy()
  }, [before, after, beforeLabel, afterLabel, revealed, t])

  const Icon = revealed ? IconEyeOff : IconEye
  return (
    <div className={classes.diff}>
      <div className={classes.labels}>
        <span aria-hidden>{beforeLabel}</span>
        <span aria-hidden>{afterLabel}</span>
        <Button
          className={classes.reveal}
          variant="subtle"
          color="gray"
          size="compact-xs"
          leftSection={<Icon size={14} stroke={1.75} aria-hidden />}
          onClick={() => setRevealed(!revealed)}
        >
          {revealed ? t('secrets.hide') : t('secrets.show')}
        </Button>
      </div>
      <div className={classes.texts} ref={parent} />
    </div>
  )
}

function readOnly(label: string, extensions: Extension) {
  return [
    lineNumbers(),
    yaml(),
    codeStyle,
    extensions,
    EditorState.readOnly.of(true),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label }),
  ]
}
