/** What secrets look like and how they are shown. A leaf: the engine and the console's editor mask by the same rules. */

/**
 * Keys as providers form them; `ak-` are the ones that our own projects have. Stars too, for some
 * upstreams mask their echo and leave too much. Not within a word, so that `task-force` stays.
 */
export const likelyKey =
  /(?<![A-Za-z0-9])(?:(?:sk|nvapi|xai|ak|pplx|csk)-|gsk_|ghp_|github_pat_|AIza|AQ\.)[A-Za-z0-9_*-]{8,}/g

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
