/** What a project may ask for: permission on the name asked, before existence, whichever way a call names a model. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestEngine } from '../helpers/engine.ts'
import { startEngine } from '../helpers/engine.ts'
import { makeProject, makeUpstream, testKey } from '../helpers/make.ts'
import type { ScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { json, startScriptedUpstream } from '../helpers/scripted-upstream.ts'

let upstream: ScriptedUpstream
let engine: TestEngine

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  engine = await startEngine({
    server: { port: 0, auto_models: { alias: 'a:m2' } },
    upstreams: [makeUpstream('a', upstream, { models: ['m', 'm2', 'gpt-4', 'gpt-4o'] })],
    project_auth: [
      makeProject('tests', testKey),
      makeProject('narrow', 'ak-narrow', { allowed_models: ['m', 'gpt-*', 'alias', 'a:m2'] }),
      makeProject('off', 'ak-off', { enabled: false }),
      makeProject('none', 'ak-none', { allowed_models: [] }),
      makeProject('moved', 'ak-new', { previous_api_key: { key: 'ak-old', until: '2099-01-01' } }),
      makeProject('moved long ago', 'ak-new-2', { previous_api_key: { key: 'ak-older', until: '2020-01-01' } }),
    ],
  })
})
afterEach(async () => {
  await engine.stop()
  await upstream.close()
})

const as = (key: string) => ({ authorization: `Bearer ${key}` })

/** Status and code for a call of `key`. */
async function ask(key: string, path: string, body: unknown): Promise<readonly [number, string | null]> {
  const response = await engine.post(path, body, as(key))
  const told = (await response.json()) as { error?: { code?: string; type?: string } }
  return [response.status, told.error?.code ?? told.error?.type ?? null]
}

const form = (fields: Readonly<Record<string, string>>) => {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.append(name, value)
  data.set('image', new File(['x'], 'a.png'))
  return data
}

describe('a project with a list', () => {
  it.each<[string, string, number]>([
    ['a model of it', 'm', 200],
    ['a pattern of it', 'gpt-4', 200],
    ['an alias of it', 'alias', 200],
    ['upstream:model of it', 'a:m2', 200],
    ['the target of an alias', 'm2', 403],
    ['another upstream:model', 'a:m', 403],
    ['a pattern’s name that does not exist', 'gpt-9', 404],
    ['what neither exists nor is allowed', 'nope', 403],
    ['the pattern itself', 'gpt-*', 404],
    ['*', '*', 403],
  ])('asks for %s', async (_, model, status) => {
    expect((await ask('ak-narrow', '/v1/chat/completions', { model, messages: [] }))[0]).toBe(status)
    expect(upstream.requests).toHaveLength(status === 200 ? 1 : 0)
  })

  it('is told in its protocol’s form', async () => {
    expect(await ask('ak-narrow', '/v1/chat/completions', { model: 'm2' })).toEqual([403, 'model_not_allowed'])
    expect(await ask('ak-narrow', '/v1/messages', { model: 'm2' })).toEqual([403, 'permission_error'])
    expect(await ask('ak-narrow', '/v1/responses', { model: 'm2' })).toEqual([403, 'model_not_allowed'])
  })

  it.each<[string, unknown, number]>([
    ['all allowed', ['gpt-4', 'm'], 200],
    ['one that is not', ['m', 'm2'], 403],
    ['one that is not, among others than texts', [1, 'nope'], 403],
  ])('is held to it in OpenRouter’s models list: %s', async (_, models, status) => {
    expect((await ask('ak-narrow', '/v1/chat/completions', { model: 'm', models }))[0]).toBe(status)
  })

  it('is held to it in forms', async () => {
    upstream.always(json(200, { data: [] }))
    const statuses = await Promise.all(
      ['m', 'm2'].map(async (model) => {
        const init = { method: 'POST', headers: as('ak-narrow'), body: form({ model, prompt: 'x' }) }
        return (await engine.fetch('/v1/images/edits', init)).status
      }),
    )
    expect(statuses).toEqual([200, 403])
  })

  it('cannot hide a model in a form from the check', async () => {
    const parts = [
      'Content-Disposition: form-data; x="; filename=a"; name="model"',
      'Content-Disposition: form-data;\r\n name="model"',
      'content-disposition: form-data; name=model',
    ]
    for (const head of parts) {
      const body = `--b\r\n${head}\r\n\r\nm2\r\n--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--b--\r\n`
      const headers = { ...as('ak-narrow'), 'content-type': 'multipart/form-data; boundary=b' }
      expect((await engine.fetch('/v1/images/edits', { method: 'POST', headers, body })).status).toBe(400)
    }
    expect(upstream.requests).toHaveLength(0)
  })

  it('must name a model where it could be left out', async () => {
    upstream.always(json(200, { results: [] }))
    expect(await ask('ak-narrow', '/v1/moderations', { input: 'x' })).toEqual([400, 'missing_required_parameter'])
    expect((await ask(testKey, '/v1/moderations', { input: 'x' }))[0]).toBe(200)
  })

  it.each(['/v1/files', '/v1/batches', '/v1/vector_stores', '/v1/fine_tuning/jobs', '/v1/messages/batches'])(
    'does not get %s, whose contents name models',
    async (path) => {
      expect((await ask('ak-narrow', path, { input_file_id: 'x' }))[0]).toBe(403)
      expect((await engine.fetch(path, { headers: as('ak-narrow') })).status).toBe(403)
      expect(upstream.requests).toHaveLength(0)
    },
  )

  it('sees in the list what it may ask for', async () => {
    const list = async (key: string) => {
      const response = await engine.fetch('/v1/models', { headers: as(key) })
      const { data } = (await response.json()) as { data: readonly { id: string }[] }
      return data.map(({ id }) => id)
    }
    expect(await list('ak-narrow')).toEqual(['alias', 'm', 'gpt-4', 'gpt-4o', 'a:m2'])
    expect(await list(testKey)).toEqual(['alias', 'm', 'm2', 'gpt-4', 'gpt-4o'])
    expect(await list('ak-none')).toEqual([])
  })

  it('is told of no other model by name', async () => {
    const look = async (name: string) => (await engine.fetch(`/v1/models/${name}`, { headers: as('ak-narrow') })).status
    expect(await Promise.all(['m', 'alias', 'a%3Am2', 'gpt-9', 'm2', 'nope'].map(look))).toEqual([
      200, 200, 200, 404, 403, 403,
    ])
  })
})

describe('a project', () => {
  it.each<[string, string, number]>([
    ['without models gets none', 'ak-none', 403],
    ['that is off is nobody', 'ak-off', 401],
    ['with a new key', 'ak-new', 200],
    ['with its old key in time', 'ak-old', 200],
    ['with its old key too late', 'ak-older', 401],
  ])('%s', async (_, key, status) => {
    expect((await ask(key, '/v1/chat/completions', { model: 'm', messages: [] }))[0]).toBe(status)
  })

  it('that changes in the config changes for the next call', async () => {
    expect((await ask('ak-narrow', '/v1/chat/completions', { model: 'm2' }))[0]).toBe(403)
    await engine.configure({
      upstreams: [makeUpstream('a', upstream)],
      project_auth: [makeProject('narrow', 'ak-narrow', { allowed_models: ['m2'] })],
    })
    expect((await ask('ak-narrow', '/v1/chat/completions', { model: 'm2' }))[0]).toBe(200)
    expect((await ask('ak-narrow', '/v1/chat/completions', { model: 'm' }))[0]).toBe(403)
    expect((await ask(testKey, '/v1/chat/completions', { model: 'm' }))[0]).toBe(401)
  })
})

describe('ids', () => {
  it('belong to the project that made them', async () => {
    await engine.configure({
      upstreams: [makeUpstream('a', upstream)],
      project_auth: [makeProject('one', testKey), makeProject('two', 'ak-two')],
    })
    const { id } = (await (await engine.post('/v1/responses', { model: 'm', input: 'x' })).json()) as { id: string }
    const get = (key: string) => engine.fetch(`/v1/responses/${id}`, { headers: as(key) })
    upstream.script(json(200, { id, object: 'response' }))
    expect([(await get('ak-two')).status, (await get(testKey)).status]).toEqual([404, 200])
    const next = { model: 'm', input: 'y', previous_response_id: id }
    expect(await ask('ak-two', '/v1/responses', next)).toEqual([400, 'previous_response_not_found'])
    expect((await ask(testKey, '/v1/responses', next))[0]).toBe(200)
    expect(upstream.requests).toHaveLength(3)
  })
})
