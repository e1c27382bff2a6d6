/**
 * The wire to the window. Reachable from whatever runs in a renderer, so each call is checked before anything of it
 * is looked at: our window, its main frame, our own origin. Arguments are checked where they are used, by schema.
 */
import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron'
import { z } from 'zod'
import type { ControlReply, EngineEvent } from '../proxy/contract.ts'
import { controlChannel, desktopChannel, eventChannel } from './ipc-channels.ts'
import { isTrustedSender } from './trusted-sender.ts'

type Call = (method: string, args: readonly unknown[]) => Promise<ControlReply>

export interface IpcOptions {
  readonly ipcMain: Pick<IpcMain, 'handle'>
  /** The page of our window; null while there is none. */
  readonly page: () => WebContents | null
  readonly control: Call
  readonly desktop: Call
  /** Told of calls that were refused. */
  readonly onRefused: (url: string) => void
}

/** Answers the two channels from now on. */
export function serveIpc({ ipcMain, page, control, desktop, onRefused }: IpcOptions): void {
  const serve = (channel: string, call: Call) => {
    ipcMain.handle(channel, (event, ...message: unknown[]): Promise<ControlReply> | ControlReply => {
      if (!mayCall(event, page())) {
        onRefused(event.senderFrame?.url ?? '')
        return refusal('forbidden', 'This page may not call the engine.')
      }
      const parsed = envelope.safeParse(message)
      if (!parsed.success) return refusal('invalid_arguments', 'A call is a method name and a list of arguments.')
      const [method, args] = parsed.data
      return call(method, args)
    })
  }
  serve(controlChannel, control)
  serve(desktopChannel, desktop)
}

/** Tells the window what has happened. A page that is gone or not yet there has nothing to hear: it asks when it comes. */
export function pushEvent(page: WebContents | null, event: EngineEvent): void {
  if (page !== null && !page.isDestroyed()) page.send(eventChannel, event)
}

const envelope = z.tuple([z.string().max(64), z.array(z.unknown()).max(8)])

function mayCall(event: IpcMainInvokeEvent, page: WebContents | null): boolean {
  const frame = event.senderFrame
  return isTrustedSender({
    isOurWindow: page !== null && event.sender === page,
    isMainFrame: frame !== null && frame.parent === null,
    url: frame?.url ?? null,
  })
}

function refusal(code: string, message: string): ControlReply {
  return { ok: false, error: { code, message } }
}
