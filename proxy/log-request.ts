/** The one log line of a request: who asked for what, where it went, how it ended. Never a key, never a body. */
import type { RequestEnd, RequestRecord } from './contract.ts'
import type { Language } from './log-texts.ts'
import type { LogFields, LogTag } from './log.ts'

export interface RequestLine {
  readonly tag: LogTag
  /** Project, model and target: the message of a JSON line. */
  readonly message: string
  /** The whole line as text, in the language asked for. */
  readonly text: string
  /** The same as fields with fixed English names, for JSON. */
  readonly fields: LogFields
}

/** `[ROUTE]` for what went well, `[INFO]` for a client that left, `[WARN]` for the client's mistakes, else `[ERROR]`. */
export function describeRequest(record: RequestRecord, language: Language): RequestLine {
  const words = wordsOf[language]
  const last = record.attempts.at(-1)
  const target = last === undefined ? null : `${last.upstream}:${last.model}`
  const asked = record.requestedModel ?? `${record.method} ${record.path}`
  const durationMs = record.endedAt === null ? null : record.endedAt - record.startedAt
  const message = `${record.project ?? words.noProject}: ${asked}${target === null ? '' : ` → ${target}`}`
  const tag = tagOf(record)
  // Of a provider's error the beginning is enough; the record has the rest.
  const reason = tag === 'ROUTE' || tag === 'INFO' ? null : (record.errorMessage ?? last?.message ?? null)
  const parts = [
    last?.keyLabel == null ? null : `${words.key}=${last.keyLabel}`,
    `${words.attempts}=${record.attempts.length}`,
    `${words.status}=${record.status ?? '-'}`,
    durationMs === null ? null : `${words.duration}=${durationMs}ms`,
    `${words.end}=${record.end === null ? '-' : words.ends[record.end]}`,
    record.errorCode === null ? null : `${words.error}=${record.errorCode}`,
    reason === null ? null : `${words.reason}=${JSON.stringify(shorten(reason))}`,
    `id=${record.id}`,
  ]
  return {
    tag,
    message,
    text: [message, ...parts.filter((part) => part !== null)].join(' '),
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
      duration_ms: durationMs,
      first_token_ms: record.firstTokenMs,
      stream: record.stream,
      end: record.end,
      input_tokens: record.usage?.inputTokens ?? null,
      output_tokens: record.usage?.outputTokens ?? null,
      error: record.errorCode,
      reason: reason === null ? null : shorten(reason),
    },
  }
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
