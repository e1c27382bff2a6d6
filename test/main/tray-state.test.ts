import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { statusLine, trayIconFile, trayState, trayStates } from '../../main/tray-state.ts'
import type { EngineStatus } from '../../proxy/contract.ts'
import { makeKey, makeRejected, makeStatus, makeUpstream } from './make.ts'

const broken = makeUpstream({ name: 'Broken', breaker: 'open' })
const unfilled = makeUpstream({ name: 'Gemini', keys: [] })
const local = makeUpstream({ name: 'Demo', isLocal: true, needsKey: false, keys: [] })
const failedLast = makeUpstream({ name: 'Failed', lastErrorAt: 5000 })
const withKeys = (...keys: Parameters<typeof makeKey>[0][]) => makeUpstream({ keys: keys.map((key) => makeKey(key)) })

describe('the state that the tray shows', () => {
  it.each<[string, Partial<EngineStatus>, string, string, string]>([
    ['all is well', {}, 'running', 'Running · http://localhost:8080/v1', '运行中 · http://localhost:8080/v1'],
    ['it starts', { state: 'starting' }, 'stopped', 'Starting', '启动中'],
    ['it stops', { state: 'stopping' }, 'stopped', 'Stopping', '停止中'],
    ['it is stopped', { state: 'stopped' }, 'stopped', 'Stopped', '已停止'],
    [
      'it cannot start',
      { state: 'failed', failure: { code: 'x', message: 'No config' } },
      'error',
      'Not running: No config',
      '未运行：No config',
    ],
    [
      'there is no project',
      { projects: [] },
      'degraded',
      'No project yet, every call is refused',
      '还没有项目，所有请求都会被拒绝',
    ],
    [
      'one of two upstreams is down',
      { upstreams: [makeUpstream(), broken] },
      'degraded',
      'Upstreams with a problem: 1 of 2',
      '2 个上游中 1 个有问题',
    ],
    [
      'the latest attempt at one of two failed',
      { upstreams: [makeUpstream(), failedLast] },
      'degraded',
      'Upstreams with a problem: 1 of 2',
      '2 个上游中 1 个有问题',
    ],
    [
      // Which may be over, or be the user's own network.
      'the latest attempts at all of them failed',
      { upstreams: [failedLast] },
      'degraded',
      'Upstreams with a problem: 1 of 1',
      '1 个上游中 1 个有问题',
    ],
    ['every upstream is down', { upstreams: [broken] }, 'error', 'No upstream is usable', '没有可用的上游'],
  ])('%s', (_, overrides, state, en, zh) => {
    const status = makeStatus(overrides)
    expect([trayState(status), statusLine(status, null, 'en'), statusLine(status, null, 'zh')]).toEqual([state, en, zh])
  })

  it.each<[string, EngineStatus['upstreams'], string]>([
    ['upstreams that await their keys', [local, unfilled], 'running'],
    ['a disabled upstream that is down', [local, { ...broken, enabled: false }], 'running'],
    ['a key that pauses by guess', [withKeys({ state: 'paused', guessed: true })], 'running'],
    ['a pause that the provider stated', [local, withKeys({ state: 'paused' })], 'degraded'],
    ['a refused key beside a good one', [withKeys({ state: 'refused' }, {})], 'running'],
    ['refused keys only', [local, withKeys({ state: 'refused' }, { state: 'disabled' })], 'degraded'],
    ['keys that are off', [local, withKeys({ state: 'disabled' })], 'degraded'],
    ['no key that is on', [withKeys({ state: 'disabled' })], 'error'],
    ['a probe on its way to one that was down', [makeUpstream(), makeUpstream({ breaker: 'half-open' })], 'degraded'],
    ['one that failed last', [local, failedLast], 'degraded'],
    ['an answer since the failure', [{ ...failedLast, lastAnswerAt: 5001 }], 'running'],
    ['one that failed last but is switched off', [local, { ...failedLast, enabled: false }], 'running'],
    ['no upstream at all', [], 'running'],
  ])('with %s', (_, upstreams, expected) => {
    expect(trayState(makeStatus({ upstreams }))).toBe(expected)
  })

  it('is degraded while the file on disk is refused', () => {
    const status = makeRejected('config_invalid')
    expect([trayState(status), statusLine(status, null, 'en')]).toEqual([
      'degraded',
      'Config has errors, the last good one is in use',
    ])
  })

  it('names who holds the port', () => {
    const status = makeRejected('port_in_use', {}, { state: 'failed' })
    const conflict = { port: 8080, holder: 'nginx (12)', nextFree: 8081 }
    expect(statusLine(status, conflict, 'en')).toBe('Not running: port 8080 is in use by nginx (12)')
    expect(statusLine(status, { ...conflict, holder: null }, 'zh')).toBe('未运行：端口 8080 被占用')
  })

  it('has an icon of its own on every system', () => {
    const files = (['win32', 'darwin', 'linux'] as const).flatMap((platform) =>
      trayStates.map((state) => trayIconFile(state, platform)),
    )
    expect(new Set(files).size).toBe(12)
    const folder = join(import.meta.dirname, '../../main/assets/tray')
    expect(files.filter((file) => !existsSync(join(folder, file)))).toEqual([])
  })
})
