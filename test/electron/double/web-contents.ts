/** `webContents`: the page of one window, which lives in the test's Chromium. */
import { EventEmitter } from 'node:events'
import type { WebContents } from 'electron'
import { answerWith, askHost } from './channel.ts'
import { emitPreventable, makeEvent } from './events.ts'
import { FrameDouble } from './frame.ts'
import { IpcMainDouble } from './ipc-main.ts'
import { session } from './protocol.ts'

type OpenHandler = Parameters<WebContents['setWindowOpenHandler']>[0]

// Only the contents of windows that are open are in this map.
const open = new Map<number, WebContentsDouble>()

export class WebContentsDouble
  extends EventEmitter
  implements
    Pick<
      WebContents,
      | 'close'
      | 'executeJavaScript'
      | 'focus'
      | 'forcefullyCrashRenderer'
      | 'getTitle'
      | 'getType'
      | 'getURL'
      | 'getZoomFactor'
      | 'id'
      | 'isCrashed'
      | 'isDestroyed'
      | 'isDevToolsOpened'
      | 'isLoading'
      | 'openDevTools'
      | 'reload'
      | 'send'
      | 'setBackgroundThrottling'
      | 'setVisualZoomLevelLimits'
      | 'setWindowOpenHandler'
      | 'setZoomFactor'
      | 'toggleDevTools'
    >
{
  readonly id: number
  readonly ipc = new IpcMainDouble()
  readonly mainFrame: FrameDouble
  url = ''
  #openHandler: OpenHandler | null = null
  #isCrashed = false
  #isLoading = false
  #zoomFactor = 1

  constructor(id: number) {
    super()
    this.id = id
    this.mainFrame = new FrameDouble(() => this.url, null)
    open.set(id, this)
  }

  get session() {
    return session.defaultSession
  }

  get openHandler(): OpenHandler | null {
    return this.#openHandler
  }

  async load(url: string): Promise<void> {
    this.url = url
    this.#isLoading = true
    this.#isCrashed = false
    this.emit('did-start-loading', {})
    try {
      await askHost('load', this.id, url)
    } catch (error) {
      this.#isLoading = false
      const code = error instanceof Error ? (/ERR_\w+/.exec(error.message)?.[0] ?? 'ERR_FAILED') : 'ERR_FAILED'
      if (!this.isDestroyed()) this.emit('did-fail-load', {}, -2, code, url, true, 1, 1)
      throw new Error(`${code} (-2) loading '${url}'`, { cause: error })
    }
    this.#loaded()
  }

  reload(): void {
    this.#isCrashed = false
    this.#isLoading = true
    void askHost('reload', this.id).then(
      () => this.#loaded(),
      () => this.emit('did-fail-load', {}, -2, 'ERR_FAILED', this.url, true, 1, 1),
    )
  }

  #loaded(): void {
    this.#isLoading = false
    if (this.isDestroyed()) return
    this.emit('dom-ready', {})
    this.emit('did-finish-load', {})
    this.emit('did-stop-loading', {})
  }

  send(channel: string, ...args: unknown[]): void {
    if (this.isDestroyed()) throw new TypeError('Object has been destroyed')
    void askHost('send', this.id, channel, structuredClone(args))
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- as Electron types it
  executeJavaScript(code: string): Promise<any> {
    return askHost('evaluate', this.id, code)
  }

  forcefullyCrashRenderer(): void {
    void askHost('crashPage', this.id)
  }

  crashed(): void {
    this.#isCrashed = true
    this.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 })
  }

  destroy(): void {
    if (!open.delete(this.id)) return
    void askHost('closePage', this.id)
    this.emit('destroyed')
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler
  }

  close(): void {
    this.destroy()
  }

  getURL(): string {
    return this.url
  }

  isDestroyed(): boolean {
    return open.get(this.id) !== this
  }

  isCrashed(): boolean {
    return this.#isCrashed
  }

  isLoading(): boolean {
    return this.#isLoading
  }

  getTitle(): string {
    return ''
  }

  getType(): 'window' {
    return 'window'
  }

  getZoomFactor(): number {
    return this.#zoomFactor
  }

  setZoomFactor(factor: number): void {
    this.#zoomFactor = factor
  }

  async setVisualZoomLevelLimits(): Promise<void> {}
  setBackgroundThrottling(): void {}
  focus(): void {}
  openDevTools(): void {}
  toggleDevTools(): void {}

  isDevToolsOpened(): boolean {
    return false
  }
}

export function contentsOf(window: number): WebContentsDouble | null {
  return open.get(window) ?? null
}

export function allContents(): WebContentsDouble[] {
  return [...open.values()]
}

answerWith({
  willNavigate(window, url, isMainFrame) {
    const contents = contentsOf(window)
    if (contents === null) return false
    const event = makeEvent({ url, isMainFrame, isSameDocument: false, frame: contents.mainFrame })
    contents.emit('will-frame-navigate', event)
    if (isMainFrame) contents.emit('will-navigate', event, url, false, isMainFrame)
    return !event.defaultPrevented
  },
  openWindow(window, url) {
    const contents = contentsOf(window)
    const handler = contents?.openHandler ?? null
    if (handler === null) return 'allow'
    const details = {
      url,
      frameName: '',
      features: '',
      disposition: 'foreground-tab',
      referrer: { url: '', policy: '' },
    }
    // Safe: the fields a handler may read are there; the double never has a POST body.
    return handler(details as unknown as Parameters<OpenHandler>[0]).action
  },
  pageNavigated(window, url) {
    const contents = contentsOf(window)
    if (contents !== null) contents.url = url
  },
  pageCrashed(window) {
    contentsOf(window)?.crashed()
  },
})

/** Asks the page whether it lets itself be closed; `will-prevent-unload` may overrule it. */
export async function mayUnload(contents: WebContentsDouble): Promise<boolean> {
  if (contents.isDestroyed() || contents.isCrashed()) return true
  return (await askHost('mayUnload', contents.id)) || emitPreventable(contents, 'will-prevent-unload')
}
