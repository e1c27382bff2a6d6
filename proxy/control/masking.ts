/**
 * Hides secrets in what the forms show, and finds them again when a form sends them back: a masked value holds `…`,
 * which no key, header or address can hold, so it is never mistaken for a real one. Pure.
 */
import { redactSecrets } from '../providers/redact.ts'
import { isCredentialHeader, maskSecret } from '../secret-forms.ts'
import type { Settings } from './written-config.ts'

const envReference = /\$\{[A-Za-z_]\w*\}/g

/** A header's value as it may be shown: `Bearer …a1b2`; as it is when its name says nothing of a credential. */
export function maskHeader(name: string, value: string): string {
  const [, scheme = '', secret = ''] = /^((?:Bearer|Basic|Token|ApiKey) +)?(.*)$/is.exec(value) ?? []
  if (scheme === '' && !isCredentialHeader(name)) return redactSecrets(value, [])
  // `${NAME}` tells where the secret is, not what it is.
  if (secret.replaceAll(envReference, '').trim() === '') return value
  return scheme + maskSecret(secret)
}

/** An address with its password, or a user name that stands alone, hidden. */
export function maskUrl(url: string): string {
  const [, scheme = '', login = '', rest = ''] = /^([a-z][a-z\d+.-]*:\/\/)?([^@/?#]*)@(.*)$/is.exec(url) ?? []
  if (login === '' || login.replaceAll(envReference, '').replaceAll(':', '') === '') return url
  const colon = login.indexOf(':')
  return `${scheme}${colon === -1 ? '…' : `${login.slice(0, colon)}:…`}@${rest}`
}

/** The settings of the server, an upstream or a project with every secret masked. */
export function maskSettings(settings: Settings, secrets: readonly string[]): Settings {
  const masked = Object.entries(settings).map(([name, value]): [string, unknown] => {
    if (name === 'headers') return [name, mapTexts(value, (text, path) => maskHeader(path.at(-1) ?? '', text))]
    if (name === 'proxy') return [name, mapTexts(value, maskUrl)]
    if (name === 'previous_api_key')
      return [name, mapTexts(value, (text, path) => (path.at(-1) === 'key' ? maskSecret(text) : text))]
    // It can be confidential, but its form has to show it.
    if (name === 'notification_webhook') return [name, value]
    // A key that stands where none belongs, in an unknown or mistyped setting.
    return [name, mapTexts(value, (text) => redactSecrets(text, secrets))]
  })
  return Object.fromEntries(masked)
}

/** True when `after` holds a masked text that `before` doesn't: a form has sent back what it was shown. */
export function holdsNewMask(before: unknown, after: unknown): boolean {
  const known = new Set(masksIn(before))
  return masksIn(after).some((text) => !known.has(text))
}

/** Texts with `…` wherever a secret may stand; in names it is an ordinary character. */
function masksIn(value: unknown): readonly string[] {
  const found: string[] = []
  mapTexts(value, (text, path) => {
    const isName = ['name', 'project_name', 'models', 'allowed_models', 'auto_models'].some((name) =>
      path.includes(name),
    )
    if (text.includes('…') && !isName) found.push(text)
    return text
  })
  return found
}

/** @param change - gets each text with the names above it, indexes left out. */
function mapTexts(
  value: unknown,
  change: (text: string, path: readonly string[]) => string,
  path: readonly string[] = [],
): unknown {
  if (typeof value === 'string') return change(value, path)
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change, path))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, mapTexts(inner, change, [...path, name])]),
  )
}
