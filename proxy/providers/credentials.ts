/** In which header an upstream wants its key. Style by style; what the key is, and for whom, is the caller's affair. */

import type { CredentialStyle, HostProfile, Protocol } from './hosts.ts'

/**
 * The form in which `profile` takes a key for a call of `protocol`.
 *
 * A local host is `bearer` too: some local servers ask for a token, and without one `credentialHeader`
 * sends nothing.
 */
export function credentialStyle(profile: HostProfile, protocol: Protocol): CredentialStyle {
  switch (protocol) {
    case 'gemini':
      // Hosts that aren't Google's but are told to speak its protocol are relays of it.
      return profile.isLocal ? profile.credential : 'x-goog-api-key'
    case 'messages':
      return profile.messagesCredential
    case 'chat':
    case 'responses':
      return profile.credential
  }
}

/**
 * The header that carries `key`; null for an empty key. Only the credential: `anthropic-version` and the like are the
 * caller's.
 */
export function credentialHeader(style: CredentialStyle, key: string): readonly [name: string, value: string] | null {
  if (key === '' || style === 'none') return null
  return style === 'bearer' ? ['authorization', `Bearer ${key}`] : [style, key]
}
