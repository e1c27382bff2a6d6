/** When the window is shown at start, and what closing it means. Pure. */
import type { EngineStatus } from '../proxy/contract.ts'

export interface StartView {
  /** `--hidden`, or opened by macOS at login. */
  readonly hidden: boolean
  /** The config has just been made. */
  readonly isFirstRun: boolean
  readonly hasTray: boolean
  readonly status: Pick<EngineStatus, 'state' | 'config' | 'projects'>
}

/** `minimized` keeps a way to the app where there is no tray: an entry in the task bar. */
export type StartWindow = 'show' | 'minimized' | 'none'

export function windowAtStart({ hidden, isFirstRun, hasTray, status }: StartView): StartWindow {
  if (attentionPage(status) !== null) return 'show'
  if (hidden) return hasTray ? 'none' : 'minimized'
  return isFirstRun || !hasTray ? 'show' : 'none'
}

/** Where in the console the user has something to mend before calls can be answered; null when all is well. */
export function attentionPage({ state, config, projects }: StartView['status']): string | null {
  const problem = config.rejected?.find(({ severity }) => severity === 'error')
  if (problem !== undefined) {
    // A port that is taken is no mistake in the file; the settings offer another one at a click.
    if (codesBesideConfig.has(problem.code)) return '#/settings'
    return problem.line === null ? '#/settings/file' : `#/settings/file?line=${problem.line}`
  }
  if (state === 'failed') return '#/settings'
  return state === 'running' && projects.length === 0 ? '#/projects' : null
}

const codesBesideConfig: ReadonlySet<string> = new Set([
  'data_folder_unusable',
  'port_in_use',
  'port_reserved',
  'port_not_permitted',
  'address_not_available',
  'listen_failed',
])

export interface CloseView {
  readonly isQuitting: boolean
  readonly closeToTray: boolean
  readonly hasTray: boolean
}

export type CloseAction = 'close' | 'hide' | 'minimize' | 'quit'

/** A window is hidden only where a tray brings it back. */
export function closeAction({ isQuitting, closeToTray, hasTray }: CloseView): CloseAction {
  if (isQuitting) return 'close'
  if (!closeToTray) return 'quit'
  return hasTray ? 'hide' : 'minimize'
}
