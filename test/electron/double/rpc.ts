/** Calls in both directions over one message channel. */

export interface Channel {
  send(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
}

// The methods are interfaces with fixed parameters; `never[]` is what every one of them can be called with here.
type Methods<T> = { readonly [K in keyof T]: (...args: never[]) => unknown }
type Answers<T extends Methods<T>> = {
  readonly [K in keyof T]: (...args: Parameters<T[K]>) => ReturnType<T[K]> | Promise<Awaited<ReturnType<T[K]>>>
}

export type Caller<T extends Methods<T>> = <K extends keyof T & string>(
  method: K,
  ...args: Parameters<T[K]>
) => Promise<Awaited<ReturnType<T[K]>>>

type Message =
  | { readonly id: number; readonly method: string; readonly args: readonly unknown[] }
  | { readonly replyTo: number; readonly value: unknown }
  | { readonly replyTo: number; readonly error: string }

/** Answers their calls with `mine` and returns the function that calls theirs. A call across a closed channel never ends. */
export function connectPeers<Theirs extends Methods<Theirs>, Mine extends Methods<Mine>>(
  channel: Channel,
  mine: Answers<Mine>,
): Caller<Theirs> {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let lastId = 0

  channel.onMessage((raw) => {
    // Safe: only the other end of `connectPeers` writes to this channel.
    const message = raw as Message
    if ('method' in message) void answer(message.id, message.method, message.args)
    else {
      const call = waiting.get(message.replyTo)
      waiting.delete(message.replyTo)
      if ('error' in message) call?.reject(new Error(message.error))
      else call?.resolve(message.value)
    }
  })

  async function answer(id: number, method: string, args: readonly unknown[]): Promise<void> {
    try {
      // Safe: the caller's types name only methods of `Mine`, with their arguments.
      const call = mine[method as keyof Mine] as unknown as (...args: readonly unknown[]) => unknown
      channel.send({ replyTo: id, value: await call(...args) })
    } catch (error) {
      channel.send({ replyTo: id, error: error instanceof Error ? error.message : String(error) })
    }
  }

  return (method, ...args) =>
    new Promise((resolve, reject) => {
      const id = ++lastId
      // Safe: the other side answers `method` by the same interface.
      waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      channel.send({ id, method, args })
    })
}
