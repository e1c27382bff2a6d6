/** Keys as people paste them: one per line, out of a JSON list, a YAML list or an .env file. Pure. */
import type { KeyView } from '../../../proxy/contract.ts'

export interface PastedKeys {
  /** In their order, each once. */
  readonly keys: readonly string[]
  /** How many were left out because they stand twice. */
  readonly repeated: number
}

/**
 * @param known - keys that are there already; they count as repeated.
 */
export function readPastedKeys(text: string, known: readonly string[] = []): PastedKeys {
  const found = text
    .split(/[\s,;]+/)
    .map(withoutWrapping)
    .filter((part) => part !== '' && !isNoise(part))
  const keys = [...new Set(found)].filter((key) => !known.includes(key))
  return { keys, repeated: found.length - keys.length }
}

/** Enough to recognise a key that was just pasted, as the engine masks those that are saved. */
export function maskPasted(key: string): string {
  if (isEnvReference(key)) return key
  return key.length < 12 ? '…' : `${/^[a-z]{2,6}[-_]/i.exec(key)?.[0] ?? ''}…${key.slice(-4)}`
}

function isEnvReference(key: string): boolean {
  return /^\$\{[A-Za-z_]\w*\}$/.test(key)
}

function withoutWrapping(part: string): string {
  const bare = part.replace(/^["'`[\]]+|["'`[\]]+$/g, '')
  // NAME=key of an .env file; keys themselves hold "=" only at their end.
  return bare.replace(/^[A-Z][A-Z0-9_]*=(?=.)["']?/, '')
}

/** Dashes of a list, and the words around a key in headers and settings. */
function isNoise(part: string): boolean {
  return /^(-+|#.*|bearer|export|authorization:|x-api-key:|keys?:)$/i.test(part)
}

/** A key that is saved already, by what the console knows of it. */
export type KnownKey = Pick<KeyView, 'index' | 'keyId' | 'masked' | 'envName'>

/** What stands in the file for a key that comes from the environment. */
export function envReference(name: string): string {
  return `\${${name}}`
}

/**
 * Which of some new keys are saved already. A saved key is asked for only where its visible end is the same.
 *
 * @param readText - gives a saved key as it stands in the file.
 */
export async function findSaved(
  keys: readonly string[],
  saved: readonly KnownKey[],
  readText: (key: KnownKey) => Promise<string>,
): Promise<ReadonlySet<string>> {
  const ends = new Set(keys.map((key) => key.slice(-4)))
  const suspects = saved.filter(({ masked, envName }) => envName !== null || ends.has(masked.slice(-4)))
  const texts = await Promise.all(suspects.map(readText))
  return new Set(keys.filter((key) => texts.includes(key)))
}
