import { describe, expect, it } from 'vitest'
import { EngineSwitch } from '../../main/engine-switch.ts'
import { QuitSequence, quitGraceMs } from '../../main/quit.ts'

function sequence() {
  const steps: string[] = []
  let settle: { resolve: () => void; reject: (error: Error) => void } | null = null
  const quit = new QuitSequence({
    finish: ({ graceMs }) => {
      steps.push(`finish ${graceMs}`)
      return new Promise((resolve, reject) => (settle = { resolve, reject }))
    },
    exit: () => steps.push('exit'),
    onProblem: (error) => steps.push(String(error)),
  })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  return { quit, steps, turn, resolve: () => settle?.resolve(), reject: () => settle?.reject(new Error('full')) }
}

describe('quitting', () => {
  it('waits for running requests, then ends', async () => {
    const { quit, steps, resolve, turn } = sequence()
    quit.begin()
    expect([quit.isQuitting, quit.isFinishing]).toEqual([true, false])
    quit.finish()
    expect([quit.isFinishing, steps]).toEqual([true, [`finish ${quitGraceMs}`]])
    resolve()
    await turn()
    expect(steps).toEqual([`finish ${quitGraceMs}`, 'exit'])
  })

  it('ends at once when asked again, and only once', async () => {
    const { quit, steps, resolve, turn } = sequence()
    quit.begin()
    quit.finish()
    quit.finish()
    resolve()
    await turn()
    expect(steps).toEqual([`finish ${quitGraceMs}`, 'exit'])
  })

  it('is off when the user keeps a window open', () => {
    const { quit, steps } = sequence()
    quit.begin()
    quit.cancel()
    expect([quit.isQuitting, steps]).toEqual([false, []])
  })

  it('is not off any more once requests are being waited for', () => {
    const { quit } = sequence()
    quit.finish()
    quit.cancel()
    expect(quit.isQuitting).toBe(true)
  })

  it('ends although something could not be saved, and tells', async () => {
    const { quit, steps, reject, turn } = sequence()
    quit.finish(0)
    reject()
    await turn()
    expect(steps).toEqual(['finish 0', 'Error: full', 'exit'])
  })
})

describe('starting and stopping the engine', () => {
  function engine(state: 'running' | 'stopped' | 'failed', problem: Error | null = null) {
    const steps: string[] = []
    let now = state
    return {
      steps,
      status: () => ({ state: now }),
      async start() {
        steps.push('start')
        await Promise.resolve()
        if (problem) throw problem
        now = 'running'
        steps.push('started')
      },
      async stop({ graceMs }: { readonly graceMs: number }) {
        steps.push(`stop ${graceMs}`)
        await Promise.resolve()
        now = 'stopped'
        steps.push('stopped')
      },
    }
  }

  it('follows one order after the other', async () => {
    const running = engine('running')
    const engineSwitch = new EngineSwitch(running, 9)
    await Promise.all([engineSwitch.restart(), engineSwitch.stop(0), engineSwitch.start()])
    expect(running.steps).toEqual(['stop 9', 'stopped', 'start', 'started', 'stop 0', 'stopped', 'start', 'started'])
  })

  it('starts nothing that runs', async () => {
    const running = engine('running')
    await new EngineSwitch(running, 9).start()
    expect(running.steps).toEqual([])
  })

  it('ends a failed start before the next', async () => {
    const failed = engine('failed')
    await new EngineSwitch(failed, 9).start()
    expect(failed.steps).toEqual(['stop 0', 'stopped', 'start', 'started'])
  })

  it('goes on after an order that failed', async () => {
    const stopped = engine('stopped', new Error('no'))
    const engineSwitch = new EngineSwitch(stopped, 9)
    await expect(engineSwitch.start()).rejects.toThrow('no')
    await engineSwitch.stop()
    expect(stopped.steps).toEqual(['start', 'stop 9', 'stopped'])
  })
})
