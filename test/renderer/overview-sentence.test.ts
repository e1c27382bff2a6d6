import { describe, expect, it } from 'vitest'
import type { EngineStatus, KeyStatus, UpstreamStatus } from '../../proxy/contract.ts'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { attentionOf, failureFix } from '../../renderer/pages/overview/attention.ts'
import { overviewSentence } from '../../renderer/pages/overview/overview-sentence.ts'
import { createConfigFile } from '../helpers/console-config.ts'
import { emptyConfigText, makeStatus } from '../helpers/console-data.ts'

const now = 1_795_449_600_000

function status(overrides: Partial<EngineStatus> = {}): EngineStatus {
  const traffic = { ...makeStatus(createConfigFile(emptyConfigText), now).traffic, success: 0.99 }
  return makeStatus(createConfigFile(emptyConfigText), now, {
    upstreams: [upstream('OpenAI', [key()])],
    projects: [{ name: 'IDE', enabled: true }],
    traffic,
    ...overrides,
  })
}

function upstream(name: string, keys: readonly KeyStatus[], overrides: Partial<UpstreamStatus> = {}): UpstreamStatus {
  return {
    name,
    enabled: true,
    provider: 'openai',
    baseUrl: `https://${name.toLowerCase()}.example`,
    isLocal: false,
    needsKey: true,
    speaks: ['chat'],
    breaker: 'closed',
    breakerUntil: null,
    lastError: null,
    lastErrorAt: null,
    lastAnswerAt: null,
    activeRequests: 0,
    keys,
    discoveredModels: null,
    ...overrides,
  }
}

function key(overrides: Partial<KeyStatus> = {}): KeyStatus {
  return {
    keyId: 'f00d',
    label: 'team',
    state: 'ready',
    until: null,
    guessed: false,
    reason: null,
    models: [],
    lastUsedAt: null,
    requests: 0,
    failures: 0,
    ...overrides,
  }
}

const demo = upstream('Demo', [], { baseUrl: 'builtin:demo', isLocal: true, needsKey: false })
const paused = key({ state: 'paused', until: now + 60_000 })
const dead = { lastError: 'connect ECONNREFUSED', lastErrorAt: now - 5000 }
const diagnostic = { severity: 'error', code: 'x', params: {}, message: 'x', path: [], line: 12, column: 3 } as const

const taken = { ...diagnostic, code: 'port_in_use', message: 'Port 9000 is taken.', path: ['server', 'port'] }

describe('the sentence on the whole', () => {
  it.each<[string, Partial<EngineStatus>, ReturnType<typeof overviewSentence>]>([
    ['it starts', { state: 'starting', listening: null }, { tone: 'busy', kind: 'starting', params: {}, until: null }],
    ['it stops', { state: 'stopping' }, { tone: 'busy', kind: 'stopping', params: {}, until: null }],
    ['it is stopped', { state: 'stopped', listening: null }, { tone: 'off', kind: 'stopped', params: {}, until: null }],
    [
      'it could not start',
      { state: 'failed', listening: null, failure: { code: 'port_in_use', message: 'Port 8080 is taken.' } },
      { tone: 'bad', kind: 'failed', params: { reason: 'Port 8080 is taken.' }, until: null },
    ],
    ['it listens nowhere', { listening: null }, { tone: 'bad', kind: 'notListening', params: {}, until: null }],
    ['there is no upstream', { upstreams: [] }, { tone: 'bad', kind: 'noUpstream', params: {}, until: null }],
    [
      'all upstreams are switched off',
      { upstreams: [upstream('OpenAI', [key()], { enabled: false })] },
      { tone: 'bad', kind: 'noUpstream', params: {}, until: null },
    ],
    [
      'no key was filled in',
      { upstreams: [upstream('OpenAI', [])] },
      { tone: 'bad', kind: 'noKeys', params: {}, until: null },
    ],
    ['there is no project', { projects: [] }, { tone: 'bad', kind: 'noProject', params: {}, until: null }],
    [
      'all projects are switched off',
      { projects: [{ name: 'IDE', enabled: false }] },
      { tone: 'bad', kind: 'noProject', params: {}, until: null },
    ],
    [
      'every key is paused',
      {
        upstreams: [
          upstream('A', [key({ state: 'paused', until: now + 90_000 })]),
          upstream('B', [key({ state: 'refused' }), paused]),
        ],
      },
      { tone: 'waiting', kind: 'allPaused', params: {}, until: now + 60_000 },
    ],
    [
      'nothing is usable',
      { upstreams: [upstream('A', [key({ state: 'refused' })]), upstream('B', [paused])] },
      { tone: 'bad', kind: 'noneUsable', params: {}, until: null },
    ],
    [
      'the file is rejected',
      { config: { ...status().config, rejected: [diagnostic, diagnostic] } },
      { tone: 'warning', kind: 'configRejected', params: { count: 2 }, until: null },
    ],
    [
      'its new port is taken, while the file has no mistake',
      { config: { ...status().config, rejected: [{ ...taken, line: null }] } },
      { tone: 'warning', kind: 'configUnused', params: { reason: 'Port 9000 is taken.' }, until: null },
    ],
    [
      'the file has an error and a warning',
      { config: { ...status().config, rejected: [{ ...diagnostic, severity: 'warning' }, diagnostic] } },
      { tone: 'warning', kind: 'configRejected', params: { count: 1 }, until: null },
    ],
    [
      'only the demo is there',
      { upstreams: [demo, upstream('OpenAI', [])] },
      { tone: 'waiting', kind: 'onlyDemo', params: {}, until: null },
    ],
    [
      'only the demo is left',
      { upstreams: [demo, upstream('OpenAI', [key({ state: 'refused' })])] },
      { tone: 'bad', kind: 'demoLeft', params: {}, until: null },
    ],
    [
      'all keys of one are paused',
      { upstreams: [upstream('A', [key()]), upstream('B', [paused])] },
      { tone: 'waiting', kind: 'onePaused', params: { name: 'B' }, until: now + 60_000 },
    ],
    [
      'one fails',
      { upstreams: [upstream('A', [key()]), upstream('B', [key()], { breaker: 'open', breakerUntil: now + 5000 })] },
      { tone: 'warning', kind: 'oneFailing', params: { name: 'B' }, until: now + 5000 },
    ],
    [
      'one has no usable key',
      { upstreams: [upstream('A', [key()]), upstream('B', [key({ state: 'exhausted' })])] },
      { tone: 'warning', kind: 'oneUnusable', params: { name: 'B' }, until: null },
    ],
    [
      'several are unusable',
      { upstreams: [upstream('A', [key()]), upstream('B', [paused]), upstream('C', [key({ state: 'refused' })])] },
      { tone: 'warning', kind: 'someUnusable', params: { count: 2, total: 3 }, until: null },
    ],
    [
      'many requests fail though all keys are fine',
      { traffic: { ...status().traffic, requests: 40, success: 0.75 } },
      { tone: 'warning', kind: 'manyFail', params: { share: 25 }, until: null },
    ],
    [
      'one of two requests failed, which says little',
      { traffic: { ...status().traffic, requests: 2, success: 0.5 } },
      { tone: 'good', kind: 'fine', params: { count: 1 }, until: null },
    ],
    [
      'nobody has asked yet',
      { hasAnswered: false },
      { tone: 'good', kind: 'waiting', params: { count: 1 }, until: null },
    ],
    [
      'all that was asked so far has failed, though no key and no connection is to blame',
      { hasAnswered: false, traffic: { ...status().traffic, requests: 3, success: 0 } },
      { tone: 'warning', kind: 'onlyFailures', params: {}, until: null },
    ],
    [
      'only clients have been wrong so far',
      { hasAnswered: false, traffic: { ...status().traffic, requests: 3, success: null } },
      { tone: 'good', kind: 'waiting', params: { count: 1 }, until: null },
    ],
    [
      'an entry without a key is only prepared',
      { upstreams: [upstream('A', [key()]), upstream('B', []), demo] },
      { tone: 'good', kind: 'fine', params: { count: 2 }, until: null },
    ],
    [
      'the newest outcome of one is a failure',
      { upstreams: [upstream('A', [key()]), upstream('B', [key()], dead)] },
      { tone: 'warning', kind: 'oneFailed', params: { name: 'B' }, until: null },
    ],
    [
      'the only one failed last, which may be over',
      { upstreams: [upstream('A', [key()], dead), upstream('B', [])] },
      { tone: 'warning', kind: 'oneFailed', params: { name: 'A' }, until: null },
    ],
    [
      'all failed last, as without network',
      { upstreams: [upstream('A', [key()], dead), upstream('B', [key()], dead), demo] },
      { tone: 'warning', kind: 'allFailed', params: { count: 2 }, until: null },
    ],
    [
      'some failed last and others have no key',
      { upstreams: [upstream('A', [key()]), upstream('B', [key()], dead), upstream('C', [paused])] },
      { tone: 'warning', kind: 'someTroubled', params: { count: 2, total: 3 }, until: null },
    ],
    [
      'one failed last and another has fewer keys, the failure first',
      { upstreams: [upstream('A', [key(), paused]), upstream('B', [key()], dead)] },
      { tone: 'warning', kind: 'oneFailed', params: { name: 'B' }, until: null },
    ],
    [
      'a client asked for a model that does not exist, which the upstream answered',
      { upstreams: [upstream('A', [key()], { lastError: 'No such model.', lastErrorAt: now, lastAnswerAt: now })] },
      { tone: 'good', kind: 'fine', params: { count: 1 }, until: null },
    ],
    [
      'some keys of one are paused',
      { upstreams: [upstream('A', [key(), paused, paused, key({ state: 'disabled' })]), upstream('B', [key()])] },
      { tone: 'waiting', kind: 'keysPaused', params: { name: 'A', count: 2, total: 3 }, until: now + 60_000 },
    ],
    [
      'some keys of several are paused',
      { upstreams: [upstream('A', [key(), paused]), upstream('B', [key(), key(), paused])] },
      { tone: 'waiting', kind: 'someKeysPaused', params: { count: 2, total: 5 }, until: now + 60_000 },
    ],
    [
      'one refuses a key and doubts another',
      { upstreams: [upstream('A', [key(), key({ state: 'refused' }), { ...paused, reason: 'key_invalid' }])] },
      { tone: 'warning', kind: 'keysRefused', params: { name: 'A', count: 2, total: 3 }, until: null },
    ],
    [
      'a key of one is out of credit',
      { upstreams: [upstream('A', [key(), key({ state: 'exhausted', until: now + 9 })])] },
      { tone: 'warning', kind: 'keysExhausted', params: { name: 'A', count: 1, total: 2 }, until: null },
    ],
    [
      'keys of one are out for several reasons',
      { upstreams: [upstream('A', [key(), key({ state: 'exhausted' }), paused])] },
      { tone: 'warning', kind: 'keysOut', params: { name: 'A', count: 2, total: 3 }, until: null },
    ],
    [
      'keys of several are out for several reasons',
      { upstreams: [upstream('A', [key(), paused]), upstream('B', [key(), key({ state: 'refused' })])] },
      { tone: 'warning', kind: 'someKeysOut', params: { count: 2, total: 4 }, until: null },
    ],
  ])('when %s', (_, overrides, expected) => {
    expect(overviewSentence(status(overrides))).toEqual(expected)
  })

  it('has words for every kind', () => {
    const kinds = new Set(Object.keys(en.overview.sentence).map((name) => name.replace(/_(one|other)$/, '')))
    expect(kinds.size).toBe(31)
  })
})

describe('what needs attention', () => {
  const kinds = (overrides: Partial<EngineStatus>, text: string | null = null) =>
    attentionOf(status(overrides), text === null ? null : createConfigFile(text).view()).map(
      ({ kind, tone, href }) => `${tone} ${kind} ${href}`,
    )

  it('is nothing when all is well', () => {
    expect(kinds({})).toEqual([])
  })

  it('leads to the upstream of a refused, an empty and a paused key', () => {
    const upstreams = [
      upstream('A b', [key({ state: 'refused', reason: '401' }), key()]),
      upstream('C', [paused]),
      upstream('D', [key({ state: 'exhausted' })]),
      upstream('E', [key({ state: 'disabled' })]),
      upstream('F', []),
      upstream('G', [key()], { breaker: 'open' }),
      upstream('H', [key(), key({ state: 'paused', until: 9e12, guessed: true, reason: 'key_invalid' })]),
    ]
    expect(kinds({ upstreams })).toEqual([
      'bad keyRefused #/upstreams/A%20b',
      'bad keyExhausted #/upstreams/D',
      'warning upstreamNoKey #/upstreams/E',
      'warning upstreamFailing #/upstreams/G',
      'warning keyDoubted #/upstreams/H',
      'waiting upstreamPaused #/upstreams/C',
    ])
  })

  it('names what the sentence speaks of: an upstream that failed last, keys that are out', () => {
    const upstreams = [
      upstream('A', [key(), paused, paused]),
      upstream('B', [key(), key({ state: 'refused' }), paused], dead),
      upstream('C', [key()], { lastErrorAt: now, lastAnswerAt: now }),
    ]
    expect(kinds({ upstreams })).toEqual([
      'bad keyRefused #/upstreams/B',
      'warning upstreamFailed #/upstreams/B',
      'waiting keysPaused #/upstreams/A',
      'waiting keysPaused #/upstreams/B',
    ])
    expect(attentionOf(status({ upstreams }), null)).toMatchObject([
      {},
      { words: 'connect ECONNREFUSED', at: now - 5000, until: null },
      { params: { name: 'A', count: 2, total: 3 }, until: now + 60_000 },
      { params: { name: 'B', count: 1, total: 3 }, until: now + 60_000 },
    ])
  })

  it('leaves alone what is switched off', () => {
    const upstreams = [upstream('A', [key()]), upstream('B', [key({ state: 'refused' })], { enabled: false })]
    expect(kinds({ upstreams })).toEqual([])
  })

  it('leads to the line of a rejected config, and to what is missing', () => {
    const config = { ...status().config, rejected: [diagnostic], warnings: [{ ...diagnostic, line: null }] }
    expect(kinds({ config, projects: [] })).toEqual([
      'bad configRejected #/settings/file?line=12',
      'bad noProject #/projects',
      'warning configWarnings #/settings/file',
    ])
  })

  it('leads to the settings where the port of a good file is taken', () => {
    const config = { ...status().config, rejected: [{ ...taken, line: null }] }
    expect(kinds({ config })).toEqual(['bad configUnused #/settings'])
  })

  it('misses nothing before a config is at work', () => {
    const config = { ...status().config, appliedRevision: null }
    expect(kinds({ config, state: 'starting', upstreams: [], projects: [] })).toEqual([])
  })

  it('says that a variable is missing rather than that there is no key, and that nobody is told', () => {
    const text = [
      'server: {}',
      'upstreams: [{ name: A, base_url: "https://a.example", keys: ["${A_KEY}"] }]',
      'project_auth: []',
    ]
    expect(kinds({ upstreams: [upstream('A', [key({ state: 'disabled' })])] }, text.join('\n'))).toEqual([
      'warning envMissing #/upstreams/A',
      'off webhookMissing #/settings',
    ])
  })
})

describe('the way out of a failed start', () => {
  const failure = { code: 'x', message: 'x' }
  it.each<[string, Partial<EngineStatus>, ReturnType<typeof failureFix>]>([
    ['is not needed while it runs', {}, null],
    ['is not needed while it tries again', { state: 'starting', failure }, null],
    [
      'is in the settings for a taken port',
      { state: 'failed', failure, config: { ...status().config, rejected: [{ ...taken, line: null }] } },
      { kind: 'failed', href: '#/settings' },
    ],
    [
      'is in the file, at the first error',
      {
        state: 'failed',
        failure,
        config: { ...status().config, rejected: [{ ...diagnostic, severity: 'warning', line: 2 }, diagnostic] },
      },
      { kind: 'configRejected', href: '#/settings/file?line=12' },
    ],
    [
      'is the file, where that cannot be read',
      { state: 'failed', failure, config: { ...status().config, rejected: [{ ...diagnostic, line: null }] } },
      { kind: 'configRejected', href: '#/settings/file' },
    ],
  ])('%s', (_, overrides, expected) => {
    expect(failureFix(status(overrides))).toEqual(expected)
  })
})
