import { describe, expect, it } from 'vitest'
import type { Endpoint } from '../../../proxy/gateway/endpoints.ts'
import { endpointOf, isKnownPath, withVersion } from '../../../proxy/gateway/endpoints.ts'

describe('an endpoint', () => {
  it.each<[string, string, Partial<Endpoint>]>([
    [
      'POST',
      '/v1/chat/completions',
      { protocol: 'chat', modelPlace: 'body', streams: 'by-body', takesStreamOptions: true },
    ],
    ['POST', '/chat/completions', { path: '/v1/chat/completions', takesStreamOptions: true }],
    ['POST', '/v1/completions', { protocol: 'chat', takesStreamOptions: true }],
    ['POST', '/v1/embeddings', { protocol: 'chat', streams: 'never', answers: 'protocol' }],
    ['POST', '/v1/responses', { protocol: 'responses', makesId: true, createsTwice: false }],
    ['POST', '/v1/responses/compact', { protocol: 'responses', modelPlace: 'body', resourceId: null }],
    ['POST', '/v1/responses/resp_1/cancel', { resourceId: 'resp_1', modelPlace: 'none', streams: 'never' }],
    ['GET', '/v1/responses/resp_1', { resourceId: 'resp_1', streams: 'by-path', needsAllModels: false }],
    ['GET', '/v1/responses/resp_1/input_items', { resourceId: 'resp_1', streams: 'never' }],
    ['DELETE', '/v1/responses/resp%2F1', { resourceId: 'resp/1' }],
    ['POST', '/v1/messages', { protocol: 'messages', dialect: 'anthropic' }],
    ['POST', '/v1/messages/count_tokens', { protocol: 'messages', dialect: 'anthropic', streams: 'never' }],
    ['POST', '/v1/messages/batches', { protocol: 'messages', needsAllModels: true, makesId: true, createsTwice: true }],
    ['GET', '/v1/messages/batches', { protocol: 'messages', dialect: 'anthropic', listsIds: true }],
    ['GET', '/v1/messages/batches/b_1/results', { resourceId: 'b_1', answers: 'bytes' }],
    ['POST', '/v1/moderations', { modelOptional: true }],
    ['POST', '/v1/audio/speech', { answers: 'open' }],
    ['POST', '/v1/audio/transcriptions', { modelPlace: 'body', modelOptional: false, answers: 'open' }],
    ['POST', '/v1/images/edits', { modelPlace: 'body', modelOptional: true }],
    ['POST', '/v1/rerank', { modelPlace: 'body' }],
    [
      'POST',
      '/v1/files',
      { modelPlace: 'none', needsAllModels: true, makesId: true, createsTwice: true, resourceId: null },
    ],
    ['GET', '/v1/files', { listsIds: true, needsAllModels: true, createsTwice: false }],
    ['GET', '/v1/files/file-1/content', { resourceId: 'file-1', answers: 'bytes' }],
    ['DELETE', '/v1/files/file-1', { resourceId: 'file-1', createsTwice: false }],
    ['POST', '/v1/batches/b_1/cancel', { resourceId: 'b_1' }],
    ['POST', '/v1/fine_tuning/jobs', { needsAllModels: true, makesId: true, resourceId: null }],
    ['GET', '/v1/fine_tuning/jobs', { listsIds: true }],
    ['GET', '/v1/fine_tuning/jobs/ft_1/events', { resourceId: 'ft_1', listsIds: false }],
    [
      'POST',
      '/v1beta/models/gemini-x:generateContent',
      { protocol: 'gemini', modelPlace: 'path', streams: 'never', pathModel: { name: 'gemini-x', start: 15, end: 23 } },
    ],
    [
      'POST',
      '/v1/models/gemini-x:streamGenerateContent',
      { protocol: 'gemini', streams: 'by-path', pathModel: { name: 'gemini-x', start: 11, end: 19 } },
    ],
    ['POST', '/v1beta/models/a:b:countTokens', { pathModel: { name: 'a:b', start: 15, end: 18 } }],
    ['POST', '/v1beta/models/a%3Ab/c:embedContent', { pathModel: { name: 'a:b/c', start: 15, end: 22 } }],
    ['POST', '/v1beta/models/x:batchGenerateContent', { createsTwice: true }],
  ])('%s %s', (method, path, expected) => {
    expect(endpointOf(method, path)).toMatchObject(expected)
  })

  it.each<[string, string]>([
    ['GET', '/v1/chat/completions'],
    ['DELETE', '/v1/embeddings'],
    ['GET', '/v1beta/models/x:generateContent'],
    ['POST', '/v1beta/files'],
    ['POST', '/v1/'],
    ['POST', '/v2/chat/completions'],
    ['POST', '/'],
    ['POST', ''],
  ])('is none for %s %s', (method, path) => {
    expect(endpointOf(method, path)).toBeNull()
  })

  it.each<[string, string | null]>([
    ['/chat/completions', '/v1/chat/completions'],
    ['/models', '/v1/models'],
    ['/v1/x', '/v1/x'],
    ['/v1beta/x', '/v1beta/x'],
    ['/v1', null],
    ['/health', null],
    ['/chatter', null],
  ])('%s with its version is %s', (path, expected) => {
    expect(withVersion(path)).toBe(expected)
  })

  it('tells paths that exist from others', () => {
    const paths = [
      '/v1/chat/completions',
      '/embeddings',
      '/v1beta/models/x:generateContent',
      '/v1/nothing',
      '/v1beta/x',
      '/x',
    ]
    expect(paths.map(isKnownPath)).toEqual([true, true, true, false, false, false])
  })
})
