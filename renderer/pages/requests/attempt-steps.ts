/** What a record says about its own course: why each attempt was not the last, and what its error asks for. Pure. */
import type { Attempt, RequestRecord } from '../../../proxy/contract.ts'
import { hrefTo } from '../../route.ts'

/** What followed an attempt; null after the last one. */
export type Switch = 'next-key' | 'next-upstream' | 'next-model' | 'again' | null

export function switchAfter(attempt: Attempt, next: Attempt | undefined): Switch {
  if (next === undefined) return null
  if (next.upstream !== attempt.upstream) return 'next-upstream'
  if (next.model !== attempt.model) return 'next-model'
  return next.keyId === attempt.keyId ? 'again' : 'next-key'
}

/** Where an attempt lies within its request, as shares from 0 to 1 of its whole time. */
export interface Span {
  readonly from: number
  /** Waited from here on, before the attempt began. */
  readonly waitedFrom: number
  readonly to: number
}

/** @param now - stands for the end of what still runs. */
export function spanOf(attempt: Attempt, record: RequestRecord, now: number): Span {
  const end = record.endedAt ?? Math.max(now, record.startedAt)
  const totalMs = Math.max(1, end - record.startedAt)
  const share = (at: number) => Math.min(1, Math.max(0, (at - record.startedAt) / totalMs))
  return {
    from: share(attempt.startedAt),
    waitedFrom: share(attempt.startedAt - attempt.waitedMs),
    to: share(attempt.endedAt ?? end),
  }
}

export const advices = [
  'project-key',
  'model-allowed',
  'model-exists',
  'upstream-keys',
  'credit',
  'rate-limit',
  'overloaded',
  'unreachable',
  'timeout',
  'interrupted',
  'too-large',
  'no-upstream',
  'request',
  'context',
  'blocked',
  'redirect',
  'client-gone',
  'internal',
] as const
export type Advice = (typeof advices)[number]

/** What to do about a request that did not end well; null when it did or still runs. */
export function adviceFor(record: RequestRecord): Advice | null {
  if (record.end === null) return null
  if (record.end === 'client_gone') return 'client-gone'
  const code = record.errorCode
  const known = code === null ? undefined : adviceOfCode[code]
  if (known !== undefined) return known
  if (record.end === 'idle_timeout') return 'timeout'
  if (record.end === 'truncated') return 'interrupted'
  const last = record.attempts.at(-1)
  const byResult = last === undefined ? undefined : adviceOfResult[last.result]
  if (record.end === 'done') return record.status !== null && record.status >= 400 ? (byResult ?? 'request') : null
  return byResult ?? (record.end === 'refused' ? 'request' : 'unreachable')
}

/** The page where it is mended; null when that is not in this program. */
export interface AdviceLink {
  readonly page: 'upstreams' | 'projects' | 'models' | 'settings'
  readonly href: string
}

export function linkOfAdvice(advice: Advice, record: RequestRecord): AdviceLink | null {
  const link = (page: AdviceLink['page'], name?: string | null): AdviceLink => ({
    page,
    href: hrefTo(page, name == null ? [] : [name]),
  })
  switch (advice) {
    case 'project-key':
      return link('projects')
    case 'model-allowed':
      return link('projects', record.project)
    case 'model-exists':
      return link('models')
    case 'upstream-keys':
    case 'credit':
    case 'rate-limit':
    case 'unreachable':
    case 'redirect':
      return link('upstreams', record.attempts.at(-1)?.upstream)
    case 'no-upstream':
      return link('upstreams')
    case 'too-large':
    case 'timeout':
      return link('settings')
    case 'overloaded':
    case 'interrupted':
    case 'request':
    case 'context':
    case 'blocked':
    case 'client-gone':
    case 'internal':
      return null
    default:
      advice satisfies never
      return null
  }
}

const adviceOfCode: Readonly<Record<string, Advice>> = {
  invalid_api_key: 'project-key',
  model_not_allowed: 'model-allowed',
  model_not_found: 'model-exists',
  upstream_credentials_exhausted: 'upstream-keys',
  insufficient_quota: 'credit',
  rate_limit_exceeded: 'rate-limit',
  server_is_overloaded: 'overloaded',
  upstream_timeout: 'timeout',
  upstream_stream_interrupted: 'interrupted',
  upstream_stream_truncated: 'interrupted',
  request_too_large: 'too-large',
  no_upstream: 'no-upstream',
  invalid_request_body: 'request',
  missing_required_parameter: 'request',
  unknown_url: 'request',
  method_not_supported: 'request',
  internal_error: 'internal',
}

const adviceOfResult: Readonly<Partial<Record<Attempt['result'], Advice>>> = {
  key_invalid: 'upstream-keys',
  key_no_access: 'upstream-keys',
  key_exhausted: 'credit',
  rate_limited: 'rate-limit',
  overloaded: 'overloaded',
  upstream_error: 'unreachable',
  timeout: 'timeout',
  request_invalid: 'request',
  context_too_long: 'context',
  content_blocked: 'blocked',
  model_not_found: 'model-exists',
  redirect: 'redirect',
}
