import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { findFreePort } from '../../main/free-port.ts'
import { PortConflict, portProblem } from '../../main/port-conflict.ts'
import { findPortHolder, holderInLsof, holderInSs, nameInTasklist, pidInNetstat } from '../../main/port-holder.ts'
import { PortOverride } from '../../main/port-override.ts'
import { withPort, withReach } from '../../main/port-setting.ts'
import type { Run } from '../../main/run.ts'
import { run } from '../../main/run.ts'
import { hasTrayHost, waitForTrayHost } from '../../main/tray-host.ts'
import { makeRejected, makeStatus } from './make.ts'

const ss = 'LISTEN 0 511 127.0.0.1:8080 0.0.0.0:* users:(("node",pid=123,fd=18),("node",pid=124,fd=18))\n'
const thread = ss.replaceAll('"node"', '"MainThread"')
const lsof = 'p4321\ncControlCe\nf10\n'
const netstat = [
  '',
  'Aktive Verbindungen',
  '',
  '  Proto  Lokale Adresse         Remoteadresse          Status           PID',
  '  TCP    127.0.0.1:50000        127.0.0.1:8080         HERGESTELLT      77',
  '  TCP    127.0.0.1:18080        0.0.0.0:0              ABHÖREN          66',
  '  TCP    0.0.0.0:8080           0.0.0.0:0              ABHÖREN          5544',
  '  TCP    [::]:9090              [::]:0                 ABHÖREN          88',
].join('\r\n')

describe('who holds a port', () => {
  it('is read from what the systems print', () => {
    expect([holderInSs(ss), holderInSs('LISTEN 0 511 127.0.0.1:8080 0.0.0.0:*\n'), holderInSs('')]).toEqual([
      { name: 'node', pid: '123' },
      null,
      null,
    ])
    expect([holderInLsof(lsof), holderInLsof('')]).toEqual(['ControlCe (4321)', null])
    expect([8080, 9090, 80, 50_000].map((port) => pidInNetstat(netstat, port))).toEqual([5544, 88, null, null])
    expect([nameInTasklist('"nginx.exe","5544","Services","0","9 K"\r\n'), nameInTasklist('INFO: none')]).toEqual([
      'nginx.exe',
      null,
    ])
  })

  const system =
    (answers: Readonly<Record<string, string>>): Run =>
    async (program) =>
      answers[program] ?? null

  it.each<[string, NodeJS.Platform, Record<string, string>, string | null]>([
    ['by ss', 'linux', { ss }, 'node (123)'],
    ['by its file where its thread is all that ss tells', 'linux', { ss: thread, readlink: '/x/node\n' }, 'node (123)'],
    ['by its thread where that is all there is', 'linux', { ss: thread }, 'MainThread (123)'],
    ['by lsof where ss tells nothing', 'linux', { ss: 'LISTEN\n', lsof }, 'ControlCe (4321)'],
    ['by lsof on a Mac', 'darwin', { lsof, ss }, 'ControlCe (4321)'],
    ['by netstat and tasklist', 'win32', { netstat, tasklist: '"nginx.exe","5544"' }, 'nginx.exe (5544)'],
    ['by its number where its name is hidden', 'win32', { netstat }, 'PID 5544'],
    ['by nobody', 'win32', {}, null],
    ['by nobody on Linux', 'linux', {}, null],
  ])('is told %s', async (_, platform, answers, expected) => {
    expect(await findPortHolder(8080, platform, system(answers))).toBe(expected)
  })

  it.runIf(process.platform === 'linux')('is this process for a port of its own, where a tool tells', async () => {
    const server = await listen()
    const holder = await findPortHolder(portOf(server), 'linux', run)
    server.close()
    const hasTool = (await run('ss', ['-V'])) !== null || (await run('lsof', ['-v'])) !== null
    if (hasTool) expect(holder).toContain(`(${process.pid})`)
    else expect(holder).toBeNull()
  })
})

describe('asking a program', () => {
  it('gives its output, or null when it fails or is not there', async () => {
    expect(await run(process.execPath, ['-p', '1+1'])).toBe('2\n')
    expect(await run(process.execPath, ['-e', 'process.exit(3)'])).toBeNull()
    expect(await run('no-such-program-anywhere', [])).toBeNull()
  })
})

describe('a tray', () => {
  const answering =
    (answers: Readonly<Record<string, string>>): Run =>
    async (program) =>
      answers[program] ?? null

  it.each<[string, NodeJS.Platform, Record<string, string>, boolean]>([
    ['is there on Windows', 'win32', {}, true],
    ['is there on a Mac', 'darwin', {}, true],
    ['is there when the bus says so', 'linux', { gdbus: '(true,)\n' }, true],
    ['is not there when the bus says so', 'linux', { gdbus: '(false,)\n', 'dbus-send': 'boolean true' }, false],
    ['is asked for by another tool', 'linux', { 'dbus-send': 'method return\n   boolean true\n' }, true],
    ['is not there without a bus', 'linux', {}, false],
  ])('%s', async (_, platform, answers, expected) => {
    expect(await hasTrayHost(platform, answering(answers))).toBe(expected)
  })

  it.each([
    ['is waited for at login', 3, [true, 2]],
    ['is not waited for without an end', 100, [false, 9]],
  ] as const)('%s', async (_, comesAtLook, expected) => {
    let looks = 0
    let pauses = 0
    const run = async () => `(${++looks >= comesAtLook},)`
    const pause = async () => void pauses++
    const found = await waitForTrayHost('linux', run, pause)
    expect([found, pauses]).toEqual(expected)
  })
})

describe('the next free port', () => {
  it('passes over those that are taken', async () => {
    const server = await listen()
    const taken = portOf(server)
    const free = await findFreePort(taken - 1, null)
    server.close()
    expect(free).toBeGreaterThan(taken)
  })

  it('is none beyond the last one', async () => {
    expect(await findFreePort(65_535, null)).toBeNull()
  })
})

describe('server.port', () => {
  it.each<[unknown, string | number]>([
    [':8080', ':8081'],
    ['8080', '8081'],
    [8080, 8081],
    ['0.0.0.0:8080', '0.0.0.0:8081'],
    ['[::1]:8080', '[::1]:8081'],
    [undefined, ':8081'],
    ['', ':8081'],
  ])('%j gets another port: %j', (setting, expected) => {
    expect(withPort(setting, 8081)).toBe(expected)
  })

  it.each<[unknown, string, string]>([
    [':8080', '0.0.0.0:8080', ':8080'],
    [9000, '0.0.0.0:9000', ':9000'],
    ['192.168.1.5:8080', '0.0.0.0:8080', ':8080'],
    ['[::]:8080', '0.0.0.0:8080', ':8080'],
    [undefined, '0.0.0.0:8123', ':8123'],
  ])('%j opens up as %j and closes as %j', (setting, network, thisComputer) => {
    expect([withReach(setting, 'network', 8123), withReach(setting, 'this-computer', 8123)]).toEqual([
      network,
      thisComputer,
    ])
  })
})

describe('a port in place of the config’s', () => {
  it('is the one given at the start', () => {
    const override = new PortOverride(0)
    expect([override.port, override.onConfigured(9000), override.port]).toEqual([0, false, 0])
    override.choose(8081, 8080)
    expect([override.port, override.onConfigured(9000), override.port]).toEqual([8081, false, 8081])
  })

  it('is the one chosen, until the config names another', () => {
    const override = new PortOverride(null)
    expect(override.port).toBeNull()
    override.choose(8081, 8080)
    expect([override.onConfigured(8080), override.port]).toEqual([false, 8081])
    expect([override.onConfigured(9000), override.port]).toEqual([true, null])
  })
})

describe('a taken port', () => {
  const taken = makeRejected('port_in_use', { port: 8080, host: '127.0.0.1' }, { state: 'failed' })

  it('is told by the config’s diagnostics', () => {
    expect(portProblem(taken)).toEqual({ port: 8080, host: '127.0.0.1' })
    expect(portProblem(makeRejected('port_reserved', { port: 80, host: '127.0.0.1' }))).toBeNull()
    expect(portProblem(makeStatus())).toBeNull()
  })

  it('is looked into once, and forgotten when it is mended', async () => {
    const asked: unknown[] = []
    let changes = 0
    const conflict = new PortConflict({
      findHolder: async (port) => {
        asked.push(port)
        return 'nginx (12)'
      },
      findFreePort: async (port, host) => {
        asked.push([port, host])
        return port + 1
      },
      onChange: () => changes++,
    })
    conflict.update(makeStatus())
    conflict.update(taken)
    expect(conflict.current).toEqual({ port: 8080, holder: null, nextFree: null })
    conflict.update(taken)
    expect(await conflict.settled()).toEqual({ port: 8080, holder: 'nginx (12)', nextFree: 8081 })
    expect([asked, changes]).toEqual([[8080, [8080, null]], 2])
    conflict.update(makeStatus())
    expect([conflict.current, await conflict.nextFree(), changes]).toEqual([null, null, 3])
  })

  it('that is mended during the look stays forgotten', async () => {
    let answer: (holder: string) => void = () => undefined
    const conflict = new PortConflict({
      findHolder: () => new Promise((resolve) => (answer = resolve)),
      findFreePort: async () => 8081,
      onChange: () => undefined,
    })
    conflict.update(taken)
    conflict.update(makeStatus())
    answer('nginx (12)')
    expect(await conflict.settled()).toBeNull()
  })
})

function listen(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen({ port: 0, host: '127.0.0.1' }, () => resolve(server))
  })
}

function portOf(server: ReturnType<typeof createServer>): number {
  // A bound TCP server has no other kind of address.
  return (server.address() as AddressInfo).port
}
