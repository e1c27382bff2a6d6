/** Reading JSON that others wrote: every answer of an upstream is of unknown shape until it is looked at. */

export type JsonRecord = Readonly<Record<string, unknown>>

/** The value as an object with members, else null; arrays are no such objects. */
export function asRecord(value: unknown): JsonRecord | null {
  // Safe: an object that is no array has string members of unknown type, which is all the type claims.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : null
}

/** Elements of an array, else an empty list. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A text that isn't blank, else null. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null
}

/** A finite number that isn't negative, else null. Numbers written as text are not read. */
export function asCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null
}

/** The parsed JSON, or undefined when the text isn't JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON is an answer like any other here; the caller goes on with the text.
    return undefined
  }
}
