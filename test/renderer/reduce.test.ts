import { describe, expect, it } from 'vitest'
import type { Notice } from '../../proxy/contract.ts'
import { reduce, type ConsoleEvent } from '../../renderer/reduce.ts'
import { initialState, type ConsoleState } from '../../renderer/state.ts'
import { createConfigFile } from '../helpers/console-config.ts'
import { fixtureConfigText, makeRecord, makeStatus } from '../helpers/console-data.ts'

const status = makeStatus(createConfigFile(fixtureConfigText), 0)
const notice: Notice = {
  kind: 'key-paused',
  at: 1,
  upstream: 'OpenAI-Pool',
  keyLabel: 'team',
  model: null,
  until: 600_000,
  message: 'Key team of OpenAI-Pool is paused.',
}

const events: readonly [string, ConsoleEvent][] = [
  ['requests', { type: 'requests', records: [makeRecord()] }],
  ['requests-loaded', { type: 'requests-loaded', records: [makeRecord()], isAll: false }],
  ['requests-older', { type: 'requests-older', records: [makeRecord()], isAll: false }],
  ['config-changed', { type: 'config-changed', revision: 'r2' }],
  ['config-applied', { type: 'config-applied', revision: 'r2', tookMs: 40, warnings: [] }],
  ['config-rejected', { type: 'config-rejected', diagnostics: [] }],
  ['notice', { type: 'notice', notice }],
  ['connection', { type: 'connection', state: 'connected' }],
  ['status', { type: 'status', status }],
]

describe('reduce', () => {
  it.each(events)('%s seen twice changes nothing the second time', (_, event) => {
    const once = reduce(initialState(), event)
    expect(reduce(once, event)).toEqual(once)
  })

  it('counts connections, so that what was fetched by call is fetched again', () => {
    const after = run(
      { type: 'connection', state: 'connected' },
      { type: 'connection', state: 'reconnecting' },
      {
        type: 'connection',
        state: 'connected',
      },
    )
    expect([after.connection, after.connections]).toEqual(['connected', 2])
  })

  describe('the list of requests', () => {
    const at = (...starts: readonly number[]) =>
      starts.toReversed().map((startedAt) => makeRecord({ id: `r${startedAt}`, startedAt }))
    const loaded = (records: ReturnType<typeof at>, isAll = false): ConsoleEvent => ({
      type: 'requests-loaded',
      records,
      isAll,
    })
    const broken: readonly ConsoleEvent[] = [
      { type: 'connection', state: 'connected' },
      loaded(at(1, 2, 3)),
      { type: 'connection', state: 'reconnecting' },
      { type: 'connection', state: 'connected' },
    ]
    const live = (...starts: readonly number[]): ConsoleEvent => ({ type: 'requests', records: at(...starts) })

    it.each<[string, readonly ConsoleEvent[], readonly number[], number | null]>([
      ['joins on when what was missed is in the page', [...broken, loaded(at(3, 4, 5))], [1, 2, 3, 4, 5], 1],
      ['begins anew when more was missed than a page', [...broken, loaded(at(5, 6, 7))], [5, 6, 7], 5],
      ['keeps what came live meanwhile', [...broken, live(8), loaded(at(5, 6, 7))], [5, 6, 7, 8], 5],
      [
        'remembers over a second break what was known before the first',
        [
          ...broken,
          live(8),
          { type: 'connection', state: 'reconnecting' },
          { type: 'connection', state: 'connected' },
          loaded(at(9, 10)),
        ],
        [9, 10],
        9,
      ],
      ['takes all that the engine has for all there is', [...broken, loaded(at(5, 6), true)], [1, 2, 3, 5, 6], null],
      ['waits with a request that began before those at hand', [...broken.slice(0, 2), live(0, 4)], [1, 2, 3, 4], 1],
      [
        'takes it when older ones are fetched',
        [...broken.slice(0, 2), live(0), { type: 'requests-older', records: at(0), isAll: true }],
        [0, 1, 2, 3],
        null,
      ],
    ])('%s', (_, happens, starts, from) => {
      const after = run(...happens)
      expect(after.requests.rows.map(({ startedAt }) => startedAt)).toEqual(starts)
      expect(after.requestsFrom).toBe(from)
    })
  })

  it('keeps what is shown while the connection is lost', () => {
    const after = run({ type: 'status', status }, { type: 'connection', state: 'reconnecting' })
    expect(after.status).toBe(status)
  })

  it('knows the revision on disk from either event', () => {
    const applied: ConsoleEvent = { type: 'config-applied', revision: 'r1', tookMs: 40, warnings: [] }
    expect(run(applied).diskRevision).toBe('r1')
    expect(run(applied, { type: 'config-changed', revision: null }).diskRevision).toBe(null)
  })

  it('keeps the last fifty notices', () => {
    const many = Array.from({ length: 60 }, (_, at): ConsoleEvent => ({ type: 'notice', notice: { ...notice, at } }))
    const { notices } = run(...many)
    expect([notices.length, notices[0]?.at, notices.at(-1)?.at]).toEqual([50, 10, 59])
  })

  it('ignores an event of another version', () => {
    const state = initialState()
    // Safe: this is the point of the test.
    expect(reduce(state, { type: 'later' } as unknown as ConsoleEvent)).toBe(state)
  })
})

function run(...all: ConsoleEvent[]): ConsoleState {
  return all.reduce(reduce, initialState())
}
