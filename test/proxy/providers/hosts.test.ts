import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { credentialHeader, credentialStyle } from '../../../proxy/providers/credentials.ts'
import { hostProfile } from '../../../proxy/providers/hosts.ts'
import type { CredentialStyle, Protocol } from '../../../proxy/providers/hosts.ts'

describe('hostProfile', () => {
  it.each<[string, string, readonly Protocol[]]>([
    ['https://api.openai.com', 'openai', ['chat', 'responses']],
    ['https://eu.api.openai.com/v1', 'openai', ['chat', 'responses']],
    ['https://api.anthropic.com/v1', 'anthropic', ['chat', 'messages']],
    ['https://generativelanguage.googleapis.com/v1beta/openai', 'gemini', ['chat', 'gemini']],
    ['api.deepseek.com', 'deepseek', ['chat', 'messages']],
    ['https://integrate.api.nvidia.com/v1', 'nvidia', ['chat']],
    ['https://res.openai.azure.com', 'azure', ['chat', 'responses']],
    ['https://res.services.ai.azure.com/openai/v1', 'azure', ['chat', 'responses']],
    ['https://res.cognitiveservices.azure.com', 'azure', ['chat', 'responses']],
    ['https://openrouter.ai/api/v1', 'openrouter', ['chat', 'responses', 'messages']],
    ['https://api.groq.com/openai/v1', 'groq', ['chat', 'responses']],
    ['https://api.mistral.ai/v1', 'mistral', ['chat']],
    ['https://api.together.ai/v1', 'together', ['chat']],
    ['https://api.together.xyz/v1', 'together', ['chat']],
    ['https://api.fireworks.ai/inference/v1', 'fireworks', ['chat', 'responses', 'messages']],
    ['https://api.x.ai/v1', 'xai', ['chat', 'responses', 'messages']],
    ['https://api.moonshot.ai/v1', 'moonshot', ['chat', 'responses', 'messages']],
    ['https://api.moonshot.cn/v1', 'moonshot', ['chat', 'responses', 'messages']],
    ['https://api.kimi.com/coding/v1', 'moonshot', ['chat']],
    ['https://open.bigmodel.cn/api/paas/v4', 'zhipu', ['chat', 'messages']],
    ['https://api.z.ai/api/paas/v4', 'zhipu', ['chat', 'messages']],
    ['https://dashscope.aliyuncs.com', 'dashscope', ['chat', 'responses', 'messages']],
    ['https://dashscope-intl.aliyuncs.com', 'dashscope', ['chat', 'responses', 'messages']],
    ['https://ws1.ap-southeast-1.maas.aliyuncs.com', 'dashscope', ['chat', 'responses', 'messages']],
    ['https://ark.cn-beijing.volces.com/api/v3', 'ark', ['chat', 'responses']],
    ['https://ark.ap-southeast.bytepluses.com/api/v3', 'ark', ['chat', 'responses']],
    ['https://api.siliconflow.cn/v1', 'siliconflow', ['chat', 'messages']],
    ['https://api.minimax.io/v1', 'minimax', ['chat', 'responses', 'messages']],
    ['https://api.perplexity.ai', 'perplexity', ['chat', 'responses']],
    ['https://api.cerebras.ai/v1', 'cerebras', ['chat']],
    ['https://api.cohere.com/compatibility/v1', 'cohere', ['chat']],
    ['https://models.github.ai/inference', 'github', ['chat']],
    ['https://api.deepinfra.com/v1/openai', 'deepinfra', ['chat']],
    ['https://api.novita.ai', 'novita', ['chat']],
    ['https://api.cloudflare.com/client/v4/accounts/a/ai', 'cloudflare', ['chat']],
    ['https://ollama.com/v1', 'ollama', ['chat', 'responses', 'messages']],
    ['https://api.deepseek.com/anthropic', 'deepseek', ['messages']],
    ['https://gw.example.com/v1/acct/gw/anthropic', 'unknown', ['messages']],
    ['https://gw.example.com', 'unknown', ['chat', 'responses']],
    ['https://api.openai.com.evil.example', 'unknown', ['chat', 'responses']],
    ['https://evilapi.openai.com', 'unknown', ['chat', 'responses']],
    ['http://localhost:11434', 'local', ['chat', 'responses', 'messages']],
  ])('knows %s as %s', (baseUrl, id, speaks) => {
    const profile = hostProfile(baseUrl)
    expect({ id: profile.id, speaks: profile.speaks }).toEqual({ id, speaks })
  })

  it.each([
    ['http://localhost:11434', true],
    ['localhost', true],
    ['http://127.0.0.1:1234/v1', true],
    ['http://127.9.9.9', true],
    ['http://[::1]:8000', true],
    ['http://0.0.0.0:8000', true],
    ['http://10.1.2.3', true],
    ['http://192.168.0.7:8080', true],
    ['http://172.16.0.1', true],
    ['http://172.31.0.1', true],
    ['http://172.32.0.1', false],
    ['http://100.64.0.1', true],
    ['http://100.128.0.1', false],
    ['http://169.254.1.1', true],
    ['http://[fd00::1]', true],
    ['http://[fe80::1]', true],
    ['http://[2001:db8::1]', false],
    ['http://8.8.8.8', false],
    ['http://ollama:11434', true],
    ['http://host.docker.internal:11434', true],
    ['http://box.local:1234', true],
    ['http://box.lan', true],
    ['https://gw.example.com', false],
    ['https://10.example.com', false],
    ['https://api.openai.com', false],
    ['', false],
    ['builtin:demo', false],
    ['https://', false],
  ])('tells whether %j is local: %j', (baseUrl, expected) => {
    expect(hostProfile(baseUrl).isLocal).toBe(expected)
  })

  it('names the one host that refuses to be asked for stream usage, and the two that take beta headers', () => {
    const profiles = ['openai.com', 'mistral.ai', 'deepseek.com'].map((host) => hostProfile(`https://api.${host}`))
    const azure = hostProfile('https://res.openai.azure.com')
    expect(profiles.map((profile) => profile.acceptsStreamUsage)).toEqual([true, false, true])
    expect([...profiles, azure].map((profile) => profile.passesOpenAiBeta)).toEqual([true, false, false, true])
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl()), (text) => {
        expect(hostProfile(text).id).not.toBe('')
      }),
    )
  })
})

describe('credentials', () => {
  it.each<[string, Protocol, CredentialStyle]>([
    ['https://api.openai.com', 'chat', 'bearer'],
    ['https://api.openai.com', 'responses', 'bearer'],
    ['https://api.anthropic.com', 'messages', 'x-api-key'],
    ['https://api.anthropic.com', 'chat', 'bearer'],
    ['https://generativelanguage.googleapis.com', 'gemini', 'x-goog-api-key'],
    ['https://generativelanguage.googleapis.com', 'chat', 'bearer'],
    ['https://gw.example.com', 'gemini', 'x-goog-api-key'],
    ['https://gw.example.com', 'messages', 'bearer'],
    ['https://gw.example.com/anthropic', 'messages', 'x-api-key'],
    ['https://api.deepseek.com', 'messages', 'x-api-key'],
    ['https://api.deepseek.com/anthropic', 'messages', 'x-api-key'],
    ['https://api.moonshot.ai/anthropic', 'messages', 'bearer'],
    ['https://openrouter.ai', 'messages', 'bearer'],
    ['https://res.openai.azure.com', 'chat', 'api-key'],
    ['https://res.services.ai.azure.com', 'messages', 'api-key'],
    ['http://localhost:1234', 'chat', 'bearer'],
    ['http://localhost:1234', 'gemini', 'bearer'],
  ])('shows a key to %s for %s as %s', (baseUrl, protocol, expected) => {
    expect(credentialStyle(hostProfile(baseUrl), protocol)).toBe(expected)
  })

  it.each<[CredentialStyle, string, readonly [string, string] | null]>([
    ['bearer', 'k', ['authorization', 'Bearer k']],
    ['x-api-key', 'k', ['x-api-key', 'k']],
    ['api-key', 'k', ['api-key', 'k']],
    ['x-goog-api-key', 'k', ['x-goog-api-key', 'k']],
    ['none', 'k', null],
    ['bearer', '', null],
    ['x-api-key', '', null],
  ])('writes %s with key %j', (style, key, expected) => {
    expect(credentialHeader(style, key)).toEqual(expected)
  })
})
