/**
 * Puts the desktop app together: IPC, then engine, then tray, then window. Knows Electron, and makes no decision that
 * could be made without it; those are in the files that it imports.
 */
import { homedir, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { Event } from 'electron'
import { Menu, app, clipboard, ipcMain, powerMonitor, powerSaveBlocker, protocol, session, shell } from 'electron'
import type { ControlApi, EngineEvent } from '../proxy/contract.ts'
import { callControl } from '../proxy/control/call.ts'
import { createControl } from '../proxy/control/control.ts'
import { createEngineHandle } from '../proxy/engine-handle.ts'
import type { Engine } from '../proxy/engine.ts'
import type { Logger } from '../proxy/log.ts'
import { appMenu } from './app-menu.ts'
import type { ConfigActions } from './config-actions.ts'
import { createConfigActions } from './config-actions.ts'
import { DesktopFailure } from './desktop-failure.ts'
import type { Desktop } from './desktop.ts'
import { callDesktop, createDesktop } from './desktop.ts'
import { EngineSwitch } from './engine-switch.ts'
import { exportDiagnostics } from './export-diagnostics.ts'
import { findFreePort } from './free-port.ts'
import { consoleScheme } from './ipc-channels.ts'
import { pushEvent, serveIpc } from './ipc.ts'
import type { Launch } from './launch.ts'
import { withSystemLanguage } from './launch.ts'
import { autostartFolder, createLoginItem, hiddenFlag, startCommand } from './login-item.ts'
import { showNative } from './native-notice.ts'
import { Notifier } from './notifications.ts'
import { PortConflict } from './port-conflict.ts'
import { findPortHolder } from './port-holder.ts'
import { PortOverride } from './port-override.ts'
import { SuspendBlocker, answers, wakeUp } from './power.ts'
import { createConsoleHandler } from './protocol.ts'
import { QuitSequence, quitGraceMs } from './quit.ts'
import { run } from './run.ts'
import { createShellEngine } from './shell-engine.ts'
import { SettingsFile } from './shell-settings.ts'
import { ShellTray } from './shell-tray.ts'
import { SystemProxySwitch } from './system-proxy.ts'
import type { ShellTextKey } from './texts.ts'
import { shellText } from './texts.ts'
import { createTrayActions } from './tray-actions.ts'
import type { TrayAction } from './tray-menu.ts'
import { attentionPage, closeAction, windowAtStart } from './visibility.ts'
import { ConsoleWindow, denyPermissions } from './window.ts'

const { platform } = process
// The same places in a clone and in the packed app: this file is out/main/index.js.
const appFolder = join(import.meta.dirname, '..', '..')
const assetFolder = join(appFolder, 'main', 'assets')

/** Call it once, when Electron is ready. */
export async function startShell(launch: Launch): Promise<void> {
  const env = withSystemLanguage(process.env, app.getPreferredSystemLanguages())
  const portOverride = new PortOverride(launch.port)
  const { engine, log, isFirstRun } = await createShellEngine(launch, env, portOverride)
  await new Shell(launch, portOverride, engine, log).start(isFirstRun)
}

class Shell {
  readonly #launch: Launch
  readonly #portOverride: PortOverride
  readonly #engine: Engine
  readonly #log: Logger
  readonly #settings: SettingsFile
  readonly #engineSwitch: EngineSwitch
  readonly #control: ControlApi
  readonly #configActions: ConfigActions
  readonly #portConflict: PortConflict
  readonly #systemProxy: SystemProxySwitch
  readonly #desktop: Desktop
  readonly #tray: ShellTray
  readonly #window: ConsoleWindow
  readonly #notifier: Notifier
  readonly #suspendBlocker = new SuspendBlocker(powerSaveBlocker)
  readonly #quit: QuitSequence
  #hasFailed = false
  #isWaking = false

  constructor(launch: Launch, portOverride: PortOverride, engine: Engine, log: Logger) {
    this.#launch = launch
    this.#portOverride = portOverride
    this.#engine = engine
    this.#log = log
    this.#settings = new SettingsFile(join(launch.dataFolder, 'desktop.json'), platform, this.#onProblem)
    this.#engineSwitch = new EngineSwitch(engine, quitGraceMs)
    this.#control = createControl(createEngineHandle(engine))
    this.#configActions = createConfigActions(this.#control, () => engine.language)
    this.#portConflict = new PortConflict({
      findHolder: (port) => findPortHolder(port, platform, run),
      findFreePort,
      onChange: () => this.#tray.show(),
    })
    this.#systemProxy = new SystemProxySwitch({
      resolveProxy: (url) => session.defaultSession.resolveProxy(url),
      origins: () =>
        [...(engine.snapshot?.upstreams.values() ?? [])]
          .filter(({ isDemo, config }) => !isDemo && config.enabled && config.proxy === null)
          .map(({ origin }) => origin),
      use: (find) => engine.states.setSystemProxy(find),
      reconnect: () => engine.reconnect(),
    })
    this.#desktop = this.#createDesktop()
    this.#window = this.#createWindow()
    this.#tray = new ShellTray({
      engine,
      log,
      platform,
      iconFolder: join(assetFolder, 'tray'),
      desktop: () => this.#desktop.state(),
      act: this.#createTrayActions(),
      showWindow: () => this.#window.show(),
      onProblem: this.#onProblem,
    })
    this.#notifier = new Notifier({
      isWanted: (kind) => this.#settings.current.notices[kind],
      language: () => engine.language,
      show: (notice) => showNative(notice, () => this.#window.show(notice.href)),
    })
    this.#quit = new QuitSequence({
      finish: async ({ graceMs }) => {
        this.#notifier.close()
        await this.#engineSwitch.stop(graceMs)
        await this.#settings.flush()
      },
      exit: () => app.exit(0),
      onProblem: this.#onProblem,
    })
  }

  async start(isFirstRun: boolean): Promise<void> {
    // Electron's answer would be a dialog, Node's the end: one part that failed must not end the proxy.
    process.on('uncaughtException', this.#onProblem)
    process.on('unhandledRejection', this.#onProblem)
    this.#followApp()
    this.#followPower()
    this.#engine.subscribe((event) => this.#onEngineEvent(event))
    // Before the engine runs: a second start may ask for the window while this one is under way.
    this.#serveConsole()
    await this.#engineSwitch.start()
    this.#showAppMenu()
    const started = this.#engine.status()
    this.#portConflict.update(started)
    this.#hasFailed = started.state === 'failed'
    void this.#systemProxy.set(this.#settings.current.useSystemProxy)

    const hidden = this.#launch.hidden || (platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin)
    await this.#tray.open({ atLogin: hidden && attentionPage(started) === null })
    const status = this.#engine.status()
    const first = windowAtStart({ hidden, isFirstRun, hasTray: this.#tray.isVisible, status })
    if (first === 'show') this.#window.show(attentionPage(status) ?? undefined)
    else if (first === 'minimized') this.#window.showMinimized()
  }

  // With the secrets of the config taken out: nobody knows what stands in the message.
  readonly #onProblem = (error: unknown): void => this.#engine.logBug(error)

  #followApp(): void {
    // Who starts us while we end means to have us running: a second process is gone by now, told that we are here.
    const show = () => (this.#quit.isFinishing ? startAgain() : this.#window.show())
    app.on('second-instance', (_event, argv) => {
      // A start at login that finds us running is no wish to see us.
      if (!argv.includes(hiddenFlag)) show()
    })
    app.on('activate', show)
    // Without a listener the app would end with its window.
    app.on('window-all-closed', () => undefined)
    app.on('before-quit', () => this.#quit.begin())
    app.on('will-quit', (event) => {
      event.preventDefault()
      this.#quit.finish()
    })
  }

  #followPower(): void {
    powerMonitor.on('resume', () => {
      if (this.#isWaking) return
      this.#isWaking = true
      void this.#wakeUp()
        .catch(this.#onProblem)
        .finally(() => {
          this.#isWaking = false
        })
    })
    const onShutdown = (event: Pick<Event, 'preventDefault'>) => {
      // The system waits then for the app to end. On macOS Electron would also quit by itself, a second time for us.
      event.preventDefault()
      this.#quit.finish(0)
    }
    // Safe: Electron's types leave out the event that its documentation names.
    powerMonitor.on('shutdown', onShutdown as () => void)
  }

  async #wakeUp(): Promise<void> {
    const { language } = this.#engine
    this.#log.system(shellText(language, 'resumed'))
    await wakeUp({
      status: () => this.#engine.status(),
      reconnect: () => this.#engine.reconnect(),
      isHealthy: answers,
      ownAddresses: () =>
        Object.values(networkInterfaces()).flatMap((infos) => (infos ?? []).map(({ address }) => address)),
      restart: () => this.#engineSwitch.restart(0),
      retry: () => this.#engine.reload({ force: true }),
      onListenAgain: () => this.#log.warn(shellText(language, 'listenAgain')),
    })
    await this.#systemProxy.refresh()
  }

  #serveConsole(): void {
    const handle = createEngineHandle(this.#engine)
    denyPermissions(session.defaultSession)
    protocol.handle(consoleScheme, createConsoleHandler(join(appFolder, 'out', 'renderer')))
    serveIpc({
      ipcMain,
      page: () => this.#window.page,
      control: (method, args) => callControl(this.#control, method, args, handle),
      desktop: (method, args) => callDesktop(this.#desktop, method, args, this.#onProblem),
      onRefused: (url) => this.#log.warn(shellText(this.#engine.language, 'refusedCall', { url })),
    })
  }

  #onEngineEvent(event: EngineEvent): void {
    pushEvent(this.#window.page, event)
    switch (event.type) {
      case 'status': {
        const { status } = event
        this.#suspendBlocker.update(status.activeRequests)
        this.#portConflict.update(status)
        const hasFailed = status.state === 'failed'
        if (hasFailed && !this.#hasFailed) this.#window.show(attentionPage(status) ?? undefined)
        this.#hasFailed = hasFailed
        return this.#tray.show()
      }
      case 'requests':
        return this.#tray.addRecords(event.records)
      case 'config-applied':
        return this.#onConfigApplied()
      case 'notice':
        return this.#notifier.add(event.notice)
      default:
    }
  }

  #onConfigApplied(): void {
    const port = this.#engine.snapshot?.config.server.listen.port
    if (port !== undefined && this.#portOverride.onConfigured(port)) void this.#engine.reload({ force: true })
    this.#showAppMenu()
    void this.#systemProxy.refresh()
  }

  #showAppMenu(): void {
    const template = appMenu(platform, this.#engine.language)
    Menu.setApplicationMenu(template === null ? null : Menu.buildFromTemplate(template))
  }

  #createTrayActions(): (action: TrayAction) => Promise<void> {
    return createTrayActions({
      control: this.#control,
      desktop: this.#desktop,
      configActions: this.#configActions,
      currentPort: () => this.#engine.status().listening?.port ?? this.#portConflict.current?.port ?? 0,
      showConsole: (href) => this.#window.show(href ?? undefined),
      copy: (text) => clipboard.writeText(text),
      openConfig: () => this.#openConfig(),
      quit: () => app.quit(),
    })
  }

  async #openConfig(): Promise<void> {
    const { configPath } = this.#launch
    const reason = await shell.openPath(configPath)
    // No program is set for YAML files: at least the folder can be shown.
    if (reason !== '') shell.showItemInFolder(configPath)
  }

  #createDesktop(): Desktop {
    const engine = this.#engine
    return createDesktop({
      platform,
      language: () => engine.language,
      engineSwitch: this.#engineSwitch,
      settings: this.#settings,
      loginItem: createLoginItem({
        app,
        platform,
        command: startCommand({
          executable: process.execPath,
          appFolder,
          isPackaged: app.isPackaged,
          env: process.env,
        }),
        autostartFolder: autostartFolder(process.env, homedir()),
      }),
      portConflict: this.#portConflict,
      configActions: this.#configActions,
      hasTray: () => this.#tray.isVisible,
      listenOn: async (port, insteadOf) => {
        this.#portOverride.choose(port, insteadOf)
        const result = await engine.reload({ force: true })
        if (result.kind !== 'rejected') return
        const [first] = result.diagnostics
        throw new DesktopFailure(first?.code ?? 'listen_failed', first?.message ?? '')
      },
      listeningPort: () => engine.status().listening?.port ?? null,
      openExternal: (url) => shell.openExternal(url),
      revealConfig: () => shell.showItemInFolder(this.#launch.configPath),
      exportDiagnostics: () =>
        exportDiagnostics(engine.language, async () => ({
          status: engine.status(),
          // Without a readable config the rest is all the more wanted.
          config: await this.#control.getConfig().catch(() => null),
          desktop: this.#desktop.state(),
          logLines: this.#log.tail(),
          secrets: engine.snapshot?.secrets ?? [],
        })),
      onChange: () => {
        void this.#systemProxy.set(this.#settings.current.useSystemProxy)
        this.#tray.show()
      },
    })
  }

  #createWindow(): ConsoleWindow {
    return new ConsoleWindow({
      preloadPath: join(appFolder, 'out', 'preload', 'preload.cjs'),
      iconPath: platform === 'linux' ? join(assetFolder, 'icons', '256x256.png') : null,
      language: () => this.#engine.language,
      savedBounds: () => this.#settings.current.window,
      saveBounds: (bounds) => this.#settings.update({ window: bounds }),
      onClose: () =>
        closeAction({
          isQuitting: this.#quit.isQuitting,
          closeToTray: this.#settings.current.closeToTray,
          hasTray: this.#tray.isVisible,
        }),
      onHidden: () => this.#tellOfTray(),
      onVisible: (visible) => void this.#onWindowVisible(visible),
      onSessionEnd: () => this.#quit.finish(0),
      quit: () => app.quit(),
      onStay: () => this.#quit.cancel(),
      openExternal: (url) => void shell.openExternal(url).catch(this.#onProblem),
      onProblem: (message) => this.#log.warn(message),
    })
  }

  async #onWindowVisible(visible: boolean): Promise<void> {
    // The app is in the Dock only while it has a window.
    if (visible) await app.dock?.show()
    else app.dock?.hide()
    if (visible) await this.#tray.lookForHost()
  }

  #tellOfTray(): void {
    if (this.#settings.current.toldAboutTray) return
    this.#settings.update({ toldAboutTray: true })
    const key: ShellTextKey = platform === 'darwin' ? 'staysInMenuBar' : 'staysInTray'
    const { language } = this.#engine
    showNative({ title: shellText(language, 'noticeTitle'), body: shellText(language, key) }, () => this.#window.show())
  }
}

/** Once this process has ended. An AppImage is mounted elsewhere by then. */
function startAgain(): void {
  const args = process.argv.slice(1).filter((arg) => arg !== hiddenFlag)
  app.relaunch({ execPath: process.env['APPIMAGE'] || process.execPath, args })
}
