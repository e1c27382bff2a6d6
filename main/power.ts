/** Sleep and waking up, and holding sleep of the app off while requests run. */
import type { PowerSaveBlocker } from 'electron'
import type { EngineStatus } from '../proxy/contract.ts'

export interface WakeSteps {
  readonly status: () => EngineStatus
  /** New connections to all upstreams, nobody is blamed for what sleep did. */
  readonly reconnect: () => void
  /** Whether our own listener answers. */
  readonly isHealthy: (url: string) => Promise<boolean>
  /** Listens anew, as the listener is of no use any more. */
  readonly restart: () => Promise<void>
  /** The engine failed before: what stood in its way may be gone. */
  readonly retry: () => Promise<unknown>
  readonly onListenAgain: () => void
}

/** What is done after a sleep. */
export async function wakeUp(steps: WakeSteps): Promise<void> {
  const { state, listening } = steps.status()
  if (state === 'failed') {
    await steps.retry()
    return
  }
  if (state !== 'running' || listening === null) return
  steps.reconnect()
  const urls = listening.addresses.map(healthUrl)
  // One at a time is enough: loopback answers in a millisecond.
  for (const url of urls) {
    if (await steps.isHealthy(url)) continue
    steps.onListenAgain()
    await steps.restart()
    return
  }
}

/** @param address - `host:port` as the engine listens on. */
export function healthUrl(address: string): string {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon)
  // "All addresses" is none that can be called.
  const callable = host === '0.0.0.0' ? '127.0.0.1' : host === '[::]' ? '[::1]' : host
  return `http://${callable}${address.slice(colon)}/health`
}

const healthTimeoutMs = 3000

/** Whether an address answers with success. Never rejects. */
export async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(healthTimeoutMs) })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}

/** Keeps the system from putting the app to sleep (App Nap, modern standby), only while requests run. */
export class SuspendBlocker {
  readonly #blocker: Pick<PowerSaveBlocker, 'start' | 'stop'>
  #id: number | null = null

  constructor(blocker: Pick<PowerSaveBlocker, 'start' | 'stop'>) {
    this.#blocker = blocker
  }

  update(activeRequests: number): void {
    if (activeRequests > 0) {
      this.#id ??= this.#blocker.start('prevent-app-suspension')
    } else if (this.#id !== null) {
      this.#blocker.stop(this.#id)
      this.#id = null
    }
  }
}
