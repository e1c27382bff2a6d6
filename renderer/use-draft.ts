/**
 * The text of a form while it is edited. Until the first change it shows the source and follows it; from then on it
 * keeps what the user wrote, and the revision it began from, whatever happens to the file.
 */
import { useCallback, useState } from 'react'
import type { Revision } from '../proxy/contract.ts'

export interface Draft<T> {
  readonly value: T
  /** Differs from where it began. */
  readonly dirty: boolean
  /** The revision to save against. */
  readonly baseRevision: Revision | null
  /** The file has changed under the edited form: saving will report a conflict. */
  readonly outdated: boolean
  readonly set: (change: (value: T) => T) => void
  /** Back to the source: after saving, or to discard. */
  readonly reset: () => void
}

interface Edited<T> {
  readonly value: T
  readonly began: string
  readonly revision: Revision | null
}

/**
 * @param source - plain JSON; compared by its text.
 * @param revision - the revision that `source` comes from.
 */
export function useDraft<T>(source: T, revision: Revision | null): Draft<T> {
  const [edited, setEdited] = useState<Edited<T> | null>(null)

  const set = useCallback(
    (change: (value: T) => T) => {
      setEdited((before) => {
        const start = before ?? { value: source, began: JSON.stringify(source), revision }
        const value = change(start.value)
        // Typed and undone is untouched: the form follows the source again.
        return JSON.stringify(value) === start.began ? null : { ...start, value }
      })
    },
    [source, revision],
  )
  const reset = useCallback(() => setEdited(null), [])

  return {
    value: edited?.value ?? source,
    dirty: edited !== null,
    baseRevision: edited === null ? revision : edited.revision,
    outdated: edited !== null && edited.revision !== revision,
    set,
    reset,
  }
}
