/** The one log line of a request: who asked for what, where it went, how it ended. Never a key, never a body. */
import type { RequestEnd, RequestRecord } from './contract.ts'
import type { Language } from './log-texts.ts'
import type { LogFields, LogTag } from './log.ts'

/** `[ROUTE]` for what went well, `[INFO]` for a client that left, `[WARN]` for the client's mistakes, else `[ERROR]`. */
export function requestText(
  record: RequestRecord,
  language: Language,
): { readonly tag: LogTag; readonly text: string } {
  const words = wordsOf[language]
  const last = record.attempts.at(-1)
  const tag = tagOf(record)
  const reason = reasonOf(record, tag)
  let text = messageOf(record, words)
  if (last?.keyLabel != null) text += ` ${words.key}=${last.keyLabel}`
  text += ` ${words.attempts}=${record.attempts.length} ${words.status}=${record.status ?? '-'}`
  if (record.endedAt !== null) text += ` ${words.duration}=${record.endedAt - record.startedAt}ms`
  text += ` ${words.end}=${record.end === null ? '-' : words.ends[record.end]}`
  if (record.errorCode !== null) text += ` ${words.error}=${record.errorCode}`
  if (reason !== null) text += ` ${words.reason}=${JSON.stringify(reason)}`
  return { tag, text: `${text} id=${record.id}` }
}

export interface RequestFields {
  readonly tag: LogTag
  /** Project, model and target. */
  readonly message: string
  /** Everything, with fixed English names. */
  readonly fields: LogFields
}

/** The same for JSON. */
export function requestFields(record: RequestRecord, language: Language): RequestFields {
  const last = record.attempts.at(-1)
  const tag = tagOf(record)
  return {
    tag,
    message: messageOf(record, wordsOf[language]),
    fields: {
      request_id: record.id,
      project: record.project,
      method: record.method,
      path: record.path,
      model: record.requestedModel,
      upstream: last?.upstream ?? null,
      upstream_model: last?.model ?? null,
      key: last?.keyLabel ?? null,
      attempts: record.attempts.length,
      status: record.status,
      duration_ms: record.endedAt === null ? null : record.endedAt - record.startedAt,
      first_token_ms: record.firstTokenMs,
      stream: record.stream,
      end: record.end,
      input_tokens: record.usage?.inputTokens ?? null,
      output_tokens: record.usage?.outputTokens ?? null,
      error: record.errorCode,
      reason: reasonOf(record, tag),
    },
  }
}

function messageOf(record: RequestRecord, words: Words): string {
  const last = record.attempts.at(-1)
  const asked = shorten(record.requestedModel ?? `${record.method} ${record.path}`)
  const target = last === undefined ? '' : ` → ${last.upstream}:${last.model}`
  return `${record.project ?? words.noProject}: ${asked}${target}`
}

/** Of a provider's error the beginning is enough; the record has the rest. */
function reasonOf(record: RequestRecord, tag: LogTag): string | null {
  if (tag === 'ROUTE' || tag === 'INFO') return null
  const reason = record.errorMessage ?? record.attempts.at(-1)?.message ?? null
  return reason === null ? null : shorten(reason)
}

function tagOf(record: RequestRecord): LogTag {
  switch (record.end) {
    case 'upstream_error':
    case 'truncated':
    case 'idle_timeout':
      return 'ERROR'
    case 'refused':
      return 'WARN'
    case 'client_gone':
      return 'INFO'
    case 'done':
    case null:
      return (record.status ?? 200) >= 400 ? 'WARN' : 'ROUTE'
  }
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200).toWellFormed()}…` : text
}

interface Words {
  readonly noProject: string
  readonly key: string
  readonly attempts: string
  readonly status: string
  readonly duration: string
  readonly end: string
  readonly error: string
  readonly reason: string
  readonly ends: Readonly<Record<RequestEnd, string>>
}

const wordsOf: Readonly<Record<Language, Words>> = {
  zh: {
    noProject: '未认证',
    key: '密钥',
    attempts: '尝试',
    status: '状态',
    duration: '耗时',
    end: '结束',
    error: '错误',
    reason: '原因',
    ends: {
      done: '完成',
      client_gone: '客户端断开',
      refused: '已拒绝',
      upstream_error: '上游错误',
      truncated: '流被截断',
      idle_timeout: '空闲超时',
    },
  },
  en: {
    noProject: 'no project',
    key: 'key',
    attempts: 'attempts',
    status: 'status',
    duration: 'took',
    end: 'end',
    error: 'error',
    reason: 'reason',
    ends: {
      done: 'done',
      client_gone: 'client_gone',
      refused: 'refused',
      upstream_error: 'upstream_error',
      truncated: 'truncated',
      idle_timeout: 'idle_timeout',
    },
  },
}
