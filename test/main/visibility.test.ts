import { describe, expect, it } from 'vitest'
import type { CloseAction, CloseView, StartView, StartWindow } from '../../main/visibility.ts'
import { attentionPage, closeAction, windowAtStart } from '../../main/visibility.ts'
import { makeRejected, makeStatus } from './make.ts'

describe('the window at start', () => {
  const usual: StartView = { hidden: false, isFirstRun: false, hasTray: true, status: makeStatus() }
  const failed = makeRejected('port_in_use', { port: 8080, host: '127.0.0.1' }, { state: 'failed' })

  it.each<[string, Partial<StartView>, StartWindow]>([
    ['stays away while all is well', {}, 'none'],
    ['is shown on the first run', { isFirstRun: true }, 'show'],
    ['stays away at login', { hidden: true }, 'none'],
    ['stays away at login, even the first time', { hidden: true, isFirstRun: true }, 'none'],
    ['is shown when the engine cannot run', { status: failed }, 'show'],
    ['is shown at login too when the engine cannot run', { hidden: true, status: failed }, 'show'],
    [
      'is shown when there is no place for its files',
      { hidden: true, status: makeRejected('data_folder_unusable', {}, { state: 'failed' }) },
      'show',
    ],
    ['is shown when no call can succeed', { status: makeStatus({ projects: [] }) }, 'show'],
    ['is shown without a tray', { hasTray: false }, 'show'],
    ['waits in the task bar at login without a tray', { hidden: true, hasTray: false }, 'minimized'],
  ])('%s', (_, view, expected) => {
    expect(windowAtStart({ ...usual, ...view })).toBe(expected)
  })
})

describe('closing the window', () => {
  const usual: CloseView = { isQuitting: false, closeToTray: true, hasTray: true }

  it.each<[string, Partial<CloseView>, CloseAction]>([
    ['hides it in the tray', {}, 'hide'],
    ['keeps it in the task bar where no tray could bring it back', { hasTray: false }, 'minimize'],
    ['quits where the user wants that', { closeToTray: false }, 'quit'],
    ['closes it while the app quits', { isQuitting: true }, 'close'],
    ['closes it while the app quits, tray or not', { isQuitting: true, closeToTray: false, hasTray: false }, 'close'],
  ])('%s', (_, view, expected) => {
    expect(closeAction({ ...usual, ...view })).toBe(expected)
  })
})

describe('what needs attention', () => {
  const refusedAt = (line: number | null) => {
    const status = makeRejected('key_unknown')
    const rejected = status.config.rejected?.map((diagnostic) => ({ ...diagnostic, line })) ?? []
    return { ...status, config: { ...status.config, rejected } }
  }

  it.each<[string, StartView['status'], string | null]>([
    ['nothing while all is well', makeStatus(), null],
    ['the line of the mistake', refusedAt(12), '#/settings/file?line=12'],
    ['the file where no line is to blame', refusedAt(null), '#/settings/file'],
    ['a taken port', makeRejected('port_in_use', {}, { state: 'failed' }), '#/settings'],
    ['an engine that failed otherwise', makeStatus({ state: 'failed' }), '#/settings'],
    ['projects that are yet to come', makeStatus({ projects: [] }), '#/projects'],
    ['nothing about projects while it is stopped', makeStatus({ state: 'stopped', projects: [] }), null],
  ])('is shown: %s', (_, status, expected) => {
    expect(attentionPage(status)).toBe(expected)
  })
})
