/** The state of the engine in one word and in one line, for the tray's icon, tooltip and menu. Pure. */
import type { DesktopState, EngineStatus, UpstreamStatus } from '../proxy/contract.ts'
import type { Language } from '../proxy/log-texts.ts'
import { upstreamHealth } from '../proxy/upstream-health.ts'
import { shellText } from './texts.ts'

/** Each has an icon of its own shape. */
export const trayStates = ['running', 'degraded', 'error', 'stopped'] as const
export type TrayState = (typeof trayStates)[number]

type StatusView = Pick<EngineStatus, 'state' | 'upstreams' | 'config' | 'projects' | 'listening' | 'failure'>

export function trayState(status: StatusView): TrayState {
  switch (status.state) {
    case 'failed':
      return 'error'
    case 'starting':
    case 'stopping':
    case 'stopped':
      return 'stopped'
    case 'running': {
      const configured = configuredUpstreams(status.upstreams)
      if (areAllUnusable(configured)) return 'error'
      const isWhole = !configured.some(isTroubled) && status.config.rejected === null && status.projects.length > 0
      return isWhole ? 'running' : 'degraded'
    }
    default:
      return assertNever(status.state)
  }
}

/** What the state is due to, without a full stop: "Running · http://localhost:8080/v1". */
export function statusLine(status: StatusView, portConflict: DesktopState['portConflict'], language: Language): string {
  switch (status.state) {
    case 'starting':
    case 'stopping':
    case 'stopped':
      return shellText(language, status.state)
    case 'failed':
      if (portConflict === null) return shellText(language, 'failed', { reason: status.failure?.message ?? '' })
      return portConflict.holder === null
        ? shellText(language, 'portTaken', { port: portConflict.port })
        : shellText(language, 'portTakenBy', { port: portConflict.port, holder: portConflict.holder })
    case 'running':
      return runningLine(status, language)
    default:
      return assertNever(status.state)
  }
}

/** ICO on Windows; template images, which take the menu bar's colour, on macOS. */
export function trayIconFile(state: TrayState, platform: NodeJS.Platform): string {
  if (platform === 'win32') return `${state}.ico`
  return platform === 'darwin' ? `${state}Template.png` : `${state}.png`
}

function runningLine(status: StatusView, language: Language): string {
  const configured = configuredUpstreams(status.upstreams)
  const count = configured.filter(isTroubled).length
  if (areAllUnusable(configured)) return shellText(language, 'allUpstreamsTroubled')
  if (status.config.rejected !== null) return shellText(language, 'configRejected')
  if (status.projects.length === 0) return shellText(language, 'noProject')
  if (count > 0) return shellText(language, 'upstreamsTroubled', { count, total: configured.length })
  return shellText(language, 'running', { url: status.listening?.baseUrl ?? '' })
}

/** Those the user has filled in: the shipped config lists providers whose keys are yet to come. */
function configuredUpstreams(upstreams: readonly UpstreamStatus[]): readonly UpstreamStatus[] {
  return upstreams.filter(({ enabled, needsKey, keys }) => enabled && (!needsKey || keys.length > 0))
}

function areAllUnusable(upstreams: readonly UpstreamStatus[]): boolean {
  return upstreams.length > 0 && upstreams.every(isUnusable)
}

/** Unusable, or the latest attempt failed: what the console's sentence warns of. */
function isTroubled(upstream: UpstreamStatus): boolean {
  return isUnusable(upstream) || upstreamHealth(upstream) === 'last-failed'
}

/** True when requests cannot or should not go there. A guessed pause orders keys and refuses nothing. */
function isUnusable(upstream: UpstreamStatus): boolean {
  const health = upstreamHealth(upstream)
  if (health === 'paused') return !upstream.keys.some(({ state, guessed }) => state === 'paused' && guessed)
  return health === 'failing' || health === 'no-key'
}

function assertNever(value: never): never {
  throw new Error(`Unexpected ${String(value)}`)
}
