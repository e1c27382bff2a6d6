import { expect, it } from 'vitest'
import type { DiagnosticsInput } from '../../main/diagnostics.ts'
import { diagnosticsText } from '../../main/diagnostics.ts'
import { makeDesktop, makeStatus } from './make.ts'

function makeInput(overrides: Partial<DiagnosticsInput> = {}): DiagnosticsInput {
  return {
    now: Date.UTC(2026, 10, 23),
    status: makeStatus(),
    config: {
      path: '/home/ana/.local/share/ai-proxy/config.yaml',
      dataFolder: '/home/ana/.local/share/ai-proxy',
      revision: 'r1',
      appliedRevision: 'r1',
      writable: true,
      server: { port: ':8080', notification_webhook: 'https://hooks.example/services/T1/secret-path' },
      upstreams: [],
      projects: [],
      diagnostics: [],
    },
    desktop: makeDesktop(),
    versions: { electron: '45.4.1' },
    system: { arch: 'x64' },
    logLines: ['[INFO] started'],
    secrets: ['an-unusual-key-of-the-user'],
    home: '/home/ana',
    ...overrides,
  }
}

it('holds what helps to find a fault', () => {
  expect(JSON.parse(diagnosticsText(makeInput()))).toMatchObject({
    createdAt: '2026-11-23T00:00:00.000Z',
    version: '0.1.0',
    versions: { electron: '45.4.1' },
    system: { arch: 'x64' },
    status: { state: 'running' },
    desktop: { hasTray: true },
    config: { server: { port: ':8080' } },
    log: ['[INFO] started'],
  })
})

it('holds no secret, whichever way it came in', () => {
  const text = diagnosticsText(
    makeInput({
      logLines: ['Bearer sk-live-0123456789abcdef', 'refused an-unusual-key-of-the-user', 'open /home/ana/x'],
      status: makeStatus({ failure: { code: 'x', message: 'https://user:password@proxy.example failed' } }),
    }),
  )
  for (const secret of ['secret-path', 'sk-live-0123456789abcdef', 'an-unusual-key', 'password', '/home/ana']) {
    expect(text).not.toContain(secret)
  }
  expect(text).toContain('https://hooks.example/…')
  expect(text).toContain('open ~/x')
})

it('is written without a readable config too', () => {
  expect(JSON.parse(diagnosticsText(makeInput({ config: null })))).toMatchObject({ config: null, version: '0.1.0' })
})
