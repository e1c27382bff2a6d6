/** What the command line and the environment ask of the desktop app. Pure. */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultDataFolder, envSetting, locateConfig } from '../proxy/config/locate.ts'

export interface Launch {
  readonly configPath: string
  /** The config may be made on first start: nobody named another file. */
  readonly isDataFolderConfig: boolean
  /** Shared with the headless program, so that both run the same config. */
  readonly dataFolder: string
  /** `--host` or AI_PROXY_HOST. */
  readonly host: string | null
  /** `--port`: in place of the config's. */
  readonly port: number | null
  /** Started at login: nothing is shown unless it is needed. */
  readonly hidden: boolean
}

export interface LaunchOptions {
  /** Without the executable (and, in a clone, the app's folder). Chromium's own switches may be among them. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly home: string
  readonly cwd: string
}

const flags = {
  config: { type: 'string' },
  data: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  hidden: { type: 'boolean' },
} as const

/** Unknown arguments are Chromium's, or the system's: they are passed over. So is a port that is none. */
export function readLaunch({ args, env, platform, home, cwd }: LaunchOptions): Launch {
  const { values } = parseArgs({ args: [...args], options: flags, strict: false, allowPositionals: true })
  const value = (name: 'config' | 'data' | 'host' | 'port') => {
    const given = values[name]
    return typeof given === 'string' && given !== '' ? given : undefined
  }
  const dataFolder = resolve(
    cwd,
    value('data') ?? envSetting(env, 'AI_PROXY_DATA') ?? defaultDataFolder(platform, env, home),
  )
  const location = locateConfig({ flag: value('config'), env, cwd, dataFolder, preferDataFolder: true })
  const port = Number(value('port') ?? Number.NaN)
  return {
    configPath: location.path,
    isDataFolderConfig: location.source === 'data-folder',
    dataFolder,
    host: value('host') ?? envSetting(env, 'AI_PROXY_HOST') ?? null,
    port: Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : null,
    hidden: values.hidden === true,
  }
}

/**
 * The arguments of the user, from `process.argv`: a packaged app has its executable before them, one in a clone
 * (`electron .`) also its folder.
 */
export function userArguments(argv: readonly string[], { isPackaged }: { readonly isPackaged: boolean }): string[] {
  return argv.slice(isPackaged ? 1 : 2)
}

/**
 * The environment with a language in it. Programs that are started by a click have none on Windows and macOS, and
 * the engine reads its language there when the config names none.
 */
export function withSystemLanguage(
  env: Readonly<Record<string, string | undefined>>,
  preferred: readonly string[],
): Readonly<Record<string, string | undefined>> {
  if (env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG']) return env
  const [first] = preferred
  return first === undefined ? env : { ...env, LANG: first.replaceAll('-', '_') }
}
