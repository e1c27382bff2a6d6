/**
 * The upstream behind `base_url: builtin:demo`: it lives inside the program, so the first request works before any
 * key is pasted. It stands where another upstream's connection pool stands (an undici Dispatcher) and is reached over
 * no network; what it answers is decided in `demo-answers.ts`. It needs no key and reads none.
 */
import { randomUUID } from 'node:crypto'
import { Dispatcher, errors } from 'undici'
import { answerDemo } from './demo-answers.ts'
import type { DemoAnswer } from './demo-answers.ts'

export interface DemoOptions {
  /** Pause before each word of `demo/slow`; default 150. */
  readonly wordDelayMs?: number
}

/** A dispatcher for `builtin:demo`; origin and headers of what it is asked to dispatch are ignored. */
export function createDemoDispatcher(options: DemoOptions = {}): Dispatcher {
  return new DemoDispatcher(options.wordDelayMs ?? 150)
}

class DemoDispatcher extends Dispatcher {
  readonly #wordDelayMs: number
  readonly #running = new Set<DemoExchange>()
  #refuseWith: (() => Error) | null = null

  constructor(wordDelayMs: number) {
    super()
    this.#wordDelayMs = wordDelayMs
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const exchange = new DemoExchange(handler)
    if (this.#refuseWith !== null) {
      const reason = this.#refuseWith()
      queueMicrotask(() => exchange.abort(reason))
      return false
    }
    this.#running.add(exchange)
    void exchange.run(options, this.#wordDelayMs).finally(() => this.#running.delete(exchange))
    return true
  }

  override close(callback: () => void): void
  override close(): Promise<void>
  override close(callback?: () => void): Promise<void> | void {
    this.#refuseWith ??= () => new errors.ClientClosedError()
    return settle(this.#allEnded(), callback)
  }

  override destroy(error: Error | null, callback: () => void): void
  override destroy(callback: () => void): void
  override destroy(error: Error | null): Promise<void>
  override destroy(): Promise<void>
  override destroy(error?: Error | null | (() => void), callback?: () => void): Promise<void> | void {
    this.#refuseWith = () => new errors.ClientDestroyedError()
    const reason = error instanceof Error ? error : new errors.ClientDestroyedError()
    for (const exchange of this.#running) exchange.abort(reason)
    return settle(this.#allEnded(), typeof error === 'function' ? error : callback)
  }

  async #allEnded(): Promise<void> {
    await Promise.all([...this.#running].map((exchange) => exchange.ended))
  }
}

/** One request on its way; what undici hands to a handler as its controller. */
class DemoExchange implements Dispatcher.DispatchController {
  readonly ended: Promise<void>
  rawHeaders: Buffer[] | null = null
  readonly #handler: Dispatcher.DispatchHandler
  readonly #resolveEnded: () => void
  #state: 'open' | 'ended' | 'aborted' = 'open'
  #reason: Error | null = null
  #paused = false
  // At most one of these waits: either the pause before a word or a paused reader.
  #timer: NodeJS.Timeout | null = null
  #wake: (() => void) | null = null

  constructor(handler: Dispatcher.DispatchHandler) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#resolveEnded = resolve
    this.#handler = handler
  }

  get aborted(): boolean {
    return this.#state === 'aborted'
  }

  get paused(): boolean {
    return this.#paused
  }

  get reason(): Error | null {
    return this.#reason
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    if (this.#timer === null) this.#wakeUp()
  }

  /** Tells the handler at once, as undici's own dispatchers do. */
  abort(reason: Error): void {
    if (this.#state !== 'open') return
    this.#state = 'aborted'
    this.#reason = reason
    this.#wakeUp()
    try {
      this.#handler.onResponseError?.(this, reason)
    } finally {
      this.#resolveEnded()
    }
  }

  async run(options: Dispatcher.DispatchOptions, wordDelayMs: number): Promise<void> {
    try {
      // Callers may count on `dispatch` having returned before the first callback.
      await Promise.resolve()
      if (this.#state !== 'open') return
      this.#handler.onRequestStart?.(this, null)
      const body = await readBody(options.body)
      if (this.#state !== 'open') return
      this.#handler.onRequestSent?.()
      const [path = '/'] = options.path.split('?')
      await this.#send(
        answerDemo({ method: options.method, path, body, id: randomUUID(), now: Date.now() }),
        wordDelayMs,
      )
    } catch (error) {
      this.abort(error instanceof Error ? error : new Error(String(error)))
    }
  }

  async #send(answer: DemoAnswer, wordDelayMs: number): Promise<void> {
    if (this.#state !== 'open') return
    // As undici's HTTP/1 parser hands them over: name, value, name, value …
    this.rawHeaders = Object.entries(answer.headers).flatMap(([name, value]) => [Buffer.from(name), Buffer.from(value)])
    this.#handler.onResponseStart?.(this, answer.status, { ...answer.headers }, '')
    for (const frame of answer.frames) {
      if (frame.words > 0) await this.#wait(frame.words * wordDelayMs)
      if (this.#paused) await this.#wait(null)
      if (this.#state !== 'open') return
      this.#handler.onResponseData?.(this, Buffer.from(frame.text))
    }
    if (this.#paused) await this.#wait(null)
    if (this.#state !== 'open') return
    this.#state = 'ended'
    this.#resolveEnded()
    this.#handler.onResponseEnd?.(this, {})
  }

  /** Waits for the clock, or with null for `resume`; an abort ends either. */
  async #wait(delayMs: number | null): Promise<void> {
    if (this.#state !== 'open') return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      if (delayMs !== null) this.#timer = setTimeout(() => this.#wakeUp(), delayMs)
    })
  }

  #wakeUp(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const wake = this.#wake
    this.#wake = null
    wake?.()
  }
}

function settle(ended: Promise<void>, onEnded: (() => void) | undefined): Promise<void> | void {
  if (onEnded === undefined) return ended
  void ended.then(() => onEnded())
}

async function readBody(body: unknown): Promise<string> {
  if (body === null || body === undefined) return ''
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8')
  if (!isIterable(body)) return ''
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : toBuffer(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
}

/** Forms and files aren't for the demo: what isn't bytes counts as nothing. */
function toBuffer(chunk: unknown): Buffer {
  return chunk instanceof Uint8Array ? Buffer.from(chunk) : Buffer.alloc(0)
}
