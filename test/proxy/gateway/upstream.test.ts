import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../proxy/config/parse.ts'
import { UpstreamState, UpstreamStates } from '../../../proxy/gateway/upstream.ts'
import { buildSnapshot } from '../../../proxy/snapshot.ts'
import { makeConfig, makeUpstream } from '../../helpers/make.ts'

describe('places at an upstream', () => {
  it('are given in the order of waiting, never more than the limit', () => {
    const state = new UpstreamState('a')
    const got: string[] = []
    expect([state.takeSlot(2), state.takeSlot(2), state.takeSlot(2)]).toEqual([true, true, false])
    for (const name of ['one', 'two', 'three']) state.waitForSlot(2, () => got.push(name))
    expect(got).toEqual([])
    state.recordEnd()
    expect([got, state.active]).toEqual([['one'], 2])
    state.recordEnd()
    state.recordEnd()
    expect([got, state.active]).toEqual([['one', 'two', 'three'], 2])
  })

  it('are not given to who has stopped waiting', () => {
    const state = new UpstreamState('a')
    const got: string[] = []
    state.takeSlot(1)
    const stop = state.waitForSlot(1, () => got.push('gone'))
    state.waitForSlot(1, () => got.push('next'))
    stop()
    state.recordEnd()
    expect([got, state.active]).toEqual([['next'], 1])
  })

  it('have no limit where none is set', () => {
    const state = new UpstreamState('a')
    expect(Array.from({ length: 100 }, () => state.takeSlot(null)).every(Boolean)).toBe(true)
    expect(state.active).toBe(100)
  })
})

describe('blame', () => {
  const now = 1_000_000

  it('of a model counts for that model only, and an answer of it forgives', () => {
    const state = new UpstreamState('a')
    for (let count = 0; count < 5; count++) state.recordFailure('m', 'x', now)
    expect([state.isShunned('m', now), state.isShunned('other', now), state.breakerState(now)]).toEqual([
      true,
      false,
      'closed',
    ])
    state.recordAnswer('m', now)
    expect(state.isShunned('m', now)).toBe(false)
  })

  it('of the connection counts for all models', () => {
    const state = new UpstreamState('a')
    for (let count = 0; count < 5; count++) state.recordFailure(null, 'x', now)
    expect([state.isShunned('m', now), state.breakerState(now), state.lastError]).toEqual([true, 'open', 'x'])
    state.resetBreakers()
    expect([state.isShunned('m', now), state.breakerState(now)]).toEqual([false, 'closed'])
  })

  it('of ever new model names does not grow without end', () => {
    const state = new UpstreamState('a')
    for (let index = 0; index < 5000; index++) state.recordFailure(`m${index}`, 'x', now)
    for (let count = 0; count < 5; count++) state.recordFailure('last', 'x', now)
    expect(state.isShunned('last', now)).toBe(true)
  })
})

describe('UpstreamStates', () => {
  const snapshotOf = (upstreams: readonly Readonly<Record<string, unknown>>[]) => {
    const parsed = parseConfig(makeConfig({ upstreams }), { env: {}, language: 'en' })
    if (!parsed.ok) throw new Error(parsed.diagnostics.map(({ message }) => message).join('; '))
    return buildSnapshot(parsed.config, 'test')
  }
  const specOf = (snapshot: ReturnType<typeof snapshotOf>, name: string) => {
    const spec = snapshot.upstreams.get(name)
    if (!spec) throw new Error(`no ${name}`)
    return spec
  }

  it('keep connections and health over a reload that changes nothing about them', () => {
    const states = new UpstreamStates({})
    const first = snapshotOf([makeUpstream('a', 'http://one.test')])
    const second = snapshotOf([makeUpstream('a', 'http://one.test', { models: ['*'] })])
    states.apply(first)
    states.find('a')?.recordFailure(null, 'x', 1)
    const before = states.find('a')?.connectionOf(specOf(first, 'a'))
    states.apply(second)
    expect(states.find('a')?.connectionOf(specOf(second, 'a'))).toBe(before)
    expect([states.find('a')?.lastError, states.find('a')?.isCurrent(specOf(first, 'a'))]).toEqual(['x', true])
  })

  it.each<[string, object]>([
    ['another host', { base_url: 'http://two.test' }],
    ['another proxy', { proxy: 'http://proxy.test' }],
    ['another time to connect', { timeouts: { connect_seconds: 3 } }],
  ])('make new connections for %s and keep the old ones for requests of before', (_, change) => {
    const states = new UpstreamStates({})
    const first = snapshotOf([makeUpstream('a', 'http://one.test')])
    const second = snapshotOf([makeUpstream('a', 'http://one.test', { ...change })])
    states.apply(first)
    const state = states.find('a')
    const before = state?.connectionOf(specOf(first, 'a'))
    states.apply(second)
    expect(states.find('a')).toBe(state)
    expect(state?.connectionOf(specOf(second, 'a'))).not.toBe(before)
    expect(state?.connectionOf(specOf(first, 'a'))).toBe(before)
    expect([state?.isCurrent(specOf(first, 'a')), state?.isCurrent(specOf(second, 'a'))]).toEqual([false, true])
  })

  it('forget what was met at the old address', () => {
    const states = new UpstreamStates({})
    states.apply(snapshotOf([makeUpstream('a', 'http://one.test')]))
    const state = states.find('a')
    state?.recordAnswer('m', 1)
    state?.recordFailure(null, 'connect ECONNREFUSED', 2)
    Object.assign(state ?? {}, { lastNetworkFailureAt: 3 })
    states.apply(snapshotOf([makeUpstream('a', 'http://two.test')]))
    expect(states.find('a')).toMatchObject({
      lastError: null,
      lastErrorAt: null,
      lastNetworkFailureAt: 0,
      lastAnswerAt: 0,
    })
  })

  it('give a request of before its own state, also when the name stands for another upstream now', () => {
    const states = new UpstreamStates({})
    const first = snapshotOf([makeUpstream('a', 'http://one.test')])
    const without = snapshotOf([makeUpstream('b', 'http://one.test')])
    const again = snapshotOf([makeUpstream('a', 'http://two.test')])
    states.apply(first)
    const state = states.find('a')
    states.apply(without)
    expect(states.find('a')).toBeNull()
    expect(states.of(specOf(first, 'a'))).toBe(state)
    states.apply(again)
    expect(states.find('a')).not.toBe(state)
    expect(states.of(specOf(first, 'a'))).toBe(state)
  })
})
