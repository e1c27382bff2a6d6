import { describe, expect, it, vi } from 'vitest'
import type { ConfigEdit, UpstreamView } from '../../proxy/contract.ts'
import { isCovered } from '../../renderer/model-patterns.ts'
import { findSaved, readPastedKeys, type KnownKey } from '../../renderer/pages/upstreams/pasted-keys.ts'
import { renameReferences } from '../../renderer/pages/upstreams/rename-references.ts'
import { isSameAddress } from '../../renderer/pages/upstreams/same-address.ts'
import {
  checkUpstream,
  emptyUpstream,
  keysToReveal,
  newKey,
  readUpstream,
  upstreamEdits,
  writeUpstream,
  type UpstreamForm,
} from '../../renderer/pages/upstreams/upstream-form.ts'
import { findUpstream, upstreamHref } from '../../renderer/pages/upstreams/upstream-place.ts'

describe('pasted keys', () => {
  it.each<[string, string, readonly string[], number]>([
    ['one per line', 'sk-a\nsk-b\n', ['sk-a', 'sk-b'], 0],
    ['Windows line ends and blanks', '  sk-a \r\n\r\n sk-b ', ['sk-a', 'sk-b'], 0],
    ['a JSON list', '["sk-a", "sk-b"]', ['sk-a', 'sk-b'], 0],
    ['a YAML list', 'keys:\n  - sk-a\n  - "sk-b"', ['sk-a', 'sk-b'], 0],
    ['an .env file', 'export OPENAI_API_KEY="sk-a"\nOTHER_KEY=sk-b', ['sk-a', 'sk-b'], 0],
    ['a header', 'Authorization: Bearer sk-a', ['sk-a'], 0],
    ['twice the same', 'sk-a\nsk-a', ['sk-a'], 1],
    ['one that is there', 'sk-known\nsk-a', ['sk-a'], 1],
    ['a variable', '${MY_KEY}', ['${MY_KEY}'], 0],
    ['padding at the end', 'abc123==', ['abc123=='], 0],
    ['nothing', ' \n', [], 0],
  ])('are read from %s', (_, text, keys, repeated) => {
    expect(readPastedKeys(text, ['sk-known'])).toEqual({ keys, repeated })
  })

  it('are compared with saved ones only where the end is the same', async () => {
    const saved = [
      { index: 0, keyId: 'a', masked: 'sk-…1111', envName: null },
      { index: 1, keyId: 'b', masked: 'sk-…2222', envName: null },
      { index: 2, keyId: 'c', masked: 'sk-…3333', envName: 'MINE' },
      { index: 3, keyId: 'd', masked: 'sk-…4444', envName: 'ALSO' },
    ]
    const texts = ['sk-real-1111', '', '${MINE}', 'x-${ALSO}']
    const readText = vi.fn(async ({ index }: KnownKey) => texts[index] ?? '')
    const found = await findSaved(
      ['sk-real-1111', 'sk-other-1111', '${MINE}', '${ALSO}', 'sk-new-4444'],
      saved,
      readText,
    )
    expect([...found]).toEqual(['sk-real-1111', '${MINE}'])
    expect(readText.mock.calls.map(([{ index }]) => index)).toEqual([0, 2, 3])
  })
})

const view: UpstreamView = {
  index: 2,
  name: 'one',
  settings: {
    name: 'one',
    base_url: 'https://one.example',
    models: ['m'],
    headers: { 'X-Team': 'blue', Authorization: 'Bearer …a1b2' },
    timeouts: { idle_seconds: 5 },
    path_prefix: '',
  },
  keys: [
    {
      index: 0,
      keyId: 'k0',
      label: 'Ann',
      name: 'Ann',
      masked: 'sk-…0000',
      enabled: true,
      envName: null,
      envMissing: false,
    },
    {
      index: 1,
      keyId: 'k1',
      label: 'sk-…1111',
      name: null,
      masked: 'sk-…1111',
      enabled: true,
      envName: null,
      envMissing: false,
    },
    {
      index: 2,
      keyId: 'k2',
      label: 'sk-…2222',
      name: null,
      masked: 'sk-…2222',
      enabled: false,
      envName: null,
      envMissing: false,
    },
  ],
}
const base = readUpstream(view)
const path = ['upstreams', 2]
const keys = (change: (index: number) => object) => ({
  keys: base.keys.map((key, index) => ({ ...key, ...change(index) })),
})

describe('the edits of an upstream', () => {
  it.each<[string, Partial<UpstreamForm>, ConfigEdit[]]>([
    ['nothing', {}, []],
    ['the name', { name: ' uno ' }, [{ op: 'set', path: [...path, 'name'], value: 'uno' }]],
    ['the switch', { enabled: false }, [{ op: 'set', path: [...path, 'enabled'], value: false }]],
    ['a prefix taken away', { path_prefix: '' }, [{ op: 'delete', path: [...path, 'path_prefix'] }]],
    ['a proxy', { proxy: 'direct' }, [{ op: 'set', path: [...path, 'proxy'], value: 'direct' }]],
    [
      'a label and a switch of keys',
      keys((index) => (index === 1 ? { name: 'Bob' } : index === 2 ? { enabled: true } : {})),
      [
        { op: 'set', path: [...path, 'keys', 1], value: { key: 'literal 1', name: 'Bob' } },
        { op: 'set', path: [...path, 'keys', 2], value: 'literal 2' },
      ],
    ],
    [
      'keys deleted from the last one on, new ones behind those that stay',
      { keys: [...keys((index) => ({ deleted: index !== 1 })).keys, newKey('sk-new')], pasted: 'sk-newer' },
      [
        { op: 'delete', path: [...path, 'keys', 2] },
        { op: 'delete', path: [...path, 'keys', 0] },
        { op: 'insert', path: [...path, 'keys'], index: 1, value: 'sk-new' },
        { op: 'insert', path: [...path, 'keys'], index: 2, value: 'sk-newer' },
      ],
    ],
    [
      'a header renamed without its masked value, another deleted, a third added',
      {
        headers: [
          { id: 'a', origin: 'Authorization', name: 'X-Auth', value: 'Bearer …a1b2' },
          { id: 'b', origin: null, name: 'X-New', value: 'red' },
        ],
      },
      [
        { op: 'delete', path: [...path, 'headers', 'X-Team'] },
        { op: 'rename', path: [...path, 'headers', 'Authorization'], to: 'X-Auth' },
        { op: 'set', path: [...path, 'headers', 'X-New'], value: 'red' },
      ],
    ],
    ['all headers', { headers: [] }, [{ op: 'delete', path: [...path, 'headers'] }]],
    [
      'the last timeout',
      { timeouts: { ...base.timeouts, idle_seconds: null } },
      [{ op: 'delete', path: [...path, 'timeouts'] }],
    ],
    [
      'one timeout of several',
      { timeouts: { ...base.timeouts, connect_seconds: 3 } },
      [{ op: 'set', path: [...path, 'timeouts', 'connect_seconds'], value: 3 }],
    ],
  ])('change %s', (_, change, expected) => {
    const form = { ...base, ...change }
    const literals = new Map(keysToReveal(form).map(({ index }) => [index, `literal ${index}`]))
    expect(upstreamEdits(base, form, 2, literals)).toEqual(expected)
  })

  it('write a new one with what is set and nothing else', () => {
    const form = {
      ...emptyUpstream,
      name: 'new',
      base_url: ' https://x ',
      models: ['*'],
      pasted: 'sk-a',
      api: ['chat'] as const,
    }
    expect(writeUpstream(form)).toEqual({
      name: 'new',
      base_url: 'https://x',
      models: ['*'],
      keys: ['sk-a'],
      api: ['chat'],
    })
  })
})

describe('the check of an upstream', () => {
  const codes = (change: Partial<UpstreamForm>, others: readonly string[] = []) =>
    checkUpstream({ ...base, ...change }, base, 2, others).map(({ code, path: at }) => [code, at.slice(2).join('.')])

  it.each<[string, Partial<UpstreamForm>, string[][]]>([
    ['finds nothing where masked values are untouched', {}, []],
    ['wants a name', { name: ' ' }, [['empty_text', 'name']]],
    ['wants an address', { base_url: '' }, [['empty_text', 'base_url']]],
    ['wants no password in it', { base_url: 'https://a:b@c' }, [['base_url_credentials', 'base_url']]],
    ['knows proxies', { proxy: 'ftp://x' }, [['bad_proxy', 'proxy']]],
    ['knows limits', { max_parallel: 0 }, [['too_small', 'max_parallel']]],
    [
      'knows header names',
      { headers: [{ id: 'a', origin: null, name: 'no spaces', value: 'x' }] },
      [['bad_header_name', 'headers.no spaces']],
    ],
  ])('%s', (_, change, expected) => {
    expect(codes(change)).toEqual(expected)
  })

  it('catches a name that is taken', () => {
    expect(codes({}, ['one'])).toEqual([['upstream_duplicate', 'name']])
  })
})

describe('a new name', () => {
  it('is followed by aliases and permissions that say "upstream:model", and by nothing else', () => {
    const settings = { allowed_models: ['m', 'one:m'] }
    const project = { index: 0, name: 'p', settings, maskedKey: '', previousKeyUntil: null }
    const server = { auto_models: { a: 'one:m', b: ['one:m', 'oneself:m', 'm'], c: 'one' } }
    expect(renameReferences({ server, projects: [project] }, 'one', 'uno')).toEqual([
      { op: 'set', path: ['server', 'auto_models', 'a'], value: 'uno:m' },
      { op: 'set', path: ['server', 'auto_models', 'b', 0], value: 'uno:m' },
      { op: 'set', path: ['project_auth', 0, 'allowed_models', 1], value: 'uno:m' },
    ])
  })
})

describe('the place of an editor', () => {
  it('is found again, whatever the names are', () => {
    const named = ['one', 'a/b ü', 'twice', 'twice', '', '+'].map((name, index) => ({ ...view, name, index }))
    for (const upstream of named) {
      const rest = upstreamHref(named, upstream).split('/').slice(2).map(decodeURIComponent)
      expect(findUpstream(named, rest)).toBe(upstream)
    }
  })
})

it.each([
  ['https://api.openai.com', 'https://API.openai.com/v1/', true],
  ['https://api.openai.com', 'https://api.openai.com/v2', false],
])('%s and %s: the same address is %s', (one, other, same) => {
  expect(isSameAddress(one, other)).toBe(same)
})

it.each([
  ['gpt-4o', ['gpt-*'], true],
  ['gpt-4o', ['gpt-4o'], false],
  ['a.b', ['a*b'], true],
  ['axb', ['a.b*'], false],
  ['anything', ['*'], true],
])('%s is covered by %s: %s', (name, patterns, covered) => {
  expect(isCovered(name, patterns)).toBe(covered)
})
