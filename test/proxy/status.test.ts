import { expect, it } from 'vitest'
import { parseConfig } from '../../proxy/config/parse.ts'
import type { UpstreamStatus } from '../../proxy/contract.ts'
import { type UpstreamState, UpstreamStates } from '../../proxy/gateway/upstream.ts'
import { buildSnapshot } from '../../proxy/snapshot.ts'
import { upstreamStatuses } from '../../proxy/status.ts'
import { makeConfig, makeUpstream } from '../helpers/make.ts'

const now = 1_795_449_600_000

it.each<[string, (state: UpstreamState) => void, readonly [string | null, number | null, number | null]]>([
  ['nothing was asked of it', () => undefined, [null, null, null]],
  ['it answered', (state) => state.recordAnswer('m', now), [null, null, now]],
  [
    'it failed after an answer',
    (state) => {
      state.recordAnswer('m', now - 9)
      state.recordFailure(null, 'ECONNREFUSED', now)
    },
    ['ECONNREFUSED', now, now - 9],
  ],
  [
    'it could not be reached and nobody was blamed, long after a failure of another kind',
    (state) => {
      state.recordFailure('m', 'HTTP 500', now - 9)
      state.lastNetworkFailureAt = now
    },
    [null, now, null],
  ],
])('tells the newest outcomes of an upstream when %s', (_, happen, expected) => {
  const statuses = statusesAfter(happen)
  expect(statuses.map(({ lastError, lastErrorAt, lastAnswerAt }) => [lastError, lastErrorAt, lastAnswerAt])).toEqual([
    expected,
  ])
})

it('tells when a key was used last, and nothing of one that never was', () => {
  const statuses = statusesAfter((state) => state.keys.take('m', null, now))
  expect(statuses.flatMap(({ keys }) => keys.map(({ lastUsedAt, requests }) => [lastUsedAt, requests]))).toEqual([
    [now, 1],
    [null, 0],
  ])
})

/** Of one upstream with two keys. */
function statusesAfter(happen: (state: UpstreamState) => void): readonly UpstreamStatus[] {
  const upstream = makeUpstream('a', 'http://one.test', { keys: ['sk-one-0123456789', 'sk-two-0123456789'] })
  const parsed = parseConfig(makeConfig({ upstreams: [upstream] }), { env: {}, language: 'en' })
  if (!parsed.ok) throw new Error('The config is not valid.')
  const snapshot = buildSnapshot(parsed.config, 'test')
  const states = new UpstreamStates({})
  states.apply(snapshot)
  const state = states.find('a')
  if (state) happen(state)
  return upstreamStatuses(snapshot, states, now)
}
