import { describe, expect, it } from 'vitest'
import type { ConfigEdit, ExplainStep, ModelEntry } from '../../proxy/contract.ts'
import {
  aliasEdits,
  checkAlias,
  readAliases,
  targetFinding,
  type AliasForm,
  type TargetFinding,
} from '../../renderer/pages/models/alias-form.ts'
import { filterModels, targetOptions, type ModelFilter } from '../../renderer/pages/models/model-filter.ts'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { texts as zh } from '../../renderer/locales/zh/index.ts'

const upstream = (index: number, name: string, models: readonly string[], enabled = true) => ({
  index,
  name,
  settings: { models, enabled },
  keys: [],
})
const upstreams = [upstream(0, 'one', ['gpt-4o', 'claude-*']), upstream(1, 'off', ['o3'], false)]
const project = (index: number, allowed: readonly string[]) => ({
  index,
  name: `p${index}`,
  settings: { allowed_models: allowed },
  maskedKey: '…',
  previousKeyUntil: null,
})

describe('a target', () => {
  it.each<[string, string, readonly string[], TargetFinding | null]>([
    ['of an upstream may be any model', 'one:whatever', [], null],
    ['may be a listed model', 'gpt-4o', [], null],
    ['may fit a pattern', 'claude-sonnet-4-5', [], null],
    ['may not be an alias', 'fast', [], 'alias'],
    ['that nobody serves is told', 'nobody:x', [], 'not-served'],
    ['that only a disabled upstream lists is not served', 'o3', [], 'not-served'],
    ['of a disabled upstream is told', 'off:o3', [], 'disabled'],
    ['that stands above is told', ' gpt-4o ', ['gpt-4o'], 'repeated'],
    ['that is being typed is nothing yet', '', [], null],
  ])('%s', (_, target, before, expected) => {
    expect(targetFinding(target, before, ['fast'], upstreams)).toBe(expected)
  })
})

describe('the edits of an alias', () => {
  const server = { auto_models: { text: 'one:a', list: ['one:a', 'one:b'] } }
  const at = (name: string) => ['server', 'auto_models', name]
  const form = (name: string, ...targets: string[]): AliasForm => ({ name, targets })

  it.each<[string, AliasForm | null, AliasForm, readonly ConfigEdit[]]>([
    [
      'keep a text a text',
      form('text', 'one:a'),
      form('text', 'one:b'),
      [{ op: 'set', path: at('text'), value: 'one:b' }],
    ],
    [
      'make a list of a second target',
      form('text', 'one:a'),
      form('text', 'one:a', 'one:b'),
      [{ op: 'set', path: at('text'), value: ['one:a', 'one:b'] }],
    ],
    [
      'keep a list a list',
      form('list', 'one:a', 'one:b'),
      form('list', 'one:b'),
      [{ op: 'set', path: at('list'), value: ['one:b'] }],
    ],
    ['leave out empty rows', null, form(' new ', ' gpt-4o ', ''), [{ op: 'set', path: at('new'), value: 'gpt-4o' }]],
    [
      'rename before they set, and take permissions along',
      form('text', 'one:a'),
      form('quick', 'one:b'),
      [
        { op: 'rename', path: at('text'), to: 'quick' },
        { op: 'set', path: at('quick'), value: 'one:b' },
        { op: 'set', path: ['project_auth', 1, 'allowed_models', 1], value: 'quick' },
      ],
    ],
    ['are none when nothing changed', form('text', 'one:a'), form('text', 'one:a'), []],
  ])('%s', (_, base, next, expected) => {
    expect(aliasEdits(base, next, server, [project(0, ['*']), project(1, ['gpt-4o', 'text'])])).toEqual(expected)
  })

  it('are refused while a name or a target is wrong', () => {
    const codes = (next: AliasForm) =>
      checkAlias(next, ['fast'], upstreams, 'Name').map(({ code, path }) => [code, path])
    expect(codes(form('ok', 'gpt-4o'))).toEqual([])
    expect(codes(form('', 'gpt-4o'))).toEqual([['empty_text', ['server', 'auto_models']]])
    expect(codes(form('fast', 'gpt-4o'))).toEqual([['yaml_duplicate_key', ['server', 'auto_models']]])
    expect(codes(form('ok', ' '))).toEqual([['alias_empty', at('ok')]])
    expect(codes(form('ok', 'gpt-4o', 'ok'))).toEqual([['alias_of_alias', [...at('ok'), 1]]])
  })

  it('read whatever stands in the file', () => {
    expect([...readAliases({ auto_models: { a: 'x', b: ['y', 3], c: null } })]).toEqual([
      ['a', ['x']],
      ['b', ['y']],
      ['c', []],
    ])
    expect(readAliases({ auto_models: null }).size).toBe(0)
    expect(readAliases({}).size).toBe(0)
  })
})

describe('the list of models', () => {
  const entry = (name: string, kind: ModelEntry['kind'], ...served: string[]): ModelEntry => ({
    name,
    kind,
    targets: served.map((name_) => ({ upstream: name_, model: name, usable: true, why: null })),
    projects: [],
  })
  const entries = [
    entry('fast', 'alias', 'one'),
    entry('gpt-4o', 'listed', 'one', 'two'),
    entry('o3', 'discovered', 'two'),
  ]

  it.each<[string, ModelFilter, readonly string[]]>([
    ['shows all', { text: '', kind: 'all' }, ['fast', 'gpt-4o', 'o3']],
    ['finds a name', { text: 'GPT', kind: 'all' }, ['gpt-4o']],
    ['finds an upstream', { text: 'two', kind: 'all' }, ['gpt-4o', 'o3']],
    ['wants every word', { text: 'two o3', kind: 'all' }, ['o3']],
    ['keeps to a kind', { text: '', kind: 'alias' }, ['fast']],
  ])('%s', (_, filter, expected) => {
    expect(filterModels(entries, filter).map(({ name }) => name)).toEqual(expected)
  })

  it('offers models as targets, with their upstream first, and never an alias', () => {
    expect(targetOptions(entries)).toEqual(['one:gpt-4o', 'two:gpt-4o', 'two:o3', 'gpt-4o', 'o3'])
  })
})

describe('the steps of "what would happen"', () => {
  it('have words for every code in both languages', () => {
    const codes = {
      'project-unknown': true,
      'project-disabled': true,
      allowed: true,
      'not-allowed': true,
      alias: true,
      direct: true,
      exact: true,
      pattern: true,
      wildcard: true,
      'not-found': true,
      target: true,
      'target-skipped': true,
      'no-key': true,
      sent: true,
    } satisfies Record<Exclude<ExplainStep['code'], 'key'>, true>
    for (const texts of [en, zh])
      expect(Object.keys(texts.models.explain.code)).toEqual(expect.arrayContaining(Object.keys(codes)))
  })
})
