/** Sleep and waking up, and holding sleep of the app off while requests run. */
import type { PowerSaveBlocker } from 'electron'
import type { EngineStatus } from '../proxy/contract.ts'

export interface WakeSteps {
  readonly status: () => EngineStatus
  /** New connections to all upstreams, nobody is blamed for what sleep did. */
  readonly reconnect: () => void
  /** Whether our own listener answers. */
  readonly isHealthy: (url: string) => Promise<boolean>
  /** The addresses that this computer has now, without brackets. */
  readonly ownAddresses: () => readonly string[]
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
  // An address that the network has yet to give back cannot be bound; the old socket serves as soon as it is there.
  const present = listening.addresses.filter((address) => isPresent(hostOf(address), steps.ownAddresses()))
  // One at a time is enough: loopback answers in a millisecond.
  for (const address of present) {
    if (await steps.isHealthy(healthUrl(address))) continue
    steps.onListenAgain()
    await steps.restart()
    return
  }
}

/** @param address - `host:port` as the engine listens on. */
export function healthUrl(address: string): string {
  const host = hostOf(address)
  // "All addresses" is none that can be called.
  const callable = host === '0.0.0.0' ? '127.0.0.1' : host === '[::]' ? '[::1]' : host
  return `http://${callable}${address.slice(host.length)}/health`
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'))
}

function isPresent(host: string, ownAddresses: readonly string[]): boolean {
  const plain = host.replace(/^\[(.*)\]$/, '$1')
  return ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(plain) || ownAddresses.includes(plain)
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
