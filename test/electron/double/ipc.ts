/** What comes from a page's `ipcRenderer`: made into Electron's events and given to the app's handlers. */
import type { IpcMainInvokeEvent } from 'electron'
import { answerWith } from './channel.ts'
import { makeEvent } from './events.ts'
import { FrameDouble } from './frame.ts'
import { ipcMain } from './ipc-main.ts'
import type { FrameCall, InvokeReply } from './messages.ts'
import { contentsOf, type WebContentsDouble } from './web-contents.ts'

answerWith({
  async invoke(call): Promise<InvokeReply> {
    const { channel, args } = call
    const contents = contentsOf(call.window)
    try {
      const handler = contents?.ipc.handlers.get(channel) ?? ipcMain.handlers.get(channel)
      if (contents === null || handler === undefined) throw new Error(`No handler registered for '${channel}'`)
      // Structured clone, as on Electron's wire: a function in the answer is an error there too.
      return { ok: true, value: structuredClone(await handler(invokeEvent(contents, call), ...args)) }
    } catch (error) {
      return { ok: false, message: `Error invoking remote method '${channel}': ${String(error)}` }
    }
  },
  receive(call) {
    const contents = contentsOf(call.window)
    if (contents === null) return
    const event = makeEvent({
      ...frameDetails(contents, call),
      reply: (channel: string, ...args: unknown[]) => contents.send(channel, ...args),
      ports: [],
    })
    contents.ipc.emit(call.channel, event, ...call.args)
    ipcMain.emit(call.channel, event, ...call.args)
  },
})

function invokeEvent(contents: WebContentsDouble, call: FrameCall): IpcMainInvokeEvent {
  // Safe: has every field of the event; contents and frame are doubles, which README.md lists the limits of.
  return makeEvent(frameDetails(contents, call)) as unknown as IpcMainInvokeEvent
}

function frameDetails(contents: WebContentsDouble, { frame }: FrameCall) {
  const isCurrent = frame.isMainFrame && frame.url === contents.mainFrame.url
  return {
    type: 'frame' as const,
    sender: contents,
    senderFrame: isCurrent ? contents.mainFrame : new FrameDouble(() => frame.url, frame.isMainFrame ? null : contents),
    frameId: 1,
    processId: 1,
  }
}
