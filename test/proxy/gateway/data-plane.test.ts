import { describe, expect, it } from 'vitest'
import { splitUrl } from '../../../proxy/gateway/data-plane.ts'

describe('the target of a request', () => {
  it.each<[string, string, string]>([
    ['/v1/models', '/v1/models', ''],
    ['/v1/models?a=b?c', '/v1/models', '?a=b?c'],
    ['//v1///models/', '/v1/models', ''],
    ['/v1/v1/models', '/v1/models', ''],
    ['/v1/v1beta/models/x:generateContent', '/v1beta/models/x:generateContent', ''],
    ['/v1/v12/models', '/v1/v12/models', ''],
    ['/v1/models/org%2Fm', '/v1/models/org%2Fm', ''],
    ['http://example.com/v1/models?x', '/v1/models', '?x'],
    ['HTTP://example.com', '/', ''],
    ['/', '/', ''],
    ['//', '/', ''],
    ['/v1?x=//', '/v1', '?x=//'],
    ['*', '*', ''],
  ])('%s is %s and %j', (target, path, query) => {
    expect(splitUrl(target)).toEqual({ path, query })
  })
})
