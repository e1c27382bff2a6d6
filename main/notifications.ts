/**
 * Native notices of what the webhook tells too. Gathered for a moment, so that ten keys that fail together are one
 * notice; the same thing is told again only after a while; each kind can be switched off.
 */
import type { Notice } from '../proxy/contract.ts'
import type { Language } from '../proxy/log-texts.ts'
import { shellText } from './texts.ts'

export interface NativeNotice {
  readonly title: string
  readonly body: string
  /** Page of the console that a click opens. */
  readonly href: string
}

export interface NotifierOptions {
  readonly isWanted: (kind: Notice['kind']) => boolean
  readonly language: () => Language
  readonly show: (notice: NativeNotice) => void
  /** Epoch ms. */
  readonly now?: () => number
}

/** How long notices are gathered after the first. */
export const gatherMs = 1500
/** Within this time the same thing is told once. */
const repeatMs = 5 * 60_000
const linesShown = 3

export class Notifier {
  readonly #options: NotifierOptions
  readonly #now: () => number
  readonly #waiting: Notice[] = []
  // Only what was told less than `repeatMs` ago.
  readonly #told = new Map<string, number>()
  #timer: NodeJS.Timeout | null = null

  constructor(options: NotifierOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  add(notice: Notice): void {
    if (!this.#options.isWanted(notice.kind)) return
    const now = this.#now()
    for (const [subject, at] of this.#told) if (now - at >= repeatMs) this.#told.delete(subject)
    const subject = subjectOf(notice)
    if (this.#told.has(subject)) return
    this.#told.set(subject, now)
    this.#waiting.push(notice)
    this.#timer ??= setTimeout(() => this.#tell(), gatherMs)
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  #tell(): void {
    this.#timer = null
    const notices = this.#waiting.splice(0)
    if (notices.length > 0) this.#options.show(nativeNotice(notices, this.#options.language()))
  }
}

/** One native notice for one or many of the engine's. @param notices - at least one. */
export function nativeNotice(notices: readonly Notice[], language: Language): NativeNotice {
  const [first] = notices
  const lines = notices.slice(0, linesShown).map(({ message }) => message)
  const left = notices.length - lines.length
  if (left > 0) lines.push(shellText(language, 'moreNotices', { count: left }))
  return {
    title:
      notices.length === 1
        ? shellText(language, 'noticeTitle')
        : shellText(language, 'manyNotices', { count: notices.length }),
    body: lines.join('\n'),
    href: first === undefined || notices.length > 1 ? '#/overview' : pageOf(first.kind),
  }
}

function pageOf(kind: Notice['kind']): string {
  switch (kind) {
    case 'key-paused':
    case 'key-refused':
    case 'key-exhausted':
    case 'key-recovered':
      return '#/upstreams'
    case 'model-unavailable':
      return '#/models'
    case 'config-rejected':
      return '#/settings/file'
  }
}

function subjectOf({ kind, upstream, keyLabel, model, message }: Notice): string {
  // Two broken configs in a row differ in their message.
  return JSON.stringify([kind, upstream, keyLabel, model, kind === 'config-rejected' ? message : null])
}
