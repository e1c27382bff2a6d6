/**
 * What copies the chosen answer to the client: one kind for each that may come back (event stream, JSON, other bytes).
 * Until something of an answer has gone out, a relay may still say that the answer is a failure in disguise.
 */
import type { Protocol, RequestEnd, TokenUsage } from '../contract.ts'
import type { ProviderError } from '../providers/failures.ts'
import type { ClientAnswer } from './client-answer.ts'

/** How a relay came to its end. */
export type RelayEnd =
  | { readonly kind: 'done'; readonly usage: TokenUsage | null; readonly responseId: string | null }
  /** The answer had begun: it was ended with an error event, or cut. */
  | { readonly kind: 'broken'; readonly end: RequestEnd; readonly usage: TokenUsage | null; readonly message: string }
  /** Nothing of it has gone out: another attempt may follow. */
  | { readonly kind: 'failed'; readonly error: ProviderError; readonly isEmpty: boolean }

export interface RelayContext {
  readonly answer: ClientAnswer
  readonly protocol: Protocol
  readonly profileId: string
  readonly status: number
  /** For the client, without the gateway's own. Built when the answer starts. */
  readonly headers: (rules: { readonly keepsBytes: boolean }) => string[]
  readonly requestId: string
  /** The name to put in place of the upstream's own; null when they are equal. */
  readonly hideModelAs: string | null
  /** True when the client asked by an alias: the upstream's words stay here. */
  readonly isAlias: boolean
  /** The client did not ask for usage, we did. */
  readonly withholdsUsage: boolean
  readonly redact: (text: string) => string
  /** Told once, when the first content is on its way. */
  readonly onFirstContent: () => void
  /** Told the ids that an answer brings, for calls that build upon them. */
  readonly onAnswerId: (id: string) => void
  /** Takes a whole JSON answer before it goes out (lists that are filtered by project). */
  readonly rewriteJson: ((value: unknown) => unknown) | null
}

/** Takes an answer's bytes. `data` returns false when the client cannot take more for now. */
export interface Relay {
  data(chunk: Buffer): boolean
  /** The upstream ended cleanly. */
  end(): RelayEnd
  /** The upstream broke off. Null when nothing has gone out yet: the attempt's own error counts then. */
  abort(reason: 'interrupted' | 'idle'): RelayEnd | null
  /** Set as soon as the answer shows to be a failure, before its end. */
  readonly failed: ProviderError | null
  /** The client's answer has been ended with an error: the rest of what comes is of no use. */
  readonly isOver: boolean
  /** The answer is whole; only the end of the connection's message is missing. */
  readonly isTerminated: boolean
}

/** A failure of which the upstream has said nothing. */
export const noError: ProviderError = {
  status: 200,
  type: null,
  code: null,
  message: '',
  param: null,
  details: null,
  retryAfterMs: null,
}
