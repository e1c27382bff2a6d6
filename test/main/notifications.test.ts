import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { NativeNotice } from '../../main/notifications.ts'
import { Notifier, gatherMs, nativeNotice } from '../../main/notifications.ts'
import type { Notice } from '../../proxy/contract.ts'

function makeNotice(overrides: Partial<Notice> = {}): Notice {
  return {
    kind: 'key-refused',
    at: 0,
    upstream: 'OpenAI',
    keyLabel: 'sk-…a1b2',
    model: null,
    until: null,
    message: 'OpenAI refuses a key',
    ...overrides,
  }
}

describe('native notices', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 0 })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  function notifier(unwanted: readonly Notice['kind'][] = []) {
    const shown: NativeNotice[] = []
    const it = new Notifier({
      isWanted: (kind) => !unwanted.includes(kind),
      language: () => 'en',
      show: (notice) => shown.push(notice),
    })
    return { add: (notice: Notice) => it.add(notice), close: () => it.close(), shown }
  }

  it('gathers what happens together', () => {
    const { add, shown } = notifier()
    for (const keyLabel of ['a', 'b', 'c', 'd', 'e']) add(makeNotice({ keyLabel, message: `Key ${keyLabel}` }))
    expect(shown).toEqual([])
    vi.advanceTimersByTime(gatherMs)
    expect(shown).toEqual([
      { title: 'AI Proxy: 5 notices', body: 'Key a\nKey b\nKey c\nand 2 more', href: '#/overview' },
    ])
  })

  it('tells the same thing again only after a while', () => {
    const { add, shown } = notifier()
    for (let minute = 0; minute < 7; minute++) {
      add(makeNotice())
      vi.advanceTimersByTime(60_000)
    }
    expect(shown).toHaveLength(2)
  })

  it('tells of each config that is refused for another reason', () => {
    const { add, shown } = notifier()
    const config = { kind: 'config-rejected', upstream: null, keyLabel: null } as const
    for (const message of ['line 3', 'line 3', 'line 9']) {
      add(makeNotice({ ...config, message }))
      vi.advanceTimersByTime(gatherMs)
    }
    expect(shown.map(({ body }) => body)).toEqual(['line 3', 'line 9'])
  })

  it('leaves out kinds that are switched off, and all after the end', () => {
    const { add, close, shown } = notifier(['key-paused'])
    add(makeNotice({ kind: 'key-paused' }))
    vi.advanceTimersByTime(gatherMs)
    add(makeNotice())
    close()
    vi.advanceTimersByTime(gatherMs)
    expect(shown).toEqual([])
  })
})

it.each<[Notice['kind'], string]>([
  ['key-paused', '#/upstreams'],
  ['key-refused', '#/upstreams'],
  ['key-exhausted', '#/upstreams'],
  ['key-recovered', '#/upstreams'],
  ['model-unavailable', '#/models'],
  ['config-rejected', '#/settings/file'],
])('a notice of %s leads to %s', (kind, href) => {
  expect(nativeNotice([makeNotice({ kind })], 'zh')).toEqual({ title: 'AI Proxy', body: 'OpenAI refuses a key', href })
})
