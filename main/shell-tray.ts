/** The tray of the running app: kept in step with engine and settings, and what its entries do when they fail. */
import { setTimeout } from 'node:timers/promises'
import type { DesktopState, RequestRecord } from '../proxy/contract.ts'
import type { Engine } from '../proxy/engine.ts'
import type { Logger } from '../proxy/log.ts'
import { showNative } from './native-notice.ts'
import type { RecentError } from './recent-errors.ts'
import { withRecords } from './recent-errors.ts'
import { run } from './run.ts'
import { shellText } from './texts.ts'
import { hasTrayHost, waitForTrayHost } from './tray-host.ts'
import type { TrayAction } from './tray-menu.ts'
import { trayMenu } from './tray-menu.ts'
import { statusLine, trayState } from './tray-state.ts'
import { AppTray } from './tray.ts'

export interface ShellTrayOptions {
  readonly engine: Pick<Engine, 'language' | 'status' | 'snapshot'>
  readonly log: Pick<Logger, 'warn'>
  readonly platform: NodeJS.Platform
  readonly iconFolder: string
  readonly desktop: () => DesktopState
  readonly act: (action: TrayAction) => Promise<void>
  readonly showWindow: () => void
  readonly onProblem: (error: unknown) => void
}

const lookAgainMs = 1000

export class ShellTray {
  readonly #options: ShellTrayOptions
  #tray: AppTray | null = null
  #hasHost = false
  #recentErrors: readonly RecentError[] = []

  constructor(options: ShellTrayOptions) {
    this.#options = options
  }

  /** Whether the user can see it: the icon may be there and nobody to show it. */
  get isVisible(): boolean {
    return this.#tray !== null && this.#hasHost
  }

  /** @param atLogin - the desktop may still be coming up. */
  async open({ atLogin }: { readonly atLogin: boolean }): Promise<void> {
    const { platform, iconFolder, showWindow, onProblem } = this.#options
    if (atLogin) await waitForTrayHost(platform, run, () => setTimeout(lookAgainMs))
    try {
      this.#tray = new AppTray({
        platform,
        iconFolder,
        onAction: (action) => void this.#onAction(action),
        onClick: showWindow,
      })
    } catch (error) {
      // The window is the way in then.
      onProblem(error)
    }
    await this.lookForHost()
    this.show()
  }

  /** A panel or an extension that shows tray icons may come or go. */
  async lookForHost(): Promise<void> {
    this.#hasHost = await hasTrayHost(this.#options.platform, run)
  }

  /** Shows how things are now. */
  show(): void {
    if (this.#tray === null) return
    const { engine } = this.#options
    const { language } = engine
    const status = engine.status()
    const desktop = this.#options.desktop()
    this.#tray.show({
      state: trayState(status),
      tooltip: `AI Proxy – ${statusLine(status, desktop.portConflict, language)}`,
      items: trayMenu({
        status,
        desktop,
        recentErrors: this.#recentErrors,
        language,
        configuredLanguage: engine.snapshot?.config.server.language ?? null,
      }),
    })
  }

  addRecords(records: readonly RequestRecord[]): void {
    const before = this.#recentErrors
    this.#recentErrors = withRecords(before, records)
    if (this.#recentErrors !== before) this.show()
  }

  async #onAction(action: TrayAction): Promise<void> {
    const { act, engine, log, showWindow } = this.#options
    try {
      await act(action)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const message = shellText(engine.language, 'actionFailed', { reason })
      log.warn(message)
      showNative({ title: shellText(engine.language, 'noticeTitle'), body: message }, showWindow)
    }
    // A click has moved a tick already, whatever came of it.
    this.#tray?.forget()
    this.show()
  }
}
