import { describe, expect, it } from 'vitest'
import { openEngine, openUpstream } from '../../integration/faults-setup.ts'
import { makeUpstream } from '../../helpers/make.ts'
import type { Step } from '../../helpers/scripted-upstream.ts'
import { errorAnswer, html, json, modelList, raw, redirect } from '../../helpers/scripted-upstream.ts'

/** What an engine knows of an upstream's models after `step` answered its list. */
async function discover(step: Step, settings: Readonly<Record<string, unknown>> = { models: ['*'] }) {
  const upstream = await openUpstream()
  upstream.scriptFor({ path: '/v1/models' }, step)
  const engine = await openEngine({ upstreams: [makeUpstream('a', upstream, settings)] })
  await engine.waitFor((event) => event.type === 'status' && engine.engine.states.find('a')?.discoveredAt !== 0)
  await upstream.waitForRequests(1)
  await upstream.requests[0]?.finished
  return { upstream, engine }
}

describe('model lists of upstreams', () => {
  it('are read with a key of theirs and told to clients', async () => {
    const { upstream, engine } = await discover(modelList(['one', 'two']))
    await engine.waitFor(
      (event) =>
        event.type === 'status' && event.status.upstreams.some(({ discoveredModels }) => discoveredModels === 2),
    )
    expect([upstream.requests[0]?.path, upstream.requests[0]?.key]).toEqual(['/v1/models', 'sk-a-0001'])
    const listed = (await (await engine.fetch('/v1/models')).json()) as { data: { id: string }[] }
    expect(listed.data.map(({ id }) => id).toSorted()).toEqual(['one', 'two'])
  })

  it.each<[string, Step]>([
    ['refused to the key', errorAnswer(401, { message: 'no', code: 'invalid_api_key' })],
    ['missing', errorAnswer(404, { message: 'no such page' })],
    ['a web page', html(200, '<html></html>')],
    ['no list', json(200, { hello: 'world' })],
    ['elsewhere', redirect(302, 'http://127.0.0.1:1/v1/models')],
    [
      'endless',
      raw(
        Array.from({ length: 150 }, () => ' '.repeat(65_536)),
        { headers: { 'content-type': 'application/json' } },
      ),
    ],
    ['broken off', raw(['{"data":['], { end: 'reset' })],
  ])('that are %s blame no key and stop no request', async (_, step) => {
    const { engine } = await discover(step)
    const answered = await engine.post('/v1/chat/completions', { model: 'any', messages: [] })
    expect(answered.status).toBe(200)
    const [a] = engine.engine.status().upstreams
    expect([a?.keys[0]?.state, a?.keys[0]?.failures, a?.breaker]).toEqual(['ready', 0, 'closed'])
  })

  it('are not asked for where all models are named', async () => {
    const upstream = await openUpstream()
    const engine = await openEngine({ upstreams: [makeUpstream('a', upstream, { models: ['m'] })] })
    await engine.post('/v1/chat/completions', { model: 'm', messages: [] })
    expect(upstream.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions'])
  })
})
