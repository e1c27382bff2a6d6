import { describe, expect, it } from 'vitest'
import { hostProfile, providerPresets } from '../../../proxy/providers/hosts.ts'
import { parseBaseUrl, upstreamUrl } from '../../../proxy/providers/urls.ts'

describe('providerPresets', () => {
  it('has every provider, each once', () => {
    const ids = providerPresets.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.toSorted()).toEqual(
      (
        'anthropic ark azure azure-deployment cerebras cohere dashscope dashscope-intl deepseek fireworks gemini github ' +
        'groq llama-cpp lm-studio minimax minimax-cn mistral moonshot moonshot-cn nvidia ollama ollama-cloud openai ' +
        'openrouter perplexity siliconflow siliconflow-cn together vllm xai zai zhipu'
      ).split(' '),
    )
  })

  it.each(providerPresets.map((preset) => [preset.id, preset] as const))(
    '%s has a base address that is known',
    (_, preset) => {
      const profile = hostProfile(preset.baseUrl)
      expect(parseBaseUrl(preset.baseUrl).ok).toBe(true)
      expect(profile.isLocal).toBe(preset.local)
      expect(profile.id).not.toBe('unknown')
      expect(upstreamUrl(preset.baseUrl, '/v1/chat/completions')).toContain('/chat/completions')
      if (preset.keyUrl !== null) expect(new URL(preset.keyUrl).protocol).toBe('https:')
    },
  )
})
