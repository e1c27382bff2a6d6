/** Makes the engine of the desktop app: its log, its first config, its options. */
import { existsSync } from 'node:fs'
import firstConfig from '../config.yaml?raw'
import { createFirstConfig } from '../proxy/config/locate.ts'
import { Engine } from '../proxy/engine.ts'
import { text } from '../proxy/log-texts.ts'
import type { Logger } from '../proxy/log.ts'
import { createLogger, lineWriter } from '../proxy/log.ts'
import { version } from '../proxy/version.ts'
import type { Launch } from './launch.ts'
import type { PortOverride } from './port-override.ts'

export interface ShellEngine {
  readonly engine: Engine
  readonly log: Logger
  /** The config has just been made. */
  readonly isFirstRun: boolean
}

/** Not started yet. @param env - with the system's language in it. */
export async function createShellEngine(
  launch: Launch,
  env: Readonly<Record<string, string | undefined>>,
  portOverride: PortOverride,
): Promise<ShellEngine> {
  // Not `const`: the log is there before the engine, and asks it for its settings once it is.
  let engine: Engine | null = null
  const log = createLogger({
    format: () => engine?.snapshot?.config.server.log.format ?? 'text',
    language: () => engine?.language ?? 'en',
    write: lineWriter(process.stdout),
  })
  engine = new Engine({
    configPath: launch.configPath,
    dataFolder: launch.dataFolder,
    shell: 'desktop',
    log,
    env,
    host: launch.host,
    // Read at each reload, so that a port that the user chose for now takes effect.
    get port() {
      return portOverride.port
    },
  })
  log.system(text(engine.language, 'starting', { version }))
  return { engine, log, isFirstRun: await createConfigOnFirstRun(launch, engine, log) }
}

async function createConfigOnFirstRun(launch: Launch, engine: Engine, log: Logger): Promise<boolean> {
  if (!launch.isDataFolderConfig || existsSync(launch.configPath)) return false
  try {
    await createFirstConfig(launch.configPath, firstConfig)
    log.config(text(engine.language, 'firstStart', { path: launch.configPath }))
    return true
  } catch (error) {
    // The engine won't find a config, and the window shows why.
    log.error(error instanceof Error ? error.message : String(error))
    return false
  }
}
