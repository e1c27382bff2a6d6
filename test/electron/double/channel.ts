/** The app's end of the channel to the test. Modules of the double register here what they answer. */
import type { AppMethods, HostMethods, Report } from './messages.ts'
import { connectPeers, type Caller } from './rpc.ts'

const send = process.send?.bind(process)
if (send === undefined) throw new Error('The Electron double is started by a test: see test/electron/app-host.ts.')
// The test is gone: nobody would ever end this process.
process.on('disconnect', () => process.exit(1))

const answers: Partial<AppMethods> = {}

export function answerWith(methods: Partial<AppMethods>): void {
  Object.assign(answers, methods)
}

export const askHost: Caller<HostMethods> = connectPeers<HostMethods, AppMethods>(
  {
    send: (message) => {
      // A callback, since without one a message that finds the channel closed is an uncaught error.
      if (process.connected) send(message, () => undefined)
    },
    onMessage: (listener) => process.on('message', listener),
  },
  // Safe: electron.ts imports every module that answers, before the app's own code runs.
  answers as AppMethods,
)

export function report(what: Report): void {
  void askHost('report', what)
}
