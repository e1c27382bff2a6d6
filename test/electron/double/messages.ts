/**
 * What the two sides of the double say to each other over Node's ipc channel. The app's process holds the Electron
 * API and no browser; the test's process holds Chromium, so that many short-lived apps share one.
 */

/** Answered by the test's process: see `../app-host.ts`. */
export interface HostMethods {
  openPage(window: number, options: PageOptions): void
  /** Rejects with Chromium's own `net::ERR_…` when nothing came. */
  load(window: number, url: string): void
  reload(window: number): void
  closePage(window: number): void
  crashPage(window: number): void
  /** `webContents.send`. */
  send(window: number, channel: string, args: readonly unknown[]): void
  evaluate(window: number, code: string): unknown
  /** Runs `beforeunload`; false when the page asks to stay. */
  mayUnload(window: number): boolean
  report(report: Report): void
}

/** Answered by the app's process. */
export interface AppMethods {
  serve(request: ServedRequest): Promise<ServedResponse>
  isPermitted(window: number, permission: string): Promise<boolean>
  invoke(call: FrameCall): Promise<InvokeReply>
  receive(call: FrameCall): void
  /** False when a listener prevented it. */
  willNavigate(window: number, url: string, isMainFrame: boolean): boolean
  openWindow(window: number, url: string): 'allow' | 'deny'
  pageNavigated(window: number, url: string): void
  pageCrashed(window: number): void
  /** A click on an item of the tray's menu, by `id` or by label. Throws when it is hidden, disabled or not there. */
  clickTrayMenu(path: readonly string[]): void
  clickNotification(index: number): void
  /** What the user will do with the next dialog of this method. */
  layAnswer(method: string, answer: unknown): void
  /** True when a listener prevented it. */
  emit(target: EventTargetName, event: string, args: readonly unknown[]): boolean
  /** What `session.resolveProxy` answers for an origin, as a proxy script would: `PROXY 127.0.0.1:3128`. */
  setSystemProxy(origin: string, answer: string): void
  /** The page of a window doesn't answer for hours, which pass at once; or it answers again before any time has passed. */
  hangPage(window: number, recovers: boolean): void
  /** The user's click on the window's own close button. */
  closeWindow(window: number): void
  /** Another program's window covers it wholly: on macOS Electron calls that hidden. */
  coverWindow(window: number): void
}

export type EventTargetName = 'app' | 'powerMonitor' | 'nativeTheme' | 'screen' | 'tray'

export interface PageOptions {
  readonly width: number
  readonly height: number
  /** Text of the built preload script; null for a window without one. */
  readonly preload: string | null
  readonly process: { readonly platform: string; readonly versions: Readonly<Record<string, string>> }
}

export interface FrameCall {
  readonly window: number
  readonly frame: { readonly url: string; readonly isMainFrame: boolean }
  readonly channel: string
  readonly args: readonly unknown[]
}

export type InvokeReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string }

export interface ServedRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
}

export interface ServedResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** What the app has done to the desktop around it, in order. States (tray, window) come whole at every change. */
export type Report =
  | { readonly kind: 'tray'; readonly tray: TrayState | null }
  | { readonly kind: 'window'; readonly window: WindowState }
  | { readonly kind: 'application-menu'; readonly items: readonly MenuItemState[] | null }
  | { readonly kind: 'notification'; readonly title: string; readonly body: string }
  | { readonly kind: 'dialog'; readonly method: string; readonly options: unknown }
  | { readonly kind: 'open-external'; readonly url: string }
  | { readonly kind: 'open-path'; readonly path: string }
  | { readonly kind: 'show-item'; readonly path: string }
  | { readonly kind: 'clipboard'; readonly text: string }
  | { readonly kind: 'login-item'; readonly openAtLogin: boolean; readonly args: readonly string[] }
  | { readonly kind: 'power-save-blocker'; readonly type: string; readonly id: number; readonly running: boolean }
  | { readonly kind: 'resolve-proxy'; readonly url: string }
  | { readonly kind: 'relaunch'; readonly args: readonly string[] | null }
  | { readonly kind: 'badge'; readonly count: number }
  | { readonly kind: 'close-prevented'; readonly window: number }

export interface WindowState {
  readonly id: number
  readonly title: string
  readonly url: string
  readonly isVisible: boolean
  readonly isFocused: boolean
  readonly isMinimized: boolean
  readonly isDestroyed: boolean
  readonly bounds: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
  /** As given to the constructor. */
  readonly webPreferences: Readonly<Record<string, unknown>>
}

export interface TrayState {
  readonly toolTip: string
  readonly title: string
  readonly image: ImageState
  readonly menu: readonly MenuItemState[] | null
}

export interface ImageState {
  readonly isEmpty: boolean
  readonly width: number
  readonly height: number
  readonly isTemplate: boolean
  /** Hash of the image's bytes: tells whether two states look alike. */
  readonly hash: string
}

export interface MenuItemState {
  readonly id: string
  readonly label: string
  readonly type: string
  readonly role: string | null
  readonly enabled: boolean
  readonly visible: boolean
  readonly checked: boolean
  readonly submenu: readonly MenuItemState[] | null
}
