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
  if (needsAttention(status)) return 'show'
  if (hidden) return hasTray ? 'none' : 'minimized'
  return isFirstRun || !hasTray ? 'show' : 'none'
}

/** Nothing can be answered until the user has done something. */
export function needsAttention({ state, config, projects }: StartView['status']): boolean {
  return state === 'failed' || config.rejected !== null || (state === 'running' && projects.length === 0)
}

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
