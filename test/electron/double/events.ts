/** Electron's events: the first argument of a listener is an object that may prevent what is about to happen. */
import type { EventEmitter } from 'node:events'

export interface PreventableEvent {
  readonly defaultPrevented: boolean
  preventDefault(): void
}

export function makeEvent<T extends object>(details: T): T & PreventableEvent {
  let defaultPrevented = false
  const event = {
    get defaultPrevented() {
      return defaultPrevented
    },
    preventDefault() {
      defaultPrevented = true
    },
  }
  return Object.defineProperties(event, Object.getOwnPropertyDescriptors(details)) as T & PreventableEvent
}

/** Emits and tells whether a listener prevented it. */
export function emitPreventable(emitter: EventEmitter, name: string, ...args: readonly unknown[]): boolean {
  const event = makeEvent({})
  emitter.emit(name, event, ...args)
  return event.defaultPrevented
}
