import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { UpstreamHeaderRules } from '../../../proxy/gateway/headers.ts'
import { clientHeaders, upstreamHeaders } from '../../../proxy/gateway/headers.ts'
import { hostProfile } from '../../../proxy/providers/hosts.ts'

function pairs(flat: readonly string[]): readonly (readonly [string, string])[] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [flat[index * 2] ?? '', flat[index * 2 + 1] ?? ''])
}

function sent(client: IncomingHttpHeaders, rules: Partial<UpstreamHeaderRules> = {}) {
  const whole: UpstreamHeaderRules = {
    protocol: 'chat',
    profile: hostProfile('https://unknown.example.com'),
    own: ['authorization', 'Bearer sk-pool'],
    ownNames: new Set(),
    isDecoded: true,
    acceptEncoding: null,
    ...rules,
  }
  return pairs(upstreamHeaders(client, whole))
}

const credential = ['authorization', 'Bearer sk-pool'] as const

describe('to the upstream', () => {
  it.each<[string, IncomingHttpHeaders]>([
    ['the key as Bearer', { authorization: 'Bearer ak-client-key' }],
    ['the key in the other forms', { 'x-api-key': 'ak-1', 'api-key': 'ak-1', 'x-goog-api-key': 'ak-1' }],
    [
      'names with underscores',
      { x_api_key: 'ak-1', api_key: 'ak-1', x_forwarded_for: '1.2.3.4', x_real_ip: '1.2.3.4' },
    ],
    ['the key in a header of some tool', { authorization: 'Bearer ak-client-key', 'x-tool-token': 'v1 ak-client-key' }],
    ['cookies', { cookie: 'a=b' }],
    [
      'what belongs to the connection',
      {
        connection: 'keep-alive, X-Hop',
        'x-hop': '1',
        'keep-alive': 'timeout=5',
        te: 'trailers',
        trailer: 'x',
        'transfer-encoding': 'chunked',
        upgrade: 'h2c',
        'http2-settings': 'AAMAAABkAAQAAP__',
        expect: '100-continue',
        'proxy-authorization': 'Basic x',
        'proxy-connection': 'close',
      },
    ],
    ['host and length', { host: 'localhost', 'content-length': '3', 'content-encoding': 'gzip' }],
    [
      'where the client came from',
      {
        origin: 'http://x',
        referer: 'http://x',
        forwarded: 'for=1.2.3.4',
        via: '1.1 x',
        'x-forwarded-for': '1.2.3.4',
        'x-forwarded-server': 'x',
        'x-real-ip': '1.2.3.4',
        'cf-connecting-ip': '1.2.3.4',
        'true-client-ip': '1.2.3.4',
        'sec-fetch-mode': 'cors',
        'user-agent': 'curl',
      },
    ],
    ['what the SDKs tell of the machine', { 'x-stainless-os': 'Linux', 'x-stainless-retry-count': '0' }],
    ['accounts of the client', { 'openai-organization': 'org', 'openai-project': 'proj' }],
    ['which compression the client takes', { 'accept-encoding': 'gzip, br' }],
    ['its own request id', { 'x-request-id': 'mine' }],
    ['Anthropic headers, in the other protocols', { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'x' }],
    ['OpenAI betas, elsewhere', { 'openai-beta': 'assistants=v2' }],
  ])('never goes: %s', (_, client) => {
    expect(sent(client)).toEqual([credential])
  })

  it('goes all the rest, as it came', () => {
    const client = {
      'content-type': 'application/json; charset=utf-8',
      accept: 'text/event-stream',
      'idempotency-key': 'k',
      'http-referer': 'https://app',
      'x-title': 'App',
      x_custom: 'kept',
      connection: 'content-type',
    }
    const { connection: _, ...kept } = client
    expect(sent(client)).toEqual([...Object.entries(kept), credential])
  })

  it('goes OpenAI-Beta to OpenAI and Azure', () => {
    for (const host of ['https://api.openai.com', 'https://res.openai.azure.com'])
      expect(sent({ 'openai-beta': 'x' }, { profile: hostProfile(host) })).toEqual([['openai-beta', 'x'], credential])
  })

  it('goes the version with messages, the client’s or ours', () => {
    const rules = { protocol: 'messages', own: [] } as const
    expect(sent({ 'anthropic-version': '2024-01-01', 'anthropic-beta': 'b' }, rules)).toEqual([
      ['anthropic-version', '2024-01-01'],
      ['anthropic-beta', 'b'],
    ])
    expect(sent({}, rules)).toEqual([['anthropic-version', '2023-06-01']])
    expect(sent({}, { ...rules, ownNames: new Set(['anthropic-version']) })).toEqual([])
  })

  it('wins what the config says over what the client says', () => {
    const rules = { own: ['x-title', 'Ours'], ownNames: new Set(['x-title']) }
    expect(sent({ 'x-title': 'Client', x_title: 'Client' }, rules)).toEqual([['x-title', 'Ours']])
  })

  it('asks for compression only where bytes go through as they are', () => {
    expect(sent({ 'accept-encoding': 'br' }, { own: [], acceptEncoding: 'br' })).toEqual([['accept-encoding', 'br']])
  })
})

describe('to the client', () => {
  const plain = { isAlias: false, keepsBytes: true }

  it.each<[string, Readonly<Record<string, string | string[]>>]>([
    ['cookies', { 'set-cookie': ['a=b', 'c=d'] }],
    [
      'limits of our keys',
      { 'x-ratelimit-remaining-requests': '1', 'ratelimit-limit': '1', 'x-rate-limit-reset': '1' },
    ],
    ['limits of Anthropic', { 'anthropic-ratelimit-tokens-reset': 'x', 'anthropic-priority-input-tokens-limit': '1' }],
    ['our account', { 'openai-organization': 'org', 'openai-project': 'p', 'anthropic-organization-id': 'o' }],
    [
      'what belongs to the connection',
      { connection: 'X-Hop', 'x-hop': '1', 'keep-alive': 'x', 'transfer-encoding': 'chunked' },
    ],
    [
      'what is about us as client',
      { 'retry-after': '1', 'retry-after-ms': '1', 'x-should-retry': 'true', 'www-authenticate': 'x' },
    ],
    [
      'whose server it is',
      { server: 'cloudflare', 'cf-ray': 'x', via: 'x', 'x-powered-by': 'x', date: 'x', 'alt-svc': 'x' },
    ],
    ['its CORS', { 'access-control-allow-origin': '*', 'access-control-expose-headers': '*', vary: 'x' }],
  ])('never goes: %s', (_, upstream) => {
    expect(clientHeaders(upstream, plain)).toEqual([])
  })

  it('goes the rest, several values each by itself', () => {
    const upstream = { 'content-type': 'application/json', 'openai-processing-ms': '12', 'x-many': ['a', 'b'] }
    expect(pairs(clientHeaders(upstream, plain))).toEqual([
      ['content-type', 'application/json'],
      ['openai-processing-ms', '12'],
      ['x-many', 'a'],
      ['x-many', 'b'],
    ])
  })

  it.each(['x-request-id', 'request-id'])('goes %s of the upstream under another name', (name) => {
    expect(clientHeaders({ [name]: 'req_1' }, plain)).toEqual(['x-upstream-request-id', 'req_1'])
  })

  it('goes length and encoding only with the bytes that they describe', () => {
    const upstream = { 'content-length': '3', 'content-encoding': 'gzip' }
    expect(clientHeaders(upstream, plain)).toEqual(['content-length', '3', 'content-encoding', 'gzip'])
    expect(clientHeaders(upstream, { isAlias: false, keepsBytes: false })).toEqual([])
  })

  it('goes nothing under an alias that could name the supplier', () => {
    const upstream = {
      'content-type': 'audio/mpeg',
      'content-length': '3',
      'x-request-id': 'req_1',
      'openai-version': '2020-10-01',
      'x-groq-region': 'us',
      'openai-processing-ms': '12',
    }
    expect(clientHeaders(upstream, { isAlias: true, keepsBytes: true })).toEqual([
      'content-type',
      'audio/mpeg',
      'content-length',
      '3',
    ])
  })
})
