/** A port in place of the config's: `--port`, or the next free one that the user chose for now. */
export class PortOverride {
  readonly #given: number | null
  #chosen: { readonly port: number; readonly insteadOf: number } | null = null

  /** @param given - `--port`; null without. */
  constructor(given: number | null) {
    this.#given = given
  }

  get port(): number | null {
    return this.#chosen?.port ?? this.#given
  }

  /** @param insteadOf - the port that is taken. */
  choose(port: number, insteadOf: number): void {
    this.#chosen = { port, insteadOf }
  }

  /**
   * Told of the port that the config names. True when the choice is over, since the user has named another one; the
   * engine then has to look at its address again.
   */
  onConfigured(configuredPort: number): boolean {
    // With --port the config's port means nothing anyway.
    if (this.#chosen === null || this.#given !== null || this.#chosen.insteadOf === configuredPort) return false
    this.#chosen = null
    return true
  }
}
