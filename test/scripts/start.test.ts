/** `npm start` as a process: with an Electron of the test's own making, and without. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

const projectFolder = resolve(import.meta.dirname, '../..')
let folder: string
let running: ChildProcess | null = null

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'npm-start-'))
})
afterEach(() => {
  // Only where a test has failed: the launcher passes it on to what it started.
  if (running?.exitCode === null) running.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})
// A build may come first.
vi.setConfig({ testTimeout: 60_000 })

/** Runs the launcher until `isEnough`, then sends it SIGTERM; or until it ends by itself. */
async function start(args: readonly string[], env: Record<string, string>, isEnough: RegExp) {
  // npm's own variables would make the launcher watch npm's shell.
  const clean = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|AI_PROXY_|ELECTRON_|DISPLAY|WAYLAND)/.test(name),
  )
  const child = spawn(
    process.execPath,
    [join(projectFolder, 'scripts/start.mjs'), '--port', '0', '--data', join(folder, 'data'), ...args],
    {
      cwd: folder,
      env: { ...Object.fromEntries(clean), LANG: 'en_US.UTF-8', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  running = child
  let output = ''
  let isTold = false
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part) => {
      output += part
      if (isTold || !isEnough.test(output)) return
      isTold = true
      child.kill('SIGTERM')
    })
  }
  const [code]: unknown[] = await once(child, 'close')
  return { code, output }
}

function stubElectron(script: string): Record<string, string> {
  writeFileSync(join(folder, 'electron'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, 'electron'), 0o755)
  return { ELECTRON_OVERRIDE_DIST_PATH: folder, DISPLAY: ':99' }
}

const isPosix = process.platform !== 'win32'

it('runs headless without a display, saying why and where', async () => {
  const { code, output } = await start([], {}, /Console: /)
  expect(output).toMatch(process.platform === 'linux' ? /Starting headless: there is no display/ : /headless/)
  expect(output).toMatch(/Base URL: http:\/\/localhost:\d+\/v1/)
  expect(code).toBe(0)
})

it.runIf(isPosix)('starts Electron on the project with the flags of the user, and ends as it does', async () => {
  const { code, output } = await start(
    ['--no-sandbox', '--hidden', '--no-download'],
    stubElectron('echo "started: $*"; exit 5'),
    /never/,
  )
  expect(output).toContain(`started: ${projectFolder} --port 0 --data ${join(folder, 'data')} --no-sandbox --hidden\n`)
  expect(code).toBe(5)
})

it.runIf(isPosix)('starts Electron as Electron from within an editor that is one', async () => {
  const electron = stubElectron('echo "as node: [$ELECTRON_RUN_AS_NODE]"')
  const { output } = await start(['--no-sandbox'], { ...electron, ELECTRON_RUN_AS_NODE: '1' }, /never/)
  expect(output).toContain('as node: []')
})

it.runIf(isPosix)('passes a signal on to Electron', async () => {
  const electron = stubElectron('trap "echo stopped; exit 0" TERM; echo running; while :; do sleep 0.1; done')
  const { code, output } = await start(['--no-sandbox'], electron, /running/)
  expect(output).toContain('stopped')
  expect(code).toBe(0)
})

it.runIf(isPosix)('goes on headless when Electron cannot run here', async () => {
  const electron = stubElectron('echo "libgtk-3.so.0: cannot open shared object file" >&2; exit 127')
  const { code, output } = await start(['--no-sandbox'], electron, /Console: /)
  expect(output).toContain('Starting headless: the Electron binary cannot run here (see above).')
  expect(code).toBe(0)
})
