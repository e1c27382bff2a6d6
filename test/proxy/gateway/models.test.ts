import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../proxy/config/parse.ts'
import { geminiModelList, listModels, modelEntry, modelList, modelsOf } from '../../../proxy/gateway/models.ts'
import { UpstreamStates } from '../../../proxy/gateway/upstream.ts'
import { buildSnapshot } from '../../../proxy/snapshot.ts'
import { makeConfig, makeProject, makeUpstream } from '../../helpers/make.ts'

function setup(discovered: Readonly<Record<string, readonly string[]>> = {}) {
  const text = makeConfig({
    server: { port: 0, auto_models: { auto: 'b:x', 'gpt-4': 'a:renamed' } },
    upstreams: [
      makeUpstream('a', 'http://127.0.0.1:1', { models: ['m', 'gpt-4'] }),
      makeUpstream('b', 'http://127.0.0.1:1', { models: ['*'] }),
      makeUpstream('c', 'http://127.0.0.1:1', { models: ['claude-*'] }),
      makeUpstream('off', 'http://127.0.0.1:1', { models: ['gone'], enabled: false }),
    ],
    project_auth: [
      makeProject('all', 'ak-all'),
      makeProject('some', 'ak-some', { allowed_models: ['claude-*', 'b:direct', 'elsewhere'] }),
      makeProject('off', 'ak-off', { enabled: false }),
    ],
  })
  const parsed = parseConfig(text, { env: {}, language: 'en' })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics))
  const snapshot = buildSnapshot(parsed.config, 'test')
  const states = new UpstreamStates({})
  states.apply(snapshot)
  for (const [name, models] of Object.entries(discovered)) {
    const state = states.find(name)
    if (state) state.discovered = new Set(models)
  }
  const project = (name: string) => {
    const found = snapshot.projects.find((candidate) => candidate.name === name)
    if (!found) throw new Error(name)
    return found
  }
  return { snapshot, states, project }
}

describe('all models', () => {
  it('are aliases, listed ones, and discovered ones that their upstream is to serve', () => {
    const { snapshot, states } = setup({ b: ['m', 'new'], c: ['claude-1', 'other'], a: ['not asked for'] })
    expect(listModels(snapshot, states).map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'alias auto',
      'alias gpt-4',
      'listed m',
      'listed gone',
      'discovered new',
      'discovered claude-1',
    ])
  })

  it('tell who answers, who cannot, and which projects may ask', () => {
    const { snapshot, states } = setup()
    expect(listModels(snapshot, states).filter(({ name }) => ['m', 'gone'].includes(name))).toEqual([
      {
        name: 'm',
        kind: 'listed',
        targets: [{ upstream: 'a', model: 'm', usable: true, why: null }],
        projects: ['all'],
      },
      {
        name: 'gone',
        kind: 'listed',
        targets: [{ upstream: 'off', model: 'gone', usable: false, why: 'disabled' }],
        projects: ['all'],
      },
    ])
  })
})

describe('the models of a project', () => {
  const { snapshot, states, project } = setup({ b: ['new'], c: ['claude-1'] })
  it.each<[string, readonly string[]]>([
    ['all', ['auto', 'gpt-4', 'm', 'new', 'claude-1']],
    ['some', ['claude-1', 'b:direct', 'elsewhere']],
  ])('%s', (name, expected) => {
    expect(modelsOf(project(name), snapshot, states)).toEqual(expected)
  })
})

describe('an entry', () => {
  const { snapshot, states } = setup()
  it.each<[string, string]>([
    ['m', 'a'],
    ['auto', 'ai-proxy'],
    ['gpt-4', 'ai-proxy'],
    ['b:direct', 'b'],
  ])('of %s is owned by %s', (name, owner) => {
    expect(modelEntry(name, snapshot, states, 5)).toEqual({ id: name, object: 'model', created: 5, owned_by: owner })
  })

  it('has the forms of three kinds of clients', () => {
    const entries = [modelEntry('m', snapshot, states, 5)]
    expect(modelList(entries, false)).toEqual({ object: 'list', data: entries })
    expect(modelList(entries, true)).toMatchObject({
      data: [{ id: 'm', type: 'model', display_name: 'm', created_at: '1970-01-01T00:00:05.000Z' }],
      has_more: false,
      first_id: 'm',
      last_id: 'm',
    })
    expect(modelList([], true)).toMatchObject({ data: [], first_id: null, last_id: null })
    expect(geminiModelList(['m'])).toMatchObject({ models: [{ name: 'models/m', displayName: 'm' }] })
  })
})
