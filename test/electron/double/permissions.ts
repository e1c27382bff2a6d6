/** What a page asks to be allowed: the app's handlers decide. */
import { answerWith } from './channel.ts'
import { defaultSession, type PermissionCheck, type PermissionRequest } from './protocol.ts'
import { contentsOf } from './web-contents.ts'

answerWith({
  /** Both questions that Chromium may ask; Electron allows what no handler answers. */
  async isPermitted(window, permission) {
    const contents = contentsOf(window)
    if (contents === null) return false
    // Safe in what follows: the names are Electron's, and the contents are the double that the app itself was given.
    type Check = Parameters<PermissionCheck>
    type Ask = Parameters<PermissionRequest>
    const url = contents.getURL()
    const details = { isMainFrame: true, requestingUrl: url, embeddingOrigin: contents.mainFrame.origin }
    const isAllowed =
      defaultSession.permissionCheck?.(
        contents as unknown as Check[0],
        permission as Check[1],
        contents.mainFrame.origin,
        details,
      ) ?? true
    if (!isAllowed) return false
    const ask = defaultSession.permissionRequest
    if (ask === null) return true
    return new Promise((resolve) =>
      ask(contents as unknown as Ask[0], permission as Ask[1], resolve, details as unknown as Ask[3]),
    )
  },
})
