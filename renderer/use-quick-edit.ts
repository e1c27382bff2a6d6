/**
 * Changes that are saved at once, without a save bar: move, switch on or off, delete. A failed one says why; a deletion
 * offers to be undone by writing the text from before, comments included.
 */
import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ConfigEdit, ConfigView, SaveResult } from '../proxy/contract.ts'
import { ControlFailure } from './client.ts'
import { useUndo } from './components/use-undo.tsx'
import { useClient } from './console-context.ts'
import { failureText } from './failure-text.ts'
import { useDiagnosticText } from './use-diagnostic-text.ts'
import { useNotices } from './use-notices.ts'

export interface QuickEdit {
  /** While a change is on its way, and until `view` shows it: places in lists would be those of before. */
  readonly busy: boolean
  /** Resolves to true when it is written and running. */
  readonly change: (edits: readonly ConfigEdit[]) => Promise<boolean>
  /** The same with "Undo". `message` says what was done: "Deleted OpenAI." */
  readonly remove: (edits: readonly ConfigEdit[], message: string) => Promise<boolean>
}

export function useQuickEdit(view: Pick<ConfigView, 'revision'>): QuickEdit {
  const { t } = useTranslation('common')
  const client = useClient()
  const notices = useNotices()
  const offerUndo = useUndo()
  const diagnosticText = useDiagnosticText()
  const [sending, setSending] = useState(false)
  // The revision that the view had when the newest change was applied: once it has another one, it has caught up.
  const [appliedOver, setAppliedOver] = useState<string | null>(null)
  const { revision } = view

  const reason = useCallback(
    (result: Exclude<SaveResult, { kind: 'applied' }>): string => {
      if (result.kind === 'conflict') return t('save.conflict')
      if (result.kind === 'invalid') return result.diagnostics.map((diagnostic) => diagnosticText(diagnostic)).join(' ')
      return t('save.failed', { reason: failureText(t, result) })
    },
    [t, diagnosticText],
  )

  const run = useCallback(
    async (edits: readonly ConfigEdit[], message: string | null): Promise<boolean> => {
      setSending(true)
      try {
        const before = message === null ? null : await client.readConfigText()
        const result = await client.editConfig(edits, revision)
        if (result.kind !== 'applied') throw new ControlFailure(result.kind, reason(result))
        setAppliedOver(revision)
        if (before !== null && message !== null) {
          offerUndo(message, async () => {
            const undone = await client.saveConfigText(before.text, result.revision)
            if (undone.kind !== 'applied') throw new ControlFailure(undone.kind, reason(undone))
          })
        }
        return true
      } catch (error) {
        notices.showFailure(error)
        return false
      } finally {
        setSending(false)
      }
    },
    [client, notices, offerUndo, reason, revision],
  )

  const change = useCallback((edits: readonly ConfigEdit[]) => run(edits, null), [run])
  return { busy: sending || appliedOver === revision, change, remove: run }
}
