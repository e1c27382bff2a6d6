/**
 * The system's proxy for each upstream. Electron tells it by a question that takes a while, the engine asks when it
 * opens connections and cannot wait: so the answers are fetched ahead and kept.
 */

/** `session.resolveProxy`: what a proxy script would answer, like "PROXY 10.0.0.1:3128; DIRECT". */
export type ResolveProxy = (url: string) => Promise<string>

export class SystemProxy {
  readonly #resolveProxy: ResolveProxy
  #known: ReadonlyMap<string, string | null> = new Map()

  constructor(resolveProxy: ResolveProxy) {
    this.#resolveProxy = resolveProxy
  }

  /** The proxy's URL for an origin; null for none, or while it is not known. */
  readonly find = (origin: string): string | null => this.#known.get(origin) ?? null

  /** Asks the system again. True when connections should be made anew. */
  async refresh(origins: readonly string[]): Promise<boolean> {
    const entries = await Promise.all(origins.map(async (origin) => [origin, await this.#ask(origin)] as const))
    const before = this.#known
    this.#known = new Map(entries)
    return entries.some(([origin, proxy]) => proxy !== (before.get(origin) ?? null))
  }

  /** True when a proxy had been in use. */
  forget(): boolean {
    const wasUsed = [...this.#known.values()].some((proxy) => proxy !== null)
    this.#known = new Map()
    return wasUsed
  }

  async #ask(origin: string): Promise<string | null> {
    try {
      return proxyFromPac(await this.#resolveProxy(`${origin}/`))
    } catch {
      // No answer: connect as if the switch were off.
      return null
    }
  }
}

export interface SystemProxySwitchOptions {
  readonly resolveProxy: ResolveProxy
  /** Of the upstreams that name no proxy of their own. */
  readonly origins: () => readonly string[]
  /** Tells the engine whom to ask; null for nobody. */
  readonly use: (find: ((origin: string) => string | null) | null) => void
  /** New connections to all upstreams. */
  readonly reconnect: () => void
}

/** The system tells nobody when its proxy changes, so it is asked now and then. */
const refreshMs = 60_000

/** Keeps the engine's view of the system's proxy up to date while the user wants it. */
export class SystemProxySwitch {
  readonly #options: SystemProxySwitchOptions
  readonly #proxy: SystemProxy
  #timer: NodeJS.Timeout | null = null

  constructor(options: SystemProxySwitchOptions) {
    this.#options = options
    this.#proxy = new SystemProxy(options.resolveProxy)
  }

  async set(on: boolean): Promise<void> {
    if (on === (this.#timer !== null)) return
    if (on) {
      this.#timer = setInterval(() => void this.refresh(), refreshMs).unref()
      this.#options.use(this.#proxy.find)
      await this.refresh()
    } else {
      if (this.#timer) clearInterval(this.#timer)
      this.#timer = null
      this.#options.use(null)
      if (this.#proxy.forget()) this.#options.reconnect()
    }
  }

  /** After a change of the config or of the network. */
  async refresh(): Promise<void> {
    if (this.#timer === null) return
    if (await this.#proxy.refresh(this.#options.origins())) this.#options.reconnect()
  }
}

/** The first way of a proxy script's answer, as a URL; null when it is a direct one or none that we can go. */
export function proxyFromPac(answer: string): string | null {
  const [first = ''] = answer.split(';')
  const [kind = '', address = ''] = first.trim().split(/\s+/)
  const scheme = schemes[kind.toUpperCase()]
  return scheme === undefined || address === '' ? null : `${scheme}://${address}`
}

// SOCKS means version 4, which most servers of version 5 take no notice of; our client speaks 5.
const schemes: Readonly<Record<string, string>> = {
  PROXY: 'http',
  HTTP: 'http',
  HTTPS: 'https',
  SOCKS: 'socks5',
  SOCKS5: 'socks5',
}
