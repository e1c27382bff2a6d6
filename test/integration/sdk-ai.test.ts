/** Vercel's `ai` with `@ai-sdk/openai-compatible` against the real engine and a scripted upstream. */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { embed, generateText, jsonSchema, streamText, tool } from 'ai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestEngine } from '../helpers/engine.ts'
import { startEngine } from '../helpers/engine.ts'
import { makeUpstream } from '../helpers/make.ts'
import type { ScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { chatStream, errorAnswer, startScriptedUpstream } from '../helpers/scripted-upstream.ts'

let upstream: ScriptedUpstream
let engine: TestEngine

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  engine = await startEngine({
    server: { port: 0, max_retries: 0, auto_models: { alias: 'a:m2' } },
    upstreams: [makeUpstream('a', upstream)],
  })
})
afterEach(async () => {
  await engine.stop()
  await upstream.close()
})

const provider = () => createOpenAICompatible({ name: 'proxy', baseURL: engine.baseUrl, apiKey: engine.key })

describe.each(['m', 'alias'])('the model %s', (name) => {
  it('generates text', async () => {
    const { text, usage } = await generateText({ model: provider()(name), prompt: 'hi' })
    expect([text, usage.totalTokens]).toEqual(['Hello!', 10])
  })

  it('streams text', async () => {
    upstream.script(chatStream(['Hel', 'lo'], { reasoning: 'hm' }))
    const { textStream } = streamText({ model: provider()(name), prompt: 'hi' })
    let text = ''
    for await (const part of textStream) text += part
    expect(text).toBe('Hello')
  })

  it('streams tool calls', async () => {
    upstream.script(chatStream([], { toolCalls: [{ name: 'look', arguments: { at: 1 } }] }))
    const look = tool({ inputSchema: jsonSchema<{ at: number }>({ type: 'object' }), execute: () => 'seen' })
    const { toolCalls } = streamText({ model: provider()(name), prompt: 'hi', tools: { look } })
    expect(await toolCalls).toMatchObject([{ toolName: 'look', input: { at: 1 } }])
  })

  it('embeds', async () => {
    const { embedding } = await embed({ model: provider().embeddingModel(name), value: 'x' })
    expect(embedding).toEqual([0.25, -0.5, 0.75, 1])
  })

  it('tells errors in words', async () => {
    upstream.script(errorAnswer(429, { message: 'slow down' }, { 'retry-after': '30' }))
    const call = generateText({ model: provider()(name), prompt: 'hi', maxRetries: 0 })
    await expect(call).rejects.toThrow(`Every key for "${name}" is rate limited. Try again in about 30 s.`)
  })
})
