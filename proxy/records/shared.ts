/**
 * One copy of what thousands of records have in common: each garbage collection copies whatever is new and still
 * needed, and five thousand records with a model's name of their own are that.
 */

const MOST_TEXTS = 1000
const LONGEST = 256

const texts = new Map<string, string>()

/** The same text, in the copy that others hold, too. */
export function sharedText(text: string): string {
  const known = texts.get(text)
  if (known !== undefined) return known
  // A client could make up names for ever.
  if (texts.size < MOST_TEXTS && text.length <= LONGEST) texts.set(text, text)
  return text
}

export interface Client {
  readonly address: string
  readonly userAgent: string | null
}

const clients = new Map<string, Client>()

/** The client with this address and program, in one copy. */
export function sharedClient(address: string, userAgent: string | null): Client {
  const name = `${address} ${userAgent}`
  const known = clients.get(name)
  if (known?.address === address && known.userAgent === userAgent) return known
  const client = { address, userAgent }
  if (clients.size < MOST_TEXTS && name.length <= LONGEST) clients.set(name, client)
  return client
}
