import { describe, expect, it } from 'vitest'
import { upstreamHealth } from '../../proxy/upstream-health.ts'

const now = 1_795_449_600_000

describe('the health of an upstream', () => {
  const key = (state: 'ready' | 'paused' | 'refused') =>
    ({ state }) as Parameters<typeof upstreamHealth>[0]['keys'][number]
  const base = {
    enabled: true,
    breaker: 'closed',
    needsKey: true,
    keys: [key('ready')],
    lastErrorAt: null,
    lastAnswerAt: null,
  } as const

  it.each<[string, Parameters<typeof upstreamHealth>[0], string]>([
    ['one ready key is enough', { ...base, keys: [key('refused'), key('ready')] }, 'ready'],
    ['paused keys come back', { ...base, keys: [key('refused'), key('paused')] }, 'paused'],
    ['refused keys do not', { ...base, keys: [key('refused')] }, 'no-key'],
    ['a remote one needs a key', { ...base, keys: [] }, 'no-key'],
    ['a local one needs none', { ...base, keys: [], needsKey: false }, 'ready'],
    ['an open breaker outweighs ready keys', { ...base, breaker: 'open' }, 'failing'],
    ['a failure that nothing followed leaves a doubt', { ...base, lastErrorAt: now }, 'last-failed'],
    ['so does one long after the last answer', { ...base, lastErrorAt: now, lastAnswerAt: now - 3001 }, 'last-failed'],
    ['a failure among answers leaves none', { ...base, lastErrorAt: now, lastAnswerAt: now - 3000 }, 'ready'],
    ['an answer removes it', { ...base, lastErrorAt: now, lastAnswerAt: now + 1 }, 'ready'],
    ['one in words is an answer', { ...base, lastErrorAt: now, lastAnswerAt: now }, 'ready'],
    ['paused keys outweigh it', { ...base, keys: [key('paused')], lastErrorAt: now }, 'paused'],
    ['switched off outweighs all', { ...base, enabled: false, breaker: 'open' }, 'disabled'],
  ])('%s', (_, upstream, health) => {
    expect(upstreamHealth(upstream)).toBe(health)
  })
})
