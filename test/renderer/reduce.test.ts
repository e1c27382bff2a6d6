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
  ['requests-loaded', { type: 'requests-loaded', records: [makeRecord()] }],
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
