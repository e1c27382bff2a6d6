/**
 * Saving, for every form: the edits go to the engine with the revision they began from, and what came of it is state
 * for `SaveBar`, `FieldError` and `ConflictDialog`.
 */
import { useCallback, useState } from 'react'
import type { ConfigDiagnostic, ConfigEdit, Revision, SaveResult } from '../proxy/contract.ts'
import { toFailure } from './client.ts'
import { useClient } from './console-context.ts'

export type SaveOutcome = { readonly kind: 'none' } | { readonly kind: 'saving' } | SaveResult

export interface ConfigSave {
  readonly outcome: SaveOutcome
  /** What a form shows at its fields: the errors of a refused save. */
  readonly diagnostics: readonly ConfigDiagnostic[]
  /** Resolves to the new revision when the edits are written and running, else to null. */
  readonly save: (edits: readonly ConfigEdit[], baseRevision: Revision | null) => Promise<Revision | null>
  /** The same for a whole text: the raw editor, and "keep mine" of a conflict. */
  readonly saveText: (text: string, baseRevision: Revision | null) => Promise<Revision | null>
  /** Nothing was sent: the form itself found these problems. They are shown as those of the engine are. */
  readonly refuse: (diagnostics: readonly ConfigDiagnostic[]) => void
  /** Forgets the outcome: the form was edited again or discarded. */
  readonly clear: () => void
}

const none: readonly ConfigDiagnostic[] = []

export function useConfigSave(): ConfigSave {
  const client = useClient()
  const [outcome, setOutcome] = useState<SaveOutcome>({ kind: 'none' })

  const run = useCallback(async (ask: () => Promise<SaveResult>): Promise<Revision | null> => {
    setOutcome({ kind: 'saving' })
    const result = await ask().catch(toFailed)
    setOutcome(result)
    return result.kind === 'applied' ? result.revision : null
  }, [])
  const save = useCallback(
    (edits: readonly ConfigEdit[], baseRevision: Revision | null) => run(() => client.editConfig(edits, baseRevision)),
    [client, run],
  )
  const saveText = useCallback(
    (text: string, baseRevision: Revision | null) => run(() => client.saveConfigText(text, baseRevision)),
    [client, run],
  )
  const refuse = useCallback(
    (problems: readonly ConfigDiagnostic[]) => setOutcome({ kind: 'invalid', diagnostics: problems }),
    [],
  )
  const clear = useCallback(() => setOutcome({ kind: 'none' }), [])

  const diagnostics = outcome.kind === 'invalid' ? outcome.diagnostics : none
  return { outcome, diagnostics, save, saveText, refuse, clear }
}

function toFailed(error: unknown): SaveResult {
  const { code, message } = toFailure(error)
  // Whether the file holds it is unknown then; the engine reads it at the next connection either way.
  return { kind: 'failed', code, message, written: false }
}
