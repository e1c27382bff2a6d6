/**
 * Runs in the sandboxed page before its own scripts, in a world of its own. Gives the page three functions and no
 * more: neither `ipcRenderer` nor an event object of Electron ever reaches it.
 */
import { contextBridge, ipcRenderer } from 'electron'
import type { EngineEvent } from '../proxy/contract.ts'
import type { Bridge } from './bridge.ts'
import { controlChannel, desktopChannel, eventChannel } from './ipc-channels.ts'

const bridge: Bridge = {
  call: (method, args) => ipcRenderer.invoke(controlChannel, method, args),
  desktopCall: (method, args) => ipcRenderer.invoke(desktopChannel, method, args),
  subscribe(listener) {
    const handle = (_event: unknown, event: EngineEvent) => listener(event)
    ipcRenderer.on(eventChannel, handle)
    return () => {
      ipcRenderer.off(eventChannel, handle)
    }
  },
}

contextBridge.exposeInMainWorld('aiProxy', bridge)
