/** Starts and stops the engine, one order after the other: the tray and the console may ask at the same time. */

interface Switchable {
  status(): { readonly state: 'starting' | 'running' | 'stopping' | 'stopped' | 'failed' }
  start(): Promise<unknown>
  stop(options: { readonly graceMs: number }): Promise<void>
}

export class EngineSwitch {
  readonly #engine: Switchable
  readonly #graceMs: number
  #last: Promise<unknown> = Promise.resolve()

  /** @param graceMs - how long running requests may go on when the user stops or restarts. */
  constructor(engine: Switchable, graceMs: number) {
    this.#engine = engine
    this.#graceMs = graceMs
  }

  /** Does nothing while it runs. An engine that failed is stopped first: it watches the config and waits. */
  start(): Promise<void> {
    return this.#inTurn(async () => {
      const { state } = this.#engine.status()
      if (state === 'running') return
      if (state === 'failed') await this.#engine.stop({ graceMs: 0 })
      await this.#engine.start()
    })
  }

  stop(graceMs: number = this.#graceMs): Promise<void> {
    return this.#inTurn(() => this.#engine.stop({ graceMs }))
  }

  restart(graceMs: number = this.#graceMs): Promise<void> {
    return this.#inTurn(async () => {
      await this.#engine.stop({ graceMs })
      await this.#engine.start()
    })
  }

  #inTurn(order: () => Promise<void>): Promise<void> {
    const run = this.#last.then(order)
    // The next order comes after this one, however it ends.
    this.#last = run.catch(() => undefined)
    return run
  }
}
