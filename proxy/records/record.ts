/**
 * The record of one request while it runs: the gateway writes, everybody else reads copies. Fields as in
 * `RequestRecord`; the mutable form never leaves `proxy/`.
 */
import type { Attempt, AttemptResult, Protocol, RequestEnd, RequestRecord, TokenUsage } from '../contract.ts'
import { sharedClient, sharedText } from './shared.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** Of records whose headers are gone. */
const NO_HEADERS: readonly string[] = []

export type LiveAttempt = Writable<Attempt>

/** What is known of a request before anything has been read of it. */
export type RecordStart = Pick<RequestRecord, 'id' | 'startedAt' | 'method' | 'path' | 'client'> & {
  readonly requestHeaders: readonly string[]
  readonly query: string
}

/** What the log needs to know when a record changes. */
export interface RecordListener {
  changed(record: LiveRecord): void
  ended(record: LiveRecord): void
}

export class LiveRecord implements RequestRecord {
  readonly id: string
  seq = 0
  /** How many requests were before it. */
  readonly number: number
  readonly startedAt: number
  endedAt: number | null = null
  readonly method: string
  readonly path: string
  protocol: Protocol | null = null
  project: string | null = null
  requestedModel: string | null = null
  stream = false
  status: number | null = null
  end: RequestEnd | null = null
  errorCode: string | null = null
  errorMessage: string | null = null
  firstTokenMs: number | null = null
  requestBytes = 0
  responseBytes = 0
  usage: TokenUsage | null = null
  /** As long as what it holds: thousands of records are kept, and nearly all have one attempt. */
  attempts: readonly LiveAttempt[] = []
  readonly client: { readonly address: string; readonly userAgent: string | null }
  /** Raw headers as node gives them, masked only when somebody asks. */
  requestHeaders: readonly string[]
  responseHeaders: readonly string[] = NO_HEADERS
  /** Query of the request's URL, `?` included, masked only when somebody asks; '' without. */
  readonly query: string
  /** Kept while `server.log.bodies` is on. */
  requestBody: Buffer | null = null
  readonly #listener: RecordListener

  constructor(start: RecordStart, listener: RecordListener, number = 0) {
    this.number = number
    this.id = start.id
    this.startedAt = start.startedAt
    this.method = start.method
    this.path = sharedText(start.path)
    this.client = sharedClient(start.client.address, start.client.userAgent)
    this.requestHeaders = start.requestHeaders
    this.query = start.query
    this.#listener = listener
  }

  /** Says which model was asked for. */
  nameModel(name: string): void {
    this.requestedModel = sharedText(name)
  }

  /** Call after a change that an onlooker should see. */
  touch(): void {
    this.seq++
    this.#listener.changed(this)
  }

  startAttempt(
    attempt: Pick<Attempt, 'upstream' | 'model' | 'keyId' | 'keyLabel' | 'startedAt' | 'waitedMs'>,
  ): LiveAttempt {
    const { upstream, model, keyId, keyLabel, startedAt, waitedMs } = attempt
    const live: LiveAttempt = {
      upstream,
      model,
      keyId,
      keyLabel,
      startedAt,
      waitedMs,
      endedAt: null,
      status: null,
      result: 'pending',
      message: null,
      upstreamRequestId: null,
    }
    this.attempts = this.attempts.length === 0 ? [live] : [...this.attempts, live]
    this.touch()
    return live
  }

  endAttempt(attempt: LiveAttempt, result: AttemptResult, now: number, message: string | null = null): void {
    if (attempt.endedAt !== null) return
    attempt.endedAt = now
    attempt.result = result
    attempt.message = message
    this.touch()
  }

  /** The first reason stands: a request ends once. */
  finish(end: RequestEnd, now: number): void {
    if (this.end !== null) return
    this.end = end
    this.endedAt = now
    this.seq++
    this.#listener.ended(this)
  }

  /** Lets the headers go, unless somebody may want to look into what went wrong, or has asked to keep everything. */
  forgetHeaders(): void {
    if (this.end !== 'done' || this.status === null || this.status >= 400 || this.requestBody !== null) return
    this.requestHeaders = NO_HEADERS
    this.responseHeaders = NO_HEADERS
  }

  /** A plain copy as it stands now. */
  copy(): RequestRecord {
    const { id, seq, startedAt, endedAt, method, path, protocol, project, requestedModel, stream, status, end } = this
    const { errorCode, errorMessage, firstTokenMs, requestBytes, responseBytes, usage, client } = this
    return {
      id,
      seq,
      startedAt,
      endedAt,
      method,
      path,
      protocol,
      project,
      requestedModel,
      stream,
      status,
      end,
      errorCode,
      errorMessage,
      firstTokenMs,
      requestBytes,
      responseBytes,
      usage,
      attempts: this.attempts.map((attempt) => ({ ...attempt })),
      client,
    }
  }
}
