/** Watches for a taken port: finds out who holds it and which one is free, once for each conflict. */
import type { DesktopState, EngineStatus } from '../proxy/contract.ts'

export interface PortProblem {
  readonly port: number
  readonly host: string
}

/** The port that the engine could not have; null when that is not its trouble. */
export function portProblem(status: Pick<EngineStatus, 'config'>): PortProblem | null {
  const diagnostic = status.config.rejected?.find(({ code }) => code === 'port_in_use')
  if (diagnostic === undefined) return null
  const { port, host } = diagnostic.params
  return typeof port === 'number' && typeof host === 'string' ? { port, host } : null
}

export interface PortConflictOptions {
  readonly findHolder: (port: number) => Promise<string | null>
  readonly findFreePort: (port: number, host: string | null) => Promise<number | null>
  /** What is known has changed. */
  readonly onChange: () => void
}

export class PortConflict {
  readonly #options: PortConflictOptions
  #problem: PortProblem | null = null
  #current: DesktopState['portConflict'] = null
  #lookup: Promise<void> = Promise.resolve()

  constructor(options: PortConflictOptions) {
    this.#options = options
  }

  get current(): DesktopState['portConflict'] {
    return this.#current
  }

  /** Waits for what is being looked up. */
  async settled(): Promise<DesktopState['portConflict']> {
    await this.#lookup
    return this.#current
  }

  /** A port that is free right now; null without a conflict, or when none is found. */
  async nextFree(): Promise<number | null> {
    const problem = this.#problem
    return problem === null ? null : this.#options.findFreePort(problem.port, bothLoopbacks(problem.host))
  }

  update(status: Pick<EngineStatus, 'config'>): void {
    const problem = portProblem(status)
    if (problem?.port === this.#problem?.port && problem?.host === this.#problem?.host) return
    this.#problem = problem
    this.#current = problem === null ? null : { port: problem.port, holder: null, nextFree: null }
    if (problem !== null) this.#lookup = this.#lookUp(problem)
    this.#options.onChange()
  }

  async #lookUp(problem: PortProblem): Promise<void> {
    const { findHolder, findFreePort, onChange } = this.#options
    const { port, host } = problem
    const [holder, nextFree] = await Promise.all([findHolder(port), findFreePort(port, bothLoopbacks(host))])
    // The user may have mended it meanwhile.
    if (this.#problem !== problem) return
    this.#current = { port, holder, nextFree }
    onChange()
  }
}

/** A port that was wanted on loopback has to be free on both of its addresses. */
function bothLoopbacks(host: string): string | null {
  return host === '127.0.0.1' || host === '::1' ? null : host
}
