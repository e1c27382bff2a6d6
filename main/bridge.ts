/** What the preload script gives to the page as `window.aiProxy`. */
import type { ControlReply, EngineEvent } from '../proxy/contract.ts'

export interface Bridge {
  call(method: string, args: readonly unknown[]): Promise<ControlReply>
  desktopCall(method: string, args: readonly unknown[]): Promise<ControlReply>
  /** Returns the function that ends the subscription. */
  subscribe(listener: (event: EngineEvent) => void): () => void
}
