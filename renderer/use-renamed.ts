/**
 * What an editor that is open has renamed: the address still has the old name, until the config with the new one has
 * come. The editor itself must live through that, and through whatever else happens to the file.
 */
import { useState } from 'react'

export interface Renamed {
  /** The new name of an entry, null where it was not renamed. */
  readonly newNameOf: (name: string | undefined) => string | null
  /** React's key for the editor at this place of the address: the same before and after a rename. */
  readonly keyOf: (place: readonly string[]) => string
  readonly onRename: (from: string, to: string) => void
}

export function useRenamed(): Renamed {
  const [renamed, setRenamed] = useState<{ readonly from: string; readonly to: string; readonly key: string } | null>(
    null,
  )
  return {
    newNameOf: (name) => (renamed !== null && renamed.from === name ? renamed.to : null),
    keyOf: (place) => {
      const [name] = place
      const isRenamed = renamed !== null && place.length === 1 && (name === renamed.from || name === renamed.to)
      return isRenamed ? renamed.key : place.join('/')
    },
    onRename: (from, to) =>
      setRenamed((before) => ({ from, to, key: before !== null && before.to === from ? before.key : from })),
  }
}
