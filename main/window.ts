/**
 * The window with the console. Made when it is first needed; hidden or destroyed it can be shown again. Its page is
 * sandboxed, goes nowhere, opens nothing and is allowed nothing but to write to the clipboard.
 */
import type { Event, Session, WebContents } from 'electron'
import { BrowserWindow, dialog, nativeTheme, screen } from 'electron'
import type { Language } from '../proxy/log-texts.ts'
import { externalUrl } from './external-links.ts'
import { consoleOrigin } from './ipc-channels.ts'
import type { SavedWindow } from './shell-settings.ts'
import { shellText } from './texts.ts'
import { isConsoleUrl } from './trusted-sender.ts'
import type { CloseAction } from './visibility.ts'
import { minimumSize, windowBounds } from './window-bounds.ts'

export interface ConsoleWindowOptions {
  readonly preloadPath: string
  readonly iconPath: string | null
  readonly language: () => Language
  readonly savedBounds: () => SavedWindow | null
  readonly saveBounds: (bounds: SavedWindow) => void
  /** Asked each time the user closes the window. */
  readonly onClose: () => CloseAction
  readonly onHidden: () => void
  readonly onVisible: (visible: boolean) => void
  /** Windows ends the session: there is a moment left to save. */
  readonly onSessionEnd: () => void
  readonly quit: () => void
  /** The user would rather keep what isn't saved: a quit under way is off. */
  readonly onStay: () => void
  readonly openExternal: (url: string) => void
  readonly onProblem: (message: string) => void
}

/** A page that doesn't answer for so long is replaced. */
const hangMs = 20_000
/** So many new windows within `crashSpanMs`, then no more: something is wrong with this machine. */
const maxCrashes = 3
const crashSpanMs = 60_000

export class ConsoleWindow {
  readonly #options: ConsoleWindowOptions
  #window: BrowserWindow | null = null
  #href = ''
  /**
   * Shown or minimized by us or the user, not hidden. Electron's `show`, `hide` and `isVisible` tell something else: on
   * macOS a window that is wholly covered counts as hidden.
   */
  #isOpen = false
  #crashes: readonly number[] = []

  constructor(options: ConsoleWindowOptions) {
    this.#options = options
  }

  /** The page, to push events to and to know callers by; null while there is no window. */
  get page(): WebContents | null {
    return this.#window === null || this.#window.isDestroyed() ? null : this.#window.webContents
  }

  /** @param href - `#/requests/…` of the console; where it is, or its first page, without. */
  show(href?: string): void {
    const window = this.#window
    if (window === null) return this.#open({ href: href ?? '', minimized: false })
    if (href !== undefined) this.#load(window, href)
    if (window.isMinimized()) window.restore()
    this.#reveal(window)
  }

  /** Opens it in the task bar only. */
  showMinimized(): void {
    if (this.#window === null) this.#open({ href: '', minimized: true })
  }

  #open({ href, minimized }: { readonly href: string; readonly minimized: boolean }): void {
    const { preloadPath, iconPath, savedBounds } = this.#options
    const { maximized, ...bounds } = windowBounds(savedBounds(), workAreas())
    const window = new BrowserWindow({
      ...bounds,
      minWidth: minimumSize.width,
      minHeight: minimumSize.height,
      show: false,
      title: 'AI Proxy',
      // The colours of the console's page, so that nothing flashes before it paints.
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#121519' : '#f6f7f9',
      autoHideMenuBar: true,
      ...(iconPath === null ? {} : { icon: iconPath }),
      webPreferences: {
        preload: preloadPath,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webSecurity: true,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
      },
    })
    this.#window = window
    window.once('ready-to-show', () => {
      if (minimized) {
        // A window that was never shown has no place in the task bar on some desktops.
        window.showInactive()
        this.#setOpen(true)
        return window.minimize()
      }
      if (maximized) window.maximize()
      this.#reveal(window)
    })
    this.#followLife(window)
    this.#lock(window)
    this.#load(window, href)
  }

  #reveal(window: BrowserWindow): void {
    window.show()
    window.focus()
    this.#setOpen(true)
  }

  #setOpen(isOpen: boolean): void {
    if (this.#isOpen === isOpen) return
    this.#isOpen = isOpen
    this.#options.onVisible(isOpen)
  }

  #load(window: BrowserWindow, href: string): void {
    this.#href = href
    // A load that another one overtakes is no problem; a page that fails to load tells by `did-fail-load`.
    window.loadURL(`${consoleOrigin}/index.html${href}`).catch((error: unknown) => {
      this.#options.onProblem(error instanceof Error ? error.message : String(error))
    })
  }

  #followLife(window: BrowserWindow): void {
    const { onClose, onHidden, quit } = this.#options
    const remember = () => {
      if (window.isDestroyed() || window.isMinimized()) return
      this.#options.saveBounds({ ...window.getNormalBounds(), maximized: window.isMaximized() })
    }
    window.on('close', (event) => {
      remember()
      const action = onClose()
      if (action === 'close') return
      event.preventDefault()
      // After this event: Electron takes a prevented close for the end of any quit that is under way by then.
      if (action === 'quit') return void setImmediate(quit)
      if (action === 'minimize') return window.minimize()
      window.hide()
      this.#setOpen(false)
      onHidden()
    })
    window.on('session-end', () => this.#options.onSessionEnd())
    window.on('closed', () => {
      if (this.#window === window) this.#window = null
      this.#setOpen(false)
    })
    this.#followHealth(window)
  }

  /** A page that crashed or hangs gets a new window: the engine runs on, and the console catches up by itself. */
  #followHealth(window: BrowserWindow): void {
    let hang: NodeJS.Timeout | null = null
    const calm = () => {
      if (hang) clearTimeout(hang)
      hang = null
    }
    window.on('unresponsive', () => {
      hang ??= setTimeout(() => this.#replace(window, 'unresponsive'), hangMs)
    })
    window.on('responsive', calm)
    window.on('closed', calm)
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason !== 'clean-exit') this.#replace(window, reason)
    })
  }

  #replace(window: BrowserWindow, reason: string): void {
    if (this.#window !== window) return
    const { language, onProblem } = this.#options
    onProblem(shellText(language(), 'windowReplaced', { reason }))
    const wasOpen = this.#isOpen
    this.#window = null
    if (!window.isDestroyed()) window.destroy()
    const now = Date.now()
    this.#crashes = [...this.#crashes.filter((at) => now - at < crashSpanMs), now]
    if (wasOpen && this.#crashes.length <= maxCrashes) this.#open({ href: this.#href, minimized: false })
  }

  #lock(window: BrowserWindow): void {
    const { openExternal, language, onStay } = this.#options
    const page = window.webContents
    const stayHere = (event: Event & { readonly url: string }) => {
      if (!isConsoleUrl(event.url)) event.preventDefault()
    }
    page.on('will-frame-navigate', stayHere)
    page.on('will-redirect', stayHere)
    page.on('will-attach-webview', (event) => event.preventDefault())
    page.setWindowOpenHandler(({ url }) => {
      if (externalUrl(url) !== null) openExternal(url)
      return { action: 'deny' }
    })
    // A form with unsaved changes holds the page; without an answer here the window would silently stay open.
    page.on('will-prevent-unload', (event) => {
      const text = (key: 'unsavedTitle' | 'unsavedText' | 'discard' | 'stay') => shellText(language(), key)
      this.#reveal(window)
      const answer = dialog.showMessageBoxSync(window, {
        type: 'question',
        message: text('unsavedTitle'),
        detail: text('unsavedText'),
        buttons: [text('discard'), text('stay')],
        defaultId: 1,
        cancelId: 1,
      })
      if (answer === 0) event.preventDefault()
      else onStay()
    })
  }
}

/** Denies every permission but writing to the clipboard, which the Copy buttons of our own pages need. */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((page, permission, answer) => {
    answer(isAllowed(permission, page.getURL()))
  })
  session.setPermissionCheckHandler((_page, permission, origin) => isAllowed(permission, origin))
  session.setDevicePermissionHandler(() => false)
}

function isAllowed(permission: string, url: string): boolean {
  return permission === 'clipboard-sanitized-write' && isConsoleUrl(url)
}

function workAreas() {
  const primary = screen.getPrimaryDisplay()
  const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id)
  return [primary, ...others].map(({ workArea }) => workArea)
}
