/** What the desktop's preload script puts on `window`; absent in a browser. */
import type { ControlReply, EngineEvent } from '../proxy/contract.ts'

export interface DesktopBridge {
  call(method: string, args: readonly unknown[]): Promise<ControlReply>
  desktopCall(method: string, args: readonly unknown[]): Promise<ControlReply>
  /** Returns the function that ends the subscription. */
  subscribe(listener: (event: EngineEvent) => void): () => void
}

declare global {
  interface Window {
    readonly aiProxy?: DesktopBridge
  }
}
