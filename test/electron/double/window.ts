/** `BrowserWindow`: what is visible and focused is bookkeeping, the page inside is real. */
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
// oxlint-disable-next-line vitest/no-import-node-test -- this runs within the app, where vitest is not
import { mock } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { BrowserWindow as ElectronWindow, BrowserWindowConstructorOptions, Rectangle } from 'electron'
import { app, setWindowsOfApp } from './app.ts'
import { answerWith, askHost, report } from './channel.ts'
import { emitPreventable } from './events.ts'
import { mayUnload, WebContentsDouble } from './web-contents.ts'

const all = new Map<number, BrowserWindow>()
const hoursMs = 3 * 3_600_000
let lastId = 0
let focused: BrowserWindow | null = null

export class BrowserWindow
  extends EventEmitter
  implements
    Pick<
      ElectronWindow,
      | 'blur'
      | 'center'
      | 'close'
      | 'destroy'
      | 'flashFrame'
      | 'focus'
      | 'getBounds'
      | 'getNormalBounds'
      | 'getSize'
      | 'getTitle'
      | 'hide'
      | 'id'
      | 'isDestroyed'
      | 'isFocused'
      | 'isFullScreen'
      | 'isMaximized'
      | 'isMinimized'
      | 'isVisible'
      | 'loadFile'
      | 'loadURL'
      | 'maximize'
      | 'minimize'
      | 'moveTop'
      | 'reload'
      | 'removeMenu'
      | 'restore'
      | 'setAutoHideMenuBar'
      | 'setBackgroundColor'
      | 'setBounds'
      | 'setIcon'
      | 'setMenu'
      | 'setMenuBarVisibility'
      | 'setMinimumSize'
      | 'setSize'
      | 'setSkipTaskbar'
      | 'setTitle'
      | 'show'
      | 'showInactive'
      | 'unmaximize'
    >
{
  static getAllWindows(): BrowserWindow[] {
    return [...all.values()]
  }

  static getFocusedWindow(): BrowserWindow | null {
    return focused
  }

  static fromId(id: number): BrowserWindow | null {
    return all.get(id) ?? null
  }

  static fromWebContents(contents: unknown): BrowserWindow | null {
    return BrowserWindow.getAllWindows().find((window) => window.webContents === contents) ?? null
  }

  readonly id: number
  readonly webContents: WebContentsDouble
  readonly #options: BrowserWindowConstructorOptions
  readonly #opened: Promise<void>
  #title: string
  #bounds: Rectangle
  #isVisible: boolean
  #isMinimized = false
  #isMaximized = false
  #isClosing = false

  constructor(options: BrowserWindowConstructorOptions = {}) {
    super()
    if (!app.isReady()) throw new Error('Cannot create BrowserWindow before app is ready')
    this.id = ++lastId
    this.#options = options
    this.#title = options.title ?? app.getName()
    this.#bounds = { x: options.x ?? 0, y: options.y ?? 0, width: options.width ?? 800, height: options.height ?? 600 }
    this.#isVisible = options.show ?? true
    all.set(this.id, this)
    this.webContents = new WebContentsDouble(this.id)
    const preload = options.webPreferences?.preload
    this.#opened = askHost('openPage', this.id, {
      width: this.#bounds.width,
      height: this.#bounds.height,
      preload: preload === undefined ? null : readFileSync(preload, 'utf8'),
      process: { platform: process.platform, versions: versionsOfPreload() },
    })
    // Whoever loads a page hears of it; before that nobody would.
    this.#opened.catch(() => undefined)
    this.webContents.once('did-finish-load', () => {
      if (!this.isDestroyed()) this.emit('ready-to-show', {})
    })
    app.emit('web-contents-created', {}, this.webContents)
    app.emit('browser-window-created', {}, this)
    if (this.#isVisible) this.focus()
    this.#report()
  }

  async loadURL(url: string): Promise<void> {
    await this.#opened
    await this.webContents.load(url)
    this.#report()
  }

  loadFile(path: string): Promise<void> {
    return this.loadURL(pathToFileURL(path).href)
  }

  reload(): void {
    this.webContents.reload()
  }

  show(): void {
    this.showInactive()
    this.focus()
  }

  showInactive(): void {
    const wasVisible = this.#isVisible
    this.#isVisible = true
    if (!wasVisible) this.emit('show', {})
    this.#report()
  }

  hide(): void {
    this.blur()
    this.cover()
  }

  /** As `hide`, but it keeps the focus: nobody asked for it. */
  cover(): void {
    const wasVisible = this.#isVisible
    this.#isVisible = false
    if (wasVisible) this.emit('hide', {})
    this.#report()
  }

  focus(): void {
    if (!this.#isVisible || focused === this) return
    focused?.blur()
    // oxlint-disable-next-line typescript/no-this-alias -- which window has the focus, not another name for this one
    focused = this
    this.emit('focus', {})
    app.emit('browser-window-focus', {}, this)
    this.#report()
  }

  blur(): void {
    if (focused !== this) return
    focused = null
    this.emit('blur', {})
    this.#report()
  }

  minimize(): void {
    this.#isMinimized = true
    this.blur()
    this.emit('minimize', {})
    this.#report()
  }

  restore(): void {
    const wasMinimized = this.#isMinimized
    this.#isMinimized = false
    if (wasMinimized) this.emit('restore', {})
    this.#report()
  }

  maximize(): void {
    this.#isMaximized = true
    this.emit('maximize', {})
  }

  unmaximize(): void {
    this.#isMaximized = false
    this.emit('unmaximize', {})
  }

  /** The app's listener first, at once, then the page's `beforeunload`. */
  close(): void {
    if (this.isDestroyed()) return
    if (emitPreventable(this, 'close')) this.#stay()
    else void this.#closePage()
  }

  async #closePage(): Promise<void> {
    if (this.#isClosing) return
    this.#isClosing = true
    const leaves = await mayUnload(this.webContents)
    this.#isClosing = false
    if (leaves) this.destroy()
    else this.#stay()
  }

  #stay(): void {
    app.closeCancelled()
    report({ kind: 'close-prevented', window: this.id })
  }

  destroy(): void {
    if (!all.delete(this.id)) return
    this.blur()
    this.#isVisible = false
    this.#report()
    this.webContents.destroy()
    this.emit('closed')
    if (all.size === 0) app.allWindowsClosed()
  }

  #report(): void {
    report({
      kind: 'window',
      window: {
        id: this.id,
        title: this.#title,
        url: this.webContents.url,
        isVisible: this.#isVisible,
        isFocused: this.isFocused(),
        isMinimized: this.#isMinimized,
        isDestroyed: this.isDestroyed(),
        bounds: this.#bounds,
        // Plain values only: a window's preferences can also hold a session.
        webPreferences: Object.fromEntries(
          Object.entries(this.#options.webPreferences ?? {}).filter(([, value]) => typeof value !== 'object'),
        ),
      },
    })
  }

  isDestroyed(): boolean {
    return !all.has(this.id)
  }

  isVisible(): boolean {
    return this.#isVisible
  }

  isFocused(): boolean {
    return focused === this
  }

  isMinimized(): boolean {
    return this.#isMinimized
  }

  isMaximized(): boolean {
    return this.#isMaximized
  }

  isFullScreen(): boolean {
    return false
  }

  getTitle(): string {
    return this.#title
  }

  setTitle(title: string): void {
    this.#title = title
    this.#report()
  }

  getBounds(): Rectangle {
    return this.#bounds
  }

  getNormalBounds(): Rectangle {
    return this.#bounds
  }

  getSize(): number[] {
    return [this.#bounds.width, this.#bounds.height]
  }

  setBounds(bounds: Partial<Rectangle>): void {
    this.#bounds = { ...this.#bounds, ...bounds }
    this.emit('resize', {})
    this.emit('move', {})
    this.#report()
  }

  setSize(width: number, height: number): void {
    this.setBounds({ width, height })
  }

  setMenu(): void {}
  removeMenu(): void {}
  setAutoHideMenuBar(): void {}
  setMenuBarVisibility(): void {}
  setMinimumSize(): void {}
  setIcon(): void {}
  setBackgroundColor(): void {}
  setSkipTaskbar(): void {}
  flashFrame(): void {}
  moveTop(): void {}
  center(): void {}
}

setWindowsOfApp({
  closeAll() {
    const windows = BrowserWindow.getAllWindows()
    for (const window of windows) window.close()
    return windows.length > 0
  },
  destroyAll() {
    for (const window of BrowserWindow.getAllWindows()) window.destroy()
  },
})

answerWith({
  closeWindow(window) {
    BrowserWindow.fromId(window)?.close()
  },
  coverWindow(window) {
    BrowserWindow.fromId(window)?.cover()
  },
  hangPage(id, recovers) {
    const window = BrowserWindow.fromId(id)
    // Only timers that the app starts on hearing of it: nothing else runs before `reset`.
    mock.timers.enable({ apis: ['setTimeout'] })
    window?.emit('unresponsive')
    if (recovers) window?.emit('responsive')
    mock.timers.tick(hoursMs)
    mock.timers.reset()
  },
})

function versionsOfPreload(): Record<string, string> {
  const { electron, chrome, node } = process.versions
  return { electron: electron ?? '', chrome: chrome ?? '', node }
}
