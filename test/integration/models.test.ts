/** `GET /v1/models`: exactly what a project may ask for, with what discovery found. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestEngine } from '../helpers/engine.ts'
import { startEngine } from '../helpers/engine.ts'
import { makeProject, makeUpstream, testKey } from '../helpers/make.ts'
import type { ScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { errorAnswer, gate, after, modelList, startScriptedUpstream } from '../helpers/scripted-upstream.ts'

let star: ScriptedUpstream
let pattern: ScriptedUpstream
let engine: TestEngine

beforeEach(async () => {
  star = await startScriptedUpstream()
  pattern = await startScriptedUpstream()
})
afterEach(async () => {
  await engine.stop()
  await star.close()
  await pattern.close()
})

const config = () => ({
  server: { port: 0, auto_models: { alias: 'listed:m', dead: 'off:m9' } },
  upstreams: [
    makeUpstream('star', star, { models: ['*'] }),
    makeUpstream('pattern', pattern, { models: ['gpt-*'] }),
    makeUpstream('listed', 'http://127.0.0.1:9', { models: ['m', 'org/with slash'] }),
    makeUpstream('off', 'http://127.0.0.1:9', { models: ['m9'], enabled: false }),
  ],
  project_auth: [
    makeProject('tests', testKey),
    makeProject('narrow', 'ak-narrow', { allowed_models: ['gpt-*', 'star:x', 'unlisted'] }),
  ],
})

async function list(key = testKey): Promise<readonly string[]> {
  const response = await engine.fetch('/v1/models', { headers: { authorization: `Bearer ${key}` } })
  const { data } = (await response.json()) as { data: readonly { id: string }[] }
  return data.map(({ id }) => id)
}

/** Waits until both lists have been read. */
async function discovered(): Promise<void> {
  await engine.waitFor(
    (event) =>
      event.type === 'status' && event.status.upstreams.slice(0, 2).every((one) => one.discoveredModels !== null),
  )
}

describe('the list', () => {
  it('has aliases, listed and discovered models, and none that nobody can answer', async () => {
    star.always(modelList(['claude', 'm', 'models/gemini-x']))
    pattern.always(modelList(['gpt-4', 'dall-e', 'gpt-4o']))
    engine = await startEngine(config())
    await discovered()
    expect(await list()).toEqual(['alias', 'm', 'org/with slash', 'claude', 'gemini-x', 'gpt-4', 'gpt-4o'])
    expect(await list('ak-narrow')).toEqual(['gpt-4', 'gpt-4o', 'star:x', 'unlisted'])
  })

  it('asks with the first key of each upstream, and marks no key when it is refused', async () => {
    star.always(errorAnswer(401, { message: 'no' }))
    pattern.always(modelList(['gpt-4']))
    engine = await startEngine(config())
    await Promise.all([star.waitForRequests(1), pattern.waitForRequests(1)])
    expect([star, pattern].map(({ requests }) => [requests[0]?.method, requests[0]?.path, requests[0]?.key])).toEqual([
      ['GET', '/v1/models', 'sk-star-0001'],
      ['GET', '/v1/models', 'sk-pattern-0001'],
    ])
    await engine.waitFor((event) => event.type === 'status' && event.status.upstreams[1]?.discoveredModels === 1)
    expect(engine.engine.status().upstreams[0]?.keys[0]?.state).toBe('ready')
  })

  it('never waits for an upstream', async () => {
    const held = gate()
    star.always(after(held, modelList(['claude'])))
    engine = await startEngine(config())
    expect(await list()).toEqual(['alias', 'm', 'org/with slash'])
    held.open()
    await engine.waitFor((event) => event.type === 'status' && event.status.upstreams[0]?.discoveredModels === 1)
    expect(await list()).toContain('claude')
  })
})

describe('one model', () => {
  it('is looked up by its name, slashes and all', async () => {
    engine = await startEngine(config())
    const look = async (path: string) => {
      const response = await engine.fetch(path)
      return [response.status, await response.json()]
    }
    expect(await look('/v1/models/org/with%20slash')).toMatchObject([
      200,
      { id: 'org/with slash', object: 'model', owned_by: 'listed' },
    ])
    expect(await look('/models/m')).toMatchObject([200, { id: 'm' }])
    expect(await look('/v1/models/whatever-star-has')).toMatchObject([200, { owned_by: 'star' }])
    expect(await look('/v1/models/dead')).toMatchObject([404, { error: { code: 'model_not_found' } }])
    expect(await look('/v1/models/%E0%A4%A')).toMatchObject([200, { id: '%E0%A4%A' }])
  })
})
