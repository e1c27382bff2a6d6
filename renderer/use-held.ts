/** A value that stands still for a while: a form that is edited goes on from what it began with. */
import { useState } from 'react'

/** @param held - while true, the result is what `value` was before; else it is `value`. */
export function useHeld<T>(value: T, held: boolean): T {
  const [kept, setKept] = useState(value)
  // Functions would be called by the setter.
  if (!held && kept !== value) setKept(() => value)
  return held ? kept : value
}
