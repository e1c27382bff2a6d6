/**
 * What only the desktop can do, for the console. Called over IPC with arguments that may be anything; they are
 * checked here. Everything of Electron comes in as functions.
 */
import { z } from 'zod'
import type { ControlReply, DesktopApi, DesktopState } from '../proxy/contract.ts'
import { desktopMethods } from '../proxy/contract.ts'
import type { Language } from '../proxy/log-texts.ts'
import type { ConfigActions } from './config-actions.ts'
import { DesktopFailure } from './desktop-failure.ts'
import type { EngineSwitch } from './engine-switch.ts'
import { externalUrl } from './external-links.ts'
import type { LoginItem } from './login-item.ts'
import type { PortConflict } from './port-conflict.ts'
import type { SettingsFile } from './shell-settings.ts'
import { shellText } from './texts.ts'

export interface DesktopOptions {
  readonly platform: string
  readonly language: () => Language
  readonly engineSwitch: Pick<EngineSwitch, 'start' | 'stop' | 'restart'>
  readonly settings: Pick<SettingsFile, 'current' | 'update'>
  readonly loginItem: LoginItem
  readonly portConflict: Pick<PortConflict, 'current' | 'settled' | 'nextFree'>
  readonly configActions: Pick<ConfigActions, 'setPort'>
  readonly hasTray: () => boolean
  /** Listens on another port than the config's, without saving it. @throws DesktopFailure */
  readonly listenOn: (port: number, insteadOf: number) => Promise<void>
  /** The port that is listened on; null while there is none. */
  readonly listeningPort: () => number | null
  readonly openExternal: (url: string) => Promise<void>
  readonly revealConfig: () => void
  readonly exportDiagnostics: () => Promise<{ readonly path: string } | null>
  /** The state that the tray shows has changed. */
  readonly onChange: () => void
}

export interface Desktop extends DesktopApi {
  /** What `getDesktop` tells, as far as it is known by now. */
  readonly state: () => DesktopState
}

export function createDesktop(options: DesktopOptions): Desktop {
  const { language, engineSwitch, settings, loginItem, portConflict, configActions } = options
  // Asking the system takes a file or a registry key; the tray wants to know several times a second.
  let launchAtLogin = loginItem.isOn()
  const state = (): DesktopState => ({
    platform: options.platform,
    hasTray: options.hasTray(),
    launchAtLogin,
    closeToTray: settings.current.closeToTray,
    useSystemProxy: settings.current.useSystemProxy,
    notices: settings.current.notices,
    portConflict: portConflict.current,
  })
  const changed = (change: () => void): DesktopState => {
    change()
    options.onChange()
    return state()
  }

  return {
    state,
    async getDesktop() {
      await portConflict.settled()
      launchAtLogin = loginItem.isOn()
      return state()
    },
    async openExternal(text) {
      const url = externalUrl(text)
      if (url === null) throw new DesktopFailure('link_refused', shellText(language(), 'linkRefused'))
      await options.openExternal(url)
    },
    async revealConfig() {
      options.revealConfig()
    },
    startEngine: () => engineSwitch.start(),
    stopEngine: () => engineSwitch.stop(),
    restartEngine: () => engineSwitch.restart(),
    setLaunchAtLogin: async (on) =>
      changed(() => {
        loginItem.set(on)
        launchAtLogin = loginItem.isOn()
      }),
    setCloseToTray: async (on) => changed(() => settings.update({ closeToTray: on })),
    setNotice: async (kind, on) =>
      changed(() => settings.update({ notices: { ...settings.current.notices, [kind]: on } })),
    setUseSystemProxy: async (on) => changed(() => settings.update({ useSystemProxy: on })),
    async useNextFreePort({ save }) {
      const conflict = await portConflict.settled()
      if (conflict === null) throw new DesktopFailure('no_port_conflict', shellText(language(), 'noPortConflict'))
      // Looked for again: the one that was offered may be taken by now.
      const port = await portConflict.nextFree()
      if (port === null) throw new DesktopFailure('no_free_port', shellText(language(), 'noFreePort'))
      if (save) await configActions.setPort(port)
      else await options.listenOn(port, conflict.port)
      return { port: options.listeningPort() ?? port }
    },
    exportDiagnostics: () => options.exportDiagnostics(),
  }
}

/** Calls a method by name. Never rejects. @param onProblem - told of errors that nobody expected. */
export async function callDesktop(
  desktop: DesktopApi,
  method: string,
  args: readonly unknown[],
  onProblem: (error: unknown) => void,
): Promise<ControlReply> {
  const known = desktopMethods.find((name) => name === method)
  if (known === undefined) return refusal('unknown_method', `There is no method "${method.slice(0, 60)}".`)
  const parsed = schemas[known].safeParse(args)
  if (!parsed.success) return refusal('bad_arguments', `Wrong arguments for ${method}.`)
  try {
    // Safe: the schema of a method gives exactly its parameters, see `schemas`.
    const call = desktop[known] as (...args: readonly unknown[]) => Promise<unknown>
    return { ok: true, value: (await call.apply(desktop, [...parsed.data])) ?? null }
  } catch (error) {
    if (error instanceof DesktopFailure) return refusal(error.code, error.message)
    onProblem(error)
    return refusal('internal_error', error instanceof Error ? error.message : String(error))
  }
}

const noticeKind = z.enum([
  'key-paused',
  'key-refused',
  'key-exhausted',
  'key-recovered',
  'model-unavailable',
  'config-rejected',
])

// The compiler refuses a method without its schema, and a schema that gives other values than the method takes.
const schemas = {
  getDesktop: z.tuple([]),
  openExternal: z.tuple([z.string().max(10_000)]),
  revealConfig: z.tuple([]),
  startEngine: z.tuple([]),
  stopEngine: z.tuple([]),
  restartEngine: z.tuple([]),
  setLaunchAtLogin: z.tuple([z.boolean()]),
  setCloseToTray: z.tuple([z.boolean()]),
  setNotice: z.tuple([noticeKind, z.boolean()]),
  setUseSystemProxy: z.tuple([z.boolean()]),
  useNextFreePort: z.tuple([z.object({ save: z.boolean() })]),
  exportDiagnostics: z.tuple([]),
} satisfies { readonly [Method in keyof DesktopApi]: z.ZodType<Parameters<DesktopApi[Method]>> }

function refusal(code: string, message: string): ControlReply {
  return { ok: false, error: { code, message } }
}
