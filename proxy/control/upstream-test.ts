/**
 * "Test" of an upstream: one real answer of one token, which alone proves a key (a model list may be public). Two
 * findings are told apart: whether anything answers at that address, and whether it answers this key and model.
 */
import type { AttemptResult, TestStep, UpstreamTest } from '../contract.ts'
import { classifyFailure, errorInSuccess, readProviderError } from '../providers/failures.ts'
import type { ProviderError } from '../providers/failures.ts'
import type { Protocol } from '../providers/hosts.ts'
import { controlText } from './control-texts.ts'
import type { LineAnswer, OutboundLine } from './engine-handle.ts'
import { failureWords, isTimeout } from './line-failure.ts'
import type { ResolvedDraft } from './upstream-draft.ts'
import { parseJson, pathOf } from './upstream-draft.ts'

/** Models that think first take their time even for one token. */
const answerTimeoutMs = 60_000

const skipped: TestStep = { state: 'skipped', tookMs: null, status: null, message: null }

export async function runUpstreamTest(
  draft: ResolvedDraft,
  model: string,
  line: OutboundLine,
  language: 'zh' | 'en',
): Promise<UpstreamTest> {
  const { speaks } = draft.profile
  const protocol: Protocol = !speaks.includes('chat') && speaks.includes('messages') ? 'messages' : 'chat'
  const url = draft.urlFor(protocol === 'messages' ? '/v1/messages' : '/v1/chat/completions', protocol)
  const base = { url, model, answer: null }
  const startedAt = performance.now()
  const elapsed = () => Math.round(performance.now() - startedAt)

  let answer: LineAnswer
  try {
    answer = await ask(draft, protocol, url, model, line)
  } catch (error) {
    const message = draft.redact(failureWords(error, draft.host, answerTimeoutMs, language))
    const reachable: TestStep = { state: 'failed', tookMs: elapsed(), status: null, message }
    return { ...base, reachable, keyAccepted: skipped, failure: isTimeout(error) ? 'timeout' : 'upstream_error' }
  }
  const { status } = answer
  const reachable: TestStep = { state: 'ok', tookMs: Math.round(answer.headersMs), status, message: null }
  const verdict = judge(answer, draft, language)
  const keyAccepted: TestStep = {
    state: verdict.failure === null ? 'ok' : 'failed',
    tookMs: elapsed(),
    status,
    message: verdict.message === null ? null : draft.redact(verdict.message),
  }
  return { ...base, reachable, keyAccepted, failure: verdict.failure, answer: verdict.answer }
}

/** Newer models refuse `max_tokens` and want `max_completion_tokens`; the messages protocol knows only the former. */
async function ask(
  draft: ResolvedDraft,
  protocol: Protocol,
  url: string,
  model: string,
  line: OutboundLine,
): Promise<LineAnswer> {
  const send = (limit: Readonly<Record<string, number>>) =>
    line.request({
      method: 'POST',
      path: pathOf(url),
      headers: { ...draft.headersFor(protocol), 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }], ...limit }),
      timeoutMs: answerTimeoutMs,
    })
  const first = await send({ max_tokens: 1 })
  const isRefused = (first.status === 400 || first.status === 422) && /max_tokens/.test(first.text)
  return isRefused && protocol === 'chat' ? send({ max_completion_tokens: 1 }) : first
}

interface Verdict {
  readonly failure: AttemptResult | null
  readonly message: string | null
  readonly answer: string | null
}

function judge(answer: LineAnswer, draft: ResolvedDraft, language: 'zh' | 'en'): Verdict {
  const { status, text } = answer
  const { host } = draft
  if (status >= 300 && status < 400)
    return { failure: 'redirect', message: controlText('redirected', language, { host }), answer: null }
  const body = parseJson(text)
  if (status >= 400) {
    // A reasoning model that could not finish within one token has taken the key and begun.
    if (status === 400 && /output limit was reached/i.test(text)) return { failure: null, message: null, answer: null }
    return failed(
      readProviderError(status, (name) => answer.headers[name] ?? null, text, Date.now()),
      draft,
    )
  }
  if (body === undefined)
    return { failure: 'upstream_error', message: controlText('not_an_api', language, { host }), answer: null }
  const hidden = errorInSuccess(body)
  return hidden === null ? { failure: null, message: null, answer: wordsOf(body) } : failed(hidden, draft)
}

function failed(error: ProviderError, { profile }: ResolvedDraft): Verdict {
  return { failure: classifyFailure(profile.id, error).class, message: error.message, answer: null }
}

/** The text of a chat or messages answer; null when it has none (a token of reasoning). */
function wordsOf(body: unknown): string | null {
  const choice = first(get(body, 'choices'))
  const content = get(get(choice, 'message'), 'content') ?? get(first(get(body, 'content')), 'text')
  return typeof content === 'string' && content !== '' ? content.slice(0, 200) : null
}

function get(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined
}
