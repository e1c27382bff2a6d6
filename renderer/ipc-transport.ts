/** The console in the desktop window: everything goes through the bridge that the preload script exposes. */
import type { Transport } from './client.ts'
import type { DesktopBridge } from './window.d.ts'

export function createIpcTransport(bridge: DesktopBridge): Transport {
  return {
    call: (method, args) => bridge.call(method, args),
    desktopCall: (method, args) => bridge.desktopCall(method, args),
    subscribe(listener, onState) {
      const unsubscribe = bridge.subscribe(listener)
      // The engine lives in the process that owns this window: there is no connection to lose.
      onState('connected')
      return unsubscribe
    },
  }
}
