/** Relays audio, files, anything that is not looked into. */
import type { ClientAnswer } from './client-answer.ts'
import type { Relay, RelayContext, RelayEnd } from './relay.ts'

/** Bytes as they come. */
export class ByteRelay implements Relay {
  readonly failed = null
  readonly isOver = false
  readonly isTerminated = false
  readonly #context: RelayContext
  #isStarted = false

  constructor(context: RelayContext) {
    this.#context = context
  }

  data(chunk: Buffer): boolean {
    this.#start()
    return this.#context.answer.write(chunk)
  }

  end(): RelayEnd {
    this.#start()
    this.#context.answer.end()
    return { kind: 'done', usage: null, responseId: null }
  }

  abort(reason: 'interrupted' | 'idle'): RelayEnd | null {
    return this.#isStarted ? cutOff(this.#context.answer, reason) : null
  }

  #start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#context.onFirstContent()
    this.#context.answer.start(this.#context.status, this.#context.headers({ keepsBytes: true }))
  }
}

/** Ends an answer of a stated length that cannot be kept: a cut connection tells the client so. */
export function cutOff(answer: ClientAnswer, reason: 'interrupted' | 'idle'): RelayEnd {
  answer.cut()
  return {
    kind: 'broken',
    end: reason === 'idle' ? 'idle_timeout' : 'upstream_error',
    usage: null,
    message:
      reason === 'idle'
        ? 'The upstream stopped sending in the middle of its answer.'
        : 'The upstream broke off in the middle of its answer.',
  }
}
