/** `app`: life cycle, paths, names. Quitting follows the order that Electron documents for `app.quit()`. */
import { EventEmitter } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { App } from 'electron'
import { report } from './channel.ts'
import { emitPreventable } from './events.ts'

type PathName = Parameters<App['getPath']>[0]

/** What the windows give to the app: set by `window.ts`, which imports this file. */
export interface WindowsOfApp {
  /** Asks each to close, without waiting for its page. False when there are none. */
  readonly closeAll: () => boolean
  readonly destroyAll: () => void
}

const appFolder = process.argv[1] ?? process.cwd()
const manifest = readManifest()
const home = homedir()
const appData = process.env['XDG_CONFIG_HOME'] ?? join(home, '.config')
const paths = new Map<string, string>([
  ['home', home],
  ['appData', appData],
  ['temp', tmpdir()],
  ['exe', process.execPath],
  ['module', process.execPath],
  ['desktop', join(home, 'Desktop')],
  ['documents', join(home, 'Documents')],
  ['downloads', join(home, 'Downloads')],
])
const switches = new Map<string, string>()
let name = manifest.productName ?? manifest.name
let isReady = false
let isQuitting = false
let windows: WindowsOfApp = { closeAll: () => false, destroyAll: () => undefined }
let openAtLogin = false
let badgeCount = 0

class AppDouble
  extends EventEmitter
  implements
    Pick<
      App,
      | 'commandLine'
      | 'exit'
      | 'focus'
      | 'getAppPath'
      | 'getBadgeCount'
      | 'getLocale'
      | 'getName'
      | 'getPath'
      | 'getPreferredSystemLanguages'
      | 'getSystemLocale'
      | 'getVersion'
      | 'getLoginItemSettings'
      | 'hasSingleInstanceLock'
      | 'hide'
      | 'isPackaged'
      | 'isReady'
      | 'disableHardwareAcceleration'
      | 'enableSandbox'
      | 'quit'
      | 'relaunch'
      | 'releaseSingleInstanceLock'
      | 'requestSingleInstanceLock'
      | 'setAboutPanelOptions'
      | 'setActivationPolicy'
      | 'setAppLogsPath'
      | 'setAppUserModelId'
      | 'setBadgeCount'
      | 'setDesktopName'
      | 'setLoginItemSettings'
      | 'setName'
      | 'setPath'
      | 'show'
      | 'whenReady'
    >
{
  readonly isPackaged = false
  /** macOS only, so not here. */
  readonly dock = undefined

  readonly commandLine = {
    appendSwitch: (key: string, value = '') => void switches.set(key, value),
    appendArgument: () => undefined,
    getSwitchValue: (key: string) => switches.get(key) ?? '',
    hasSwitch: (key: string) => switches.has(key),
    removeSwitch: (key: string) => void switches.delete(key),
  }

  get name(): string {
    return name
  }

  isReady(): boolean {
    return isReady
  }

  async whenReady(): Promise<void> {
    if (!isReady) await new Promise((resolve) => this.once('ready', resolve))
  }

  requestSingleInstanceLock(): boolean {
    return process.env['ELECTRON_DOUBLE_IS_SECOND'] !== '1'
  }

  hasSingleInstanceLock(): boolean {
    return this.requestSingleInstanceLock()
  }

  releaseSingleInstanceLock(): void {}

  quit(): void {
    if (isQuitting || emitPreventable(this, 'before-quit')) return
    isQuitting = true
    // The last one that is gone shuts the app down.
    if (!windows.closeAll()) this.#shutDown()
  }

  #shutDown(): void {
    if (emitPreventable(this, 'will-quit')) isQuitting = false
    else this.#end(0)
  }

  exit(exitCode = 0): void {
    windows.destroyAll()
    this.#end(exitCode)
  }

  #end(exitCode: number): void {
    this.emit('quit', {}, exitCode)
    process.exit(exitCode)
  }

  /** A window stays open: as in Electron, a quit under way is off, also one that a listener of `close` asked for. */
  closeCancelled(): void {
    isQuitting = false
  }

  /** After the last window is gone: without a listener Electron quits. */
  allWindowsClosed(): void {
    if (isQuitting) return this.#shutDown()
    if (this.listenerCount('window-all-closed') === 0) this.quit()
    else this.emit('window-all-closed')
  }

  becomeReady(): void {
    isReady = true
    this.emit('ready', {}, {})
  }

  relaunch(options?: { readonly args?: string[] }): void {
    report({ kind: 'relaunch', args: options?.args ?? null })
  }

  getAppPath(): string {
    return appFolder
  }

  getVersion(): string {
    return manifest.version
  }

  getName(): string {
    return name
  }

  setName(value: string): void {
    name = value
  }

  getPath(path: PathName): string {
    const known = paths.get(path)
    if (known !== undefined) return known
    if (path === 'userData' || path === 'sessionData') return join(appData, name)
    if (path === 'logs') return join(this.getPath('userData'), 'logs')
    if (path === 'crashDumps') return join(this.getPath('userData'), 'Crashpad')
    throw new Error(`Failed to get '${path}' path`)
  }

  setPath(path: string, value: string): void {
    paths.set(path, value)
  }

  setAppLogsPath(path?: string): void {
    paths.set('logs', path ?? join(this.getPath('userData'), 'logs'))
  }

  getLocale(): string {
    return process.env['ELECTRON_DOUBLE_LOCALE'] ?? 'en-US'
  }

  getSystemLocale(): string {
    return this.getLocale()
  }

  getPreferredSystemLanguages(): string[] {
    return [this.getLocale()]
  }

  setLoginItemSettings(settings: { readonly openAtLogin?: boolean; readonly args?: string[] }): void {
    openAtLogin = settings.openAtLogin ?? false
    report({ kind: 'login-item', openAtLogin, args: settings.args ?? [] })
  }

  getLoginItemSettings(): ReturnType<App['getLoginItemSettings']> {
    return {
      openAtLogin,
      wasOpenedAtLogin: false,
      status: openAtLogin ? 'enabled' : 'not-registered',
      executableWillLaunchAtLogin: openAtLogin,
      launchItems: [],
    }
  }

  setBadgeCount(count = 0): boolean {
    badgeCount = count
    report({ kind: 'badge', count })
    return true
  }

  getBadgeCount(): number {
    return badgeCount
  }

  focus(): void {}
  show(): void {}
  hide(): void {}
  enableSandbox(): void {}
  disableHardwareAcceleration(): void {}
  setAboutPanelOptions(): void {}
  setActivationPolicy(): void {}
  setAppUserModelId(): void {}
  setDesktopName(): void {}
}

export const app = new AppDouble()

export function setWindowsOfApp(those: WindowsOfApp): void {
  windows = those
}

/** Called when the app's main module has run: readiness comes after it, as in Electron. */
export function start(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Electron's own handlers quit the app; an app that listens itself takes them over.
    if (process.listenerCount(signal) === 0) process.on(signal, () => app.quit())
  }
  setImmediate(() => app.becomeReady())
}

interface Manifest {
  readonly name: string
  readonly productName?: string
  readonly version: string
}

function readManifest(): Manifest {
  const file = join(appFolder, 'package.json')
  if (!existsSync(file)) throw new Error(`No app in ${appFolder}: package.json is missing.`)
  // Safe: as npm demands of a package.json.
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest
}
