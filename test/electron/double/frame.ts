/** `webFrameMain`: where a message comes from. */
import type { WebFrameMain } from 'electron'
import { isStandardScheme } from './protocol.ts'

export class FrameDouble implements Pick<
  WebFrameMain,
  'url' | 'origin' | 'name' | 'detached' | 'frameTreeNodeId' | 'processId' | 'routingId'
> {
  readonly name = ''
  readonly detached = false
  readonly frameTreeNodeId = 1
  readonly processId = 1
  readonly routingId = 1
  readonly #url: () => string
  readonly #parent: { readonly mainFrame: FrameDouble } | null

  constructor(url: () => string, parent: { readonly mainFrame: FrameDouble } | null) {
    this.#url = url
    this.#parent = parent
  }

  get url(): string {
    return this.#url()
  }

  get origin(): string {
    return originOf(this.url)
  }

  get parent(): FrameDouble | null {
    return this.#parent?.mainFrame ?? null
  }

  get top(): FrameDouble {
    return this.parent ?? this
  }

  isDestroyed(): boolean {
    return false
  }
}

function originOf(url: string): string {
  if (!URL.canParse(url)) return 'null'
  const { protocol, host, origin } = new URL(url)
  return isStandardScheme(protocol.slice(0, -1)) ? `${protocol}//${host}` : origin
}
