/** The small modules around the desktop: each tells the test what the app did, or gives a constant. */
import { EventEmitter } from 'node:events'
import type {
  Clipboard,
  Dialog,
  NativeTheme,
  Notification as ElectronNotification,
  NotificationConstructorOptions,
  PowerMonitor,
  PowerSaveBlocker,
  SafeStorage,
  Screen,
  Shell,
} from 'electron'
import { app } from './app.ts'
import { answerWith, report } from './channel.ts'
import { emitPreventable } from './events.ts'
import { theTray } from './menu.ts'
import type { EventTargetName } from './messages.ts'

// What the test has laid ready, by method. Without an answer the user dismisses the dialog.
const answers = new Map<string, unknown[]>()

export const dialog = {
  async showMessageBox(...args: readonly unknown[]) {
    return { response: buttonOf('showMessageBox', lastOf(args)), checkboxChecked: false }
  },
  showMessageBoxSync: (...args: readonly unknown[]) => buttonOf('showMessageBoxSync', lastOf(args)),
  async showSaveDialog(...args: readonly unknown[]) {
    const chosen = answerTo('showSaveDialog', lastOf(args))
    return typeof chosen === 'string' ? { canceled: false, filePath: chosen } : { canceled: true, filePath: '' }
  },
  async showOpenDialog(...args: readonly unknown[]) {
    const chosen = answerTo('showOpenDialog', lastOf(args))
    return typeof chosen === 'string' ? { canceled: false, filePaths: [chosen] } : { canceled: true, filePaths: [] }
  },
  showErrorBox(title: string, content: string) {
    report({ kind: 'dialog', method: 'showErrorBox', options: { title, content } })
  },
} satisfies Pick<Dialog, 'showMessageBox' | 'showMessageBoxSync' | 'showSaveDialog' | 'showOpenDialog' | 'showErrorBox'>

function buttonOf(method: string, options: Record<string, unknown>): number {
  const chosen = answerTo(method, options)
  // Electron's own defaults for a dialog closed with Escape.
  const dismissed = typeof options['cancelId'] === 'number' ? options['cancelId'] : 0
  return typeof chosen === 'number' ? chosen : dismissed
}

function answerTo(method: string, options: Record<string, unknown>): unknown {
  // Through JSON, since the options may hold images and functions.
  report({ kind: 'dialog', method, options: JSON.parse(JSON.stringify(options)) })
  return answers.get(method)?.shift() ?? null
}

/** Dialogs take the parent window first, or leave it out. */
function lastOf(args: readonly unknown[]): Record<string, unknown> {
  // Safe: every dialog of Electron takes its options as the last argument.
  return (args.at(-1) ?? {}) as Record<string, unknown>
}

export const shell = {
  async openExternal(url: string) {
    report({ kind: 'open-external', url })
  },
  async openPath(path: string) {
    report({ kind: 'open-path', path })
    const failure = answers.get('openPath')?.shift()
    return typeof failure === 'string' ? failure : ''
  },
  showItemInFolder(path: string) {
    report({ kind: 'show-item', path })
  },
  beep() {},
} satisfies Pick<Shell, 'openExternal' | 'openPath' | 'showItemInFolder' | 'beep'>

let clipboardText = ''

export const clipboard = {
  async writeText(text: string) {
    clipboardText = text
    report({ kind: 'clipboard', text })
  },
  readText: async () => clipboardText,
  clear() {
    clipboardText = ''
  },
} satisfies Pick<Clipboard, 'writeText' | 'readText' | 'clear'>

const shownNotifications: Notification[] = []

export class Notification extends EventEmitter implements Pick<ElectronNotification, 'show' | 'close'> {
  static isSupported(): boolean {
    return true
  }

  readonly title: string
  readonly body: string

  constructor(options: NotificationConstructorOptions = {}) {
    super()
    this.title = options.title ?? ''
    this.body = options.body ?? ''
  }

  show(): void {
    shownNotifications.push(this)
    report({ kind: 'notification', title: this.title, body: this.body })
    this.emit('show', {})
  }

  close(): void {
    this.emit('close', {})
  }
}

class PowerMonitorDouble
  extends EventEmitter
  implements Pick<PowerMonitor, 'getSystemIdleState' | 'getSystemIdleTime' | 'isOnBatteryPower'>
{
  readonly onBatteryPower = false

  getSystemIdleState(): 'active' {
    return 'active'
  }

  getSystemIdleTime(): number {
    return 0
  }

  isOnBatteryPower(): boolean {
    return false
  }
}

export const powerMonitor = new PowerMonitorDouble()

const blockers = new Map<number, Parameters<PowerSaveBlocker['start']>[0]>()
let lastBlocker = 0

export const powerSaveBlocker = {
  start(type) {
    const id = ++lastBlocker
    blockers.set(id, type)
    report({ kind: 'power-save-blocker', type, id, running: true })
    return id
  },
  stop(id) {
    const type = blockers.get(id)
    if (type !== undefined) report({ kind: 'power-save-blocker', type, id, running: false })
    return blockers.delete(id)
  },
  isStarted: (id: number) => blockers.has(id),
} satisfies PowerSaveBlocker

class NativeThemeDouble
  extends EventEmitter
  implements Pick<NativeTheme, 'shouldUseDarkColors' | 'shouldUseHighContrastColors' | 'themeSource'>
{
  readonly shouldUseDarkColors = false
  readonly shouldUseDarkColorsForSystemIntegratedUI = false
  readonly shouldUseHighContrastColors = false
  themeSource: NativeTheme['themeSource'] = 'system'
}

export const nativeTheme = new NativeThemeDouble()

const area = { x: 0, y: 0, width: 1280, height: 800 }
const display = { id: 1, bounds: area, workArea: area, workAreaSize: area, size: area, scaleFactor: 1, rotation: 0 }

class ScreenDouble extends EventEmitter {
  getPrimaryDisplay = () => display
  getAllDisplays = () => [display]
  getDisplayMatching = () => display
  getDisplayNearestPoint = () => display
  getCursorScreenPoint = () => ({ x: 0, y: 0 })
}

export const screen = new ScreenDouble()
// Displays have some thirty fields of hardware; these are the ones that place a window.
screen satisfies {
  [K in 'getPrimaryDisplay' | 'getDisplayMatching' | 'getDisplayNearestPoint']: () => Partial<ReturnType<Screen[K]>>
}

/** Reversible and no secret at all: only the shape of Electron's. */
export const safeStorage = {
  isEncryptionAvailable: () => true,
  encryptString: (text: string) => Buffer.from(`double:${text}`),
  decryptString: (bytes: Buffer) => bytes.toString().replace(/^double:/, ''),
} satisfies Pick<SafeStorage, 'isEncryptionAvailable' | 'encryptString' | 'decryptString'>

const targets: Readonly<Record<EventTargetName, () => EventEmitter | null>> = {
  app: () => app,
  powerMonitor: () => powerMonitor,
  nativeTheme: () => nativeTheme,
  screen: () => screen,
  tray: theTray,
}

answerWith({
  emit(target, event, args) {
    const emitter = targets[target]()
    if (emitter === null) throw new Error('There is no tray.')
    return emitPreventable(emitter, event, ...args)
  },
  layAnswer(method, answer) {
    answers.set(method, [...(answers.get(method) ?? []), answer])
  },
  clickNotification(index) {
    const notification = shownNotifications[index]
    if (notification === undefined) throw new Error(`There was no notification ${index}.`)
    notification.emit('click', {})
  },
})
