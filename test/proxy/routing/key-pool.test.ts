import { beforeEach, describe, expect, it } from 'vitest'
import type { KeyFailure } from '../../../proxy/routing/cooldown.ts'
import type { PoolKey } from '../../../proxy/routing/key-pool.ts'
import { KeyPool } from '../../../proxy/routing/key-pool.ts'

const second = 1000
const minute = 60 * second
const policy = { coolDownMs: 10 * minute }

let pool: KeyPool

beforeEach(() => {
  pool = poolOf('a', 'b', 'c')
})

function poolOf(...ids: readonly string[]): KeyPool {
  const made = new KeyPool()
  made.setKeys(ids.map((id) => makeKey(id)))
  return made
}

function makeKey(id: string, enabled = true): PoolKey {
  return { id, label: `key ${id}`, secret: `sk-${id}`, enabled }
}

function fail(id: string, now: number, failure: Partial<KeyFailure> = {}, from = pool) {
  const whole = {
    reason: 'rate_limited' as const,
    perModel: false,
    model: 'm',
    retryAfterMs: null,
    attemptStartedAt: now,
    ...failure,
  }
  return from.recordFailure(id, whole, policy, now)
}

const take = (now = 0, used: readonly string[] = [], model = 'm') => pool.take(model, new Set(used), now)?.id ?? null
const probe = (now = 0, used: readonly string[] = []) => pool.takeProbe('m', new Set(used), now)?.id ?? null

describe('taking keys', () => {
  it('goes round', () => {
    expect([take(), take(), take(), take()]).toEqual(['a', 'b', 'c', 'a'])
  })

  it('leaves out what the request has used, what is paused and what is disabled', () => {
    pool.setKeys([makeKey('a'), makeKey('b'), makeKey('c'), makeKey('d', false)])
    fail('b', 0)
    expect([take(1, ['a']), take(1, ['a', 'c'])]).toEqual(['c', null])
  })

  it('leaves out a key for the one model that it is paused for', () => {
    fail('a', 0, { perModel: true })
    expect([take(1), take(1, [], 'other'), take(1, [], 'other'), take(1, [], 'other')]).toEqual(['b', 'c', 'a', 'b'])
  })

  it('takes a paused key again when the pause is over', () => {
    pool = poolOf('a')
    fail('a', 0, { retryAfterMs: second })
    expect([take(999), take(1000)]).toEqual([null, 'a'])
  })

  it('counts requests and failures', () => {
    take(5)
    fail('a', 6)
    expect(pool.list()[0]?.counters).toEqual({ requests: 1, failures: 1, lastUsedAt: 5 })
  })

  it('gives one certain key even when it is paused, but not when it is disabled or gone', () => {
    fail('b', 0)
    expect(pool.takePinned('b', 1)?.id).toBe('b')
    pool.setKeys([makeKey('b', false)])
    expect([pool.takePinned('b', 1), pool.takePinned('a', 1)]).toEqual([null, null])
  })
})

describe('probing', () => {
  it('tests the key that returns soonest', () => {
    fail('a', 300)
    fail('b', 100)
    fail('c', 200)
    expect([take(400), probe(400)]).toEqual([null, 'b'])
  })

  it('goes on to the next key within a request, and waits before it tests one again', () => {
    for (const id of ['a', 'b', 'c']) fail(id, 0)
    expect([probe(1), probe(1, ['a']), probe(1, ['a', 'b']), probe(1)]).toEqual(['a', 'b', 'c', null])
    expect([probe(5000), probe(5001)]).toEqual([null, 'a'])
  })

  it('does not touch a key whose provider stated a short time', () => {
    pool = poolOf('a')
    fail('a', 0, { retryAfterMs: minute })
    expect([probe(1), probe(59 * second)]).toEqual([null, null])
  })

  it('tests a stated pause of hours every 15 minutes', () => {
    pool = poolOf('a')
    fail('a', 0, { retryAfterMs: 300 * minute })
    expect([probe(14 * minute), probe(15 * minute), probe(16 * minute), probe(30 * minute)]).toEqual([
      null,
      'a',
      null,
      'a',
    ])
  })

  it('leaves refused keys alone while another is merely paused, whether used up or not', () => {
    for (const now of [0, 1]) fail('a', now, { reason: 'key_invalid' })
    for (const now of [0, 1]) fail('b', now, { reason: 'key_invalid' })
    fail('c', 0)
    expect([probe(minute), probe(minute, ['c'])]).toEqual(['c', null])
  })

  it('tests one key in 30 s when all are refused, each in turn', () => {
    for (const id of ['a', 'b', 'c']) for (const now of [0, 1]) fail(id, now, { reason: 'key_invalid' })
    const tested = [1, 31, 32, 60, 61, 90, 91, 121].map((seconds) => probe(seconds * second))
    expect(tested).toEqual([null, 'a', null, null, 'b', null, 'c', 'a'])
  })
})

describe('what stands in the way', () => {
  it('is told key by key', () => {
    fail('a', 0, { retryAfterMs: minute })
    for (const now of [0, 1]) fail('b', now, { reason: 'key_invalid' })
    fail('c', 0, { reason: 'key_exhausted' })
    expect(pool.obstacles('m', 2)).toEqual([
      { reason: 'rate_limited', until: minute, guessed: false, probeAt: 15 * minute },
      { reason: 'key_refused', until: null, guessed: true, probeAt: 30 * second + 1 },
      { reason: 'key_exhausted', until: 10 * minute, guessed: true, probeAt: 0 },
    ])
  })

  it('is nothing for ready and for disabled keys', () => {
    pool.setKeys([makeKey('a'), makeKey('b', false)])
    fail('b', 0)
    expect(pool.obstacles('m', 1)).toEqual([])
  })
})

describe('what is worth telling', () => {
  it.each<[string, readonly Partial<KeyFailure>[], readonly unknown[]]>([
    [
      'a pause, once while it runs',
      [{}, {}],
      [{ kind: 'paused', reason: 'rate_limited', until: 10 * minute, model: null }, null],
    ],
    [
      'a pause for one model',
      [{ perModel: true }],
      [{ kind: 'paused', reason: 'rate_limited', until: 10 * minute, model: 'm' }],
    ],
    [
      'a model that is not there, once',
      [{ reason: 'model_not_found' }, { reason: 'model_not_found' }],
      [{ kind: 'paused', reason: 'model_not_found', until: 10 * minute, model: 'm' }, null],
    ],
    ['no credit', [{ reason: 'key_exhausted' }], [{ kind: 'exhausted', until: 10 * minute }]],
    [
      'no credit while a pause runs, once',
      [{ retryAfterMs: 60 * minute }, { reason: 'key_exhausted' }, { reason: 'key_exhausted' }],
      [
        { kind: 'paused', reason: 'rate_limited', until: 60 * minute, model: null },
        { kind: 'exhausted', until: 60 * minute },
        null,
      ],
    ],
    [
      'a refusal, once',
      [{ reason: 'key_invalid' }, { reason: 'key_invalid' }, { reason: 'key_invalid' }],
      [{ kind: 'paused', reason: 'key_invalid', until: 10 * minute, model: null }, { kind: 'refused' }, null],
    ],
  ])('%s', (_, failures, expected) => {
    expect(failures.map((failure, index) => fail('a', index, failure))).toEqual(expected)
  })

  it('is the return of a key, once', () => {
    fail('a', 0)
    expect([pool.recordSuccess('a', 'm', 1), pool.recordSuccess('a', 'm', 2)]).toEqual([{ kind: 'recovered' }, null])
  })

  it('is nothing when the answer says nothing about what failed', () => {
    fail('a', 10, { perModel: true })
    expect([pool.recordSuccess('a', 'other', 20), pool.recordSuccess('a', 'm', 9)]).toEqual([null, null])
  })
})

describe('a new config', () => {
  it('keeps the health of keys that stay, wherever they stand', () => {
    fail('b', 0)
    pool.setKeys([makeKey('b'), makeKey('d')])
    expect([take(1), take(1)]).toEqual(['d', 'd'])
  })

  it('remembers a key that was away', () => {
    for (const now of [0, 1]) fail('a', now, { reason: 'key_invalid' })
    pool.setKeys([makeKey('b')])
    pool.setKeys([makeKey('a'), makeKey('b')])
    expect([take(1), take(1)]).toEqual(['b', 'b'])
  })

  it('gives an edited key a fresh start', () => {
    for (const now of [0, 1]) fail('a', now, { reason: 'key_invalid' })
    pool.setKeys([makeKey('a2')])
    expect(take(1)).toBe('a2')
  })

  it('forgets what the user resets', () => {
    pool = poolOf('a')
    for (const now of [0, 1]) fail('a', now, { reason: 'key_invalid' })
    expect([pool.reset('a'), pool.reset('unknown')]).toEqual([true, false])
    expect(take(2)).toBe('a')
  })
})

describe('a restart', () => {
  it('keeps refusals and what providers stated, and forgets guesses', () => {
    fail('a', 0, { retryAfterMs: 60 * minute })
    for (const now of [0, 1]) fail('b', now, { reason: 'key_invalid' })
    fail('c', 0)
    const next = poolOf('a', 'b', 'c')
    // As it comes back from the file.
    next.restore(JSON.parse(JSON.stringify(pool.save(2))) as ReturnType<KeyPool['save']>, 3)
    pool = next
    expect([take(3), take(3)]).toEqual(['c', 'c'])
    expect(next.obstacles('m', 3).map(({ reason, until }) => [reason, until])).toEqual([
      ['rate_limited', 60 * minute],
      ['key_refused', null],
    ])
  })

  it('keeps stated pauses for single models', () => {
    fail('a', 0, { perModel: true, retryAfterMs: minute })
    const next = poolOf('a')
    next.restore(pool.save(1), 2)
    pool = next
    expect([take(3), take(3, [], 'other')]).toEqual([null, 'a'])
  })

  it('drops what has ended meanwhile', () => {
    fail('a', 0, { retryAfterMs: minute })
    const next = poolOf('a')
    next.restore(pool.save(1), minute)
    pool = next
    expect(take(minute)).toBe('a')
  })

  it('tests a refused key with the first request: it may have been mended at the provider', () => {
    pool = poolOf('a')
    for (const now of [0, 1]) fail('a', now, { reason: 'key_invalid' })
    const next = poolOf('a')
    next.restore(pool.save(2), 100)
    pool = next
    expect([take(100), probe(100), probe(101)]).toEqual([null, 'a', null])
  })
})
