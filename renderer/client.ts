/**
 * The only way to the engine: methods derived from the contract's own list, over whichever transport there is.
 *
 * Replies travel in an envelope because a thrown error loses its class on either wire; here it becomes a `ControlFailure`.
 */
import {
  controlMethods,
  desktopMethods,
  type ControlApi,
  type ControlReply,
  type DesktopApi,
  type EngineEvent,
} from '../proxy/contract.ts'

/** `refused` is final: the token is missing or wrong, and asking again would not help. */
export type TransportState = 'connected' | 'reconnecting' | 'refused'

export interface Transport {
  call(method: string, args: readonly unknown[]): Promise<ControlReply>
  /** Null where there is no desktop around the console. */
  readonly desktopCall: ((method: string, args: readonly unknown[]) => Promise<ControlReply>) | null
  /** Returns the function that ends the subscription. */
  subscribe(listener: (event: EngineEvent) => void, onState: (state: TransportState) => void): () => void
}

/** A call that the engine refused, or that never reached it (`code` is then `unreachable`). */
export class ControlFailure extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ControlFailure'
    this.code = code
  }
}

export interface Client extends ControlApi {
  /** What only the desktop can do. Ask `client.desktop?.x`, never "am I in Electron". */
  readonly desktop: DesktopApi | null
}

export function createClient(transport: Transport): Client {
  const { desktopCall } = transport
  const call = (method: string, args: readonly unknown[]) => transport.call(method, args)
  return {
    // Safe: controlMethods has exactly the keys of ControlApi, desktopMethods those of DesktopApi; see contract.ts.
    ...(derive(controlMethods, call) as unknown as ControlApi),
    desktop: desktopCall === null ? null : (derive(desktopMethods, desktopCall) as unknown as DesktopApi),
  }
}

/** Any thrown value as a `ControlFailure`, so that a view has a code and a sentence to show. */
export function toFailure(error: unknown): ControlFailure {
  if (error instanceof ControlFailure) return error
  const message = error instanceof Error ? error.message : String(error)
  return new ControlFailure('unexpected', message, { cause: error })
}

type Call = (method: string, args: readonly unknown[]) => Promise<ControlReply>

function derive(methods: readonly string[], call: Call): Record<string, (...args: unknown[]) => Promise<unknown>> {
  return Object.fromEntries(methods.map((method) => [method, (...args: unknown[]) => unwrap(call(method, args))]))
}

async function unwrap(pending: Promise<ControlReply>): Promise<unknown> {
  let reply: ControlReply
  try {
    reply = await pending
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new ControlFailure('unreachable', message, { cause: error })
  }
  if (reply.ok) return reply.value
  throw new ControlFailure(reply.error.code, reply.error.message)
}
