/**
 * Finds plain fields of a multipart/form-data body (RFC 7578) without copying the files in it: `model` of audio and
 * image uploads stands there. Only the place of a value is needed, so that it can be replaced in the bytes.
 */
import type { ValueSpan } from './json-scan.ts'

/** The boundary of a multipart content type; null when there is none. */
export function boundaryOf(contentType: string): string | null {
  const match = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType)
  return match?.[1] ?? match?.[2] ?? null
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
      if (fieldName(headers) === name) spans.push({ start: headersEnd + 4, end: Math.max(headersEnd + 4, next - 2) })
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

function fieldName(headers: string): string | null {
  const disposition = /^content-disposition:\s*form-data\s*(;.*)$/im.exec(headers)?.[1]
  if (disposition === undefined || /;\s*filename\*?=/i.test(disposition)) return null
  const match = /;\s*name=(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/i.exec(disposition)
  return match?.[1] ?? match?.[2] ?? null
}
