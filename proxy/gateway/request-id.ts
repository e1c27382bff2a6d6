/** Ids of requests: 128 random bits, taken from a store that is filled for many of them at once. */
import { randomFillSync } from 'node:crypto'

const ID_BYTES = 16
const store = Buffer.alloc(256 * ID_BYTES)
let at = store.length

/** `req_` and 32 hexadecimal digits, never the same twice. */
export function newRequestId(): string {
  if (at === store.length) {
    randomFillSync(store)
    at = 0
  }
  at += ID_BYTES
  return `req_${store.toString('hex', at - ID_BYTES, at)}`
}
