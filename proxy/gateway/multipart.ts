/**
 * Finds plain fields of a multipart/form-data body (RFC 7578) without copying the files in it: `model` of audio and
 * image uploads stands there. Only the place of a value is needed, so that it can be replaced in the bytes.
 */
import type { ValueSpan } from './json-scan.ts'

/**
 * The boundary of a multipart content type; null when there is none, or more than one: two parsers could take
 * different ones, and a field be hidden from one of them.
 */
export function boundaryOf(contentType: string): string | null {
  const found = parametersOf(contentType).filter(({ name }) => name === 'boundary')
  return found.length === 1 && found[0]?.value ? found[0].value : null
}

/** Where the values of the field `name` stand, in order. Files of that name do not count. */
export function findFormField(body: Buffer, boundary: string, name: string): readonly ValueSpan[] {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1')
  const spans: ValueSpan[] = []
  let at = nextDelimiter(body, delimiter, 0)
  while (at !== -1) {
    const headersStart = lineEnd(body, at + delimiter.length)
    if (headersStart === -1) break
    const next = nextDelimiter(body, delimiter, headersStart - 2)
    if (next === -1) break
    const headersEnd = body.indexOf('\r\n\r\n', headersStart - 2, 'latin1')
    if (headersEnd !== -1 && headersEnd + 4 <= next) {
      const headers = body.toString('utf8', headersStart, headersEnd)
      if (isField(headers, name)) spans.push({ start: headersEnd + 4, end: Math.max(headersEnd + 4, next - 2) })
    }
    at = next
  }
  return spans
}

// A delimiter counts only at the start of a line: a file may hold the same bytes elsewhere.
function nextDelimiter(body: Buffer, delimiter: Buffer, from: number): number {
  let at = body.indexOf(delimiter, Math.max(0, from))
  while (at !== -1) {
    const isLineStart = at === 0 || (body[at - 1] === 0x0a && body[at - 2] === 0x0d)
    const after = body[at + delimiter.length]
    const isWhole = after === 0x0d || after === 0x2d || after === 0x20 || after === 0x09
    if (isLineStart && isWhole) return at
    at = body.indexOf(delimiter, at + 1)
  }
  return -1
}

// Behind the CRLF that ends the delimiter's line; -1 for the closing delimiter `--boundary--`.
function lineEnd(body: Buffer, from: number): number {
  if (body[from] === 0x2d && body[from + 1] === 0x2d) return -1
  const end = body.indexOf('\r\n', from, 'latin1')
  return end === -1 ? -1 : end + 2
}

// The name of a plain field. What some parser could take for `wanted` is taken for it here, so that nothing hides.
function isField(headers: string, wanted: string): boolean {
  const lines = headers.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')
  return lines.some((line) => {
    const disposition = /^content-disposition[ \t]*:[ \t]*form-data[ \t]*(;.*)$/i.exec(line)?.[1]
    if (disposition === undefined) return false
    const parameters = parametersOf(disposition)
    if (parameters.some(({ name }) => name === 'filename' || name === 'filename*')) return false
    return parameters.some(
      ({ name, value }) => (name === 'name' && value === wanted) || (name === 'name*' && decodesTo(value, wanted)),
    )
  })
}

// RFC 5987: charset'language'percent-encoded. RFC 7578 forbids it in forms, some parsers read it all the same.
function decodesTo(value: string, wanted: string): boolean {
  const text = value.split("'").at(-1) ?? ''
  try {
    return decodeURIComponent(text) === wanted
  } catch {
    return false
  }
}

/** `;name=value` and `;name="value"` of a header, in order; a `;` within quotes separates nothing. */
function parametersOf(header: string): readonly { readonly name: string; readonly value: string }[] {
  const found: { name: string; value: string }[] = []
  for (const match of header.matchAll(
    /;[ \t]*([^\s=;"]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))|"(?:[^"\\]|\\.)*"/g,
  )) {
    const [, name, quoted, plain = ''] = match
    if (name !== undefined) found.push({ name: name.toLowerCase(), value: quoted?.replaceAll(/\\(.)/g, '$1') ?? plain })
  }
  return found
}
