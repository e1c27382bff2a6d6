import { describe, expect, it } from 'vitest'
import { readEvents } from '../../renderer/event-stream.ts'

const bytes = new TextEncoder().encode(
  ': hello\n\ndata: {"a":"测试"}\n\ndata: one\r\ndata:two\r\n\r\nevent: x\ndata: {"b":1}\n\ndata: cut',
)
const expected = ['', '{"a":"测试"}', 'one\ntwo', '{"b":1}']

describe('readEvents', () => {
  it.each([1, 2, 3, 7, bytes.length])('reads the same events in pieces of %i bytes', async (size) => {
    expect(await collect(readEvents(inPieces(size)))).toEqual(expected)
  })

  it('fails when the connection breaks', async () => {
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new TypeError('network error')),
    })
    await expect(collect(readEvents(broken))).rejects.toThrow('network error')
  })

  it('lets go of the body when the reader leaves', async () => {
    let cancelled = false
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes),
      cancel: () => {
        cancelled = true
      },
    })
    for await (const _ of readEvents(endless)) break
    expect(cancelled).toBe(true)
  })
})

function inPieces(size: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let from = 0; from < bytes.length; from += size) controller.enqueue(bytes.slice(from, from + size))
      controller.close()
    },
  })
}

async function collect(events: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const event of events) all.push(event)
  return all
}
