/**
 * The script that runs in a page before the page's own: gives the real preload text a `require('electron')` with
 * `contextBridge` and `ipcRenderer`. It runs in the page's own world, so the bridge copies and freezes what passes.
 */
import type { PageOptions } from './double/messages.ts'

/** Names by which Playwright reaches into the page; the script takes the first one away from the page's own code. */
export const bindingName = '__electronDouble'
export const dispatchName = '__electronDoubleDispatch'

export interface BindingCall {
  readonly kind: 'invoke' | 'send' | 'open'
  readonly channel: string
  readonly args: readonly unknown[]
}

export function preloadScript({ preload, process }: PageOptions): string {
  const names = { bindingName, dispatchName }
  // The preload stands in the text itself: the page's CSP would refuse to evaluate a string.
  return `{
    const world = (${createWorld.toString()})(${JSON.stringify(names)})
    if (world !== null) {
      const module = { exports: {} }
      ;(function (require, module, exports, process) {
${preload ?? ''}
      })(world.require, module, module.exports, ${JSON.stringify({ ...process, type: 'renderer', sandboxed: true, contextIsolated: true })})
    }
  }`
}

/** Sent to the page as text: it must use nothing from outside itself. */
function createWorld(names: { readonly bindingName: string; readonly dispatchName: string }) {
  // Preload scripts don't run in frames, unless a window asks for it.
  if (window.top !== window) return null
  type Listener = (event: unknown, ...args: readonly unknown[]) => void
  // Safe: Playwright has put it there before this script ran.
  const globals = globalThis as unknown as Record<string, unknown>
  const call = globals[names.bindingName] as (
    call: unknown,
  ) => Promise<{ ok: boolean; value: unknown; message: string }>
  delete globals[names.bindingName]

  const listeners = new Map<string, { listener: Listener; once: boolean }[]>()
  Object.defineProperty(globals, names.dispatchName, {
    value(channel: string, args: readonly unknown[]) {
      for (const entry of listeners.get(channel) ?? []) {
        if (entry.once) remove(channel, entry.listener)
        entry.listener({ sender: ipcRenderer, ports: [] }, ...args)
      }
    },
  })

  function add(channel: string, listener: Listener, once: boolean) {
    // A new array, so that a dispatch under way isn't disturbed.
    listeners.set(channel, [...(listeners.get(channel) ?? []), { listener, once }])
    return ipcRenderer
  }

  function remove(channel: string, listener: Listener) {
    const kept = (listeners.get(channel) ?? []).filter((entry) => entry.listener !== listener)
    listeners.set(channel, kept)
    return ipcRenderer
  }

  const ipcRenderer = {
    async invoke(channel: string, ...args: readonly unknown[]) {
      const reply = await call({ kind: 'invoke', channel, args: structuredClone(args) })
      if (!reply.ok) throw new Error(reply.message)
      return reply.value
    },
    send(channel: string, ...args: readonly unknown[]) {
      void call({ kind: 'send', channel, args: structuredClone(args) })
    },
    on: (channel: string, listener: Listener) => add(channel, listener, false),
    once: (channel: string, listener: Listener) => add(channel, listener, true),
    off: remove,
    removeListener: remove,
    removeAllListeners(channel: string) {
      listeners.delete(channel)
      return ipcRenderer
    },
  }

  /** As Electron's bridge: functions stay callable, all else is copied and frozen. */
  function bridge(value: unknown): unknown {
    if (typeof value === 'function') {
      return (...args: readonly unknown[]) => {
        const result: unknown = value(...args.map((arg) => bridge(arg)))
        return result instanceof Promise ? result.then(bridge) : bridge(result)
      }
    }
    if (Array.isArray(value)) return Object.freeze(value.map((item) => bridge(item)))
    if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
      return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, bridge(item)])))
    }
    return typeof value === 'object' ? structuredClone(value) : value
  }

  const contextBridge = {
    exposeInMainWorld(key: string, api: unknown) {
      if (key in globals) throw new Error(`Cannot bind an API on top of an existing property on the window object`)
      Object.defineProperty(globals, key, { value: bridge(api), enumerable: true })
    },
  }

  // What Electron asks `setWindowOpenHandler` for; the page never gets a handle on the window either way.
  window.open = (url) => {
    void call({ kind: 'open', channel: '', args: [new URL(String(url ?? 'about:blank'), location.href).href] })
    return null
  }
  window.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[target="_blank"]') : null
    if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented) return
    event.preventDefault()
    void call({ kind: 'open', channel: '', args: [link.href] })
  })

  return {
    require(name: string) {
      if (name === 'electron') return { contextBridge, ipcRenderer }
      throw new Error(`module not found: ${name}`)
    },
  }
}
