/**
 * Where secrets stand in the text of a config: by what holds them (`key`, `keys`, `api_key`, headers of credentials,
 * the login of an address, the path of a webhook) and by how keys look, in comments too. Pure. It reads texts that aren't valid YAML as well as
 * it can, since that is what an editor holds most of the time.
 */
import { yamlLanguage } from '@codemirror/lang-yaml'
import { isCredentialHeader, likelyKey, maskSecret } from '../../proxy/secret-forms.ts'

export interface SecretRange {
  readonly from: number
  readonly to: number
  /** What may be shown in its place. */
  readonly masked: string
}

/** In the order of the text, not overlapping. */
export function findSecrets(text: string): readonly SecretRange[] {
  const found = [...heldSecrets(text), ...heldOnLine(text), ...webhooks(text), ...likelySecrets(text)].toSorted(
    (a, b) => a.from - b.from || b.to - a.to,
  )
  const kept: SecretRange[] = []
  for (const range of found) {
    if (range.from >= (kept.at(-1)?.to ?? 0)) kept.push(range)
  }
  return kept
}

/** A part of `text` with the secrets in it masked. */
export function maskedSlice(text: string, secrets: readonly SecretRange[], from: number, to: number): string {
  let masked = ''
  let at = from
  for (const secret of secrets) {
    if (secret.to <= from || secret.from >= to) continue
    masked += text.slice(at, Math.max(at, secret.from)) + secret.masked
    at = Math.min(to, secret.to)
  }
  return masked + text.slice(at, to)
}

type SyntaxNode = ReturnType<typeof yamlLanguage.parser.parse>['topNode']

// Shorter ones are placeholders ("sk-..."), or not written to the end yet.
const minLength = 8
const envReference = /\$\{[A-Za-z_]\w*\}/g
const scalars = new Set(['Literal', 'QuotedLiteral', 'BlockLiteralContent'])

function heldSecrets(text: string): SecretRange[] {
  const found: SecretRange[] = []
  yamlLanguage.parser.parse(text).iterate({
    enter(node) {
      if (!scalars.has(node.name) || !isSecretPlace(text, node.node)) return
      const written = text.slice(node.from, node.to)
      const before = /^\s*["']?(?:(?:Bearer|Basic|Token|ApiKey) +)?/i.exec(written)?.[0].length ?? 0
      const after = /["']?\s*$/.exec(written)?.[0].length ?? 0
      add(found, text, node.from + before, node.to - after)
    },
  })
  return found
}

function isSecretPlace(text: string, value: SyntaxNode): boolean {
  const [holder, above] = holders(text, value)
  if (holder === undefined) return false
  if (holder === 'key' || holder === 'keys' || holder === 'api_key') return true
  return above === 'headers' && isCredentialHeader(holder)
}

/** Names of the settings that a value belongs to, innermost first; none for a name itself. */
function holders(text: string, value: SyntaxNode): readonly string[] {
  const names: string[] = []
  for (let node: SyntaxNode | null = value; node !== null; node = node.parent) {
    if (node.name === 'Key') return []
    if (node.name !== 'Pair') continue
    const key = node.getChild('Key')
    if (key !== null) names.push(text.slice(key.from, key.to).replaceAll(/^["']|["']$/g, ''))
  }
  return names
}

/** The same line by line, for what the parser lost its way in: an unclosed bracket, a quote too many. */
function heldOnLine(text: string): SecretRange[] {
  const found: SecretRange[] = []
  for (const { 0: start, index } of text.matchAll(/\b(?:api_key|keys?)["']?[ \t]*:[ \t]*/g)) {
    const rest = text.slice(index + start.length).split('\n', 1)[0] ?? ''
    const values = rest.startsWith('[') ? rest.replace(/\].*$/, '') : (/^["']?[^\s"',}#]+/.exec(rest)?.[0] ?? '')
    for (const value of values.matchAll(/[^\s"',[{}#]+/g)) {
      const from = index + start.length + value.index
      // A key with a name: its own `key:` is found by itself.
      if (!values.includes('{')) add(found, text, from, from + value[0].length)
    }
  }
  return found
}

/** Whoever knows the address of a webhook can write to it; of all its parts only the host says no more than which service it is. */
function webhooks(text: string): SecretRange[] {
  const found: SecretRange[] = []
  for (const match of text.matchAll(/\bnotification_webhook["']?[ \t]*:[ \t]*["']?https?:\/\/[^\s/?#"']+([^\s"']+)/g)) {
    const to = match.index + match[0].length
    const path = match[1] ?? ''
    if (path.replaceAll(envReference, '').length >= minLength) found.push({ from: to - path.length, to, masked: '/…' })
  }
  return found
}

function likelySecrets(text: string): SecretRange[] {
  const found: SecretRange[] = []
  for (const match of text.matchAll(likelyKey)) add(found, text, match.index, match.index + match[0].length)
  // The login of an address: a password, or a name that stands alone.
  for (const match of text.matchAll(/:\/\/(?:[^\s@/?#:"']*:)?([^\s@/?#:"']+)@/g)) {
    const to = match.index + match[0].length - 1
    const from = to - (match[1] ?? '').length
    if (text.slice(from, to).replaceAll(envReference, '') !== '') found.push({ from, to, masked: '…' })
  }
  return found
}

function add(found: SecretRange[], text: string, from: number, to: number): void {
  const secret = text.slice(from, to)
  // `${NAME}` tells where the secret is, not what it is.
  if (secret.length < minLength || secret.replaceAll(envReference, '').trim() === '') return
  found.push({ from, to, masked: maskSecret(secret) })
}
