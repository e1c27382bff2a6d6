/**
 * Records of requests that went well, as numbers and bytes in a ring: five thousand records of a dozen objects each
 * would be copied and marked by the garbage collector again and again, which costs more than making them.
 */
import type { AttemptResult, Protocol, TokenUsage } from '../contract.ts'
import type { RecordListener } from './record.ts'
import { LiveRecord } from './record.ts'
import type { Client } from './shared.ts'

/** Columns of numbers; what is null stands there as NaN. */
const Column = {
  seq: 0,
  startedAt: 1,
  endedAt: 2,
  stream: 3,
  status: 4,
  firstTokenMs: 5,
  requestBytes: 6,
  responseBytes: 7,
  inputTokens: 8,
  cacheReadTokens: 9,
  cacheWriteTokens: 10,
  outputTokens: 11,
  reasoningTokens: 12,
  vendorCostUsd: 13,
  attemptStartedAt: 14,
  attemptEndedAt: 15,
  waitedMs: 16,
  attemptStatus: 17,
} as const
const COLUMNS = 18

const ID_BYTES = 40
const UPSTREAM_ID_BYTES = 88
const TEXT_BYTES = 1 + ID_BYTES + 1 + UPSTREAM_ID_BYTES
const NO_TEXT = 0xff

/** What many records have in common, each in one copy of its own: a slot holds references only. */
interface Common {
  method: string
  path: string
  query: string
  protocol: Protocol | null
  project: string | null
  requestedModel: string | null
  client: Client
  usageSource: TokenUsage['source'] | null
  /** Null where the gateway answered by itself. */
  upstream: string | null
  model: string
  keyId: string | null
  keyLabel: string | null
  result: AttemptResult
}

/** Nobody follows a record that has ended. */
const nobody: RecordListener = { changed: () => undefined, ended: () => undefined }

export class PackedRecords {
  readonly #numbers: Float64Array
  readonly #texts: Buffer
  readonly #common: (Common | undefined)[] = []

  /** @param capacity - number of slots. */
  constructor(capacity: number) {
    this.#numbers = new Float64Array(capacity * COLUMNS)
    this.#texts = Buffer.alloc(capacity * TEXT_BYTES)
  }

  /** Puts a record into a slot. False when it holds more than a slot takes: what went wrong, bodies, several attempts. */
  pack(slot: number, record: LiveRecord): boolean {
    const { attempts, status, usage } = record
    const [attempt] = attempts
    if (record.end !== 'done' || status === null || status >= 400 || record.requestBody !== null) return false
    if (record.errorCode !== null || record.errorMessage !== null || attempts.length > 1) return false
    if (attempt && (attempt.message !== null || attempt.result === 'pending')) return false
    const upstreamId = attempt?.upstreamRequestId ?? null
    if (record.id.length > ID_BYTES || (upstreamId?.length ?? 0) > UPSTREAM_ID_BYTES) return false

    const numbers = this.#numbers
    const at = slot * COLUMNS
    numbers[at + Column.seq] = record.seq
    numbers[at + Column.startedAt] = record.startedAt
    numbers[at + Column.endedAt] = record.endedAt ?? Number.NaN
    numbers[at + Column.stream] = Number(record.stream)
    numbers[at + Column.status] = status
    numbers[at + Column.firstTokenMs] = record.firstTokenMs ?? Number.NaN
    numbers[at + Column.requestBytes] = record.requestBytes
    numbers[at + Column.responseBytes] = record.responseBytes
    if (usage) {
      numbers[at + Column.inputTokens] = usage.inputTokens
      numbers[at + Column.cacheReadTokens] = usage.cacheReadTokens
      numbers[at + Column.cacheWriteTokens] = usage.cacheWriteTokens
      numbers[at + Column.outputTokens] = usage.outputTokens
      numbers[at + Column.reasoningTokens] = usage.reasoningTokens
      numbers[at + Column.vendorCostUsd] = usage.vendorCostUsd ?? Number.NaN
    }
    if (attempt) {
      numbers[at + Column.attemptStartedAt] = attempt.startedAt
      numbers[at + Column.attemptEndedAt] = attempt.endedAt ?? Number.NaN
      numbers[at + Column.waitedMs] = attempt.waitedMs
      numbers[at + Column.attemptStatus] = attempt.status ?? Number.NaN
    }
    const textAt = slot * TEXT_BYTES
    this.#writeText(textAt, record.id)
    this.#writeText(textAt + 1 + ID_BYTES, upstreamId)
    // Most slots keep what they have: then nothing is made.
    const common = (this.#common[slot] ??= { ...emptyCommon })
    common.method = record.method
    common.path = record.path
    common.query = record.query
    common.protocol = record.protocol
    common.project = record.project
    common.requestedModel = record.requestedModel
    common.client = record.client
    common.usageSource = usage?.source ?? null
    common.upstream = attempt?.upstream ?? null
    common.model = attempt?.model ?? ''
    common.keyId = attempt?.keyId ?? null
    common.keyLabel = attempt?.keyLabel ?? null
    common.result = attempt?.result ?? 'answered'
    return true
  }

  /** The id of the record in a slot that holds one. */
  idOf(slot: number): string {
    return this.#readText(slot * TEXT_BYTES) ?? ''
  }

  /** The record in a slot that holds one, made anew; without its headers. */
  unpack(slot: number): LiveRecord {
    const common = this.#common[slot] ?? emptyCommon
    const number = (column: number) => this.#numbers[slot * COLUMNS + column] ?? Number.NaN
    const orNull = (column: number) => (Number.isNaN(number(column)) ? null : number(column))
    const { method, path, query, client, upstream, usageSource } = common
    const start = { id: this.idOf(slot), startedAt: number(Column.startedAt), method, path, query, client }
    const record = new LiveRecord({ ...start, requestHeaders: [] }, nobody)
    record.seq = number(Column.seq)
    record.endedAt = orNull(Column.endedAt)
    record.end = 'done'
    record.protocol = common.protocol
    record.project = common.project
    record.requestedModel = common.requestedModel
    record.stream = number(Column.stream) === 1
    record.status = number(Column.status)
    record.firstTokenMs = orNull(Column.firstTokenMs)
    record.requestBytes = number(Column.requestBytes)
    record.responseBytes = number(Column.responseBytes)
    if (usageSource !== null)
      record.usage = {
        inputTokens: number(Column.inputTokens),
        cacheReadTokens: number(Column.cacheReadTokens),
        cacheWriteTokens: number(Column.cacheWriteTokens),
        outputTokens: number(Column.outputTokens),
        reasoningTokens: number(Column.reasoningTokens),
        vendorCostUsd: orNull(Column.vendorCostUsd),
        source: usageSource,
      }
    if (upstream !== null)
      record.attempts = [
        {
          upstream,
          model: common.model,
          keyId: common.keyId,
          keyLabel: common.keyLabel,
          startedAt: number(Column.attemptStartedAt),
          waitedMs: number(Column.waitedMs),
          endedAt: orNull(Column.attemptEndedAt),
          status: orNull(Column.attemptStatus),
          result: common.result,
          message: null,
          upstreamRequestId: this.#readText(slot * TEXT_BYTES + 1 + ID_BYTES),
        },
      ]
    return record
  }

  // Both ids come from headers or are ours: latin1 keeps each of their characters.
  #writeText(at: number, text: string | null): void {
    this.#texts[at] = text === null ? NO_TEXT : text.length
    if (text !== null) this.#texts.write(text, at + 1, 'latin1')
  }

  #readText(at: number): string | null {
    const length = this.#texts[at] ?? NO_TEXT
    return length === NO_TEXT ? null : this.#texts.toString('latin1', at + 1, at + 1 + length)
  }
}

const emptyCommon: Common = {
  method: '',
  path: '',
  query: '',
  protocol: null,
  project: null,
  requestedModel: null,
  client: { address: '', userAgent: null },
  usageSource: null,
  upstream: null,
  model: '',
  keyId: null,
  keyLabel: null,
  result: 'answered',
}
