/** A real engine that serves its control plane over HTTP, as the headless program does. */
import { resolve } from 'node:path'
import type { ControlApi, ControlReply } from '../../proxy/contract.ts'
import type { EngineHandle } from '../../proxy/control/engine-handle.ts'
import { createControl } from '../../proxy/control/control.ts'
import { consoleUrl, mountConsole } from '../../proxy/control/http.ts'
import { ConsoleToken } from '../../proxy/control/token.ts'
import { createEngineHandle } from '../../proxy/engine-handle.ts'
import { startEngine } from './engine.ts'
import type { StartOptions, TestEngine } from './engine.ts'
import type { ConfigText } from './make.ts'

export interface ConsoleEngine extends TestEngine {
  readonly handle: EngineHandle
  /** In-process, past all checks of arguments. */
  readonly control: ControlApi
  readonly token: string
  readonly tokenPath: string
  /** With the token in the fragment, as the terminal prints it. */
  readonly consoleUrl: string
  /** A call over HTTP with the token, unless the headers say something else. */
  request(path: string, init?: RequestInit): Promise<Response>
  call(method: string, ...args: readonly unknown[]): Promise<ControlReply>
}

export type ConsoleOptions = StartOptions & {
  /** Folder of the built console; `AI_PROXY_TEST_RENDERER` or `out/renderer` when left out. */
  readonly rendererFolder?: string
}

export async function startConsole(
  config: ConfigText | string,
  { rendererFolder, ...options }: ConsoleOptions = {},
): Promise<ConsoleEngine> {
  const mounted: { readonly handle: EngineHandle; readonly control: ControlApi; readonly store: ConsoleToken }[] = []
  const started = await startEngine(config, {
    ...options,
    mountConsole(app, engine) {
      const handle = createEngineHandle(engine)
      const control = createControl(handle)
      const store = new ConsoleToken(handle.dataFolder)
      mounted.push({ handle, control, store })
      const folder = rendererFolder ?? process.env['AI_PROXY_TEST_RENDERER'] ?? 'out/renderer'
      mountConsole(app, { engine: handle, control, token: store, rendererFolder: resolve(folder) })
    },
  })
  const [parts] = mounted
  if (parts === undefined) throw new Error('The engine has mounted no console.')
  const { handle, control, store } = parts
  const token = await store.read()
  const request: ConsoleEngine['request'] = (path, init = {}) => {
    const headers = new Headers(init.headers)
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${token}`)
    return fetch(`${started.origin}${path}`, { ...init, headers })
  }
  return {
    ...started,
    handle,
    control,
    token,
    tokenPath: store.path,
    consoleUrl: consoleUrl(started.baseUrl, token),
    request,
    async call(method, ...args) {
      const answer = await request('/console/api/call', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ method, args }),
      })
      // Safe: our own server's answer.
      return (await answer.json()) as ControlReply
    },
  }
}
