import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Protocol } from '../../../proxy/providers/hosts.ts'
import { createUrlBuilder, parseBaseUrl, upstreamUrl } from '../../../proxy/providers/urls.ts'
import cases from '../../fixtures/url-join-cases.json' with { type: 'json' }

describe('upstreamUrl', () => {
  it.each(cases.map((row) => [row.base_url, row.client_path, row.upstream_url] as const))(
    'joins %s and %s',
    (baseUrl, clientPath, expected) => {
      expect(upstreamUrl(baseUrl, clientPath)).toBe(expected)
    },
  )

  it.each([
    // Bases that the shared table leaves out.
    ['https://api.kimi.com', '/v1/chat/completions', 'https://api.kimi.com/coding/v1/chat/completions'],
    ['https://api.novita.ai', '/v1/chat/completions', 'https://api.novita.ai/openai/v1/chat/completions'],
    ['https://api.cohere.ai/compatibility/v1', '/v1/models', 'https://api.cohere.ai/v1/models'],
    ['https://models.github.ai/inference', '/v1/models/x', 'https://models.github.ai/inference/models/x'],
    ['https://api.perplexity.ai/v1', '/v1/responses', 'https://api.perplexity.ai/v1/responses'],
    [
      'https://api.deepseek.com/anthropic/v1/messages',
      '/v1/messages',
      'https://api.deepseek.com/anthropic/v1/messages',
    ],
    ['https://API.OpenAI.com./v1', '/v1/models', 'https://api.openai.com./v1/models'],
    ['https://api.openai.com/v1/images/generations', '/v1/models', 'https://api.openai.com/v1/models'],
    ['https://gw.example.com:8443/v1beta1/x', '/v1/rerank', 'https://gw.example.com:8443/v1beta1/x/rerank'],
    ['https://gw.example.com/v', '/v1/models', 'https://gw.example.com/v/v1/models'],
    // A client whose own base ends with a slash.
    ['https://api.openai.com', '/v1//models', 'https://api.openai.com/v1/models'],
    ['https://api.openai.com', '/v1/models/a%2Fb', 'https://api.openai.com/v1/models/a%2Fb'],
    ['https://api.openai.com', '/v1beta/openai/models', 'https://api.openai.com/v1/models'],
  ])('joins %s and %s as documented', (baseUrl, clientPath, expected) => {
    expect(upstreamUrl(baseUrl, clientPath)).toBe(expected)
  })

  it.each([
    ['https://generativelanguage.googleapis.com', 'https://generativelanguage.googleapis.com/v1beta'],
    ['https://generativelanguage.googleapis.com/v1beta', 'https://generativelanguage.googleapis.com/v1beta'],
    ['https://generativelanguage.googleapis.com/v1beta/openai/', 'https://generativelanguage.googleapis.com/v1beta'],
    ['https://generativelanguage.googleapis.com/v1', 'https://generativelanguage.googleapis.com/v1beta'],
    ['https://gw.example.com', 'https://gw.example.com/v1beta'],
    ['https://gw.example.com/v1', 'https://gw.example.com/v1beta'],
    ['https://gw.example.com/g/v1beta/openai', 'https://gw.example.com/g/v1beta'],
    ['https://gw.example.com/v1/acct/gw/google', 'https://gw.example.com/v1/acct/gw/google/v1beta'],
  ])('puts native Gemini calls of %s under %s', (baseUrl, root) => {
    const build = createUrlBuilder(baseUrl)
    expect(build('/v1beta/models/x:generateContent')).toBe(`${root}/models/x:generateContent`)
    expect(build('/v1/models/x:streamGenerateContent?alt=sse')).toBe(`${root}/models/x:streamGenerateContent?alt=sse`)
    expect(build('/v1beta/models?pageSize=5', 'gemini')).toBe(`${root}/models?pageSize=5`)
    expect(build('/v1/models', 'gemini')).toBe(`${root}/models`)
  })

  it('keeps native and OpenAI-shaped calls of the same path apart', () => {
    const build = createUrlBuilder('https://generativelanguage.googleapis.com')
    expect([build('/v1/models', 'gemini'), build('/v1/models', 'chat'), build('/v1/models', 'gemini')]).toEqual([
      'https://generativelanguage.googleapis.com/v1beta/models',
      'https://generativelanguage.googleapis.com/v1beta/openai/models',
      'https://generativelanguage.googleapis.com/v1beta/models',
    ])
  })

  it.each([
    ['a client key goes', 'https://h.example', '/v1/models?key=AIza1&a=1', '?a=1'],
    ['an escaped client key goes', 'https://h.example', '/v1/models?k%65y=AIza1', ''],
    ['a key in the base goes', 'https://h.example/v1?key=AIza1&b=2', '/v1/models', '?b=2'],
    ['names that merely hold "key" stay', 'https://h.example', '/v1/models?keys=1&Key=2', '?keys=1&Key=2'],
    ['the client overrides the base', 'https://h.example/v1?a=1&b=2', '/v1/models?a=3', '?b=2&a=3'],
    ['values stay as written', 'https://h.example', '/v1/models?a=%7e+b&c&=d&%ZZ=1', '?a=%7e+b&c&=d&%ZZ=1'],
    ['an empty query adds nothing', 'https://h.example', '/v1/models?', ''],
    ['repeated names stay', 'https://h.example', '/v1/models?a=1&a=2', '?a=1&a=2'],
  ])('merges queries: %s', (_, baseUrl, clientPath, expected) => {
    expect(upstreamUrl(baseUrl, clientPath)).toBe(`https://h.example/v1/models${expected}`)
  })

  it.each([
    ['/v1/chat/completions', '/openai/deployments/d/chat/completions?api-version=2024-10-21'],
    ['/v1/chat/completions?api-version=x', '/openai/deployments/d/chat/completions?api-version=x'],
    ['/v1/models', '/openai/models?api-version=2024-10-21'],
    ['/v1/messages', '/anthropic/v1/messages'],
  ])('completes an Azure deployment without a version: %s', (clientPath, expected) => {
    const baseUrl = 'https://res.openai.azure.com/openai/deployments/d'
    expect(upstreamUrl(baseUrl, clientPath)).toBe(`https://res.openai.azure.com${expected}`)
  })

  it.each<[string | null, string, string]>([
    ['/x/y', '/v1/chat/completions', 'https://api.deepseek.com/x/y/chat/completions'],
    ['x//y/', '/v1/messages', 'https://api.deepseek.com/x/y/messages'],
    ['', '/v1/chat/completions', 'https://api.deepseek.com/chat/completions'],
    ['/', '/v1beta/models/m:generateContent', 'https://api.deepseek.com/models/m:generateContent'],
    [null, '/v1/chat/completions', 'https://api.deepseek.com/beta/chat/completions'],
  ])('uses the path prefix %j exactly', (pathPrefix, clientPath, expected) => {
    expect(createUrlBuilder('https://api.deepseek.com/beta', { pathPrefix })(clientPath)).toBe(expected)
  })

  it.each(['/v1/../admin', '/v1/a/%2e%2E/../b', '/v1/..\\..\\x', '/v1/.\t./x', '/v1/./x', '/v1/..'])(
    'does not let %j climb out of the prefix',
    (clientPath) => {
      expect(new URL(upstreamUrl('https://gw.example.com/llm/v1', clientPath)).pathname).toMatch(/^\/llm\/v1\/./)
    },
  )

  it.each(['/v1/..%2f..%2Fadmin', '/v1/a%5C..%5cb', '/v1/models/m%2f%2E.%2Fother:generateContent', '/v1/a%2f.%2fb'])(
    'does not let %j climb out where the upstream takes an escaped slash for one',
    (clientPath) => {
      const { pathname } = new URL(upstreamUrl('https://gw.example.com/llm/v1', clientPath))
      expect(decodeURIComponent(pathname).split(/[/\\]/)).not.toContain('..')
      expect(decodeURIComponent(pathname).split(/[/\\]/)).not.toContain('.')
    },
  )

  it('refuses an unusable base without repeating it', () => {
    expect(() => createUrlBuilder('ftp://sk-secret')).toThrow(new TypeError('Not a usable base address (scheme)'))
  })

  const segment = fc
    .stringMatching(/^[a-zA-Z0-9:._~%!$'()*+,;=@ü-]{1,12}$/)
    .filter((text) => !/(?:^|%2f|%5c)(?:\.|%2e){1,2}(?:$|%2f|%5c)/i.test(text))
  const operation = fc
    .array(segment, { minLength: 1, maxLength: 5 })
    .map((segments) => `/${segments.join('/')}`)
    .filter((path) => path !== '/models' && !/^\/messages(?:\/|$)/.test(path))
  const baseUrl = fc.constantFrom(...new Set(cases.map((row) => row.base_url)))
  const protocol = fc.constantFrom<Protocol | undefined>(undefined, 'chat', 'responses', 'messages', 'gemini')

  it('keeps the host and every byte of the operation', () => {
    fc.assert(
      fc.property(baseUrl, operation, protocol, (base, path, speaks) => {
        const parsed = parseBaseUrl(base)
        const built = createUrlBuilder(base)(`/v1${path}`, speaks)
        const [address = ''] = built.split('?')
        expect(parsed.ok && address.startsWith(`${parsed.url.origin}/`)).toBe(true)
        expect(address.endsWith(path)).toBe(true)
        expect(address.replace('://', '')).not.toContain('//')
      }),
    )
  })

  it('never throws and never loses the host, whatever the client sends', () => {
    fc.assert(
      fc.property(baseUrl, fc.string({ unit: 'binary' }), protocol, (base, path, speaks) => {
        const parsed = parseBaseUrl(base)
        const built = createUrlBuilder(base)(path, speaks)
        expect(parsed.ok && new URL(built).host === parsed.url.host).toBe(true)
        expect(new URL(built).pathname).not.toContain('//')
      }),
    )
  })

  it('answers the same the second time, however many paths came between', () => {
    const build = createUrlBuilder('https://h.example')
    for (let index = 0; index < 2000; index += 1) {
      expect(build(`/v1/responses/${index}`)).toBe(`https://h.example/v1/responses/${index}`)
    }
    expect(build('/v1/responses/0?a=1')).toBe('https://h.example/v1/responses/0?a=1')
    expect(build('/v1/responses/1999')).toBe('https://h.example/v1/responses/1999')
  })
})

describe('parseBaseUrl', () => {
  it.each([
    ['api.openai.com/v1', 'https://api.openai.com/v1'],
    ['  https://api.openai.com  ', 'https://api.openai.com/'],
    ['HTTP://Host.Example', 'http://host.example/'],
    ['localhost:1234', 'http://localhost:1234/'],
    ['127.0.0.1', 'http://127.0.0.1/'],
    ['127.8.8.8:80/v1', 'http://127.8.8.8/v1'],
    ['0.0.0.0:8000', 'http://0.0.0.0:8000/'],
    ['[::1]:8000', 'http://[::1]:8000/'],
    ['localhost.example.com', 'https://localhost.example.com/'],
    ['192.168.1.9:11434', 'https://192.168.1.9:11434/'],
  ])('reads %s', (text, expected) => {
    const parsed = parseBaseUrl(text)
    expect(parsed.ok && parsed.url.href).toBe(expected)
  })

  it.each([
    ['ftp://api.openai.com', 'scheme'],
    ['file:///etc/passwd', 'scheme'],
    ['ws://localhost', 'scheme'],
    ['https://user:pass@api.openai.com', 'credentials'],
    ['https://user@api.openai.com', 'credentials'],
    [':pass@localhost:80', 'credentials'],
    ['', 'invalid'],
    ['   ', 'invalid'],
    ['https://', 'invalid'],
    ['https://a b', 'invalid'],
    ['builtin:demo', 'invalid'],
    ['https://host:99999', 'invalid'],
  ])('refuses %j because of its %s', (text, reason) => {
    expect(parseBaseUrl(text)).toEqual({ ok: false, reason })
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(typeof parseBaseUrl(text).ok).toBe('boolean')
      }),
    )
  })
})
