/** The built desktop app under the Electron double, on a data folder of its own, with what most tests do with it. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ControlReply } from '../../proxy/contract.ts'
import { startApp, type AppOptions, type TestApp } from './app-host.ts'

export interface DesktopOptions extends Omit<AppOptions, 'home'> {
  /** Text of config.yaml; null for a first run, the small config below when left out. */
  readonly config?: string | null
  /** What desktop.json holds: the shell's own settings. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** False: the port of the config counts. */
  readonly anyPort?: boolean
}

export interface DesktopApp extends TestApp {
  readonly dataFolder: string
  readonly configPath: string
  readonly configText: () => string
  /** desktop.json as it is on disk. */
  readonly settings: () => Readonly<Record<string, unknown>>
  /** Waits until the tray says that it runs, and where: http://localhost:41234/v1 */
  readonly baseUrl: () => Promise<string>
  /** Waits for the tray's tooltip. */
  readonly toolTip: (pattern: RegExp) => Promise<string>
  /** A method of the contract, called by the page itself. */
  readonly call: (method: string, ...args: readonly unknown[]) => Promise<unknown>
  readonly desktopCall: (method: string, ...args: readonly unknown[]) => Promise<unknown>
}

export const testKey = 'ak-test-0123456789abcdef0123456789abcdef'

/** One project and the demo upstream; `upstreams` adds further ones, `port` names one. */
export function makeConfig({ upstreams = '', port = ':0' }: { upstreams?: string; port?: string } = {}): string {
  return `# a comment that stays
server:
  port: "${port}"
upstreams:
  - name: Demo
    base_url: "builtin:demo"
    models: ["demo/echo", "demo/slow"]
${upstreams}
project_auth:
  - project_name: default
    api_key: "${testKey}"
    allowed_models: ["*"]
`
}

export async function startDesktop(options: DesktopOptions): Promise<DesktopApp> {
  const { config = makeConfig(), settings, anyPort = true, args = [], ...rest } = options
  const home = mkdtempSync(join(tmpdir(), 'desktop-'))
  const dataFolder = join(home, 'data')
  const configPath = join(dataFolder, 'config.yaml')
  mkdirSync(dataFolder)
  if (config !== null) writeFileSync(configPath, config)
  if (settings !== undefined) writeFileSync(join(dataFolder, 'desktop.json'), JSON.stringify(settings))
  const app = await startApp({
    ...rest,
    home,
    args: ['--data', dataFolder, ...(anyPort ? ['--port', '0'] : []), ...args],
  })

  const toolTip = (pattern: RegExp) =>
    app.until(`the tray says ${pattern.source}`, () => {
      const text = app.tray()?.toolTip ?? ''
      return pattern.test(text) && text
    })
  async function callPage(name: 'call' | 'desktopCall', method: string, args: readonly unknown[]): Promise<unknown> {
    const page = await app.page()
    const reply: ControlReply = await page.evaluate(
      ([bridgeMethod, ...call]) => {
        // Safe: the preload script has put it there; see renderer/window.d.ts.
        const bridge = (window as unknown as { aiProxy: Record<'call' | 'desktopCall', BridgeCall> }).aiProxy
        return bridge[bridgeMethod](...call)
      },
      [name, method, args] as const,
    )
    if (!reply.ok) throw new Error(`${reply.error.code}: ${reply.error.message}`)
    return reply.value
  }

  return {
    ...app,
    dataFolder,
    configPath,
    configText: () => readFileSync(configPath, 'utf8'),
    settings() {
      const file = join(dataFolder, 'desktop.json')
      // Safe: the app writes an object, whole or not at all.
      return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : {}
    },
    toolTip,
    async baseUrl() {
      const text = await toolTip(/http:\S+\/v1/)
      return /http:\S+\/v1/.exec(text)?.[0] ?? ''
    },
    call: (method, ...args) => callPage('call', method, args),
    desktopCall: (method, ...args) => callPage('desktopCall', method, args),
    async dispose() {
      await app.dispose()
      rmSync(home, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

type BridgeCall = (method: string, args: readonly unknown[]) => Promise<ControlReply>

/** A chat completion as a client asks for it. */
export function chat(
  baseUrl: string,
  options: { readonly model?: string; readonly stream?: boolean; readonly key?: string } = {},
): Promise<Response> {
  const { model = 'demo/echo', stream = true, key = testKey } = options
  return fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'Hello there' }] }),
  })
}

export interface OpenStream {
  /** Reads on to the end; the whole text of the stream. */
  readonly rest: () => Promise<string>
}

/** Reads a streamed answer as far as `part`. */
export async function readAsFar(answer: Response, part: string): Promise<OpenStream> {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (reader === undefined) throw new Error('The answer has no body.')
  let text = ''
  while (!text.includes(part)) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`The stream ended before "${part}": ${text}`)
    text += value
  }
  return {
    async rest() {
      for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value
      return text
    },
  }
}
