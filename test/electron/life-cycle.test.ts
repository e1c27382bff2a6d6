/** What happens to the built desktop app during its life: closed windows, a second start, sleep, the end. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chatStream, gate, type ScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { chat, makeConfig, readAsFar, testKey } from './desktop-app.ts'
import { desktopTests, upstreamLine, visibleWindow as visible } from './desktop-tests.ts'

const tests = desktopTests()
const { start } = tests

async function startUpstream(): Promise<[ScriptedUpstream, config: string]> {
  const upstream = await tests.startUpstream()
  return [upstream, makeConfig({ upstreams: upstreamLine('gpt-4', upstream.url) })]
}

describe('the window', () => {
  it('ends the app when it is closed, where that is the custom', async () => {
    const isCustom = process.platform === 'linux'
    const app = await start({ config: null, ...(isCustom ? {} : { settings: { closeToTray: false } }) })
    const { id } = await visible(app)
    await app.closeWindow(id)
    expect(await app.exit).toBe(0)
  })

  it('stays in the tray when it is closed, told once, and comes back', async () => {
    const app = await start({ config: null, settings: { closeToTray: true } })
    const { id } = await visible(app)
    await app.closeWindow(id)
    await app.until('the window is hidden', () => !app.windows()[0]?.isVisible)
    await app.clickTray('open-console')
    await visible(app)
    await app.closeWindow(id)
    await app.until('the window is hidden again', () => !app.windows()[0]?.isVisible)
    expect(app.reported('notification')).toMatchObject([{ body: expect.stringContaining('tray') }])
    // Nor after the next start.
    await expect.poll(() => app.settings()).toMatchObject({ toldAboutTray: true })
    expect((await chat(await app.baseUrl(), { key: /ak-[\w-]+/.exec(app.configText())?.[0] ?? '' })).status).toBe(200)
  })

  it('is minimized rather than hidden where no tray would bring it back', async () => {
    const app = await start({ settings: { closeToTray: true }, hasTrayHost: false })
    const { id } = await visible(app)
    await app.closeWindow(id)
    await app.until('it is minimized', () => app.windows()[0]?.isMinimized)
    await app.emit('app', 'second-instance', [], '/')
    await app.until('it is back', () => app.windows()[0]?.isMinimized === false)
  })

  it('shows itself where there is no tray at all', async () => {
    const app = await start({ env: { ELECTRON_DOUBLE_NO_TRAY: '1' }, hasTrayHost: false })
    await visible(app)
    expect(app.tray()).toBeNull()
  })

  it('is a new one after a crash, and the engine has run on', async () => {
    const app = await start({ config: null })
    const { id } = await visible(app)
    const startedAt = await app.call('getStatus')
    await app.crashPage(id)
    await app.until('another window', () => app.windows().some((window) => window.id !== id && window.isVisible))
    expect(await app.call('getStatus')).toMatchObject({ startedAt: Reflect.get(Object(startedAt), 'startedAt') })
  })

  it('is a new one after a crash also while others cover it', async () => {
    const app = await start({ config: null })
    const { id } = await visible(app)
    await app.page()
    await app.coverWindow(id)
    await app.until('it is covered', () => app.windows()[0]?.isVisible === false)
    await app.crashPage(id)
    await app.until('another window', () => app.windows().some((window) => window.id !== id && window.isVisible))
  })

  it('asks before it throws away what is not saved', async () => {
    const app = await start({ config: null })
    const page = await app.page()
    await page.evaluate(() => addEventListener('beforeunload', (event) => event.preventDefault()))
    await app.clickTray('quit')
    await app.until('the question', () => app.reported('dialog').length === 1)
    await app.until('the window stays', () => app.reported('close-prevented').length === 1)
    expect(await app.call('getStatus')).toMatchObject({ state: 'running' })
    await app.answerNextDialog('showMessageBoxSync', 0)
    await app.clickTray('quit')
    expect(await app.exit).toBe(0)
  })
})

describe('a second start', () => {
  it('shows the window of the first', async () => {
    const app = await start({ args: ['--hidden'] })
    await app.baseUrl()
    expect(app.windows()).toEqual([])
    await app.emit('app', 'second-instance', ['electron', '.'], '/')
    await visible(app)
  })

  it.runIf(process.platform !== 'win32')('shows it also while the first is still starting', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slow-config-'))
    tests.atEnd(() => rmSync(folder, { recursive: true }))
    // Nobody writes into the pipe, so the config is never read to its end.
    const config = join(folder, 'config.yaml')
    spawnSync('mkfifo', [config])
    const app = await start({ args: ['--config', config] })
    await app.until('it has begun', () => app.output().includes('Starting'))
    await app.emit('app', 'second-instance', ['electron', '.'], '/')
    await visible(app)
    await (await app.page()).getByRole('heading', { level: 1 }).waitFor()
  })

  it('leaves it hidden when it was one at login', async () => {
    const app = await start({ args: ['--hidden'] })
    await app.baseUrl()
    await app.emit('app', 'second-instance', ['electron', '.', '--hidden'], '/')
    await app.emit('app', 'second-instance', ['electron', '.'], '/')
    await visible(app)
    expect(app.windows()).toHaveLength(1)
  })

  it('ends at once, without an engine of its own', async () => {
    const app = await start({ env: { ELECTRON_DOUBLE_IS_SECOND: '1' } })
    expect(await app.exit).toBe(0)
    expect([app.reports, app.output()]).toEqual([[], ''])
  })
})

describe('quitting', () => {
  it('lets a running stream finish, but takes no new request', async () => {
    const [upstream, config] = await startUpstream()
    const held = gate()
    upstream.always(chatStream(['Hello', held, ' world']))
    const app = await start({ config, args: ['--hidden'] })
    const baseUrl = await app.baseUrl()
    const answer = await chat(baseUrl, { model: 'gpt-4' })
    const stream = await readAsFar(answer, 'Hello')

    await app.clickTray('quit')
    await app.toolTip(/Stopping/)
    await expect(chat(baseUrl)).rejects.toThrow('fetch failed')
    held.open()
    const text = await stream.rest()
    expect(text).toContain(' world')
    expect(text).toContain('[DONE]')
    expect(await app.exit).toBe(0)
  })

  it('starts again afterwards when the user has asked for that meanwhile', async () => {
    const [upstream, config] = await startUpstream()
    const held = gate()
    upstream.always(chatStream(['Hello', held]))
    const app = await start({ config, args: ['--hidden'] })
    const stream = await readAsFar(await chat(await app.baseUrl(), { model: 'gpt-4' }), 'Hello')
    await app.clickTray('quit')
    await app.toolTip(/Stopping/)
    await app.emit('app', 'second-instance', ['electron', '.'], '/')
    expect(app.windows()).toEqual([])
    held.open()
    await stream.rest()
    expect(await app.exit).toBe(0)
    expect(app.reported('relaunch')).toMatchObject([{ args: expect.arrayContaining(['--data', app.dataFolder]) }])
    expect(app.reported('relaunch')[0]?.args).not.toContain('--hidden')
  })

  it('waits for nobody when the system shuts down', async () => {
    const [upstream, config] = await startUpstream()
    upstream.always(chatStream(['Hello', gate()]))
    const app = await start({ config, args: ['--hidden'] })
    await readAsFar(await chat(await app.baseUrl(), { model: 'gpt-4' }), 'Hello')
    // Prevented, the system waits until the app has ended by itself: everything is on disk then.
    expect(await app.emit('powerMonitor', 'shutdown')).toBe(true)
    expect(await app.exit).toBe(0)
  })

  it.runIf(process.platform !== 'win32')('takes SIGTERM for a quit', async () => {
    const app = await start({ args: ['--hidden'] })
    await app.baseUrl()
    process.kill(app.pid, 'SIGTERM')
    expect(await app.exit).toBe(0)
  })
})

it('connects to the upstreams anew after sleep', async () => {
  const [upstream, config] = await startUpstream()
  const app = await start({ config, args: ['--hidden'] })
  const baseUrl = await app.baseUrl()
  const ask = async () => (await chat(baseUrl, { model: 'gpt-4', stream: false })).text()
  await ask()
  await ask()
  await app.emit('powerMonitor', 'suspend')
  await app.emit('powerMonitor', 'resume')
  await app.until('the old connection is gone', () => app.output().includes('Back from sleep'))
  await ask()
  expect(upstream.requests.map(({ connection }) => connection)).toEqual([0, 0, 1])
  // The listener was well, so it is still the same.
  expect(await app.baseUrl()).toBe(baseUrl)
})

// Only an administrator of Linux can take a socket from a program, as some drivers do on the way into sleep.
const canKillSockets = process.platform === 'linux' && process.getuid?.() === 0 && spawnSync('ss', ['-V']).status === 0

it.runIf(canKillSockets)('listens again after sleep where its listener is dead', async ({ skip }) => {
  const [, config] = await startUpstream()
  const app = await start({ config, args: ['--hidden'] })
  const before = await app.baseUrl()
  spawnSync('ss', ['-K', '-ltn', `sport = :${new URL(before).port}`])
  const ask = async () => (await chat(await app.baseUrl(), { model: 'gpt-4', stream: false })).status
  const isDead = await ask().then(
    () => false,
    () => true,
  )
  skip(!isDead, 'This kernel does not let go of listening sockets (INET_DIAG_DESTROY).')
  await app.emit('powerMonitor', 'resume')
  await app.until('it says so', () => app.output().includes('listening again'))
  await expect.poll(ask).toBe(200)
})

it('exports diagnostics without a secret, where the user wants them', async () => {
  const app = await start({ settings: { closeToTray: true }, hasTrayHost: false })
  const path = join(app.home, 'diagnostics.json')
  await app.page()
  expect(await app.desktopCall('exportDiagnostics')).toBeNull()
  await app.answerNextDialog('showSaveDialog', path)
  expect(await app.desktopCall('exportDiagnostics')).toEqual({ path })
  const text = readFileSync(path, 'utf8')
  expect(JSON.parse(text)).toMatchObject({ status: { state: 'running' } })
  expect(text).not.toContain(testKey)
})
