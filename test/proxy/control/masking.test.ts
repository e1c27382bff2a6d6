import { describe, expect, it } from 'vitest'
import { holdsNewMask, maskHeader, maskSettings, maskUrl } from '../../../proxy/control/masking.ts'

describe('maskHeader', () => {
  it.each<[string, string, string]>([
    ['authorization', 'Bearer abcdefghijklmnop1234', 'Bearer …1234'],
    ['authorization', 'abcdefghijklmnop1234', '…1234'],
    ['X-Api-Key', 'abcdefghijklmnop1234', '…1234'],
    ['x-auth-token', 'short', '…'],
    ['cookie', 'session=abcdefghijklmnop', '…mnop'],
    ['x-title', 'My App', 'My App'],
    ['x-max-tokens', '4096', '4096'],
    ['x-author', 'somebody with a name', 'somebody with a name'],
    ['x-title', 'sk-abcdefghijklmnop1234', 'sk-…1234'],
    ['x-title', 'Bearer abcdefghijklmnop1234', 'Bearer …1234'],
    ['authorization', 'Bearer ${TOKEN}', 'Bearer ${TOKEN}'],
    ['x-api-key', '${KEY}', '${KEY}'],
  ])('%s: %s', (name, value, masked) => {
    expect(maskHeader(name, value)).toBe(masked)
  })
})

describe('maskUrl', () => {
  it.each([
    ['http://127.0.0.1:7890', 'http://127.0.0.1:7890'],
    ['direct', 'direct'],
    ['http://user:secret@proxy:8080', 'http://user:…@proxy:8080'],
    ['socks5://user:se:cr@proxy:1080/x', 'socks5://user:…@proxy:1080/x'],
    ['http://onlytoken@proxy', 'http://…@proxy'],
    ['user:secret@proxy:8080', 'user:…@proxy:8080'],
    ['http://${USER}:${PASSWORD}@proxy', 'http://${USER}:${PASSWORD}@proxy'],
  ])('%s', (url, masked) => {
    expect(maskUrl(url)).toBe(masked)
  })
})

describe('maskSettings', () => {
  it('masks what holds a credential and keeps types and all else', () => {
    const settings = {
      name: 'a',
      enabled: false,
      max_parallel: 3,
      headers: { 'x-title': 'App', authorization: 'Bearer abcdefghijklmnop1234' },
      proxy: 'http://u:p@host',
      api_key: 'canary-in-an-unknown-setting',
      previous_api_key: { key: 'ak-abcdefghijklmnop', until: '2027-01-01' },
    }
    expect(maskSettings(settings, ['canary-in-an-unknown-setting'])).toEqual({
      name: 'a',
      enabled: false,
      max_parallel: 3,
      headers: { 'x-title': 'App', authorization: 'Bearer …1234' },
      proxy: 'http://u:…@host',
      api_key: '…ting',
      previous_api_key: { key: 'ak-…mnop', until: '2027-01-01' },
    })
  })
})

describe('holdsNewMask', () => {
  it.each<[string, unknown, unknown, boolean]>([
    ['a key', { keys: ['sk-real'] }, { keys: ['sk-…real'] }, true],
    ['a header, deep down', {}, { upstreams: [{ headers: { a: 'Bearer …1234' } }] }, true],
    ['a placeholder that stood there before', { keys: ['sk-…'] }, { keys: ['sk-…'], enabled: true }, false],
    ['a name with an ellipsis', {}, { name: 'More…', project_name: 'And more…' }, false],
    ['an alias with one', {}, { auto_models: { 'more…': 'gpt…' } }, false],
    ['nothing masked', {}, { keys: ['sk-new'] }, false],
  ])('%s', (_, before, after, expected) => {
    expect(holdsNewMask(before, after)).toBe(expected)
  })
})
