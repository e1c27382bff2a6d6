import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createConfigActions } from '../../main/config-actions.ts'
import type { DesktopOptions } from '../../main/desktop.ts'
import { callDesktop, createDesktop } from '../../main/desktop.ts'
import type { LoginItem } from '../../main/login-item.ts'
import type { ShellSettings } from '../../main/shell-settings.ts'
import { defaultSettings } from '../../main/shell-settings.ts'
import { createTrayActions } from '../../main/tray-actions.ts'
import type { DesktopState } from '../../proxy/contract.ts'
import { createControl } from '../../proxy/control/control.ts'
import { createEngineHandle } from '../../proxy/engine-handle.ts'
import type { TestEngine } from '../helpers/engine.ts'
import { startEngine } from '../helpers/engine.ts'
import { testKey } from '../helpers/make.ts'

interface World {
  readonly steps: string[]
  readonly settings: () => ShellSettings
  readonly call: (method: string, ...args: unknown[]) => ReturnType<typeof callDesktop>
}

/** The desktop's methods around things that only remember what was asked of them. */
function makeWorld(overrides: Partial<DesktopOptions> = {}, conflict: DesktopState['portConflict'] = null): World {
  const steps: string[] = []
  let settings = defaultSettings('linux')
  let isOn = false
  const loginItem: LoginItem = {
    isOn: () => isOn,
    set(on) {
      isOn = on
    },
  }
  const desktop = createDesktop({
    platform: 'linux',
    language: () => 'en',
    engineSwitch: {
      start: async () => void steps.push('start'),
      stop: async () => void steps.push('stop'),
      restart: async () => void steps.push('restart'),
    },
    settings: {
      get current() {
        return settings
      },
      update(change) {
        settings = { ...settings, ...change }
      },
    },
    loginItem,
    portConflict: {
      current: conflict,
      settled: async () => conflict,
      nextFree: async () => conflict?.nextFree ?? null,
    },
    configActions: { setPort: async (port) => void steps.push(`save ${port}`) },
    hasTray: () => true,
    listenOn: async (port, insteadOf) => void steps.push(`listen on ${port} instead of ${insteadOf}`),
    listeningPort: () => null,
    openExternal: async (url) => void steps.push(`open ${url}`),
    revealConfig: () => steps.push('reveal'),
    exportDiagnostics: async () => ({ path: '/x.json' }),
    onChange: () => steps.push('changed'),
    ...overrides,
  })
  return {
    steps,
    settings: () => settings,
    call: (method, ...args) => callDesktop(desktop, method, args, (error) => steps.push(`problem ${String(error)}`)),
  }
}

describe('what only the desktop can do', () => {
  it('tells its state', async () => {
    expect(await makeWorld().call('getDesktop')).toEqual({
      ok: true,
      value: {
        platform: 'linux',
        hasTray: true,
        launchAtLogin: false,
        closeToTray: false,
        useSystemProxy: false,
        notices: defaultSettings('linux').notices,
        portConflict: null,
      },
    })
  })

  it.each<[string, unknown[], object]>([
    ['setLaunchAtLogin', [true], { launchAtLogin: true }],
    ['setCloseToTray', [true], { closeToTray: true }],
    ['setUseSystemProxy', [true], { useSystemProxy: true }],
    ['setNotice', ['key-paused', true], { notices: { ...defaultSettings('linux').notices, 'key-paused': true } }],
  ])('changes by %s what the tray and the console are shown', async (method, args, expected) => {
    const { call, steps } = makeWorld()
    expect(await call(method, ...args)).toMatchObject({ ok: true, value: expected })
    expect(await call('getDesktop')).toMatchObject({ ok: true, value: expected })
    expect(steps).toEqual(['changed'])
  })

  it('passes orders on', async () => {
    const { call, steps } = makeWorld()
    for (const method of ['startEngine', 'stopEngine', 'restartEngine', 'revealConfig']) {
      expect(await call(method)).toEqual({ ok: true, value: null })
    }
    expect(await call('openExternal', 'https://example.com')).toEqual({ ok: true, value: null })
    expect(await call('exportDiagnostics')).toEqual({ ok: true, value: { path: '/x.json' } })
    expect(steps).toEqual(['start', 'stop', 'restart', 'reveal', 'open https://example.com/'])
  })

  it.each<[string, unknown[], string]>([
    ['toString', [], 'unknown_method'],
    ['__proto__', [], 'unknown_method'],
    ['state', [], 'unknown_method'],
    ['setCloseToTray', ['yes'], 'bad_arguments'],
    ['setCloseToTray', [], 'bad_arguments'],
    ['setCloseToTray', [true, true], 'bad_arguments'],
    ['setNotice', ['constructor', true], 'bad_arguments'],
    ['useNextFreePort', [{ save: 1 }], 'bad_arguments'],
    ['openExternal', [{}], 'bad_arguments'],
    ['openExternal', ['file:///etc/passwd'], 'link_refused'],
    ['useNextFreePort', [{ save: true }], 'no_port_conflict'],
  ])('refuses %s with %j', async (method, args, code) => {
    const { call, steps } = makeWorld()
    expect(await call(method, ...args)).toMatchObject({ ok: false, error: { code } })
    expect(steps).toEqual([])
  })

  it('tells of a failure that nobody expected', async () => {
    const { call, steps } = makeWorld({ openExternal: () => Promise.reject(new Error('no browser')) })
    expect(await call('openExternal', 'https://example.com')).toEqual({
      ok: false,
      error: { code: 'internal_error', message: 'no browser' },
    })
    expect(steps).toEqual(['problem Error: no browser'])
  })

  const taken = { port: 8080, holder: null, nextFree: 8081 }

  it('saves the next free port only when asked to', async () => {
    const { call, steps } = makeWorld({}, taken)
    expect(await call('useNextFreePort', { save: false })).toEqual({ ok: true, value: { port: 8081 } })
    expect(await call('useNextFreePort', { save: true })).toEqual({ ok: true, value: { port: 8081 } })
    expect(steps).toEqual(['listen on 8081 instead of 8080', 'save 8081'])
  })

  it('says when there is no free port', async () => {
    const { call } = makeWorld({}, { ...taken, nextFree: null })
    expect(await call('useNextFreePort', { save: false })).toMatchObject({ error: { code: 'no_free_port' } })
  })
})

const config = `# my own words
server:
  port: "127.0.0.1:0" # stays
upstreams:
  - name: Demo
    base_url: builtin:demo
    models: ["demo/echo"]
project_auth:
  - project_name: tests
    api_key: ${testKey}
    allowed_models: ["*"]
`

describe('what the tray changes in the config', () => {
  let engine: TestEngine | null = null
  afterEach(() => engine?.stop())

  async function start(options: Parameters<typeof startEngine>[1] = {}) {
    engine = await startEngine(config, options)
    const control = createControl(createEngineHandle(engine.engine))
    const { configPath } = engine
    return {
      running: engine.engine,
      control,
      actions: createConfigActions(control, () => 'en'),
      text: () => readFile(configPath, 'utf8'),
    }
  }

  it('switches an upstream off and on, and leaves the rest as it was', async () => {
    const { actions, running, text } = await start()
    await actions.setUpstreamEnabled('Demo', false)
    expect(running.status().upstreams.map(({ enabled }) => enabled)).toEqual([false])
    expect(await text()).toContain('# my own words')
    await actions.setUpstreamEnabled('Demo', true)
    expect(await text()).toBe(config)
    await actions.setUpstreamEnabled('Demo', true)
    expect(running.status().upstreams.map(({ enabled }) => enabled)).toEqual([true])
  })

  it('sets the language and leaves it to the system again', async () => {
    const { actions, running, text } = await start({ env: { LANG: 'en_US.UTF-8' }, language: null })
    await actions.setLanguage('zh')
    expect(running.language).toBe('zh')
    await actions.setLanguage(null)
    await actions.setLanguage(null)
    expect([running.language, await text()]).toEqual(['en', config])
  })

  it('opens the port to other computers and closes it again', async () => {
    const { actions, running, text } = await start()
    await actions.setReach('network', 0)
    expect(running.status().listening?.beyondLoopback).toBe(true)
    expect(await text()).toContain('port: "0.0.0.0:0" # stays')
    await actions.setReach('this-computer', 0)
    expect(running.status().listening?.beyondLoopback).toBe(false)
  })

  it('fails by name for an upstream that is gone', async () => {
    const { actions } = await start()
    await expect(actions.setUpstreamEnabled('Gone', true)).rejects.toMatchObject({ code: 'upstream_unknown' })
  })

  it('tries once more when somebody has saved in between', async () => {
    const { actions, control, text } = await start()
    const view = await control.getConfig()
    let reads = 0
    const late = createConfigActions(
      {
        // The first read is as old as a form that was open for long.
        getConfig: async () => (reads++ === 0 ? view : control.getConfig()),
        editConfig: (edits, revision) => control.editConfig(edits, revision),
      },
      () => 'en',
    )
    await actions.setLanguage('zh')
    await late.setUpstreamEnabled('Demo', false)
    expect(await text()).toMatch(/language: "zh"[^]*enabled: false/)
    const never = createConfigActions({ ...control, getConfig: async () => view }, () => 'en')
    await expect(never.setLanguage('en')).rejects.toMatchObject({ code: 'config_changed' })
  })

  it('says why a change cannot be put to work', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // A bound TCP server has no other kind of address.
    const { port } = server.address() as AddressInfo
    const { actions } = await start({ port: null })
    await expect(actions.setPort(port)).rejects.toMatchObject({ name: 'DesktopFailure' })
    server.close()
  })

  it('copies the key of a project, and nothing else with it', async () => {
    const { control, actions } = await start()
    const copied: string[] = []
    const { steps, call } = makeWorld()
    const act = createTrayActions({
      control,
      configActions: actions,
      desktop: {
        startEngine: async () => void (await call('startEngine')),
        stopEngine: async () => void (await call('stopEngine')),
        restartEngine: async () => void (await call('restartEngine')),
        setLaunchAtLogin: () => Promise.reject(new Error('not asked for')),
        useNextFreePort: () => Promise.reject(new Error('not asked for')),
      },
      currentPort: () => 8080,
      showConsole: (href) => steps.push(`show ${String(href)}`),
      copy: async (text) => void copied.push(text),
      openConfig: async () => void steps.push('open config'),
      quit: () => steps.push('quit'),
    })
    await act({ do: 'copy-project-key', project: 'tests' })
    await act({ do: 'copy', text: 'http://localhost:8080/v1' })
    for (const does of ['start', 'stop', 'restart', 'open-config', 'quit'] as const) await act({ do: does })
    await act({ do: 'open-console', href: '#/requests/req_1' })
    expect([copied, steps]).toEqual([
      [testKey, 'http://localhost:8080/v1'],
      ['start', 'stop', 'restart', 'open config', 'quit', 'show #/requests/req_1'],
    ])
  })
})

describe('the engine', () => {
  it('starts again after a stop, as the tray’s Stop and Start want', async () => {
    const engine = await startEngine(config)
    await engine.engine.stop({ graceMs: 0 })
    expect(engine.engine.status()).toMatchObject({ state: 'stopped', listening: null })
    await engine.engine.start()
    const { listening, state } = engine.engine.status()
    expect(state).toBe('running')
    const answer = await fetch(`http://127.0.0.1:${listening?.port}/v1/models`, {
      headers: { authorization: `Bearer ${testKey}` },
    })
    await answer.text()
    expect(answer.status).toBe(200)
    await engine.stop()
  })
})
