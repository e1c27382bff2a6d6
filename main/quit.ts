/**
 * The way out. Windows close first (a form with unsaved changes may object), then running requests get their time,
 * then everything is on disk, then the process ends. Asked a second time it ends at once.
 */

export interface QuitOptions {
  /** Lets running requests finish for up to `graceMs` and saves what must survive. */
  readonly finish: (options: { readonly graceMs: number }) => Promise<void>
  /** Ends the process without further questions. */
  readonly exit: () => void
  readonly onProblem: (error: unknown) => void
}

/** How long running requests may go on. */
export const quitGraceMs = 10_000
/** Whatever still holds the process after that is left behind. */
const finishLimitMs = quitGraceMs + 5000

export class QuitSequence {
  readonly #options: QuitOptions
  #phase: 'running' | 'closing' | 'finishing' | 'done' = 'running'

  constructor(options: QuitOptions) {
    this.#options = options
  }

  /** Windows may really close. */
  get isQuitting(): boolean {
    return this.#phase !== 'running'
  }

  /** Running requests are being waited for. */
  get isFinishing(): boolean {
    return this.#phase === 'finishing' || this.#phase === 'done'
  }

  /** On `before-quit`: the windows are about to close. */
  begin(): void {
    if (this.#phase === 'running') this.#phase = 'closing'
  }

  /** The user keeps a window open. */
  cancel(): void {
    if (this.#phase === 'closing') this.#phase = 'running'
  }

  /** On `will-quit`, when all windows are closed. The event must be prevented: the process ends by `exit`. */
  finish(graceMs: number = quitGraceMs): void {
    if (this.isFinishing) return this.#exit()
    this.#phase = 'finishing'
    const limit = setTimeout(() => this.#exit(), finishLimitMs)
    this.#options.finish({ graceMs }).then(
      () => {
        clearTimeout(limit)
        this.#exit()
      },
      (error: unknown) => {
        clearTimeout(limit)
        this.#options.onProblem(error)
        this.#exit()
      },
    )
  }

  #exit(): void {
    if (this.#phase === 'done') return
    this.#phase = 'done'
    this.#options.exit()
  }
}
