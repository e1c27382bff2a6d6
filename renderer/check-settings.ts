/** Checks a form's values by the schema of the config, so that a mistake is named at its field before anything is sent. */
import { z } from 'zod'
import type { ConfigDiagnostic } from '../proxy/contract.ts'

type Path = readonly (string | number)[]

/**
 * The problems of a value as diagnostics, with the codes and parameters that the engine's own reader gives.
 *
 * @param path - where the value stands in the config: ['upstreams', 2].
 */
export function checkSettings(schema: z.ZodType, value: unknown, path: Path): readonly ConfigDiagnostic[] {
  const result = z.safeParse(schema, value)
  return (result.error?.issues ?? []).map((issue) => {
    const at = [...path, ...issue.path.filter((part) => typeof part !== 'symbol')]
    return problem(issue.message, at, paramsOf(issue, at))
  })
}

/** One problem found by the form itself. */
export function problem(code: string, path: Path, params: ConfigDiagnostic['params'] = {}): ConfigDiagnostic {
  return { severity: 'error', code, params, message: code, path, line: null, column: null }
}

function paramsOf(issue: z.core.$ZodIssue, path: Path): ConfigDiagnostic['params'] {
  const params: Record<string, string | number> = { key: path.findLast((part) => typeof part === 'string') ?? '' }
  if (issue.code === 'too_small') params['minimum'] = Number(issue.minimum)
  if (issue.code === 'too_big') params['maximum'] = Number(issue.maximum)
  if (issue.code === 'invalid_value') params['allowed'] = issue.values.join(', ')
  return params
}
