/** The diagnostics file: all that helps to find a fault, nothing that is secret. Pure. */
import type { ConfigView, DesktopState, EngineStatus } from '../proxy/contract.ts'
import { maskSecrets } from '../proxy/log-masks.ts'

export interface DiagnosticsInput {
  /** Epoch ms. */
  readonly now: number
  readonly status: EngineStatus
  /** As the console shows it, secrets masked; null when it could not be read. */
  readonly config: ConfigView | null
  readonly desktop: DesktopState
  /** Electron, Chromium, Node, V8. */
  readonly versions: Readonly<Record<string, string | undefined>>
  readonly system: Readonly<Record<string, string | number>>
  readonly logLines: readonly string[]
  /** Secrets of the running config: nothing in the file may hold one. */
  readonly secrets: readonly string[]
  readonly home: string
}

export function diagnosticsText(input: DiagnosticsInput): string {
  const { now, status, config, desktop, versions, system, logLines } = input
  const report = {
    createdAt: new Date(now).toISOString(),
    version: status.version,
    versions,
    system,
    status,
    desktop,
    config: config === null ? null : { ...config, server: withoutWebhookPath(config.server) },
    log: logLines,
  }
  return `${JSON.stringify(report, (_, value: unknown) => cleanValue(value, input), 2)}\n`
}

/** Of the webhook only its host: the path of most chat services is the secret. */
function withoutWebhookPath(server: ConfigView['server']): ConfigView['server'] {
  const url = server['notification_webhook']
  if (typeof url !== 'string' || url === '') return server
  const host = URL.canParse(url) ? `${new URL(url).origin}/…` : '…'
  return { ...server, notification_webhook: host }
}

function cleanValue(value: unknown, { secrets, home }: DiagnosticsInput): unknown {
  if (typeof value !== 'string') return value
  let text = maskSecrets(value)
  for (const secret of secrets) text = text.replaceAll(secret, '…')
  // The user's name is in most paths, and no business of who reads this.
  return home.length > 1 ? text.replaceAll(home, '~') : text
}
