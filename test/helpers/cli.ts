/** Runs the built command line as a child process, the way a service manager does. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const cli = resolve(import.meta.dirname, '../../out/main/cli.js')

export interface CliRun {
  readonly folder: string
  /** Everything written so far. */
  output(): string
  /** Resolves once the output holds `words`; rejects when the process ends before. */
  until(words: string | RegExp): Promise<string>
  signal(signal: NodeJS.Signals): void
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
}

/** A temp folder for config and data, removed by the returned function. */
export async function makeFolder(): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'ai-proxy-cli-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }) }
}

/** @param folder - working folder of the process, its home and its data folder. */
export function runCli(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): CliRun {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, LANG: 'C', AI_PROXY_DATA: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const listeners = new Set<() => void>()
  const take = (chunk: Buffer) => {
    output += chunk.toString('utf8')
    for (const listener of listeners) listener()
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const exit = once(child, 'close').then(([code, signal]: unknown[]) => ({
    // What child_process documents for `close`.
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }))
  return {
    folder,
    output: () => output,
    until: (words) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const isThere = typeof words === 'string' ? output.includes(words) : words.test(output)
          if (!isThere) return
          listeners.delete(check)
          resolve(output)
        }
        listeners.add(check)
        void exit.then(() => reject(new Error(`The process ended. Its output:\n${output}`)))
        check()
      }),
    signal: (signal) => child.kill(signal),
    exit,
  }
}

/** The base URL of the ready line. */
export function baseUrlIn(output: string): string {
  const url = /http:\/\/localhost:\d+\/v1/.exec(output)?.[0]
  if (url === undefined) throw new Error(`No ready line in:\n${output}`)
  return url
}

/** The project key that the first start wrote. */
export async function firstKeyIn(folder: string): Promise<string> {
  const key = /ak-[\w-]{40,}/.exec(await readFile(join(folder, 'config.yaml'), 'utf8'))?.[0]
  if (key === undefined) throw new Error('No project key in the config.')
  return key
}
