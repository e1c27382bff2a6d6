/** Problems of a config in the user's language, and those that belong to one field. */
import { useCallback } from 'react'
import i18next from 'i18next'
import { useTranslation } from 'react-i18next'
import type { ConfigDiagnostic } from '../proxy/contract.ts'

type Path = readonly (string | number)[]

/** The text of a diagnostic by its code; the engine's own wording where the console has none. */
export function useDiagnosticText(): (
  diagnostic: ConfigDiagnostic,
  options?: { readonly withPlace?: boolean },
) => string {
  const { t, i18n } = useTranslation('common')
  return useCallback(
    (diagnostic, options) => {
      // Codes are the engine's: one that this catalogue doesn't know is possible, so the key can't be typed.
      const key = `diagnostics:${diagnostic.code}`
      const text = i18n.exists(key) ? i18next.t(key as never, { ...diagnostic.params }) : diagnostic.message
      const place = placeOf(diagnostic, (line) => t('place.line', { line }))
      return options?.withPlace === true && place !== '' ? `${text} (${place})` : text
    },
    [t, i18n],
  )
}

/** What stands at the field: the diagnostics whose path is `path` or lies below it. */
function diagnosticsAt(diagnostics: readonly ConfigDiagnostic[], path: Path): readonly ConfigDiagnostic[] {
  return diagnostics.filter((diagnostic) => path.every((part, index) => diagnostic.path[index] === part))
}

/** `error` of a Mantine input: the texts of its diagnostics, or null. */
export function useFieldError(diagnostics: readonly ConfigDiagnostic[]): (path: Path) => string | null {
  const text = useDiagnosticText()
  return useCallback(
    (path) => {
      const texts = diagnosticsAt(diagnostics, path).map((diagnostic) => text(diagnostic))
      return texts.length === 0 ? null : texts.join(' ')
    },
    [diagnostics, text],
  )
}

function placeOf({ path, line }: ConfigDiagnostic, lineText: (line: number) => string): string {
  const words = [path.join('.'), line === null ? '' : lineText(line)]
  return words.filter((word) => word !== '').join(', ')
}
