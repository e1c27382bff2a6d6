/** Relays what is a stream or JSON, where the upstream's content type does not say which. */
import type { ProviderError } from '../providers/failures.ts'
import { JsonRelay } from './json-relay.ts'
import type { Relay, RelayContext, RelayEnd } from './relay.ts'
import { StreamRelay } from './stream-relay.ts'

/** Tells a stream from a JSON error by its first byte. */
export class SniffingRelay implements Relay {
  readonly #context: RelayContext
  #inner: StreamRelay | JsonRelay | null = null

  constructor(context: RelayContext) {
    this.#context = context
  }

  get failed(): ProviderError | null {
    return this.#inner?.failed ?? null
  }

  get isOver(): boolean {
    return this.#inner?.isOver ?? false
  }

  get isTerminated(): boolean {
    return this.#inner?.isTerminated ?? false
  }

  data(chunk: Buffer): boolean {
    if (!this.#inner) {
      const first = chunk.find((byte) => byte > 0x20)
      if (first === undefined) return true
      const isJsonOrHtml = first === 0x7b || first === 0x5b || first === 0x3c
      this.#inner = isJsonOrHtml ? new JsonRelay(this.#context) : new StreamRelay(this.#context)
    }
    return this.#inner.data(chunk)
  }

  end(): RelayEnd {
    return (this.#inner ?? new StreamRelay(this.#context)).end()
  }

  abort(reason: 'interrupted' | 'idle'): RelayEnd | null {
    return this.#inner?.abort(reason) ?? null
  }
}
