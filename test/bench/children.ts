/** Processes of the bench: started on a core, asked over their channel, and ended by their id, whatever happens. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Question, Reply } from './channel.ts'

export interface StartOptions {
  /** Core to run on; null = any. */
  readonly core: number | null
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** No question takes longer than the longest run. */
const ANSWER_LIMIT_MS = 120_000
const END_LIMIT_MS = 1500

const running = new Set<Child>()
// Children on a channel end with us anyway; this is for those without (nginx).
process.on('exit', () => {
  for (const child of running) child.kill()
})

/** One of our own programs, on this Node. */
export function startTool(name: 'load' | 'upstream', core: number | null): Child {
  return new Child([process.execPath, join(import.meta.dirname, `${name}.ts`)], { core })
}

/** A Node program under measurement: with the probe, which answers questions about time and memory. */
export function startMeasured(args: readonly string[], options: StartOptions): Child {
  const probe = new URL('probe.ts', import.meta.url).href
  return new Child([process.execPath, '--import', probe, ...args], options)
}

export class Child {
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  readonly #lines: string[] = []
  #onLine: (() => void) | null = null
  #number = 0
  #errorText = ''

  constructor(command: readonly string[], { core, cwd, env }: StartOptions) {
    const [file = '', ...args] = core === null ? command : ['taskset', '-c', String(core), ...command]
    this.#process = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    })
    running.add(this)
    this.#process.on('message', (message) => this.#settle(message))
    this.#process.on('error', (error) => this.#failAll(error))
    this.#process.on('exit', (code, signal) => {
      running.delete(this)
      this.#failAll(new Error(`Process ${file} ended with ${signal ?? code}. ${this.#errorText}`))
    })
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      this.#errorText = (this.#errorText + chunk.toString('utf8')).slice(-2000)
    })
    this.#readLines()
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** Asks the program and waits for its answer. */
  ask<T>(question: object): Promise<T> {
    return new Promise((resolve, reject) => {
      const number = this.#number++
      const timer = setTimeout(() => this.#failAll(new Error('A process did not answer in time.')), ANSWER_LIMIT_MS)
      const done = () => {
        clearTimeout(timer)
        this.#waiting.delete(number)
      }
      this.#waiting.set(number, {
        resolve: (value) => {
          done()
          // The answer to a question has the type that messages.ts gives it.
          resolve(value as T)
        },
        reject: (error) => {
          done()
          reject(error)
        },
      })
      const message: Question<object> = { number, question }
      if (this.#process.connected) this.#process.send(message)
      else this.#failAll(new Error(`A process has ended. ${this.#errorText}`))
    })
  }

  /** The first line of its output that matches; what comes after it is read and thrown away. */
  async line(pattern: RegExp, withinMs = 20_000): Promise<RegExpExecArray> {
    const endAt = performance.now() + withinMs
    for (;;) {
      for (const line of this.#lines.splice(0)) {
        const match = pattern.exec(line)
        if (match) return match
      }
      if (this.#process.exitCode !== null || performance.now() > endAt)
        throw new Error(`A process did not say ${pattern.source}. ${this.#errorText}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500)
        this.#onLine = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'exit')
    const timer = setTimeout(() => this.kill(), END_LIMIT_MS)
    this.#process.kill('SIGTERM')
    await ended
    clearTimeout(timer)
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  // As a service manager would: the log goes down a pipe whose other end reads.
  #readLines(): void {
    const { stdout } = this.#process
    if (!stdout) return
    const lines = createInterface({ input: stdout })
    lines.on('line', (line) => {
      this.#lines.push(line)
      if (this.#lines.length > 50) {
        lines.removeAllListeners('line').close()
        stdout.resume()
      }
      this.#onLine?.()
    })
  }

  #settle(message: unknown): void {
    // Sent by `answerParent` only.
    const reply = message as Reply
    const waiting = this.#waiting.get(reply.number)
    if ('error' in reply) waiting?.reject(new Error(reply.error))
    else waiting?.resolve(reply.value)
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#onLine?.()
  }
}
