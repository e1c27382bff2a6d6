/**
 * Reads server-sent events from a fetch body. `EventSource` can't send the Authorization header, so this reads them itself.
 *
 * Only what our own server writes: `data:` lines and comments (https://html.spec.whatwg.org/multipage/server-sent-events.html §9.2.6).
 */

/** Yields the data of each event. Comments yield an empty string: they prove that the connection lives. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let text = ''
  let data: string[] = []
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      text += decoder.decode(value, { stream: true })
      const lines = text.split('\n')
      // The last piece has no line end yet.
      text = lines.pop() ?? ''
      for (const ended of lines) {
        const line = ended.endsWith('\r') ? ended.slice(0, -1) : ended
        if (line === '' && data.length > 0) {
          yield data.join('\n')
          data = []
        } else if (line.startsWith('data:')) {
          data.push(line.slice(line.startsWith('data: ') ? 6 : 5))
        } else if (line.startsWith(':')) {
          yield ''
        }
      }
    }
  } finally {
    // The reader may already have failed; leaving is all that matters here.
    await reader.cancel().catch(() => undefined)
  }
}
