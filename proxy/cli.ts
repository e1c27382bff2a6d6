#!/usr/bin/env node
/**
 * The headless entry: reads flags, starts the engine, says where it is, stops on signals. `serve` runs the proxy,
 * `check` validates a config and ends with 0 or 78 (EX_CONFIG of sysexits.h).
 */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import firstConfig from '../config.yaml?raw'
import { readConfigFile } from './config/file.ts'
import { createFirstConfig, defaultDataFolder, envSetting, locateConfig } from './config/locate.ts'
import { parseConfig } from './config/parse.ts'
import { openInBrowser } from './control/browser.ts'
import { createControl } from './control/control.ts'
import { consoleUrl, isConsoleOn, mountConsole } from './control/http.ts'
import { ConsoleToken } from './control/token.ts'
import { createEngineHandle } from './engine-handle.ts'
import { Engine, describeDiagnostic } from './engine.ts'
import type { Language } from './log-texts.ts'
import { text } from './log-texts.ts'
import { createLogger, lineWriter } from './log.ts'
import { version } from './version.ts'

const EXIT_CONFIG = 78
/** How long running streams may go on after the first signal. */
const STOP_GRACE_MS = 10_000
/** A signal that reaches us by two ways (terminal and launcher) is one. */
const SIGNAL_BURST_MS = 500

const usage = `ai-proxy ${version}

  ai-proxy serve [options]   run the proxy
  ai-proxy check [options]   validate the config: exit code 0, or 78 with every problem

  --config FILE              config file (else AI_PROXY_CONFIG, ./config.yaml, the data folder)
  --host HOST                listen on HOST where the config names a port only (else AI_PROXY_HOST)
  --port PORT                listen on PORT instead of the config's
  --data DIR                 data folder: backups, state (else AI_PROXY_DATA, the user's own)
  --lang zh|en               language of the log
  --log-format text|json     form of the log
  --no-console               do not serve the console
  --open                     open the console in the browser
  --version, --help
`

const flags = {
  config: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  data: { type: 'string' },
  lang: { type: 'string' },
  'log-format': { type: 'string' },
  'no-console': { type: 'boolean' },
  open: { type: 'boolean' },
  version: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

interface Settings {
  readonly configPath: string
  readonly isDataFolderConfig: boolean
  readonly dataFolder: string
  readonly host: string | null
  readonly port: number | null
  readonly language: Language | null
  readonly logFormat: 'text' | 'json' | null
  readonly console: boolean
  readonly openConsole: boolean
}

async function main(): Promise<number | null> {
  let parsed
  try {
    parsed = parseArgs({ options: flags, allowPositionals: true })
  } catch (error) {
    return fail(`${messageOf(error)}\n\n${usage}`, 64)
  }
  const { values, positionals } = parsed
  if (values.help) return say(usage)
  if (values.version) return say(`${version}\n`)
  const command = positionals[0] ?? 'serve'
  if (positionals.length > 1 || (command !== 'serve' && command !== 'check')) {
    return fail(`Unknown command: ${positionals.join(' ')}\n\n${usage}`, 64)
  }
  const settings = readSettings(values)
  if (typeof settings === 'string') return fail(`${settings}\n`, 64)
  return command === 'check' ? check(settings) : serve(settings)
}

function readSettings(values: Readonly<Record<string, string | boolean | undefined>>): Settings | string {
  const { env } = process
  // An empty one is a script's unset variable: taken as it is, an empty host would be the whole network.
  const value = (name: string) => (typeof values[name] === 'string' && values[name] !== '' ? values[name] : undefined)
  const dataFolder = resolve(
    value('data') ?? envSetting(env, 'AI_PROXY_DATA') ?? defaultDataFolder(process.platform, env, homedir()),
  )
  const location = locateConfig({
    flag: value('config'),
    env,
    cwd: process.cwd(),
    dataFolder,
    preferDataFolder: env['AI_PROXY_PREFER_DATA_FOLDER'] === '1',
  })
  const port = value('port') === undefined ? null : Number(value('port'))
  if (port !== null && (!Number.isInteger(port) || port < 0 || port > 65_535))
    return `--port ${value('port')} is not a port: use 1 to 65535, or 0 for any free one.`
  const language = value('lang') ?? null
  if (language !== null && language !== 'zh' && language !== 'en')
    return `--lang ${language} is not known: use zh or en.`
  const logFormat = value('log-format') ?? null
  if (logFormat !== null && logFormat !== 'text' && logFormat !== 'json')
    return `--log-format ${logFormat} is not known: use text or json.`
  return {
    configPath: location.path,
    isDataFolderConfig: location.source === 'data-folder',
    dataFolder,
    host: value('host') ?? envSetting(env, 'AI_PROXY_HOST') ?? null,
    port,
    language,
    logFormat,
    console: values['no-console'] !== true,
    openConsole: values['open'] === true,
  }
}

async function check({ configPath, language: asked }: Settings): Promise<number> {
  const language = asked ?? systemLanguage()
  const file = await readConfigFile(configPath, language)
  if ('problem' in file) return fail(`${file.message}\n`, EXIT_CONFIG)
  const parsed = parseConfig(file.text, { env: process.env, language })
  const diagnostics = parsed.ok ? parsed.warnings : parsed.diagnostics
  for (const diagnostic of diagnostics) {
    const mark = diagnostic.severity === 'error' ? 'ERROR' : 'WARN'
    process.stdout.write(`[${mark}] ${describeDiagnostic(diagnostic, language)}\n`)
  }
  if (!parsed.ok) return EXIT_CONFIG
  process.stdout.write(`[CONFIG] ${text(language, 'configLoaded')} ${configPath}\n`)
  return 0
}

async function serve(settings: Settings): Promise<number | null> {
  let engine: Engine | null = null
  const language = () => engine?.language ?? settings.language ?? systemLanguage()
  const write = lineWriter(process.stdout)
  const log = createLogger({
    format: () => settings.logFormat ?? engine?.snapshot?.config.server.log.format ?? 'text',
    language,
    write,
  })
  process.on('exit', () => {
    log.flush()
    write.flush()
  })
  log.system(text(language(), 'starting', { version }))
  const isFirstStart = settings.isDataFolderConfig && !existsSync(settings.configPath)
  let firstKey: string | null = null
  if (isFirstStart) {
    try {
      firstKey = (await createFirstConfig(settings.configPath, firstConfig)).projectKey
      log.config(text(language(), 'firstStart', { path: settings.configPath }))
    } catch (error) {
      log.error(dataFolderUnusable(language(), settings.dataFolder, error))
      return 1
    }
  }
  const token = new ConsoleToken(settings.dataFolder)
  engine = new Engine({
    configPath: settings.configPath,
    dataFolder: settings.dataFolder,
    shell: 'headless',
    log,
    env: process.env,
    host: settings.host,
    port: settings.port,
    language: settings.language,
    mountConsole: settings.console ? (app, running) => mountConsole(app, consoleOf(running, token)) : null,
  })
  stopOnSignals(engine, log)
  surviveSurprises(engine)
  const result = await engine.start()
  if (result.kind === 'rejected') {
    const isConfig = result.diagnostics.every(({ code }) => !CODES_BESIDE_CONFIG.has(code))
    if (isConfig)
      log.error(text(language(), 'configInvalid', { count: result.diagnostics.length, path: settings.configPath }))
    await engine.stop({ graceMs: 0 })
    return isConfig ? EXIT_CONFIG : 1
  }
  sayReady(engine, log, firstKey)
  if (settings.console) await sayConsole(engine, log, token, settings.openConsole)
  return null
}

/** The console's parts. Its built files lie beside those of the Node side, see vite.config.ts. */
function consoleOf(engine: Engine, token: ConsoleToken): Parameters<typeof mountConsole>[1] {
  const handle = createEngineHandle(engine)
  return {
    engine: handle,
    control: createControl(handle),
    token,
    rendererFolder: join(import.meta.dirname, '../renderer'),
  }
}

async function sayConsole(
  engine: Engine,
  log: ReturnType<typeof createLogger>,
  token: ConsoleToken,
  isOpened: boolean,
): Promise<void> {
  const { language } = engine
  const { listening } = engine.status()
  if (!listening || !isConsoleOn(createEngineHandle(engine))) return
  try {
    const secret = await token.read()
    if (isOpened) await openInBrowser(consoleUrl(listening.baseUrl, secret), engine.options.dataFolder, process.env)
    if (process.stdout.isTTY) {
      // The address lets whoever sees it in: to a terminal only, never into a log that is collected.
      log.print(text(language, 'readyConsole', { url: consoleUrl(listening.baseUrl, secret) }))
      return
    }
    log.system(text(language, 'readyConsole', { url: consoleUrl(listening.baseUrl, null) }))
    log.system(text(language, 'consoleToken', { path: token.path }))
  } catch (error) {
    log.error(messageOf(error))
  }
}

/** What keeps the engine from starting and is no mistake in the config. */
const CODES_BESIDE_CONFIG = new Set([
  'data_folder_unusable',
  'port_in_use',
  'port_reserved',
  'port_not_permitted',
  'address_not_available',
  'listen_failed',
])

function sayReady(engine: Engine, log: ReturnType<typeof createLogger>, firstKey: string | null): void {
  const { language } = engine
  const { listening, config, projects } = engine.status()
  if (!listening) return
  log.system(text(language, 'readyBaseUrl', { url: listening.baseUrl }))
  log.system(text(language, 'readyConfig', { path: config.path }))
  log.system(text(language, 'readyDataFolder', { path: config.dataFolder }))
  const host = engine.requireSnapshot().config.server.listen.host
  if (listening.beyondLoopback) {
    const urls = listening.networkUrls.map(({ url }) => url)
    log.system(
      text(language, 'beyondLoopback', { addresses: (urls.length > 0 ? urls : listening.addresses).join(', ') }),
    )
  } else if (host === null) log.system(text(language, 'loopbackOnly', { port: listening.port }))
  if (projects.length === 0) log.warn(text(language, 'noProject'))
  // A key belongs before the eyes of the user, not into a log that is collected.
  if (firstKey !== null && process.stdout.isTTY) log.print(text(language, 'firstKey', { key: firstKey }))
}

function stopOnSignals(engine: Engine, log: ReturnType<typeof createLogger>): void {
  let firstAt: number | null = null
  const stop = () => {
    const now = Date.now()
    if (firstAt !== null) {
      if (now - firstAt < SIGNAL_BURST_MS) return
      log.system(text(engine.language, 'secondSignal'))
      process.exit(0)
    }
    firstAt = now
    log.system(text(engine.language, 'stopping'))
    const { activeRequests } = engine.status()
    if (activeRequests > 0)
      log.system(text(engine.language, 'draining', { count: activeRequests, seconds: STOP_GRACE_MS / 1000 }))
    engine.stop({ graceMs: STOP_GRACE_MS }).then(
      () => {
        log.system(text(engine.language, 'stopped'))
        process.exitCode = 0
        // Whatever still holds the process (a stuck socket of an upstream) must not.
        setTimeout(() => process.exit(0), 500).unref()
      },
      (error: unknown) => {
        log.error(messageOf(error))
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  if (process.platform === 'win32') return
  process.on('SIGHUP', () => {
    // From a terminal it says that the terminal was closed; to a service it has always meant "reload".
    if (process.stdin.isTTY) stop()
    else void engine.reload({ force: true })
  })
}

/**
 * A bug in one request's handling must not end everybody's streams: it is logged, and the process goes on. What is
 * thrown on purpose never gets here.
 */
function surviveSurprises(engine: Engine): void {
  process.on('uncaughtException', (error) => engine.logBug(error))
  process.on('unhandledRejection', (reason) => engine.logBug(reason))
}

function dataFolderUnusable(language: Language, path: string, error: unknown): string {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : messageOf(error)
  return text(language, 'dataFolderUnusable', { path, reason })
}

function systemLanguage(): Language {
  const { LC_ALL, LC_MESSAGES, LANG } = process.env
  return /^zh/i.test(LC_ALL || LC_MESSAGES || LANG || '') ? 'zh' : 'en'
}

function say(words: string): number {
  process.stdout.write(words)
  return 0
}

function fail(words: string, code: number): number {
  process.stderr.write(words)
  return code
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const code = await main()
if (code !== null) process.exitCode = code
