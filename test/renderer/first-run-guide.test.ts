import { describe, expect, it } from 'vitest'
import { isFirstRun } from '../../renderer/pages/first-run/first-run-state.ts'
import { freeName, guideEdits, modelsAfterMove } from '../../renderer/pages/first-run/guide-edits.ts'
import { emptyUpstream } from '../../renderer/pages/upstreams/upstream-form.ts'

const key = (state: 'ready' | 'disabled' | 'paused') => ({
  keyId: 'k',
  label: 'k',
  state,
  until: null,
  guessed: false,
  reason: null,
  models: [],
  lastUsedAt: null,
  requests: 0,
  failures: 0,
})
const upstream = (changes: object) => ({
  name: 'u',
  enabled: true,
  provider: 'p',
  baseUrl: 'https://u.example',
  isLocal: false,
  needsKey: true,
  speaks: [],
  breaker: 'closed' as const,
  breakerUntil: null,
  lastError: null,
  lastErrorAt: null,
  lastAnswerAt: null,
  activeRequests: 0,
  keys: [],
  discoveredModels: null,
  ...changes,
})

describe('the first run', () => {
  const demo = upstream({ baseUrl: 'builtin:demo', isLocal: true, needsKey: false })
  it.each<[string, boolean, readonly ReturnType<typeof upstream>[], boolean]>([
    ['with the demo alone', false, [demo], true],
    ['with entries that lack a key', false, [demo, upstream({})], true],
    ['with a key that is no key', false, [upstream({ keys: [key('disabled')] })], true],
    ['with a key', false, [upstream({ keys: [key('ready')] })], false],
    ['with a key that waits', false, [upstream({ keys: [key('paused')] })], false],
    ['with a model on this computer', false, [upstream({ isLocal: true, needsKey: false })], false],
    ['with an upstream that is off', false, [upstream({ enabled: false, keys: [key('ready')] })], true],
    ['after an answer', true, [demo], false],
  ])('%s', (_, hasAnswered, upstreams, expected) => {
    expect(isFirstRun({ hasAnswered, upstreams })).toBe(expected)
  })
})

describe('what the guide writes', () => {
  const form = {
    ...emptyUpstream,
    name: 'OpenAI',
    base_url: 'https://api.openai.com/v1',
    models: ['*'],
    pasted: 'sk-new',
  }
  const known = {
    index: 1,
    name: 'OpenAI',
    settings: { base_url: 'https://api.openai.com', models: ['gpt-*'] },
    keys: [],
  }

  it('is a key and the models for an entry that is there', () => {
    expect(guideEdits({ upstreams: [known], projects: [] }, form, null, 'default')).toEqual([
      { op: 'insert', path: ['upstreams', 1, 'keys'], index: 0, value: 'sk-new' },
      { op: 'set', path: ['upstreams', 1, 'models'], value: ['*'] },
    ])
  })

  it('is a new entry under a free name, and a project where there is none', () => {
    const other = { ...known, settings: { base_url: 'https://other.example' } }
    expect(guideEdits({ upstreams: [other], projects: [] }, form, 'ak-1', 'default')).toEqual([
      {
        op: 'insert',
        path: ['upstreams'],
        index: 1,
        value: { name: 'OpenAI 2', base_url: 'https://api.openai.com/v1', models: ['*'], keys: ['sk-new'] },
      },
      {
        op: 'insert',
        path: ['project_auth'],
        index: 0,
        value: { project_name: 'default', api_key: 'ak-1', allowed_models: ['*'] },
      },
    ])
  })

  it.each<[string, readonly string[], string, readonly string[]]>([
    ['those of the entry at the new address', ['*'], 'https://api.openai.com/v1', ['gpt-*']],
    ['every one at an address that nobody prepared', ['gpt-*'], 'https://gateway.example', ['*']],
    ['what somebody chose', ['gpt-4o'], 'https://gateway.example', ['gpt-4o']],
  ])('takes to another address %s', (_, models, baseUrl, expected) => {
    const from = models[0] === '*' ? 'https://gateway.example' : 'https://api.openai.com'
    expect(modelsAfterMove([known], { base_url: from, models }, baseUrl)).toEqual(expected)
  })

  it('never takes a name twice', () => {
    expect(freeName('A', ['A', 'A 2'])).toBe('A 3')
  })
})
