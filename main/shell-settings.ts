/**
 * What the shell remembers for itself, apart from the config: how the window lay, which notices are wanted. Kept in
 * `desktop.json` in the data folder. A file that cannot be read costs these habits, never the start.
 */
import { readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { Notice } from '../proxy/contract.ts'

export interface ShellSettings {
  /** Closing the window leaves the app in the tray. Default: on, but on Linux off. */
  readonly closeToTray: boolean
  /** Upstreams are reached through the system's proxy. Default off. */
  readonly useSystemProxy: boolean
  readonly notices: Readonly<Record<Notice['kind'], boolean>>
  /** Where the window was last, in screen points; null before the first time. */
  readonly window: SavedWindow | null
  /** The user knows that the app stays in the tray. */
  readonly toldAboutTray: boolean
}

export interface SavedWindow {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly maximized: boolean
}

export function defaultSettings(platform: NodeJS.Platform): ShellSettings {
  return {
    closeToTray: platform !== 'linux',
    useSystemProxy: false,
    notices: {
      // A pause is the daily business of a free key, and so is its end.
      'key-paused': false,
      'key-recovered': false,
      'key-refused': true,
      'key-exhausted': true,
      'model-unavailable': true,
      'config-rejected': true,
    },
    window: null,
    toldAboutTray: false,
  }
}

/** Reads what can be used of a file's text; the rest is as by default. */
export function parseSettings(text: string, platform: NodeJS.Platform): ShellSettings {
  const defaults = defaultSettings(platform)
  const saved = savedSettings.safeParse(parseJson(text))
  if (!saved.success) return defaults
  const { closeToTray, useSystemProxy, notices, window, toldAboutTray } = saved.data
  return {
    closeToTray: closeToTray ?? defaults.closeToTray,
    useSystemProxy: useSystemProxy ?? defaults.useSystemProxy,
    notices: {
      'key-paused': notices?.['key-paused'] ?? defaults.notices['key-paused'],
      'key-recovered': notices?.['key-recovered'] ?? defaults.notices['key-recovered'],
      'key-refused': notices?.['key-refused'] ?? defaults.notices['key-refused'],
      'key-exhausted': notices?.['key-exhausted'] ?? defaults.notices['key-exhausted'],
      'model-unavailable': notices?.['model-unavailable'] ?? defaults.notices['model-unavailable'],
      'config-rejected': notices?.['config-rejected'] ?? defaults.notices['config-rejected'],
    },
    window: window ?? null,
    toldAboutTray: toldAboutTray ?? defaults.toldAboutTray,
  }
}

/** The settings in memory and their file. Changes hold at once; the file follows, one write after another. */
export class SettingsFile {
  readonly #path: string
  readonly #onProblem: (error: unknown) => void
  #current: ShellSettings
  #writing: Promise<void> = Promise.resolve()

  constructor(path: string, platform: NodeJS.Platform, onProblem: (error: unknown) => void) {
    this.#path = path
    this.#onProblem = onProblem
    this.#current = parseSettings(readText(path), platform)
  }

  get current(): ShellSettings {
    return this.#current
  }

  update(change: Partial<ShellSettings>): void {
    const text = JSON.stringify((this.#current = { ...this.#current, ...change }), null, 2)
    this.#writing = this.#writing.then(() => this.#write(text)).catch(this.#onProblem)
  }

  /** Resolves when everything is on disk. */
  flush(): Promise<void> {
    return this.#writing
  }

  async #write(text: string): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 })
    const temporary = `${this.#path}.tmp`
    await writeFile(temporary, `${text}\n`, { mode: 0o600 })
    await rename(temporary, this.#path)
  }
}

const flag = z.boolean().optional().catch(undefined)

const noticeFlags = z.object({
  'key-paused': flag,
  'key-recovered': flag,
  'key-refused': flag,
  'key-exhausted': flag,
  'model-unavailable': flag,
  'config-rejected': flag,
} satisfies Record<Notice['kind'], typeof flag>)

const savedSettings = z.object({
  closeToTray: flag,
  useSystemProxy: flag,
  notices: noticeFlags.optional().catch(undefined),
  window: z
    .object({ x: z.int(), y: z.int(), width: z.int(), height: z.int(), maximized: z.boolean() })
    .nullable()
    .optional()
    .catch(undefined),
  toldAboutTray: flag,
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Not there yet, or not readable: the defaults do.
    return ''
  }
}
