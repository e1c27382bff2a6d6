/**
 * The console in a browser: calls by POST, events by SSE through fetch, both with the token as Bearer header.
 * The token is never put into a URL or a cookie.
 */
import type { ControlReply, EngineEvent } from '../proxy/contract.ts'
import type { Transport, TransportState } from './client.ts'
import { readEvents } from './event-stream.ts'

const firstRetryMs = 500
const lastRetryMs = 10_000
/** The server sends a comment every 15 s; after three missing ones the connection is dead (sleep, a lost network). */
const silenceMs = 45_000

export interface HttpTransportOptions {
  /** Folder of the console's API, with a slash at the end: `/console/api/`. */
  readonly apiUrl: string
  readonly token: string | null
}

export function createHttpTransport({ apiUrl, token }: HttpTransportOptions): Transport {
  const headers = { authorization: `Bearer ${token ?? ''}` }
  let refuse: () => void = () => undefined

  async function call(method: string, args: readonly unknown[]): Promise<ControlReply> {
    if (token === null) return unauthorized
    const response = await fetch(`${apiUrl}call`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ method, args }),
    })
    if (response.status === 401) {
      refuse()
      return unauthorized
    }
    const reply: unknown = await response.json().catch(() => null)
    if (isReply(reply)) return reply
    return { ok: false, error: { code: 'bad_reply', message: `The engine answered with status ${response.status}.` } }
  }

  function subscribe(listener: (event: EngineEvent) => void, onState: (state: TransportState) => void): () => void {
    const stop = new AbortController()
    refuse = () => {
      stop.abort()
      onState('refused')
    }
    if (token === null) refuse()
    else void listen(stop.signal, listener, onState)
    return () => stop.abort()
  }

  async function listen(
    stopped: AbortSignal,
    listener: (event: EngineEvent) => void,
    onState: (state: TransportState) => void,
  ): Promise<void> {
    let retryMs = firstRetryMs
    while (!stopped.aborted) {
      const connection = new AbortController()
      const silence = watchSilence(() => connection.abort())
      try {
        const signal = AbortSignal.any([stopped, connection.signal])
        const response = await fetch(`${apiUrl}events`, { headers, signal, cache: 'no-store' })
        if (response.status === 401 || response.status === 403) return refuse()
        if (response.ok && response.body !== null) {
          onState('connected')
          retryMs = firstRetryMs
          for await (const data of readEvents(response.body)) {
            silence.heard()
            // Safe: our own server of the same version writes these.
            if (data !== '') listener(JSON.parse(data) as EngineEvent)
          }
        }
      } catch {
        // Refused, reset or silent: all the same here, the loop tries again.
      } finally {
        silence.stop()
        connection.abort()
      }
      if (stopped.aborted) return
      onState('reconnecting')
      await pause(retryMs, stopped)
      retryMs = Math.min(retryMs * 2, lastRetryMs)
    }
  }

  return { call, subscribe, desktopCall: null }
}

const unauthorized: ControlReply = {
  ok: false,
  error: { code: 'unauthorized', message: 'The token is missing or wrong.' },
}

function isReply(value: unknown): value is ControlReply {
  return typeof value === 'object' && value !== null && 'ok' in value && (value.ok === true || 'error' in value)
}

function watchSilence(onSilence: () => void): { heard(): void; stop(): void } {
  let timer = setTimeout(onSilence, silenceMs)
  return {
    heard() {
      clearTimeout(timer)
      timer = setTimeout(onSilence, silenceMs)
    },
    stop: () => clearTimeout(timer),
  }
}

/** Waits, but no longer than until the network is back or the user looks at the page again. */
function pause(ms: number, stopped: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const done = new AbortController()
  const wake = () => resolve()
  const wakeWhenVisible = () => {
    if (document.visibilityState === 'visible') resolve()
  }
  const timer = setTimeout(wake, ms)
  window.addEventListener('online', wake, { signal: done.signal })
  document.addEventListener('visibilitychange', wakeWhenVisible, { signal: done.signal })
  stopped.addEventListener('abort', wake, { signal: done.signal })
  return promise.finally(() => {
    clearTimeout(timer)
    done.abort()
  })
}
