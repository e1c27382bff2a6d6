/**
 * Starts an app under the Electron double and plays the user and the operating system for it. The app runs in a
 * process of its own on a home folder of its own; its windows are pages of the browser that the test hands over.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { vi } from 'vitest'
import type {
  AppMethods,
  EventTargetName,
  HostMethods,
  InvokeReply,
  MenuItemState,
  Report,
  TrayState,
  WindowState,
} from './double/messages.ts'
import { connectPeers } from './double/rpc.ts'
import { createPages, type Pages } from './pages.ts'

export interface AppOptions {
  readonly browser: Browser
  /** Folder with a package.json; the project's own when left out. */
  readonly appFolder?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Whether the Linux desktop shows tray icons; true when left out. */
  readonly hasTrayHost?: boolean
  /** Taken over from an earlier app, so that its state is met again; a fresh one when left out. */
  readonly home?: string
}

export interface TestApp {
  /** HOME of the app, and everything below it. Removed by `dispose`, unless it was handed in. */
  readonly home: string
  readonly pid: number
  /** stdout and stderr so far. */
  readonly output: () => string
  readonly exit: Promise<number | null>
  readonly reports: readonly Report[]
  readonly problems: readonly string[]
  readonly blocked: readonly string[]
  readonly tray: () => TrayState | null
  /** Those not destroyed, oldest first. */
  readonly windows: () => readonly WindowState[]
  /** The page of the newest window, once it has loaded. */
  readonly page: () => Promise<Page>
  /** The page of a window as it is now, loaded or not. */
  readonly pageOf: (window: number) => Page | null
  readonly reported: <K extends Report['kind']>(kind: K) => readonly Extract<Report, { kind: K }>[]
  /** Resolves as soon as `find` gives something but null, undefined or false; looked at after every report and output. */
  readonly until: <T>(what: string, find: () => T | null | undefined | false) => Promise<T>
  readonly clickTray: (...path: readonly string[]) => Promise<void>
  readonly clickNotification: (index: number) => Promise<void>
  readonly emit: (target: EventTargetName, event: string, ...args: readonly unknown[]) => Promise<boolean>
  /** The window's own close button. */
  readonly closeWindow: (window: number) => Promise<void>
  /** Another program's window covers it wholly: on macOS Electron calls that hidden. */
  readonly coverWindow: (window: number) => Promise<void>
  /** Laid ready for the next dialog of this method: a button's index or a path. For `openPath`: why it fails. */
  readonly answerNextDialog: (method: string, answer: unknown) => Promise<void>
  /** What `session.resolveProxy` answers for an origin from now on; `DIRECT` for all others. */
  readonly setSystemProxy: (origin: string, answer: string) => Promise<void>
  /** A call of `ipcRenderer.invoke` as it would come from another frame. */
  readonly invokeFrom: (
    frame: { readonly url: string; readonly isMainFrame: boolean },
    channel: string,
    ...args: readonly unknown[]
  ) => Promise<InvokeReply>
  readonly crashPage: (window: number) => Promise<void>
  /** The page doesn't answer for hours, which pass at once; or it answers again before any time has passed. */
  readonly hangPage: (window: number, recovers: boolean) => Promise<void>
  /** Ends what still runs, closes the pages, removes the home folder. */
  readonly dispose: () => Promise<void>
}

const launcher = fileURLToPath(new URL('./double/launch.ts', import.meta.url))
const hook = fileURLToPath(new URL('./double/register.ts', import.meta.url))
const projectFolder = resolve(import.meta.dirname, '../..')
/** What takes a second here may take many on a busy machine: only a test that hangs gets this far. */
const patienceMs = 25_000
vi.setConfig({ testTimeout: 60_000 })

export async function startApp(options: AppOptions): Promise<TestApp> {
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'electron-double-'))
  const child = fork(launcher, [options.appFolder ?? projectFolder, ...(options.args ?? [])], {
    execArgv: ['--import', hook],
    cwd: home,
    env: { ...cleanEnvironment(home, options.hasTrayHost ?? true), ...options.env },
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const watchers = new Set<() => void>()
  const look = () => {
    for (const watcher of watchers) watcher()
  }
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part) => {
      text += part
      look()
    })
  }
  let hasExited = false
  // `close` comes after the last output, `exit` may come before it.
  const exit = once(child, 'close').then(([code]) => {
    hasExited = true
    look()
    return typeof code === 'number' ? code : null
  })

  const reports: Report[] = []
  const windows = new Map<number, WindowState>()
  const loaded = new Set<number>()

  const pages: Pages = await createPages(options.browser, () => callApp)
  const load = async (window: number, run: () => Promise<void>) => {
    await run()
    loaded.add(window)
    look()
  }
  const callApp = connectPeers<AppMethods, HostMethods>(
    {
      send: (message) => {
        // Safe: plain data, see messages.ts. An app that has just ended hears nothing any more.
        if (child.connected) child.send(message as object, () => undefined)
      },
      onMessage: (listener) => child.on('message', listener),
    },
    {
      openPage: pages.open,
      load: (window, url) => load(window, () => pages.load(window, url)),
      reload: (window) => load(window, () => pages.reload(window)),
      closePage: pages.closePage,
      crashPage: pages.crash,
      send: pages.send,
      evaluate: pages.evaluate,
      mayUnload: pages.mayUnload,
      report(what) {
        reports.push(what)
        if (what.kind === 'window') windows.set(what.window.id, what.window)
        look()
      },
    },
  )

  function until<T>(what: string, find: () => T | null | undefined | false): Promise<T> {
    return new Promise((resolvePromise, reject) => {
      const settle = (end: () => void) => {
        clearTimeout(timer)
        watchers.delete(watcher)
        end()
      }
      const watcher = () => {
        const found = find()
        if (found !== null && found !== undefined && found !== false) settle(() => resolvePromise(found))
        else if (hasExited) settle(() => reject(new Error(`The app ended before ${what}.\n${text}`)))
      }
      const timer = setTimeout(
        () => settle(() => reject(new Error(`Waited ${patienceMs / 1000} s for ${what}.\n${text}`))),
        patienceMs,
      )
      watchers.add(watcher)
      watcher()
    })
  }

  const openWindows = () => [...windows.values()].filter(({ isDestroyed }) => !isDestroyed)

  return {
    home,
    pid: child.pid ?? 0,
    output: () => text,
    exit,
    reports,
    problems: pages.problems,
    blocked: pages.blocked,
    tray: () => reports.findLast((what) => what.kind === 'tray')?.tray ?? null,
    windows: openWindows,
    page: () =>
      until('a window has loaded its page', () => {
        const id = openWindows().at(-1)?.id
        return id !== undefined && loaded.has(id) ? pages.page(id) : null
      }),
    pageOf: pages.page,
    // Safe: the filter keeps only this kind.
    reported: (kind) => reports.filter((what) => what.kind === kind) as Extract<Report, { kind: typeof kind }>[],
    until,
    clickTray: (...path) => callApp('clickTrayMenu', path),
    clickNotification: (index) => callApp('clickNotification', index),
    emit: (target, event, ...args) => callApp('emit', target, event, args),
    closeWindow: (window) => callApp('closeWindow', window),
    coverWindow: (window) => callApp('coverWindow', window),
    answerNextDialog: (method, answer) => callApp('layAnswer', method, answer),
    setSystemProxy: (origin, answer) => callApp('setSystemProxy', origin, answer),
    invokeFrom: (frame, channel, ...args) =>
      callApp('invoke', { window: openWindows().at(-1)?.id ?? 0, frame, channel, args }),
    crashPage: (window) => pages.crash(window),
    hangPage: (window, recovers) => callApp('hangPage', window, recovers),
    async dispose() {
      if (!hasExited) child.kill('SIGKILL')
      await exit
      await pages.close()
      if (options.home === undefined) rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Looks an item up in a menu, by `id` or label, step by step. */
export function findItem(menu: readonly MenuItemState[] | null, ...path: readonly string[]): MenuItemState | null {
  let items = menu ?? []
  let item: MenuItemState | null = null
  for (const step of path) {
    item = items.find(({ id, label }) => id === step || label === step) ?? null
    items = item?.submenu ?? []
  }
  return item
}

/** This machine's environment without what would lead the app out of its home folder. */
function cleanEnvironment(home: string, hasTrayHost: boolean): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(AI_PROXY_|ELECTRON_|NODE_OPTIONS$|NODE_V8_COVERAGE$|VITEST|XDG_|.*_proxy$)/i.test(name),
  )
  return {
    // Safe: entries of process.env are strings.
    ...(Object.fromEntries(kept) as Record<string, string>),
    HOME: home,
    PATH: `${stubTools(home, hasTrayHost)}${delimiter}${process.env['PATH'] ?? ''}`,
    USERPROFILE: home,
    LANG: 'en_US.UTF-8',
    LC_ALL: '',
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local/share'),
    XDG_STATE_HOME: join(home, '.local/state'),
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_CURRENT_DESKTOP: 'KDE',
    DISPLAY: ':99',
  }
}

/** A `gdbus` that answers for a session bus: whether a tray is there must not depend on the machine of the test. */
function stubTools(home: string, hasTrayHost: boolean): string {
  const folder = join(home, '.tools')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'gdbus'), `#!/bin/sh\necho '(${hasTrayHost},)'\n`, { mode: 0o755 })
  return folder
}
