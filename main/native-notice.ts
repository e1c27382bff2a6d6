/** Shows a notice by the system's own means. */
import { Notification } from 'electron'

// A notice that nobody holds may be collected before its click comes.
const shown = new Set<Notification>()

/** Where the system has no notices, nothing happens: log and console tell the same. */
export function showNative(
  { title, body }: { readonly title: string; readonly body: string },
  onClick: () => void,
): void {
  if (!Notification.isSupported()) return
  const notice = new Notification({ title, body })
  shown.add(notice)
  notice.on('click', () => {
    shown.delete(notice)
    onClick()
  })
  notice.on('close', () => shown.delete(notice))
  notice.show()
}
