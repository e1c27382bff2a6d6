/** Questions and answers over the channel between a parent and its child, each with a number. */

export interface Question<T> {
  readonly number: number
  readonly question: T
}

export type Reply =
  | { readonly number: number; readonly value: unknown }
  | { readonly number: number; readonly error: string }

/**
 * Answers what the parent asks; ends the process when the parent is gone, however it went.
 * @param options.keepsAlive - false: the open channel alone is no reason to stay.
 */
export function answerParent<T>(
  handler: (question: T) => unknown,
  options: { readonly keepsAlive: boolean } = { keepsAlive: true },
): void {
  process.on('message', (message: unknown) => {
    // Only the bench sends messages here; see `Child.ask`.
    const { number, question } = message as Question<T>
    answerWith(handler, question).then(
      (value) => process.send?.({ number, value } satisfies Reply),
      (error: unknown) =>
        process.send?.({ number, error: error instanceof Error ? error.message : String(error) } satisfies Reply),
    )
  })
  process.on('disconnect', () => process.exit())
  if (!options.keepsAlive) process.channel?.unref()
}

async function answerWith<T>(handler: (question: T) => unknown, question: T): Promise<unknown> {
  return handler(question)
}
