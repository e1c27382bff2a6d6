/** Asks a program of the system something. */
import { execFile } from 'node:child_process'

/** The standard output; null when the program is not there, fails, or takes too long. Never rejects. */
export type Run = (program: string, args: readonly string[]) => Promise<string | null>

const timeoutMs = 2000

/** Without a shell, so that arguments are never commands. */
export const run: Run = (program, args) =>
  new Promise((resolve) => {
    const options = { timeout: timeoutMs, windowsHide: true, maxBuffer: 4 * 1_048_576, encoding: 'utf8' } as const
    execFile(program, [...args], options, (error, output) => resolve(error === null ? output : null))
  })
