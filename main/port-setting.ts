/** Changes one half of `server.port` and leaves the other as the user wrote it. Pure. */
import type { Reach } from './tray-menu.ts'

/** The same setting with another port: ":8080" → ":8081", 8080 → 8081, "0.0.0.0:8080" → "0.0.0.0:8081". */
export function withPort(setting: unknown, port: number): string | number {
  if (typeof setting !== 'string' || setting === '') return typeof setting === 'number' ? port : `:${port}`
  const colon = colonBeforePort(setting)
  return colon === -1 ? String(port) : `${setting.slice(0, colon)}:${port}`
}

/**
 * The same port for this computer only, or for all addresses. A setting without a host means loopback, so that is
 * how "this computer" is written.
 */
export function withReach(setting: unknown, reach: Reach, currentPort: number): string {
  const written = portOf(setting) ?? currentPort
  return reach === 'network' ? `0.0.0.0:${written}` : `:${written}`
}

function portOf(setting: unknown): number | null {
  const text = typeof setting === 'number' ? String(setting) : typeof setting === 'string' ? setting : ''
  const port = Number(text.slice(colonBeforePort(text) + 1).trim() || Number.NaN)
  return Number.isInteger(port) ? port : null
}

// Not one within an IPv6 address in brackets.
function colonBeforePort(setting: string): number {
  const colon = setting.lastIndexOf(':')
  return colon > setting.lastIndexOf(']') ? colon : -1
}
