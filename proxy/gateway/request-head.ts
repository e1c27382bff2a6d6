/** Writes the head of a request to an upstream (RFC 9112 §3), so that nothing in it can be read as more than it is. */
import type { Dispatcher } from 'undici'
import { errors } from 'undici'

/**
 * The head of a request as it goes over the wire.
 *
 * @param options - headers as a flat list, names in lower case; with a body `content-length` stands among them.
 * @param ownHost - for where no `host` is among them.
 * @throws InvalidArgumentError for what would become a line of its own, or say something else of the body than is so.
 */
export function requestHead({ method, path, headers, body }: Dispatcher.DispatchOptions, ownHost: string): string {
  if (UNSENDABLE_IN_LINE.test(path)) throw new errors.InvalidArgumentError('invalid request path')
  if (UNSENDABLE_IN_LINE.test(method)) throw new errors.InvalidArgumentError('invalid request method')
  let host = ownHost
  let connection = 'keep-alive'
  let isMeasured = !body
  let lines = ''
  let values = ''
  // Safe: as said above.
  const list = (headers ?? []) as readonly string[]
  for (let at = 0; at < list.length; at += 2) {
    const name = list[at] ?? ''
    const value = list[at + 1] ?? ''
    values += value
    if (!isPlain(name)) {
      if (name === 'host') {
        host = value
        continue
      }
      if (name === 'connection') {
        connection = value
        continue
      }
      // Two lengths, or one without a body, and the upstream would take part of this request for the next one.
      if (name !== 'content-length' || isMeasured) throw new errors.InvalidArgumentError(`invalid ${name} header`)
      isMeasured = true
    }
    lines += `${name}: ${value}\r\n`
  }
  if (UNSENDABLE.test(values)) throw new errors.InvalidArgumentError(`invalid ${namesOfUnsendable(list)} header`)
  if (!isMeasured) throw new errors.InvalidArgumentError('no content-length header')
  if (!body && method !== 'GET' && method !== 'HEAD') lines += 'content-length: 0\r\n'
  return `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: ${connection}\r\n${lines}\r\n`
}

// Node's parser and the config's checks let none of these through; should one slip in, it must not become a line.
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/
const namesOfUnsendable = (list: readonly string[]) =>
  list.filter((_, at) => at % 2 === 0 && UNSENDABLE.test(list[at + 1] ?? '')).join(', ')
const UNSENDABLE_IN_LINE = /[^\x21-\xff]/
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Names that say how the message or its connection is. */
const FRAMING = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])
/** Names seen to be valid; a client could send ever new ones. */
const plainNames = new Set<string>()
const MOST_NAMES = 1000

/** False for names of `FRAMING`. @throws InvalidArgumentError for what is no name. */
function isPlain(name: string): boolean {
  if (plainNames.has(name)) return true
  if (FRAMING.has(name)) return false
  if (!HEADER_NAME.test(name)) throw new errors.InvalidArgumentError('invalid header name')
  if (FRAMING.has(name.toLowerCase())) return false
  if (plainNames.size < MOST_NAMES) plainNames.add(name)
  return true
}
