/** Takes secrets out of texts. Upstreams echo the key they refuse, and messages are stored and shown. */
import { likelyKey, maskSecret } from '../secret-forms.ts'

/** Shorter ones would blank out half of any text; nobody's real key is that short. */
const minKnownLength = 6

/**
 * `text` with every known key and everything that looks like one masked.
 *
 * @param knownKeys - exact secrets; those under 6 characters are not searched for.
 */
export function redactSecrets(text: string, knownKeys: readonly string[]): string {
  // Longest first: a key that begins another would leave the other's tail.
  const keys = knownKeys.filter((key) => key.length >= minKnownLength).toSorted((a, b) => b.length - a.length)
  let redacted = text
  for (const key of keys) {
    if (redacted.includes(key)) redacted = redacted.replaceAll(key, () => maskSecret(key))
  }
  return redacted.replace(likelyKey, (secret) => maskSecret(secret))
}
