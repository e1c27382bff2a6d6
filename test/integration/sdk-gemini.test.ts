/** The official `@google/genai` against the real engine and a scripted upstream that speaks Gemini's protocol. */
import { ApiError, GoogleGenAI } from '@google/genai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestEngine } from '../helpers/engine.ts'
import { startEngine } from '../helpers/engine.ts'
import { makeProject, makeUpstream, testKey } from '../helpers/make.ts'
import type { ScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { geminiStream, json, startScriptedUpstream } from '../helpers/scripted-upstream.ts'

let upstream: ScriptedUpstream
let engine: TestEngine
let client: GoogleGenAI

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  engine = await startEngine({
    server: { port: 0, max_retries: 0, auto_models: { alias: 'a:gemini-x' } },
    upstreams: [makeUpstream('a', upstream, { api: ['gemini'] })],
    project_auth: [makeProject('tests', testKey), makeProject('narrow', 'ak-narrow', { allowed_models: ['m'] })],
  })
  client = clientFor(engine.key)
})
afterEach(async () => {
  await engine.stop()
  await upstream.close()
})

const clientFor = (apiKey: string) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: engine.origin } })

describe.each([
  ['its own name', 'm', 'm'],
  ['an alias', 'alias', 'gemini-x'],
])('a model under %s', (_, model, sentModel) => {
  it('answers', async () => {
    const answer = await client.models.generateContent({ model, contents: 'hi' })
    expect([answer.text, answer.modelVersion]).toEqual(['Hello!', model])
    expect(upstream.requests[0]?.path).toBe(`/v1beta/models/${sentModel}:generateContent`)
    expect((await engine.lastRecord()).usage).toMatchObject({ inputTokens: 7, outputTokens: 3 })
  })

  it('streams', async () => {
    upstream.script(geminiStream(['Hel', 'lo']))
    let text = ''
    const versions = new Set<string | undefined>()
    for await (const chunk of await client.models.generateContentStream({ model, contents: 'hi' })) {
      text += chunk.text ?? ''
      versions.add(chunk.modelVersion)
    }
    expect([text, [...versions]]).toEqual(['Hello', [model]])
    expect(upstream.requests[0]?.path).toBe(`/v1beta/models/${sentModel}:streamGenerateContent?alt=sse`)
  })

  it('counts tokens', async () => {
    upstream.script(json(200, { totalTokens: 5 }))
    expect((await client.models.countTokens({ model, contents: 'hi' })).totalTokens).toBe(5)
  })
})

describe('the key', () => {
  it('may stand in the query, and does not leave with it', async () => {
    const path = `/v1beta/models/m:generateContent?key=${engine.key}&x=a%20b`
    const answer = await engine.fetch(path, {
      method: 'POST',
      headers: { authorization: '', 'content-type': 'application/json' },
      body: '{"contents":[]}',
    })
    expect(answer.status).toBe(200)
    expect(upstream.requests[0]?.path).toBe('/v1beta/models/m:generateContent?x=a+b')
    expect(JSON.stringify(upstream.requests[0]?.rawHeaders)).not.toContain(engine.key)
  })

  it('in the query counts on these paths only', async () => {
    const answer = await engine.fetch(`/v1/models?key=${engine.key}`, { headers: { authorization: '' } })
    expect(answer.status).toBe(401)
  })

  it('that is wrong is told in Google’s form', async () => {
    const error = await clientFor('ak-wrong')
      .models.generateContent({ model: 'm', contents: 'x' })
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 401 })
    expect(String(error)).toContain('UNAUTHENTICATED')
  })
})

describe('permission', () => {
  it('covers the model in the path, before its existence', async () => {
    for (const model of ['m2', 'nope', 'alias'])
      await expect(clientFor('ak-narrow').models.generateContent({ model, contents: 'x' })).rejects.toMatchObject({
        status: 403,
      })
    expect((await clientFor('ak-narrow').models.generateContent({ model: 'm', contents: 'x' })).text).toBe('Hello!')
  })

  it('covers another model in the body', async () => {
    const headers = { authorization: 'Bearer ak-narrow' }
    const answer = await engine.post('/v1beta/models/m:countTokens', { model: 'models/m2', contents: [] }, headers)
    expect(answer.status).toBe(403)
    expect((await engine.post('/v1beta/models/m:countTokens', { model: 'models/m' }, headers)).status).not.toBe(403)
  })
})

describe('errors', () => {
  it.each<[number, string, number, string]>([
    [400, 'INVALID_ARGUMENT', 400, 'INVALID_ARGUMENT'],
    [429, 'RESOURCE_EXHAUSTED', 429, 'RESOURCE_EXHAUSTED'],
    [500, 'INTERNAL', 502, 'INTERNAL'],
    [503, 'UNAVAILABLE', 503, 'UNAVAILABLE'],
  ])('%i of the upstream', async (status, code, clientStatus, clientCode) => {
    upstream.script(json(status, { error: { code: status, message: 'x', status: code } }))
    const error = await client.models.generateContent({ model: 'm', contents: 'x' }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ status: clientStatus })
    expect(String(error)).toContain(clientCode)
  })

  it('405 for the wrong method, 404 for what is not there', async () => {
    expect((await engine.fetch('/v1beta/models/m:generateContent')).status).toBe(405)
    expect((await engine.fetch('/v1beta/nothing')).status).toBe(404)
  })
})

describe('models', () => {
  it('are listed', async () => {
    const names: (string | undefined)[] = []
    for await (const { name } of await client.models.list()) names.push(name)
    expect(names).toEqual(['models/alias', 'models/m', 'models/m2'])
    expect(await client.models.get({ model: 'm' })).toMatchObject({ name: 'models/m' })
  })
})

describe('a stream without alt=sse', () => {
  it('is one JSON list, which no keep-alive breaks', async () => {
    upstream.script(json(200, [{ candidates: [{ content: { parts: [{ text: 'a' }] } }] }]))
    const answer = await engine.post('/v1beta/models/m:streamGenerateContent', { contents: [] })
    expect(answer.headers.get('content-type')).toContain('application/json')
    expect(await answer.json()).toHaveLength(1)
  })
})
