import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { holdWrites, writeAtTurnEnd } from '../../../proxy/gateway/write-turn.ts'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const turnEnd = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A connection, and all that comes out at its other end. */
async function openSocket(): Promise<{ socket: Socket; received: Promise<string> }> {
  let tell: (text: string) => void = () => {}
  const received = new Promise<string>((resolve) => (tell = resolve))
  const server = createServer((peer) => {
    let text = ''
    peer.setEncoding('utf8').on('data', (part: string) => (text += part))
    peer.on('error', () => {}).on('close', () => tell(text))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Safe: it listens on a TCP port.
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  closers.push(() => {
    socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  await new Promise((resolve) => socket.once('connect', resolve))
  return { socket, received }
}

describe('the end of a turn', () => {
  it('writes all that waits for it, in order, and nothing before', async () => {
    const written: string[] = []
    writeAtTurnEnd(() => written.push('a'))
    await Promise.resolve()
    writeAtTurnEnd(() => written.push('b'))
    expect(written).toEqual([])
    await turnEnd()
    expect(written).toEqual(['a', 'b'])
  })

  it('is that of the next turn for what is written at one', async () => {
    const written: string[] = []
    writeAtTurnEnd(() => {
      written.push('a')
      writeAtTurnEnd(() => written.push('b'))
    })
    await turnEnd()
    expect(written).toEqual(['a'])
    await turnEnd()
    expect(written).toEqual(['a', 'b'])
  })

  it('writes the others when one cannot be written', async () => {
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    const reported: unknown[] = []
    process.on('uncaughtException', (error) => reported.push(error))
    try {
      const bug = new Error('a bug')
      const written: string[] = []
      const { socket, received } = await openSocket()
      writeAtTurnEnd(() => written.push('before'))
      writeAtTurnEnd(() => {
        throw bug
      })
      writeAtTurnEnd(() => written.push('behind'))
      holdWrites(socket)
      socket.write('held')
      await turnEnd()
      await turnEnd()
      expect([written, reported, socket.writableCorked]).toEqual([['before', 'behind'], [bug], 0])
      socket.end()
      expect(await received).toBe('held')
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of listeners) process.on('uncaughtException', listener)
    }
  })
})

describe('a socket that is held', () => {
  it('sends all of a turn together at its end, and is not held in the next', async () => {
    const { socket, received } = await openSocket()
    holdWrites(socket)
    socket.write('a')
    holdWrites(socket)
    socket.write('b')
    expect([socket.writableCorked, socket.bytesWritten, socket.writableLength]).toEqual([1, 2, 2])
    await turnEnd()
    expect(socket.writableCorked).toBe(0)
    holdWrites(socket)
    socket.end('c')
    expect(await received).toBe('abc')
  })

  it('may be destroyed meanwhile, and sends nothing', async () => {
    const { socket, received } = await openSocket()
    const other = await openSocket()
    holdWrites(socket)
    socket.write('a')
    holdWrites(other.socket)
    other.socket.end('b')
    socket.destroy()
    expect([await received, await other.received]).toEqual(['', 'b'])
  })
})
