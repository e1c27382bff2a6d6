import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startConsole } from '../../helpers/console-engine.ts'
import type { ConsoleEngine } from '../../helpers/console-engine.ts'
import { makeProject, makeUpstream, testKey } from '../../helpers/make.ts'
import { chatAnswer, chatStream, startScriptedUpstream } from '../../helpers/scripted-upstream.ts'
import type { ScriptedUpstream } from '../../helpers/scripted-upstream.ts'

const closers: (() => unknown)[] = []
let upstream: ScriptedUpstream

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  closers.push(() => upstream.close())
})
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function start({ bodies }: { readonly bodies: boolean }): Promise<ConsoleEngine> {
  const engine = await startConsole({
    server: { port: 0, log: { bodies } },
    upstreams: [makeUpstream('a', upstream, { keys: ['sk-canary-0123456789abcdef'] })],
  })
  closers.push(() => engine.stop())
  return engine
}

const chat = { model: 'm', messages: [{ role: 'user', content: `it's "me"` }] }

async function asked(
  engine: ConsoleEngine,
  body: object = chat,
  headers: Record<string, string> = {},
): Promise<string> {
  const answer = await engine.post('/v1/chat/completions?trace=1&key=query-canary-0001', body, headers)
  await answer.text()
  return (await engine.recordOf(answer)).id
}

describe('listRequests', () => {
  it('gives the newest first, and older ones from there', async () => {
    const engine = await start({ bodies: false })
    const ids = [await asked(engine), await asked(engine), await asked(engine)]
    const list = async (options: { limit: number; beforeId?: string }) =>
      (await engine.control.listRequests(options)).map(({ id }) => id)
    expect(await list({ limit: 2 })).toEqual([ids[2], ids[1]])
    expect(await list({ limit: 2, beforeId: ids[1] ?? '' })).toEqual([ids[0]])
  })
})

describe('getRequest', () => {
  it('gives headers with secrets masked, and the body while bodies are kept', async () => {
    const engine = await start({ bodies: true })
    const body = { ...chat, note: `my key is ${testKey}` }
    const id = await asked(engine, body, { 'x-custom-token': 'custom-canary-0001', 'x-title': 'App' })
    const details = await engine.control.getRequest(id)
    expect(details?.record).toMatchObject({ id, status: 200, end: 'done' })
    expect(Object.fromEntries(details?.requestHeaders ?? [])).toMatchObject({
      authorization: 'Bearer ak-…cdef',
      'x-custom-token': '…0001',
      'x-title': 'App',
      'content-type': 'application/json',
    })
    expect(Object.fromEntries(details?.responseHeaders ?? [])).toMatchObject({ 'x-request-id': id })
    expect(details?.requestBody).toBe(JSON.stringify(body).replace(testKey, 'ak-…cdef'))
  })

  it('gives no body while none are kept, and nothing for an id that is not known', async () => {
    const engine = await start({ bodies: false })
    expect((await engine.control.getRequest(await asked(engine)))?.requestBody).toBeNull()
    expect(await engine.control.getRequest('req_none')).toBeNull()
  })
})

describe('getRequestAsCurl', () => {
  it.skipIf(process.platform === 'win32')('gives a command that a shell can run as it is', async () => {
    const engine = await start({ bodies: true })
    const command = await engine.control.getRequestAsCurl(await asked(engine))
    expect(command).not.toContain(testKey)
    expect(command).not.toContain('canary')
    const env = { ...process.env, AI_PROXY_KEY: testKey, no_proxy: '*' }
    // localhost may be an address that the test engine does not listen on.
    const { stdout } = await promisify(execFile)('sh', ['-c', command.replace('//localhost:', '//127.0.0.1:')], { env })
    expect(JSON.parse(stdout)).toMatchObject({ object: 'chat.completion' })
    const bodies = upstream.requests.map((request) => request.json())
    expect(bodies[1]).toEqual(bodies[0])
  })

  it('has a placeholder where the body was not kept', async () => {
    const engine = await start({ bodies: false })
    const command = await engine.control.getRequestAsCurl(await asked(engine))
    expect(command).toContain('# The body was not kept')
    expect(command).toContain('--data-binary @body.json')
  })

  it('fails for an id that is not known', async () => {
    const engine = await start({ bodies: false })
    expect(await engine.call('getRequestAsCurl', 'req_none')).toMatchObject({ error: { code: 'request_unknown' } })
  })
})

describe('replayRequest', () => {
  it('sends the kept body again under the same project, with a record of its own', async () => {
    const engine = await start({ bodies: true })
    const id = await asked(engine, chat, { 'x-title': 'App' })
    upstream.script(chatAnswer({ content: 'again' }))
    const replayed = await engine.control.replayRequest(id)
    expect(replayed).toEqual({ id: expect.stringMatching(/^req_/), status: 200 })
    expect(replayed.id).not.toBe(id)
    expect(await engine.record(replayed.id)).toMatchObject({ project: 'tests', requestedModel: 'm', end: 'done' })
    const [first, second] = upstream.requests
    expect(second?.json()).toEqual(first?.json())
    expect(second?.headers['x-title']).toBe('App')
  })

  it('returns with the status of a stream and lets it run to its end', async () => {
    const engine = await start({ bodies: true })
    upstream.always(chatStream(['one', 'two']))
    const id = await asked(engine, { ...chat, stream: true })
    const replayed = await engine.control.replayRequest(id)
    expect(replayed.status).toBe(200)
    expect(await engine.record(replayed.id)).toMatchObject({ end: 'done', stream: true })
  })

  it('works for calls by x-api-key and for a project whose key has changed', async () => {
    const engine = await start({ bodies: true })
    const id = await asked(engine, chat, { authorization: '', 'x-api-key': testKey })
    await engine.configure({
      server: { port: 0, log: { bodies: true } },
      upstreams: [makeUpstream('a', upstream)],
      project_auth: [makeProject('tests', 'ak-another-0123456789')],
    })
    expect((await engine.control.replayRequest(id)).status).toBe(200)
  })

  it('fails where the body was not kept, the project is gone or disabled, or the id is not known', async () => {
    const engine = await start({ bodies: false })
    const id = await asked(engine)
    expect(await engine.call('replayRequest', id)).toMatchObject({ error: { code: 'body_not_kept' } })
    expect(await engine.call('replayRequest', 'req_none')).toMatchObject({ error: { code: 'request_unknown' } })
    const keeping = await start({ bodies: true })
    const kept = await asked(keeping)
    await keeping.configure({
      server: { port: 0 },
      upstreams: [makeUpstream('a', upstream)],
      project_auth: [makeProject('tests', testKey, { enabled: false })],
    })
    expect(await keeping.call('replayRequest', kept)).toMatchObject({ error: { code: 'project_unknown' } })
  })

  it('never sends an unauthenticated call again', async () => {
    const engine = await start({ bodies: true })
    const answer = await engine.post('/v1/chat/completions', chat, { authorization: 'Bearer wrong' })
    const { id } = await engine.recordOf(answer)
    expect(await engine.call('replayRequest', id)).toMatchObject({ ok: false })
    expect(upstream.requests).toEqual([])
  })
})
