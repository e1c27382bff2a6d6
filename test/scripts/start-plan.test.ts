import { describe, expect, it } from 'vitest'
import { argumentsFor, planStart, startFailure, type StartView } from '../../scripts/start-plan.mjs'

const now = Date.UTC(2026, 10, 23, 12)
const view: StartView = {
  args: [],
  env: { DISPLAY: ':0' },
  platform: 'linux',
  isRoot: false,
  electron: '/dist/electron',
  failure: null,
  now,
}
const desktop = { step: 'electron', program: '/dist/electron' }
const headless = (why: string) => ({ step: 'headless', why: expect.stringContaining(why) })
const failure = { failedAt: now - 2 * 3_600_000, reason: 'the server cannot be reached' }

describe('npm start', () => {
  it.each<[string, Partial<StartView>, unknown]>([
    ['starts the desktop where binary and display are there', {}, desktop],
    ['takes Wayland for a display', { env: { WAYLAND_DISPLAY: 'wayland-0' } }, desktop],
    ['needs no variable on macOS', { env: {}, platform: 'darwin' }, desktop],
    ['needs no variable on Windows', { env: {}, platform: 'win32' }, desktop],
    ['is headless without a display', { env: {} }, headless('no display')],
    [
      'does not fetch anything without a display',
      { env: {}, electron: null, args: ['--download'] },
      headless('no display'),
    ],
    ['is headless when asked, and says no more', { args: ['--headless'] }, { step: 'headless', why: null }],
    [
      'does not fetch anything when headless is asked for',
      { args: ['--headless'], electron: null },
      { step: 'headless', why: null },
    ],
    ['is headless for root, whose Electron has no sandbox', { isRoot: true }, headless('root')],
    ['lets root do without the sandbox', { isRoot: true, args: ['--no-sandbox'] }, desktop],
    ['fetches a binary that is not here', { electron: null }, { step: 'fetch' }],
    ['does not fetch when told not to', { electron: null, args: ['--no-download'] }, headless('switched off')],
    [
      'hears it from the environment too',
      { electron: null, env: { DISPLAY: ':0', AI_PROXY_NO_DOWNLOAD: '1' } },
      headless('switched off'),
    ],
    ['takes 0 for no', { electron: null, env: { DISPLAY: ':0', AI_PROXY_NO_DOWNLOAD: '0' } }, { step: 'fetch' }],
    ['starts what is here although downloads are off', { args: ['--no-download'] }, desktop],
    [
      'does not try again soon after a failure',
      { electron: null, failure },
      headless('2 h ago (the server cannot be reached)'),
    ],
    ['tries again when asked', { electron: null, failure, args: ['--download'] }, { step: 'fetch' }],
    ['forgets a failure once the binary is here', { failure }, desktop],
  ])('%s', (_, change, expected) => {
    expect(planStart({ ...view, ...change })).toEqual(expected)
  })
})

it.each<[string, 'electron' | 'headless', readonly string[]]>([
  ['the desktop app', 'electron', ['--hidden', '--no-sandbox', '--port', '0', '--lang', 'zh']],
  ['the command line', 'headless', ['--port', '0', '--lang', 'zh']],
])('passes on to %s what it knows', (_, shell, expected) => {
  const args = ['--hidden', '--no-sandbox', '--no-download', '--port', '0', '--download', '--headless', '--lang', 'zh']
  expect(argumentsFor(args, shell)).toEqual(expected)
})

describe('an Electron that ends at once', () => {
  const end = { code: 0, signal: null, wasStopped: false, tookMs: 300 }
  it.each([
    ['was quit', end, null],
    ['was quit with an error of the app', { ...end, code: 1 }, null],
    ['misses a library', { ...end, code: 127 }, 'cannot run here'],
    ['could not be started', { ...end, code: null }, 'cannot run here'],
    ['has no sandbox', { ...end, code: 133 }, 'exit code 133'],
    ['crashed', { ...end, code: null, signal: 'SIGTRAP' as const }, 'SIGTRAP'],
    ['crashed after it had run', { ...end, code: null, signal: 'SIGSEGV' as const, tookMs: 60_000 }, null],
    ['was stopped', { ...end, code: null, signal: 'SIGTERM' as const, wasStopped: true }, null],
  ])('%s', (_, how, why) => {
    expect(startFailure(how)).toEqual(why === null ? null : expect.stringContaining(why))
  })
})
