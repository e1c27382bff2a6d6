/**
 * What a form shows while it is edited. Until the first change it follows the source; from then on it keeps what the
 * user wrote, and the revision it began from, whatever happens to the file.
 */
import { useCallback, useState } from 'react'
import type { Revision } from '../proxy/contract.ts'

export interface Draft<T> {
  readonly value: T
  /** What `value` is compared with: the source when the first change was made. Edits are the difference of the two. */
  readonly base: T
  readonly dirty: boolean
  /** The revision to save against. */
  readonly baseRevision: Revision | null
  /** The file has changed under the edited form: saving will report a conflict. */
  readonly outdated: boolean
  readonly set: (change: (value: T) => T) => void
  /** After saving: keeps showing the saved value until the source has caught up, so that nothing flickers back. */
  readonly saved: (revision: Revision) => void
  /** Back to the source. */
  readonly reset: () => void
}

interface Edited<T> {
  readonly value: T
  readonly base: T
  readonly revision: Revision | null
  /** Revision of the source when it was saved; undefined while it is not. */
  readonly savedOver?: Revision | null
}

/**
 * @param source - plain JSON; compared by its text.
 * @param revision - the revision that `source` comes from.
 */
export function useDraft<T>(source: T, revision: Revision | null): Draft<T> {
  const [kept, setKept] = useState<Edited<T> | null>(null)
  const caughtUp = kept?.savedOver !== undefined && kept.savedOver !== revision
  // Forgotten for good: a file that goes back to its older text would else bring back what was saved before.
  if (caughtUp) setKept(null)
  const edited: Edited<T> = kept === null || caughtUp ? { value: source, base: source, revision } : kept
  const dirty = edited === kept && kept.savedOver === undefined

  function set(change: (value: T) => T): void {
    setKept((before) => {
      // Several changes may come before the next render: each builds on the one before.
      const start = before === null || caughtUp ? edited : before
      const value = change(start.value)
      // Typed and undone is untouched: the form follows the source again.
      if (JSON.stringify(value) === JSON.stringify(start.base)) return null
      return { value, base: start.base, revision: start.revision }
    })
  }

  const saved = (next: Revision) =>
    setKept({ value: edited.value, base: edited.value, revision: next, savedOver: revision })
  const reset = useCallback(() => setKept(null), [])

  return {
    value: edited.value,
    base: edited.base,
    dirty,
    baseRevision: edited.revision,
    outdated: dirty && edited.revision !== revision,
    set,
    saved,
    reset,
  }
}
