import { describe, expect, it } from 'vitest'
import { isOffline } from '../../../proxy/gateway/offline.ts'

describe('isOffline', () => {
  const now = 1_000_000
  const upstream = (failedAgoMs: number | null, answeredAgoMs: number | null) => ({
    lastNetworkFailureAt: failedAgoMs === null ? 0 : now - failedAgoMs,
    lastAnswerAt: answeredAgoMs === null ? 0 : now - answeredAgoMs,
  })

  it.each([
    ['two upstreams fail to connect', [upstream(0, null), upstream(10, null)], true],
    ['only one fails', [upstream(0, null), upstream(null, null)], false],
    ['the only one fails', [upstream(0, null)], false],
    ['both answered before that', [upstream(0, 500), upstream(10, 900)], true],
    ['one of them answered in between', [upstream(0, null), upstream(10, 5)], false],
    ['a third one answered since', [upstream(0, null), upstream(10, null), upstream(null, 5)], false],
    ['a third one is not asked', [upstream(0, null), upstream(10, null), upstream(null, null)], true],
    ['the second failure is long ago', [upstream(0, null), upstream(31_000, null)], false],
    ['nothing has happened', [upstream(null, null), upstream(null, null)], false],
  ])('%s', (_, upstreams, expected) => expect(isOffline(upstreams, now)).toBe(expected))
})
