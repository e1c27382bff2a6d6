/** Which config file is used, where this user's data lies, and how the first config is made. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join, posix, resolve, win32 } from 'node:path'
import { firstKeyPlaceholder } from './secret-text.ts'

export interface LocateOptions {
  /** Value of --config. */
  readonly flag: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly dataFolder: string
  /** The desktop, and a start in a clone: `./config.yaml` is not looked at, it may be a tracked file. */
  readonly preferDataFolder: boolean
}

export interface ConfigLocation {
  /** Absolute; the file need not exist. */
  readonly path: string
  readonly source: 'flag' | 'environment' | 'working-folder' | 'data-folder'
}

/** The config's path: --config, AI_PROXY_CONFIG, ./config.yaml if it exists, the data folder; the first that applies. */
export function locateConfig(options: LocateOptions): ConfigLocation {
  const { flag, env, cwd, dataFolder, preferDataFolder } = options
  const fromEnv = envSetting(env, 'AI_PROXY_CONFIG')
  if (flag !== undefined && flag !== '') return { path: resolve(cwd, flag), source: 'flag' }
  if (fromEnv !== undefined) return { path: resolve(cwd, fromEnv), source: 'environment' }
  const here = join(cwd, 'config.yaml')
  if (!preferDataFolder && existsSync(here)) return { path: here, source: 'working-folder' }
  return { path: join(dataFolder, 'config.yaml'), source: 'data-folder' }
}

/** A setting from the environment. An empty one says nothing: compose and unit files set it so to leave it out. */
export function envSetting(
  env: Readonly<Record<string, string | undefined>>,
  name: 'AI_PROXY_CONFIG' | 'AI_PROXY_DATA' | 'AI_PROXY_HOST',
): string | undefined {
  return env[name]?.trim() || undefined
}

/** This user's folder for config, backups and records; the usual place of the platform. Not created here. */
export function defaultDataFolder(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  switch (platform) {
    case 'win32':
      return win32.join(env['APPDATA'] || win32.join(home, 'AppData', 'Roaming'), 'AI Proxy')
    case 'darwin':
      return posix.join(home, 'Library', 'Application Support', 'AI Proxy')
    default: {
      // A relative XDG_DATA_HOME is to be ignored: XDG Base Directory Specification, "Environment variables".
      const xdg = env['XDG_DATA_HOME'] ?? ''
      return posix.join(posix.isAbsolute(xdg) ? xdg : posix.join(home, '.local', 'share'), 'ai-proxy')
    }
  }
}

/**
 * Writes the shipped config with a project key of its own, readable by this user only. Rejects with EEXIST when
 * there is a file already: a config that exists is never changed unasked.
 */
export async function createFirstConfig(path: string, template: string): Promise<{ readonly projectKey: string }> {
  if (!template.includes(firstKeyPlaceholder))
    throw new Error(`The template holds no ${firstKeyPlaceholder} to replace.`)
  const projectKey = createProjectKey()
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(template.replaceAll(firstKeyPlaceholder, projectKey))
    await file.sync()
  } finally {
    await file.close()
  }
  return { projectKey }
}

/** A fresh project key: `ak-` and 32 random bytes. */
export function createProjectKey(): string {
  return `ak-${randomBytes(32).toString('base64url')}`
}
