/** Twenty thousand requests of all fates leave behind what was there before: sockets, timers, listeners, heap. */
import { Agent } from 'node:http'
import { request as httpRequest } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import type { TestEngine } from '../helpers/engine.ts'
import { makeUpstream } from '../helpers/make.ts'
import { answer, chatStream, errorAnswer, hang, perRequest, resetConnection } from '../helpers/scripted-upstream.ts'
import { atEnd, openEngine, openUpstream } from './faults-setup.ts'

const BATCH = 100

/** What a request asks its upstream to do, by its model. */
const fates = [
  'good',
  'good',
  'stream',
  'stream',
  'retried',
  'refused',
  'leaves',
  'cut',
  'limited',
  'leaves-early',
] as const
type Fate = (typeof fates)[number]

/** Sends one request and ends it as its fate has it. Resolves when the client is done with it. */
function send(engine: TestEngine, agent: Agent, fate: Fate): Promise<void> {
  return new Promise((resolve) => {
    const isStream = fate === 'stream' || fate === 'leaves' || fate === 'cut'
    const request = httpRequest(`${engine.origin}/v1/chat/completions`, {
      method: 'POST',
      agent,
      headers: { authorization: `Bearer ${engine.key}`, 'content-type': 'application/json' },
    })
    request.on('error', () => resolve())
    request.on('close', () => resolve())
    request.on('response', (response) => {
      response.on('error', () => {})
      if (fate === 'leaves') response.once('data', () => request.destroy())
      else response.resume()
    })
    request.end(JSON.stringify({ model: fate, messages: [{ role: 'user', content: 'hi' }], stream: isStream }), () => {
      if (fate === 'leaves-early') request.destroy()
    })
  })
}

describe('no growth', () => {
  it('over 20,000 requests with aborts, retries and reloads', { timeout: 120_000 }, async () => {
    setFlagsFromString('--expose-gc')
    // Safe: that flag puts it there.
    const collect = runInNewContext('gc') as () => void
    const upstream = await openUpstream()
    const backup = await openUpstream()
    const limited = errorAnswer(429, { message: 'slow down' }, { 'retry-after': '600' })
    upstream.always(
      perRequest(({ model }) => {
        if (model === 'retried') return resetConnection('before-headers')
        if (model === 'refused') return errorAnswer(400, { message: 'no' })
        if (model === 'leaves') return chatStream(['One'], { omitFinish: true, end: 'hang' })
        if (model === 'leaves-early') return hang('before-headers')
        if (model === 'cut') return chatStream(['Half'], { omitFinish: true, end: 'reset' })
        return model === 'limited' ? limited : answer()
      }),
    )
    const models = [...new Set(fates)]
    const config = (turn: number) => ({
      server: { port: 0, max_retries: 2, cool_down_minutes: 1 + turn },
      upstreams: [
        // Every second reload brings new connections, every one new settings.
        makeUpstream('a', upstream, {
          models,
          timeouts: { connect_seconds: 5 + (turn % 2) },
          keys: ['sk-a-0001', 'sk-a-0002'],
        }),
        makeUpstream('b', backup, { models: models.filter((model) => model === 'retried' || model === 'limited') }),
      ],
    })
    const engine = await openEngine(config(0), { recordsKept: 200 })
    const agent = new Agent({ keepAlive: true, maxSockets: BATCH, scheduling: 'lifo' })
    atEnd(() => agent.destroy())

    let sent = 0
    let turn = 0
    const run = async (requests: number) => {
      for (let done = 0; done < requests; done += BATCH) {
        await Promise.all(
          Array.from({ length: BATCH }, () => send(engine, agent, fates[sent++ % fates.length] ?? 'good')),
        )
        if (done % 1000 === 0) await engine.configure(config(++turn))
        // The helpers keep all that they see; what is measured is the engine.
        for (const list of [engine.events, engine.lines, upstream.requests, backup.requests]) {
          // Safe: they are plain arrays, read-only for tests that only look.
          ;(list as unknown[]).length = 0
        }
      }
      await engine.idle()
    }
    const measure = async () => {
      agent.destroy()
      engine.engine.reconnect()
      // Sockets close in their own time: wait for those that are given up.
      while (upstream.openSockets() + backup.openSockets() > 0) await new Promise((resolve) => setImmediate(resolve))
      for (let round = 0; round < 3; round++) {
        collect()
        await new Promise((resolve) => setTimeout(resolve, 60))
      }
      const resources = process.getActiveResourcesInfo()
      const count = (name: string) => resources.filter((resource) => resource === name).length
      return {
        sockets: count('TCPSocketWrap'),
        timers: count('Timeout'),
        requests: count('TCPConnectWrap') + count('GetAddrInfoReqWrap'),
        listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
        heapMb: process.memoryUsage().heapUsed / 1_048_576,
      }
    }

    // Code, caches and rings fill up first.
    await run(4000)
    const before = await measure()
    await run(16_000)
    const after = await measure()
    expect(engine.engine.status()).toMatchObject({ activeRequests: 0, totalRequests: 20_000 })
    expect(engine.engine.status().upstreams.map(({ activeRequests }) => activeRequests)).toEqual([0, 0])
    expect(after.sockets).toBeLessThanOrEqual(before.sockets + 2)
    expect(after.timers).toBeLessThanOrEqual(before.timers + 2)
    expect(after.requests).toBeLessThanOrEqual(before.requests)
    expect(after.listeners).toBe(before.listeners)
    // 16,000 requests that each left 300 bytes would show.
    expect(after.heapMb - before.heapMb).toBeLessThan(5)
  })
})
