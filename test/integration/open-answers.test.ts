/** Answers in forms that no chat protocol describes: streams of images and transcripts, plain text, audio, the unknown. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestEngine } from '../helpers/engine.ts'
import { startEngine } from '../helpers/engine.ts'
import { makeUpstream } from '../helpers/make.ts'
import type { ScriptedUpstream, SseEvent } from '../helpers/scripted-upstream.ts'
import { after, gate, html, json, raw, sse, startScriptedUpstream } from '../helpers/scripted-upstream.ts'

let upstream: ScriptedUpstream
let engine: TestEngine

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  engine = await startEngine({
    server: { port: 0, max_retries: 1, auto_models: { alias: 'a:real-model' } },
    upstreams: [makeUpstream('a', upstream, { keys: ['sk-a-0001', 'sk-a-0002'] })],
  })
})
afterEach(async () => {
  await engine.stop()
  await upstream.close()
})

const imageEvents: readonly SseEvent[] = [
  { event: 'image_generation.partial_image', data: { type: 'image_generation.partial_image', b64_json: 'AAAA' } },
  { event: 'image_generation.completed', data: { type: 'image_generation.completed', b64_json: 'BBBB' } },
]
const transcriptEvents: readonly SseEvent[] = [
  { data: { type: 'transcript.text.delta', delta: 'Hi ' } },
  { data: { type: 'transcript.text.done', text: 'Hi you' } },
]
const failure = { type: 'error', error: { message: 'real-model of Acme failed', code: 'acme' } }

function transcription(model: string, fields: Readonly<Record<string, string>> = {}): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries({ model, ...fields })) form.append(name, value)
  form.append('file', new Blob(['RIFF']), 'a.wav')
  return form
}

const post = (path: string, body: object) => engine.post(path, body)
const transcribe = (model: string, fields?: Readonly<Record<string, string>>) =>
  engine.fetch('/v1/audio/transcriptions', { method: 'POST', body: transcription(model, fields) })

describe.each(['m', 'alias'])('asked for as %s', (model) => {
  it.each<[string, readonly SseEvent[], () => Promise<Response>]>([
    ['images', imageEvents, () => post('/v1/images/generations', { model, prompt: 'x', stream: true })],
    ['edits of images', imageEvents, () => post('/v1/images/edits', { model, prompt: 'x', stream: true })],
    ['a transcript', transcriptEvents, () => transcribe(model, { stream: 'true' })],
    ['something new', [{ data: { some: 1 } }, { data: 'text' }], () => post('/v1/new/thing', { model, stream: true })],
    ['speech', [{ data: { type: 'speech.audio.done' } }], () => post('/v1/audio/speech', { model, input: 'x' })],
  ])('a stream of %s comes as it is, from one call', async (_, events, ask) => {
    upstream.script(sse(events))
    const answer = await ask()
    const expected = events.map((event) =>
      JSON.stringify(typeof event === 'object' && 'data' in event ? event.data : event),
    )
    const text = await answer.text()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/)
    for (const data of expected) expect(text).toContain(data.replaceAll(/^"|"$/g, ''))
    expect(text).not.toContain('"error"')
    expect(upstream.requests).toHaveLength(1)
    expect(await engine.recordOf(answer)).toMatchObject({ end: 'done' })
  })

  it.each(['text/plain; charset=utf-8', 'text/vtt', 'application/x-subrip'])(
    'a transcript as %s comes as it is',
    async (type) => {
      upstream.script(raw(['[music] {Hi} you\n'], { headers: { 'content-type': type } }))
      const answer = await transcribe(model, { stream: 'true' })
      expect(answer.headers.get('content-type')).toBe(type)
      expect(await answer.text()).toBe('[music] {Hi} you\n')
      expect(upstream.requests).toHaveLength(1)
    },
  )

  it('speech comes as the bytes it is', async () => {
    const bytes = Buffer.from([0xff, 0xfb, 0, 1, 2])
    upstream.script(raw([bytes], { headers: { 'content-type': 'audio/mpeg' } }))
    const answer = await post('/v1/audio/speech', { model, input: 'x', voice: 'v' })
    expect(answer.headers.get('content-type')).toBe('audio/mpeg')
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes)
  })

  it.each([
    ['an error in a 200', json(200, { error: { message: 'Rate limit reached', code: 'rate_limit_exceeded' } })],
    ['a web page', html(200, '<html>Acme</html>')],
    ['an error as first event', sse([{ event: 'error', data: failure }])],
    ['a stream without an event', sse([])],
  ])('gets speech from a further attempt after %s', async (_, first) => {
    upstream.script(first, raw(['sound'], { headers: { 'content-type': 'audio/mpeg' } }))
    const answer = await post('/v1/audio/speech', { model, input: 'x', voice: 'v' })
    expect(await answer.text()).toBe('sound')
    expect(upstream.requests).toHaveLength(2)
  })
})

it('an error within a stream says nothing of the supplier under an alias', async () => {
  upstream.script(sse([imageEvents[0] ?? '', { event: 'error', data: failure }, imageEvents[1] ?? '']))
  const answer = await post('/v1/images/generations', { model: 'alias', prompt: 'x', stream: true })
  const text = await answer.text()
  expect(text).toContain('AAAA')
  expect(text).toContain('upstream_stream_interrupted')
  expect(text).not.toMatch(/real-model|acme|BBBB/i)
  expect(await engine.recordOf(answer)).toMatchObject({ end: 'upstream_error' })
})

it('an error within a stream is told as it is to who named the model', async () => {
  upstream.script(sse([imageEvents[0] ?? '', { event: 'error', data: failure }]))
  const answer = await post('/v1/images/generations', { model: 'm', prompt: 'x', stream: true })
  expect(await answer.text()).toContain('real-model of Acme failed')
})

it('a stream that breaks off ends with an error event', async () => {
  upstream.script(sse([imageEvents[0] ?? ''], { end: 'reset' }))
  const answer = await post('/v1/images/generations', { model: 'm', prompt: 'x', stream: true })
  expect(await answer.text()).toContain('upstream_stream_interrupted')
  expect(await engine.recordOf(answer)).toMatchObject({ end: 'upstream_error' })
})

it('the name in an event is the one asked for', async () => {
  upstream.script(sse([{ data: { type: 'new.thing', model: 'real-model' } }]))
  const answer = await post('/v1/new/thing', { model: 'alias', stream: true })
  expect(await answer.text()).toBe('data: {"type":"new.thing","model":"alias"}\n\n')
})

it('a transcript that is long in coming stays free of keep-alives', async () => {
  const eager = await engine.restart({ keepAliveMs: 1 })
  const held = gate()
  upstream.script(after(held, raw(['spoken'], { headers: { 'content-type': 'text/plain' } })), after(gate(), sse([])))
  const asked = eager.fetch('/v1/audio/transcriptions', {
    method: 'POST',
    body: transcription('m', { stream: 'true' }),
  })
  await upstream.waitForRequests(1)
  // The keep-alive of a call that begins later tells that this one's time has passed.
  const later = await eager.post('/v1/images/generations', { model: 'm', stream: true })
  expect(Buffer.from((await later.body?.getReader().read())?.value ?? []).toString()).toBe(': keep-alive\n\n')
  held.open()
  expect(await (await asked).text()).toBe('spoken')
  await eager.stop()
})
