/**
 * Sends notices to `server.notification_webhook`. Never in the way of a request: `notify` only puts into a bounded
 * queue. Repeats of the same thing within a minute are folded into one, a failed delivery is tried three times,
 * redirects are not followed, and the URL (its path often is a secret) is never logged beyond its host.
 */
import { request } from 'undici'
import type { Dispatcher } from 'undici'
import type { Notice, NoticeResult } from '../contract.ts'
import { text } from '../log-texts.ts'
import type { Language } from '../log-texts.ts'
import { refusalOf, webhookBody } from './message-forms.ts'
import type { WebhookMessage } from './message-forms.ts'

export interface WebhookOptions {
  /** `server.notification_webhook`, asked at each delivery; '' = none. */
  readonly url: () => string
  readonly language: () => Language
  readonly log: { warn(message: string, fields?: Readonly<Record<string, unknown>>): void }
  /** The way out: proxy and CA settings; null = undici's own. */
  readonly dispatcher?: () => Dispatcher | null
  /** Epoch ms. */
  readonly now?: () => number
  /** How long repeats are folded; default 60 000. */
  readonly foldMs?: number
  /** Waits before the second and the third try; default 2 s and 10 s. */
  readonly backOffMs?: readonly number[]
  /** For one try; default 10 000. */
  readonly timeoutMs?: number
}

export interface Webhook {
  /** Returns at once, whatever the receiver does. */
  notify(notice: Notice): void
  /** Sends a test notice to `url` (one try), as the console's button does. */
  sendTest(url: string): Promise<NoticeResult>
  /** Gives up what waits or is under way. */
  close(): Promise<void>
}

export function createWebhook(options: WebhookOptions): Webhook {
  const now = options.now ?? Date.now
  const foldMs = options.foldMs ?? 60_000
  const backOffMs = options.backOffMs ?? [2000, 10_000]
  const timeoutMs = options.timeoutMs ?? 10_000
  // A new one after each close: an engine that was stopped may start again.
  let closing = new AbortController()
  const queue: WebhookMessage[] = []
  // Only notices sent less than `foldMs` ago are in this map.
  const recent = new Map<
    string,
    { readonly subject: string; readonly timer: NodeJS.Timeout; latest: Notice; repeats: number }
  >()
  let dropped = 0
  let worker: Promise<void> | null = null

  function enqueue(message: WebhookMessage): void {
    if (queue.length >= maxQueued) {
      dropped += 1
      return
    }
    queue.push(message)
    worker ??= drain()
  }

  async function drain(): Promise<void> {
    // `notify` returns before anything is sent.
    await Promise.resolve()
    try {
      for (let message = queue.shift(); message !== undefined; message = queue.shift()) {
        await deliver(message)
        if (dropped > 0) options.log.warn(text(options.language(), 'webhookDropped', { count: dropped }))
        dropped = 0
      }
    } finally {
      // In the same turn as the last look into the queue: what comes later starts a worker of its own.
      worker = null
    }
  }

  async function deliver(message: WebhookMessage): Promise<void> {
    const address = options.url()
    if (address === '' || closing.signal.aborted) return
    const url = parseUrl(address)
    if (url === null) {
      options.log.warn(text(options.language(), 'webhookUrlInvalid'))
      return
    }
    for (let attempt = 0; ; attempt += 1) {
      const result = await post(url, message)
      if (result.ok || closing.signal.aborted) return
      const waitMs = backOffMs[attempt]
      if (!result.again || waitMs === undefined) {
        const reason = result.message
        options.log.warn(text(options.language(), 'webhookFailed', { host: url.host, reason }))
        return
      }
      await wait(waitMs, closing.signal)
    }
  }

  async function post(url: URL, message: WebhookMessage): Promise<NoticeResult & { readonly again?: boolean }> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)])
    const dispatcher = options.dispatcher?.() ?? null
    try {
      const response = await request(withoutCredentials(url), {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8', ...credentialsOf(url) },
        body: JSON.stringify(webhookBody(url, message)),
        signal,
        ...(dispatcher === null ? {} : { dispatcher }),
      })
      const answer = await readStart(response.body)
      const status = response.statusCode
      if (status >= 300) {
        const again = status === 408 || status === 429 || status >= 500
        return { ok: false, message: `HTTP ${status}`, again }
      }
      const refusal = refusalOf(url, answer)
      return refusal === null ? { ok: true, status } : { ok: false, message: refusal, again: false }
    } catch (error) {
      return { ok: false, message: reasonOf(error), again: true }
    }
  }

  return {
    notify(notice) {
      if (closing.signal.aborted || options.url() === '') return
      const subject = JSON.stringify([notice.upstream, notice.keyLabel, notice.model])
      const what = `${notice.kind} ${subject}`
      // After "recovered" nobody wants to hear of an earlier pause, and the other way round.
      for (const [other, entry] of recent) if (other !== what && entry.subject === subject) entry.repeats = 0
      const known = recent.get(what)
      if (known !== undefined) {
        known.repeats += 1
        known.latest = notice
        return
      }
      enqueue(messageOf(notice, notice.message))
      if (recent.size >= maxRecent) return
      const timer = setInterval(() => {
        const entry = recent.get(what)
        if (entry === undefined || entry.repeats === 0) {
          clearInterval(timer)
          recent.delete(what)
          return
        }
        const { latest, repeats } = entry
        entry.repeats = 0
        const message = text(options.language(), 'noticeRepeated', { message: latest.message, count: repeats })
        enqueue(messageOf(latest, message))
      }, foldMs)
      // A waiting repeat is no reason to keep the process alive.
      timer.unref()
      recent.set(what, { subject, timer, latest: notice, repeats: 0 })
    },
    async sendTest(address) {
      const url = parseUrl(address)
      if (url === null) return { ok: false, message: text(options.language(), 'webhookUrlInvalid') }
      const message = text(options.language(), 'noticeTest')
      const nothing = { upstream: null, key: null, model: null, until: null }
      const result = await post(url, { event: 'test', at: now(), ...nothing, message })
      return result.ok ? { ok: true, status: result.status } : { ok: false, message: result.message }
    },
    async close() {
      closing.abort()
      for (const { timer } of recent.values()) clearInterval(timer)
      recent.clear()
      queue.length = 0
      await worker
      closing = new AbortController()
    },
  }
}

const maxQueued = 100
const maxRecent = 1000
const maxAnswerBytes = 4096

function messageOf(notice: Notice, message: string): WebhookMessage {
  const { kind, at, upstream, keyLabel, model, until } = notice
  return { event: kind, at, upstream, key: keyLabel, model, until, message }
}

function parseUrl(address: string): URL | null {
  const url = URL.parse(address.trim())
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? url : null
}

function withoutCredentials(url: URL): URL {
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  return bare
}

function credentialsOf(url: URL): Readonly<Record<string, string>> {
  if (url.username === '' && url.password === '') return {}
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** The first 4 KiB of an answer; the rest of it isn't read. */
async function readStart(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    // Safe: undici's body yields buffers.
    const part = chunk as Buffer
    chunks.push(part)
    bytes += part.length
    if (bytes >= maxAnswerBytes) break
  }
  return Buffer.concat(chunks).toString('utf8', 0, maxAnswerBytes)
}

/** What the network says, without the URL. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed'
  if (error.name === 'TimeoutError') return 'timeout'
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.name
}

async function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, delayMs)
    timer.unref()
    signal.addEventListener('abort', finish)
  })
}
