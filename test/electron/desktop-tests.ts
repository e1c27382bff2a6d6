/** What every test file of the built desktop app begins with: one browser, and an end to all that a test starts. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { launchBrowser } from '../helpers/browser.ts'
import { startScriptedUpstream, type ScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { startDesktop, type DesktopApp, type DesktopOptions } from './desktop-app.ts'

export interface DesktopTests {
  /** Ended after the test. */
  readonly start: (options?: Partial<DesktopOptions>) => Promise<DesktopApp>
  /** Closed after the test. */
  readonly startUpstream: () => Promise<ScriptedUpstream>
  /** Run after the test, the latest first. */
  readonly atEnd: (end: () => unknown) => void
}

/** Called at the top of a file. */
export function desktopTests(): DesktopTests {
  let browser: Browser | null = null
  const endings: (() => unknown)[] = []
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())
  afterEach(async () => {
    for (const end of endings.splice(0).toReversed()) await end()
  })
  const atEnd = (end: () => unknown) => void endings.push(end)
  return {
    atEnd,
    async start(options = {}) {
      if (browser === null) throw new Error('Within a test only.')
      const app = await startDesktop({ browser, ...options })
      atEnd(() => app.dispose())
      return app
    },
    async startUpstream() {
      const upstream = await startScriptedUpstream()
      atEnd(() => upstream.close())
      return upstream
    },
  }
}

/** A line of the config for an upstream that serves one model of its own name; `more` is added: `, proxy: direct`. */
export function upstreamLine(name: string, url: string, more = ''): string {
  return `  - { name: ${name}, base_url: "${url}", models: ["${name}"], keys: ["sk-local-0123456789"]${more} }`
}

/** Takes a port as another program would. */
export async function takePort(host = '127.0.0.1'): Promise<{ port: number; free: () => Promise<void> }> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  return {
    port: portOf(server),
    async free() {
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}

export function portOf(server: Server): number {
  // Safe: a server that listens on TCP has an AddressInfo.
  return (server.address() as AddressInfo).port
}

/** The app's window, once it is shown. */
export function visibleWindow(app: DesktopApp) {
  return app.until('a window is shown', () => app.windows().find(({ isVisible }) => isVisible))
}
