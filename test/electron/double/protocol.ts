/** `protocol`, `net` and `session`: custom schemes served to Chromium, permissions, proxies. */
import { EventEmitter } from 'node:events'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CustomScheme, Net, Protocol, Session } from 'electron'
import { app } from './app.ts'
import { answerWith, report } from './channel.ts'
import type { ServedRequest, ServedResponse } from './messages.ts'

type SchemeHandler = (request: Request) => Response | Promise<Response>
export type PermissionCheck = Exclude<Parameters<Session['setPermissionCheckHandler']>[0], null>
export type PermissionRequest = Exclude<Parameters<Session['setPermissionRequestHandler']>[0], null>

// What the test has laid ready, by origin.
const proxies = new Map<string, string>()
const standardSchemes = new Set(['http', 'https'])

class ProtocolDouble implements Pick<
  Protocol,
  'registerSchemesAsPrivileged' | 'handle' | 'unhandle' | 'isProtocolHandled'
> {
  readonly handlers = new Map<string, SchemeHandler>()

  registerSchemesAsPrivileged(schemes: CustomScheme[]): void {
    if (app.isReady()) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready')
    for (const { scheme, privileges } of schemes) if (privileges?.standard) standardSchemes.add(scheme)
  }

  handle(scheme: string, handler: (request: GlobalRequest) => GlobalResponse | Promise<GlobalResponse>): void {
    if (!app.isReady()) throw new Error('protocol.handle can only be called after app is ready')
    if (this.handlers.has(scheme)) throw new Error(`The scheme has been registered: ${scheme}`)
    this.handlers.set(scheme, handler)
  }

  unhandle(scheme: string): void {
    if (!this.handlers.delete(scheme)) throw new Error(`The scheme has not been registered: ${scheme}`)
  }

  isProtocolHandled(scheme: string): boolean {
    return this.handlers.has(scheme)
  }
}

export const protocol = new ProtocolDouble()

export function isStandardScheme(scheme: string): boolean {
  return standardSchemes.has(scheme)
}

const fileTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

export const net = {
  /** With `file:`, which Node's own fetch refuses. */
  async fetch(input: string | GlobalRequest, init?: RequestInit) {
    const url = typeof input === 'string' ? input : input.url
    if (!url.startsWith('file:')) return fetch(input, init)
    try {
      const path = fileURLToPath(url)
      const type = fileTypes[extname(path)] ?? 'application/octet-stream'
      return new Response(new Uint8Array(await readFile(path)), { headers: { 'content-type': type } })
    } catch (error) {
      throw new TypeError('net::ERR_FILE_NOT_FOUND', { cause: error })
    }
  },
  isOnline: () => true,
} satisfies Pick<Net, 'fetch' | 'isOnline'>

class SessionDouble
  extends EventEmitter
  implements
    Pick<
      Session,
      | 'resolveProxy'
      | 'setPermissionCheckHandler'
      | 'setPermissionRequestHandler'
      | 'setDevicePermissionHandler'
      | 'setProxy'
      | 'setSpellCheckerEnabled'
      | 'closeAllConnections'
      | 'flushStorageData'
      | 'getUserAgent'
      | 'isPersistent'
    >
{
  readonly protocol = protocol
  permissionCheck: PermissionCheck | null = null
  permissionRequest: PermissionRequest | null = null

  setPermissionCheckHandler(handler: PermissionCheck | null): void {
    this.permissionCheck = handler
  }

  setPermissionRequestHandler(handler: PermissionRequest | null): void {
    this.permissionRequest = handler
  }

  setDevicePermissionHandler(): void {}

  async resolveProxy(url: string): Promise<string> {
    report({ kind: 'resolve-proxy', url })
    return proxies.get(new URL(url).origin) ?? 'DIRECT'
  }

  async setProxy(): Promise<void> {}
  async closeAllConnections(): Promise<void> {}
  flushStorageData(): void {}
  setSpellCheckerEnabled(): void {}

  getUserAgent(): string {
    return 'Electron double'
  }

  isPersistent(): boolean {
    return true
  }
}

export const defaultSession = new SessionDouble()

export const session = {
  /** Electron fails too when it is read earlier. */
  get defaultSession() {
    if (!app.isReady()) throw new Error('Session can only be received when app is ready')
    return defaultSession
  },
  fromPartition: () => defaultSession,
}

answerWith({
  setSystemProxy(origin, answer) {
    proxies.set(origin, answer)
  },
  async serve(request: ServedRequest): Promise<ServedResponse> {
    const scheme = new URL(request.url).protocol.slice(0, -1)
    const handler = protocol.handlers.get(scheme)
    if (handler === undefined) throw new Error('net::ERR_UNKNOWN_URL_SCHEME')
    const response = await handler(new Request(request.url, { method: request.method, headers: request.headers }))
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: new Uint8Array(await response.arrayBuffer()),
    }
  },
})
