/** Takes secrets out of texts. Upstreams echo the key they refuse, and messages are stored and shown. */

/** Shorter ones would blank out half of any text; nobody's real key is that short. */
const minKnownLength = 6

/**
 * Keys as providers form them; `ak-` are the ones that our own projects have. Stars too, for some
 * upstreams mask their echo and leave too much. Not within a word, so that `task-force` stays.
 */
const secretPattern =
  /(?<![A-Za-z0-9])(?:(?:sk|nvapi|xai|ak|pplx|csk)-|gsk_|ghp_|github_pat_|AIza|AQ\.)[A-Za-z0-9_*-]{8,}/g

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
  return redacted.replace(secretPattern, (secret) => maskSecret(secret))
}

const credentialHeader = /auth(?!ors?$)|key|token(?!s)|secret|cookie|passw|credential|signature/i

/** True for headers that by their name carry a credential; what others hold may be shown. */
export function isCredentialHeader(name: string): boolean {
  return credentialHeader.test(name)
}

/**
 * A secret as it may be shown: `sk-…a1b2`. At most its prefix up to the first dash, if that is four
 * characters or less, and the last four; of a short secret nothing.
 */
export function maskSecret(key: string): string {
  const prefix = /^[A-Za-z0-9]{1,3}[-_]/.exec(key)?.[0] ?? ''
  // Half of it at least stays hidden.
  return key.length < 16 ? '…' : `${prefix}…${key.slice(-4)}`
}
