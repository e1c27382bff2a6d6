/** The one sentence of a notice, as log, webhook, tray and console show it. */
import type { Notice } from '../contract.ts'
import { assertNever } from '../errors.ts'
import { text } from '../log-texts.ts'
import type { Language } from '../log-texts.ts'

/**
 * The sentence for a notice, in the machine's time zone and without secrets.
 *
 * @param detail - added after a colon where there is one: the first problem of a refused config, a provider's words
 *   (keys already masked).
 */
export function noticeText(notice: Omit<Notice, 'message'>, language: Language, detail: string | null = null): string {
  const sentence = sentenceOf(notice, language)
  if (detail === null || detail === '') return sentence
  return language === 'zh' ? `${sentence}：${detail}` : `${sentence}: ${detail}`
}

function sentenceOf(notice: Omit<Notice, 'message'>, language: Language): string {
  const upstream = shorten(notice.upstream ?? '?')
  const key = shorten(notice.keyLabel ?? '?')
  const until = notice.until === null ? text(language, 'unknownTime') : untilText(notice.until, notice.at)
  const model = notice.model === null ? null : shorten(notice.model)
  switch (notice.kind) {
    case 'key-paused':
      return model === null
        ? text(language, 'keyPaused', { upstream, key, until })
        : text(language, 'keyPausedForModel', { upstream, key, model, until })
    case 'key-refused':
      return text(language, 'keyRefused', { upstream, key })
    case 'key-exhausted':
      return text(language, 'keyExhausted', { upstream, key, until })
    case 'key-recovered':
      return model === null
        ? text(language, 'keyRecovered', { upstream, key })
        : text(language, 'keyRecoveredForModel', { upstream, key, model })
    case 'model-unavailable':
      return notice.until === null
        ? text(language, 'modelUnavailableOpen', { model: model ?? '?' })
        : text(language, 'modelUnavailable', { model: model ?? '?', until })
    case 'config-rejected':
      return text(language, 'noticeConfigRejected')
    default:
      return assertNever(notice.kind)
  }
}

/** 17:20 on the day of the notice, else 11-24 17:20. */
function untilText(until: number, at: number): string {
  const time = new Date(until)
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`
  const isSameDay = time.toDateString() === new Date(at).toDateString()
  return isSameDay ? clock : `${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`
}

/** Names may come from a client ("*" upstreams take any model): one line, not too long. */
function shorten(name: string): string {
  const line = name.replaceAll(/\p{Cc}/gu, ' ')
  return line.length > 100 ? `${line.slice(0, 100).toWellFormed()}…` : line
}
