/** Requests that meet a change of config on their way: which key goes to which host. */
import { describe, expect, it } from 'vitest'
import { makeUpstream } from '../helpers/make.ts'
import type { Step } from '../helpers/scripted-upstream.ts'
import { after, answer, errorAnswer, gate } from '../helpers/scripted-upstream.ts'
import { chat, keysUsed, openEngine, openRequest, openUpstream, seen } from './faults-setup.ts'

const server = { port: 0, max_retries: 2 }

/** An engine whose one request has been sent to `a` and fails as `step` says once `held` opens. */
async function duringRequest(step: Step, keys: readonly string[] = ['sk-old-0001']) {
  const [a, b] = [await openUpstream(), await openUpstream()]
  const held = gate()
  a.script(after(held, step))
  const engine = await openEngine({ server, upstreams: [makeUpstream('up', a, { keys })] })
  const answered = seen(engine.post('/v1/chat/completions', chat))
  await a.waitForRequests(1)
  return { a, b, engine, held, answered }
}

const failing = errorAnswer(500, { message: 'x' })

describe('a request that is tried again after a reload', () => {
  it('sends no new key to the old host, and no old key to the new one', async () => {
    const { a, b, engine, held, answered } = await duringRequest(failing)
    await engine.configure({ server, upstreams: [makeUpstream('up', b, { keys: ['sk-new-0001'] })] })
    held.open()
    expect((await answered).status).toBe(502)
    expect([keysUsed(a), keysUsed(b)]).toEqual([['sk-old-0001'], []])
    expect((await seen(engine.post('/v1/chat/completions', chat))).status).toBe(200)
    expect([keysUsed(a), keysUsed(b)]).toEqual([['sk-old-0001'], ['sk-new-0001']])
  })

  it('keeps to its host where the upstream moved with its keys', async () => {
    const { a, b, engine, held, answered } = await duringRequest(failing)
    await engine.configure({ server, upstreams: [makeUpstream('up', b, { keys: ['sk-old-0001'] })] })
    held.open()
    expect((await answered).status).toBe(200)
    expect([keysUsed(a), keysUsed(b)]).toEqual([['sk-old-0001', 'sk-old-0001'], []])
  })

  it('ends on the upstream that it began with when that has left the config', async () => {
    const { a, b, engine, held, answered } = await duringRequest(failing)
    await engine.configure({ server, upstreams: [makeUpstream('other', b)] })
    held.open()
    expect((await answered).status).toBe(200)
    expect([keysUsed(a), keysUsed(b)]).toEqual([['sk-old-0001', 'sk-old-0001'], []])
    await engine.idle()
    expect(engine.engine.status().upstreams.map(({ name, activeRequests }) => [name, activeRequests])).toEqual([
      ['other', 0],
    ])
  })

  it('takes a key that was put in for the refused one', async () => {
    const refused = errorAnswer(401, { message: 'no', code: 'invalid_api_key' })
    const { a, engine, held, answered } = await duringRequest(refused)
    await engine.configure({ server, upstreams: [makeUpstream('up', a, { keys: ['sk-new-0001'] })] })
    held.open()
    expect((await answered).status).toBe(200)
    expect(keysUsed(a)).toEqual(['sk-old-0001', 'sk-new-0001'])
  })

  it('goes on after new connections were made for all', async () => {
    const { a, engine, held, answered } = await duringRequest(failing)
    engine.engine.reconnect()
    held.open()
    expect((await answered).status).toBe(200)
    expect(keysUsed(a)).toEqual(['sk-old-0001', 'sk-old-0001'])
  })
})

describe('a request whose body comes in over several reloads', () => {
  it('goes where the config said with which it began', async () => {
    const [a, b] = [await openUpstream(), await openUpstream()]
    a.always(answer('from a'))
    const old = { server, upstreams: [makeUpstream('up', a, { keys: ['sk-old-0001'] })] }
    const engine = await openEngine(old)
    const body = JSON.stringify(chat)
    const { request, answered } = openRequest(engine, null, {
      held: true,
      headers: { 'content-length': String(body.length) },
    })
    request.write(body.slice(0, 10))
    await engine.waitFor((event) => event.type === 'requests')
    await engine.configure({ server, upstreams: [makeUpstream('other', b)] })
    await engine.configure({ server, upstreams: [makeUpstream('up', b, { keys: ['sk-new-0001'] })] })
    request.end(body.slice(10))
    expect((await answered).statusCode).toBe(200)
    expect([keysUsed(a), keysUsed(b)]).toEqual([['sk-old-0001'], []])
  })
})
