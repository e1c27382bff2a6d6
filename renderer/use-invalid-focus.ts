/** After a refused save the first field with an error gets the focus: by keyboard and by ear it would be far away. */
import { useEffect, type RefObject } from 'react'
import type { ConfigDiagnostic } from '../proxy/contract.ts'

export function useInvalidFocus(form: RefObject<HTMLElement | null>, diagnostics: readonly ConfigDiagnostic[]): void {
  useEffect(() => {
    if (diagnostics.length === 0) return
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-error="true"] input')?.focus()
  }, [form, diagnostics])
}
