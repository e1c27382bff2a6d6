import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../proxy/config/parse.ts'
import type { Discovery, RouteTable } from '../../../proxy/routing/route.ts'
import { buildRouteTable, planRoute, splitTarget } from '../../../proxy/routing/route.ts'
import { makeConfig, makeUpstream } from '../../helpers/make.ts'

const nothingKnown: Discovery = () => null

function tableOf(
  upstreams: readonly Readonly<Record<string, unknown>>[],
  autoModels: Readonly<Record<string, unknown>> = {},
  needsKey = true,
): RouteTable {
  const parsed = parseConfig(makeConfig({ server: { auto_models: autoModels }, upstreams }), {
    env: {},
    language: 'en',
  })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics))
  return buildRouteTable(parsed.config, () => needsKey)
}

function up(name: string, models: readonly string[], settings: Readonly<Record<string, unknown>> = {}) {
  return makeUpstream(name, 'https://example.com', { keys: ['sk-0001'], models, ...settings })
}

/** Rule and targets as `upstream:model`. */
function plan(table: RouteTable, model: string, discovery = nothingKnown): readonly [string, ...string[]] | null {
  const { route } = planRoute(table, model, discovery)
  return route && [route.rule, ...route.targets.map((target) => `${target.upstream}:${target.model}`)]
}

describe('the order of rules', () => {
  const table = tableOf(
    [
      up('star', ['*']),
      up('pattern', ['gpt-*', 'llama3:*']),
      up('exact', ['gpt-4', 'auto']),
      up('exact2', ['gpt-4']),
      up('star2', ['*']),
    ],
    {
      auto: 'exact:gpt-4o',
      plain: 'gpt-4',
      'gpt-alias': 'gpt-5',
      list: ['exact2:a', 'gpt-4', 'unlisted', 'exact2:a'],
      colon: 'llama3:8b',
    },
  )

  it.each<[string, string, readonly string[]]>([
    ['an alias goes before an exact name', 'auto', ['alias', 'exact:gpt-4o']],
    ['an alias to a model, on whichever upstream serves it', 'plain', ['alias', 'exact:gpt-4', 'exact2:gpt-4']],
    ['an alias to a model that a pattern has', 'gpt-alias', ['alias', 'pattern:gpt-5']],
    [
      'a list in its order, doubles once',
      'list',
      ['alias', 'exact2:a', 'exact:gpt-4', 'exact2:gpt-4', 'star:unlisted', 'star2:unlisted'],
    ],
    ['a colon in an alias need not mean an upstream', 'colon', ['alias', 'pattern:llama3:8b']],
    ['upstream:model asked for directly', 'exact:anything', ['direct', 'exact:anything']],
    ['the first colon splits', 'exact:llama3:8b', ['direct', 'exact:llama3:8b']],
    ['a model with a colon', 'llama3:8b', ['pattern', 'pattern:llama3:8b']],
    ['an exact name goes before a pattern, in config order', 'gpt-4', ['exact', 'exact:gpt-4', 'exact2:gpt-4']],
    ['a pattern goes before *', 'gpt-3.5', ['pattern', 'pattern:gpt-3.5']],
    ['all the rest', 'claude', ['wildcard', 'star:claude', 'star2:claude']],
    ['names are case-sensitive', 'GPT-4', ['wildcard', 'star:GPT-4', 'star2:GPT-4']],
  ])('%s', (_, model, expected) => {
    expect(plan(table, model)).toEqual(expected)
  })
})

describe('a name that nobody serves', () => {
  it.each(['gpt-4', '', ':', 'a:', ':b', 'toString', '__proto__', 'constructor'])('%j has no route', (model) => {
    const table = tableOf([up('a', ['other'])])
    expect(planRoute(table, model, nothingKnown)).toEqual({ route: null, skipped: [] })
  })
})

describe('upstreams that cannot be used', () => {
  it('are skipped with the reason', () => {
    const table = tableOf([
      up('off', ['m'], { enabled: false }),
      up('keyless', ['m'], { keys: [] }),
      up('keys-off', ['m'], { keys: [{ key: 'sk-1', enabled: false }] }),
      up('good', ['m']),
    ])
    expect(planRoute(table, 'm', nothingKnown)).toMatchObject({
      route: { rule: 'exact', targets: [{ upstream: 'good', model: 'm' }] },
      skipped: [
        { upstream: 'off', reason: 'disabled' },
        { upstream: 'keyless', reason: 'no-key' },
        { upstream: 'keys-off', reason: 'no-key' },
      ],
    })
  })

  it('need no key where none is wanted', () => {
    expect(plan(tableOf([up('local', ['m'], { keys: [] })], {}, false), 'm')).toEqual(['exact', 'local:m'])
  })

  it('leave no route, and tell so, when there is no other', () => {
    const table = tableOf([up('off', ['m'], { enabled: false }), up('star', ['*'])], { alias: 'off:m' })
    expect(planRoute(table, 'm', nothingKnown)).toEqual({
      route: null,
      skipped: [{ upstream: 'off', model: 'm', reason: 'disabled' }],
    })
    expect(planRoute(table, 'alias', nothingKnown).route).toBeNull()
  })

  it('leave the rest of a list', () => {
    const table = tableOf([up('off', ['m'], { enabled: false }), up('on', ['m2'])], { alias: ['off:m', 'on:x'] })
    expect(plan(table, 'alias')).toEqual(['alias', 'on:x'])
  })
})

describe('model lists of * upstreams', () => {
  const table = tableOf([up('lacks', ['*']), up('unknown', ['*']), up('has', ['*'])])
  const known: Discovery = (upstream) => ({ lacks: false, has: true })[upstream] ?? null

  it('put first who has the model and last who lacks it, and drop nobody', () => {
    expect(plan(table, 'm', known)).toEqual(['wildcard', 'has:m', 'unknown:m', 'lacks:m'])
  })

  it('leave the config order while nothing is known', () => {
    expect(plan(table, 'm')).toEqual(['wildcard', 'lacks:m', 'unknown:m', 'has:m'])
  })
})

describe('upstream:model', () => {
  const table = tableOf([up('a', ['m']), up('测试 Pool', ['m'])])
  it.each<[string, ReturnType<typeof splitTarget>]>([
    ['a:m', { upstream: 'a', model: 'm' }],
    ['a:org/m:free', { upstream: 'a', model: 'org/m:free' }],
    ['测试 Pool:m', { upstream: '测试 Pool', model: 'm' }],
    ['A:m', null],
    ['a:', null],
    [':m', null],
    ['am', null],
  ])('%s', (name, expected) => {
    expect(splitTarget(table, name)).toEqual(expected)
  })
})
