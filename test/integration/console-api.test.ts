/** The console of the built program: what it prints, where its token lies, when it is there. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openerOf } from '../../proxy/control/browser.ts'
import { baseUrlIn, makeFolder, runCli } from '../helpers/cli.ts'
import { makeConfig } from '../helpers/make.ts'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function folder(): Promise<string> {
  const made = await makeFolder()
  closers.push(made.remove)
  return made.folder
}

function start(where: string, args: readonly string[]) {
  const run = runCli(where, args)
  closers.push(async () => {
    run.signal('SIGKILL')
    await run.exit
  })
  return run
}

const call = (origin: string, token: string) =>
  fetch(`${origin}/console/api/call`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ method: 'getStatus', args: [] }),
  })

// The program says "localhost", which may be either address; it listens on both where there are both.
const originIn = (output: string) => new URL(baseUrlIn(output)).origin.replace('localhost', '127.0.0.1')

describe('the headless program', () => {
  it('says where console and token are, and never the token where output may be collected', async () => {
    const where = await folder()
    const run = start(where, ['serve', '--port', '0'])
    const output = await run.until('console-token')
    const token = (await readFile(join(where, 'console-token'), 'utf8')).trim()
    expect(output).toMatch(/Console: http:\/\/localhost:\d+\/console\/\n/)
    expect(output).not.toContain(token)
    if (process.platform !== 'win32') expect((await stat(join(where, 'console-token'))).mode & 0o777).toBe(0o600)
    const origin = originIn(output)
    expect([(await call(origin, token)).status, (await call(origin, 'wrong')).status]).toEqual([200, 401])
    const page = await fetch(`${origin}/console/`)
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<script type="module"')])
  })

  it('ends at once although a console listens', async () => {
    const where = await folder()
    const run = start(where, ['serve', '--port', '0'])
    const origin = originIn(await run.until('console-token'))
    const token = (await readFile(join(where, 'console-token'), 'utf8')).trim()
    const events = await fetch(`${origin}/console/api/events`, { headers: { authorization: `Bearer ${token}` } })
    run.signal('SIGTERM')
    expect(await events.text()).toContain('"state":"stopping"')
    expect(await run.exit).toEqual({ code: 0, signal: null })
  })

  it('has no console with --no-console', async () => {
    const where = await folder()
    const run = start(where, ['serve', '--port', '0', '--no-console'])
    const output = await run.until('Only this computer')
    expect((await call(originIn(output), 'any')).status).toBe(404)
    expect((await fetch(`${originIn(output)}/console/`)).status).toBe(404)
    expect(existsSync(join(where, 'console-token'))).toBe(false)
  })

  it('has none beyond loopback, unless the config says so', async () => {
    const where = await folder()
    await writeFile(join(where, 'config.yaml'), makeConfig({ server: { port: '0.0.0.0:0' } }))
    const run = start(where, ['serve'])
    const output = await run.until('Other devices')
    expect(output).not.toContain('Console:')
    expect((await fetch(`${originIn(output)}/console/`)).status).toBe(404)
    run.signal('SIGTERM')
    await run.exit
    const server = { port: '0.0.0.0:0', console: { enabled: true } }
    await writeFile(join(where, 'config.yaml'), makeConfig({ server }))
    const again = start(where, ['serve'])
    const origin = originIn(await again.until('console-token'))
    const token = (await readFile(join(where, 'console-token'), 'utf8')).trim()
    expect((await call(origin, token)).status).toBe(200)
  })

  // util-linux's script gives the program a terminal.
  it.runIf(existsSync('/usr/bin/script'))('prints the whole address to a terminal', async () => {
    const where = await folder()
    const program = `'${process.execPath}' '${resolve('out/main/cli.js')}' serve --port 0 --lang en`
    const child = spawn('/usr/bin/script', ['-qec', program, '/dev/null'], {
      cwd: where,
      env: { PATH: process.env['PATH'] ?? '', HOME: where, AI_PROXY_DATA: where, TERM: 'dumb' },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    closers.push(async () => {
      // Ctrl+C reaches the program itself. A signal to script, or a broken pipe, would leave it behind without a terminal.
      child.stdin.write('\x03')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    })
    let output = ''
    await new Promise<void>((found) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8')
        if (/#token=\S+\r?\n/.test(output)) found()
      })
    })
    const token = (await readFile(join(where, 'console-token'), 'utf8')).trim()
    expect(/Console: (\S+)/.exec(output)?.[1]).toMatch(new RegExp(`^http://localhost:\\d+/console/#token=${token}$`))
  })
})

it.each<[NodeJS.Platform, Record<string, string>, unknown]>([
  ['darwin', {}, ['open', '/f']],
  ['win32', {}, ['explorer.exe', '/f']],
  ['linux', { DISPLAY: ':0' }, ['xdg-open', '/f']],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, ['xdg-open', '/f']],
  ['linux', {}, null],
])('opens a file on %s with %j', (platform, env, command) => {
  expect(openerOf(platform, env, '/f')).toEqual(command)
})
