import { describe, expect, it } from 'vitest'
import { writeInTurn } from '../../../proxy/gateway/write-turn.ts'

const turnEnd = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Has a turn with more writes than are few end. */
async function busyTurn(): Promise<void> {
  for (let count = 0; count < 10; count++) writeInTurn(() => undefined)
  await turnEnd()
}

async function quietTurn(): Promise<void> {
  writeInTurn(() => undefined)
  await turnEnd()
}

describe('writes in a turn', () => {
  it('are done at once where the last turn had few', async () => {
    await quietTurn()
    const written: string[] = []
    writeInTurn(() => written.push('a'))
    expect(written).toEqual(['a'])
    await turnEnd()
    expect(written).toEqual(['a'])
  })

  it('wait for the end of the turn where the last had many, and leave in order', async () => {
    await busyTurn()
    const written: string[] = []
    writeInTurn(() => written.push('a'))
    await Promise.resolve()
    writeInTurn(() => written.push('b'))
    expect(written).toEqual([])
    await turnEnd()
    expect(written).toEqual(['a', 'b'])
  })

  it('belong to the next turn when they come of one that has waited', async () => {
    await busyTurn()
    const written: string[] = []
    for (const name of ['a', 'b', 'c']) {
      writeInTurn(() => {
        written.push(name)
        writeInTurn(() => written.push(`${name} again`))
      })
    }
    await turnEnd()
    expect(written).toEqual(['a', 'b', 'c'])
    await turnEnd()
    expect(written).toEqual(['a', 'b', 'c', 'a again', 'b again', 'c again'])
  })

  it('are done when another of the turn cannot be', async () => {
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    const reported: unknown[] = []
    process.on('uncaughtException', (error) => reported.push(error))
    try {
      await busyTurn()
      const bug = new Error('a bug')
      const written: string[] = []
      writeInTurn(() => written.push('before'))
      writeInTurn(() => {
        throw bug
      })
      writeInTurn(() => written.push('behind'))
      await turnEnd()
      await turnEnd()
      expect([written, reported]).toEqual([['before', 'behind'], [bug]])
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of listeners) process.on('uncaughtException', listener)
    }
  })
})
