import { describe, expect, it } from 'vitest'
import { hrefTo, parseRoute, type Route } from '../../renderer/route.ts'
import { parseToken } from '../../renderer/token.ts'

describe('parseRoute', () => {
  it.each<[string, Route]>([
    ['', { page: 'overview', rest: [], query: {} }],
    ['#/', { page: 'overview', rest: [], query: {} }],
    ['#/requests', { page: 'requests', rest: [], query: {} }],
    ['#/requests/req_1?status=failed', { page: 'requests', rest: ['req_1'], query: { status: 'failed' } }],
    ['#/upstreams/A%2FB%20%E6%B5%8B', { page: 'upstreams', rest: ['A/B 测'], query: {} }],
    ['#/upstreams/100%', { page: 'upstreams', rest: ['100%'], query: {} }],
    ['#/no-such-page', { page: 'overview', rest: [], query: {} }],
  ])('%s', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route)
  })

  it('reads back what hrefTo writes', () => {
    const rest = ['A/B ?#%', '测试']
    const query = { model: 'a&b=c d' }
    expect(parseRoute(hrefTo('models', rest, query))).toEqual({ page: 'models', rest, query })
  })
})

describe('parseToken', () => {
  it.each<[string, string | null]>([
    ['abc_DEF-123', 'abc_DEF-123'],
    ['  abc123\n', 'abc123'],
    ['http://127.0.0.1:8080/console/#token=abc123', 'abc123'],
    ['#token=a%2Bb', 'a+b'],
    ['#token=%', null],
    ['http://127.0.0.1:8080/console/', null],
    ['two words', null],
    ['', null],
  ])('%j → %j', (pasted, token) => {
    expect(parseToken(pasted)).toBe(token)
  })
})
