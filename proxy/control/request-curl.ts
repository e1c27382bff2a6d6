/**
 * A request of the log as a shell command that repeats it, for any POSIX shell. Holds no secret: the client's key
 * becomes `$AI_PROXY_KEY`. Pure.
 */
import { isHiddenHeader, isSentAgain } from './request-headers.ts'
import { maskHeader } from './masking.ts'

export interface CurlRequest {
  readonly method: string
  /** With the query, credentials taken out. */
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Null when it was not kept, or is no text. */
  readonly body: string | null
  readonly bodyBytes: number
  /** What to say where the body is missing. */
  readonly bodyNote: string
}

export function curlCommand({ method, url, headers, body, bodyBytes, bodyNote }: CurlRequest): string {
  const hasBody = bodyBytes > 0
  const parts = [`curl${method === (hasBody ? 'POST' : 'GET') ? '' : ` -X ${quote(method)}`} ${quote(url)}`]
  parts.push('-H "authorization: Bearer $AI_PROXY_KEY"')
  for (const [name, value] of headers) {
    if (!isSentAgain(name) || isHiddenHeader(name)) continue
    parts.push(`-H ${quote(`${name}: ${maskHeader(name, value)}`)}`)
  }
  // `--data-raw` sends a leading @ as it is; `--data-binary @` keeps the line breaks of a file.
  if (hasBody) parts.push(body === null ? '--data-binary @body.json' : `--data-raw ${quote(body)}`)
  const note = hasBody && body === null ? `# ${bodyNote}\n` : ''
  return note + parts.join(' \\\n  ')
}

/** One word for a POSIX shell: nothing within single quotes means anything but the quote itself. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
