import { describe, expect, it } from 'vitest'
import type { Attempt, RequestRecord } from '../../proxy/contract.ts'
import { texts as en } from '../../renderer/locales/en/index.ts'
import {
  adviceFor,
  advices,
  linkOfAdvice,
  spanOf,
  switchAfter,
  type Advice,
  type Switch,
} from '../../renderer/pages/requests/attempt-steps.ts'
import { fittingColumns, gridOf, readColumns } from '../../renderer/pages/requests/request-columns.ts'
import {
  filterQuery,
  isFiltered,
  matcherOf,
  noFilter,
  readFilter,
  type RequestFilter,
} from '../../renderer/pages/requests/request-filter.ts'
import { makeRecord } from '../helpers/console-data.ts'

function attempt(overrides: Partial<Attempt> = {}): Attempt {
  const [first] = makeRecord().attempts
  if (first === undefined) throw new Error('The fixture has an attempt.')
  return { ...first, ...overrides }
}

describe('the filter', () => {
  it.each<[string, Partial<RequestFilter>, Partial<RequestRecord>, boolean]>([
    ['nothing asked for', {}, {}, true],
    ['a word of the model', { text: 'GPT' }, {}, true],
    ['every word, wherever it stands', { text: 'ide openai-pool' }, {}, true],
    ['one word that is nowhere', { text: 'ide nowhere' }, {}, false],
    ['a status of an attempt', { text: '429' }, { attempts: [attempt({ status: 429 })] }, true],
    ['the provider’s words', { text: 'balance' }, { attempts: [attempt({ message: 'Insufficient Balance' })] }, true],
    ['signs that mean something in a pattern', { text: 'a.b(*' }, { requestedModel: 'xa.b(*' }, true],
    ['a dot is only a dot', { text: 'g.t' }, {}, false],
    ['running', { status: 'running' }, { end: null }, true],
    ['not running', { status: 'running' }, {}, false],
    ['done', { status: 'good' }, {}, true],
    ['an error passed on is not done', { status: 'good' }, { status: 400 }, false],
    ['an error passed on is refused', { status: 'refused' }, { status: 400 }, true],
    ['refused here', { status: 'refused' }, { end: 'refused', status: 403 }, true],
    ['failed', { status: 'bad' }, { end: 'truncated' }, true],
    ['left', { status: 'gone' }, { end: 'client_gone' }, true],
    ['more than one attempt', { status: 'retried' }, { attempts: [attempt(), attempt()] }, true],
    ['only one attempt', { status: 'retried' }, {}, false],
    ['its project', { project: 'IDE' }, {}, true],
    ['no project', { project: 'IDE' }, { project: null }, false],
    ['the model asked for', { model: 'alias' }, { requestedModel: 'alias' }, true],
    ['the model sent', { model: 'gpt-4o' }, { requestedModel: 'alias' }, true],
    ['an upstream that was only tried', { upstream: 'B' }, { attempts: [attempt({ upstream: 'B' }), attempt()] }, true],
    ['another key', { key: 'beef' }, {}, false],
    ['all of it at once', { text: 'gpt', status: 'good', project: 'IDE', key: 'f00d' }, {}, true],
  ])('finds %s', (_, filter, overrides, expected) => {
    expect(matcherOf({ ...noFilter, ...filter })(makeRecord(overrides))).toBe(expected)
  })

  it('survives the address', () => {
    const filter: RequestFilter = { text: 'a b', status: 'bad', project: '测试', model: 'm', upstream: 'u', key: 'k' }
    expect(readFilter(filterQuery(filter))).toEqual(filter)
    expect(filterQuery(noFilter)).toEqual({})
    expect([isFiltered(noFilter), isFiltered(filter)]).toEqual([false, true])
  })

  it('takes no status that it doesn’t know', () => {
    expect(readFilter({ status: 'purple', project: '' })).toEqual(noFilter)
  })
})

describe('the columns', () => {
  it('are fewer where there is less room, and never none', () => {
    expect(fittingColumns(100)).toEqual(['time', 'state', 'model'])
    expect(fittingColumns(634)).toEqual(['time', 'state', 'model', 'upstream', 'duration'])
    expect(fittingColumns(1034)).toHaveLength(10)
    for (const width of [634, 800, 1034]) expect(gridOf(fittingColumns(width)).minWidthPx).toBeLessThanOrEqual(width)
  })

  it('are remembered in their usual order, without those that are unknown', () => {
    expect(readColumns('model time purple')).toEqual(['time', 'model'])
    expect([readColumns(''), readColumns(null), readColumns('purple')]).toEqual([null, null, null])
  })
})

describe('after an attempt', () => {
  it.each<[string, Partial<Attempt> | null, Switch]>([
    ['nothing follows', null, null],
    ['the same once more', {}, 'again'],
    ['another key', { keyId: 'beef' }, 'next-key'],
    ['another model', { model: 'gpt-4o-mini' }, 'next-model'],
    ['another upstream', { upstream: 'B', keyId: 'beef', model: 'm' }, 'next-upstream'],
  ])('%s', (_, next, expected) => {
    expect(switchAfter(attempt(), next === null ? undefined : attempt(next))).toBe(expected)
  })

  it('lies in the request where it was, its wait before it', () => {
    const record = makeRecord({ startedAt: 1000, endedAt: 2000 })
    const late = attempt({ startedAt: 1500, waitedMs: 250, endedAt: 2000 })
    expect(spanOf(late, record, 0)).toEqual({ waitedFrom: 0.25, from: 0.5, to: 1 })
    const running = makeRecord({ startedAt: 1000, endedAt: null })
    expect(spanOf(attempt({ startedAt: 1000, endedAt: null }), running, 3000)).toEqual({
      waitedFrom: 0,
      from: 0,
      to: 1,
    })
  })
})

describe('the advice', () => {
  it.each<[string, Partial<RequestRecord>, Advice | null]>([
    ['all went well', {}, null],
    ['it still runs', { end: null }, null],
    ['the client left', { end: 'client_gone', status: 499 }, 'client-gone'],
    ['the code says it', { end: 'refused', errorCode: 'model_not_allowed' }, 'model-allowed'],
    [
      'the last attempt says it',
      { end: 'done', status: 400, attempts: [attempt({ result: 'context_too_long' })] },
      'context',
    ],
    ['an unknown refusal passed on', { end: 'done', status: 418 }, 'request'],
    ['silence', { end: 'idle_timeout' }, 'timeout'],
    ['a cut', { end: 'truncated' }, 'interrupted'],
    ['a dead upstream', { end: 'upstream_error', attempts: [attempt({ result: 'upstream_error' })] }, 'unreachable'],
    ['nothing known', { end: 'upstream_error', attempts: [] }, 'unreachable'],
  ])('when %s', (_, overrides, expected) => {
    expect(adviceFor(makeRecord(overrides))).toBe(expected)
  })

  it('has words for each, and for each page it leads to', () => {
    expect(Object.keys(en.requests.advice).toSorted()).toEqual([...advices].toSorted())
    const pages = advices.flatMap((advice) => linkOfAdvice(advice, makeRecord())?.page ?? [])
    expect([...new Set(pages)].toSorted()).toEqual(Object.keys(en.requests.adviceLink).toSorted())
  })

  it('leads to the upstream that was asked last', () => {
    expect(linkOfAdvice('credit', makeRecord())?.href).toBe('#/upstreams/OpenAI-Pool')
    expect(linkOfAdvice('credit', makeRecord({ attempts: [] }))?.href).toBe('#/upstreams')
  })
})
