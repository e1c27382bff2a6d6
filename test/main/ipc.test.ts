import { describe, expect, it } from 'vitest'
import type { Bridge } from '../../main/bridge.ts'
import { pushEvent, serveIpc } from '../../main/ipc.ts'
import { isConsoleUrl, isTrustedSender } from '../../main/trusted-sender.ts'
import type { ControlReply, EngineEvent } from '../../proxy/contract.ts'
import type { DesktopBridge } from '../../renderer/window.d.ts'

describe('who may call', () => {
  const console = { isOurWindow: true, isMainFrame: true, url: 'app://console/index.html#/overview' }

  it.each<[string, Partial<typeof console> | { url: null }, boolean]>([
    ['the console', {}, true],
    ['a page of another window', { isOurWindow: false }, false],
    ['a frame within the page', { isMainFrame: false }, false],
    ['a frame that is gone', { url: null }, false],
    ['a page of another origin', { url: 'https://example.com/' }, false],
    ['a file', { url: 'file:///index.html' }, false],
    ['a blank page', { url: 'about:blank' }, false],
  ])('%s', (_, change, expected) => {
    expect(isTrustedSender({ ...console, ...change })).toBe(expected)
  })

  it.each([
    ['app://console/', true],
    ['app://console.example/', false],
    ['app://user@console/', false],
    ['app:console', false],
    ['appx://console/', false],
    ['nonsense', false],
  ])('takes %s for the console: %j', (url, expected) => {
    expect(isConsoleUrl(url)).toBe(expected)
  })
})

type Handler = (event: never, ...message: unknown[]) => unknown

/** The wire with its two ends in hand. */
function serve(page: object | null) {
  const handlers = new Map<string, Handler>()
  const calls: unknown[] = []
  const refused: string[] = []
  const answer =
    (name: string) =>
    async (method: string, args: readonly unknown[]): Promise<ControlReply> => {
      calls.push([name, method, args])
      return { ok: true, value: name }
    }
  serveIpc({
    // Safe: only `handle` is used, and this is what it does.
    ipcMain: { handle: (channel: string, handler: Handler) => void handlers.set(channel, handler) } as never,
    page: () => page as never,
    control: answer('control'),
    desktop: answer('desktop'),
    onRefused: (url) => refused.push(url),
  })
  const invoke = (channel: string, event: object, ...message: unknown[]) =>
    // Safe: of the event only sender and frame are read.
    handlers.get(channel)?.(event as never, ...message)
  return { invoke, calls, refused }
}

describe('the wire', () => {
  const page = {}
  const fromConsole = { sender: page, senderFrame: { parent: null, url: 'app://console/index.html' } }

  it('leads to control plane and desktop', async () => {
    const { invoke, calls } = serve(page)
    expect(await invoke('console:call', fromConsole, 'getStatus', [])).toEqual({ ok: true, value: 'control' })
    expect(await invoke('desktop:call', fromConsole, 'setCloseToTray', [true])).toEqual({ ok: true, value: 'desktop' })
    expect(calls).toEqual([
      ['control', 'getStatus', []],
      ['desktop', 'setCloseToTray', [true]],
    ])
  })

  it.each([
    ['a foreign frame', { sender: page, senderFrame: { parent: {}, url: 'app://console/index.html' } }],
    ['a foreign page', { sender: page, senderFrame: { parent: null, url: 'https://evil.example/' } }],
    ['another window', { sender: {}, senderFrame: { parent: null, url: 'app://console/index.html' } }],
    ['a frame that is gone', { sender: page, senderFrame: null }],
  ])('refuses %s and tells of it', async (_, event) => {
    const { invoke, calls, refused } = serve(page)
    expect(await invoke('console:call', event, 'getStatus', [])).toMatchObject({ error: { code: 'forbidden' } })
    expect(calls).toEqual([])
    expect(refused).toHaveLength(1)
  })

  it('refuses everybody while there is no window', async () => {
    const { invoke } = serve(null)
    expect(await invoke('desktop:call', { sender: null, senderFrame: null }, 'getDesktop', [])).toMatchObject({
      error: { code: 'forbidden' },
    })
  })

  it.each([
    [[]],
    [['getStatus']],
    [[1, []]],
    [['getStatus', 'x']],
    [['getStatus', [], 'more']],
    [['x'.repeat(99), []]],
  ])('refuses the call %j', async (message) => {
    const { invoke, calls } = serve(page)
    expect(await invoke('console:call', fromConsole, ...message)).toMatchObject({
      error: { code: 'invalid_arguments' },
    })
    expect(calls).toEqual([])
  })

  it('pushes events to a page that is there', () => {
    const event: EngineEvent = { type: 'config-changed', revision: null }
    const sent: unknown[] = []
    const pageThat = (isDestroyed: boolean) =>
      // Safe: nothing else of the page is used.
      ({ isDestroyed: () => isDestroyed, send: (...message: unknown[]) => sent.push(message) }) as never
    pushEvent(null, event)
    pushEvent(pageThat(true), event)
    pushEvent(pageThat(false), event)
    expect(sent).toEqual([['console:event', event]])
  })
})

it('gives the page the bridge that the console expects', () => {
  // The compiler compares the two; each side states it for itself, as neither may import the other.
  const given = (bridge: Bridge): DesktopBridge => bridge
  const expected = (bridge: DesktopBridge): Bridge => bridge
  expect([given, expected]).toHaveLength(2)
})
