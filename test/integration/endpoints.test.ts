import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestEngine } from '../helpers/engine.ts'
import { startEngine } from '../helpers/engine.ts'
import { makeUpstream } from '../helpers/make.ts'
import type { ScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { startScriptedUpstream } from '../helpers/scripted-upstream.ts'

let upstream: ScriptedUpstream
let engine: TestEngine

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  engine = await startEngine({ upstreams: [makeUpstream('a', upstream)] })
})
afterEach(async () => {
  await engine.stop()
  await upstream.close()
})

describe('a chat', () => {
  it('comes back from the upstream and leaves a record', async () => {
    const answer = await engine.post('/v1/chat/completions', { model: 'm', messages: [] })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ model: 'm', choices: [{ message: { content: 'Hello!' } }] })
    expect(await engine.recordOf(answer)).toMatchObject({ end: 'done', project: 'tests', requestedModel: 'm' })
    expect(upstream.requests.map(({ key, path }) => [key, path])).toEqual([['sk-a-0001', '/v1/chat/completions']])
  })
})
