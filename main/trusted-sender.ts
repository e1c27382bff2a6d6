/** Who may call over IPC: the console in our own window, and nobody else. Pure. */
import { consoleOrigin } from './ipc-channels.ts'

export interface Sender {
  /** The page that calls is the one in our window. */
  readonly isOurWindow: boolean
  /** Not a frame within the page. */
  readonly isMainFrame: boolean
  /** Of the document that calls; null when its frame is gone. */
  readonly url: string | null
}

export function isTrustedSender({ isOurWindow, isMainFrame, url }: Sender): boolean {
  return isOurWindow && isMainFrame && url !== null && isConsoleUrl(url)
}

/** True for addresses of the console. `URL.origin` is "null" for schemes that Node doesn't know, so the parts are compared. */
export function isConsoleUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return `${url.protocol}//${url.host}` === consoleOrigin && url.username === '' && url.password === ''
}
