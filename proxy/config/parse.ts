/**
 * From the text of a config to settings the engine works with, or to everything that is wrong with it, each with its
 * place. Pure: no files, no clock; the environment comes in as a value. Messages never quote the text, which may
 * hold keys.
 */
import type { Document } from 'yaml'
import type { ConfigDiagnostic } from '../contract.ts'
import { buildConfig } from './build.ts'
import { checkTogether } from './cross-checks.ts'
import { readDocument } from './document.ts'
import type { Path } from './document.ts'
import { diagnosticText } from './messages.ts'
import { readSettings } from './reader.ts'
import type { Finding } from './reader.ts'
import { configSchema } from './schema.ts'
import type { Config } from './schema.ts'

export interface ParseOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Of the diagnostics' messages. */
  readonly language: 'zh' | 'en'
}

export type ParseResult =
  | {
      readonly ok: true
      readonly config: Config
      readonly warnings: readonly ConfigDiagnostic[]
      /** The text as a document, for what must show values as written. */
      readonly document: Document.Parsed
    }
  | {
      readonly ok: false
      /** Errors and warnings, in the order of the text. */
      readonly diagnostics: readonly ConfigDiagnostic[]
      readonly document: Document.Parsed
    }

/** Parses and checks a whole config. All mistakes at once; throws on no text. */
export function parseConfig(text: string, options: ParseOptions): ParseResult {
  const source = readDocument(text)
  const diagnostics: ConfigDiagnostic[] = []
  const add = (finding: Omit<Finding, 'of'>, place: { readonly line: number; readonly column: number }) => {
    const { severity, code, params, path } = finding
    const message = diagnosticText(code, params, options.language)
    diagnostics.push({ severity, code, params, message, path, line: place.line, column: place.column })
  }
  const report = (finding: Finding) => add(finding, source.place(finding.path, finding.of))

  for (const problem of source.errors)
    add({ severity: 'error', code: problem.code, params: {}, path: [] }, problem.place)
  for (const problem of source.warnings) {
    add({ severity: 'warning', code: problem.code, params: {}, path: [] }, problem.place)
  }
  let config: Config | null = null
  if (source.isReadable) {
    const wrongForm = formProblem(source.value)
    if (wrongForm === null) {
      config = buildConfig(readSettings(configSchema, source.value, report), options.env, report)
      checkTogether(config, report)
    } else {
      report({ severity: 'error', code: wrongForm, path: [], of: 'value', params: {} })
    }
  }

  const found = withoutEchoes(diagnostics)
  found.sort((left, right) => (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0))
  const { document } = source
  if (config === null || found.some((diagnostic) => diagnostic.severity === 'error')) {
    return { ok: false, diagnostics: found, document }
  }
  return { ok: true, config: deepFreeze(config), warnings: found, document }
}

function formProblem(value: unknown): string | null {
  if (value === null) return 'config_empty'
  return typeof value !== 'object' || Array.isArray(value) ? 'config_not_mapping' : null
}

// What couldn't be read counts as empty further on; a warning of that, at the same place or within, says nothing new.
function withoutEchoes(diagnostics: readonly ConfigDiagnostic[]): ConfigDiagnostic[] {
  const errors = diagnostics.filter(({ severity, path }) => severity === 'error' && path.length > 0)
  const isEcho = (path: Path) =>
    errors.some((error) => error.path.every((step, at) => at >= path.length || path[at] === step))
  return diagnostics.filter(({ severity, path }) => severity === 'error' || path.length === 0 || !isEcho(path))
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}
