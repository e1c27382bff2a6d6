/** Names a key without telling it: in states, records and the state file. */
import { hash } from 'node:crypto'

/** A short hash of a key, the same in every run. 48 bits: enough to tell one config's keys apart. */
export function keyIdOf(secret: string): string {
  return hash('sha256', `ai-proxy key:${secret}`, 'hex').slice(0, 12)
}

/** The look-up digest of a ClientKey. Comparing digests keeps the comparison's time free of the key's content. */
export function clientKeyDigest(secret: string): string {
  return hash('sha256', secret, 'base64')
}
