/**
 * The built app in real Electron: what the double only claims. Needs the binary and a display, and says what is
 * missing when it is skipped. By hand: `node node_modules/electron/install.js`, then `xvfb-run npx vitest run <this file>`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { _electron } from 'playwright-core'
import { expect, it } from 'vitest'
import type { ControlReply, EngineStatus } from '../../proxy/contract.ts'
import { findElectron } from '../../scripts/electron-binary.mjs'
import { chat } from './desktop-app.ts'

const projectFolder = resolve(import.meta.dirname, '../..')
const binary = findElectron(join(projectFolder, 'node_modules/electron'), process.env)
const missing =
  binary === null
    ? 'the Electron binary is not here, npm does not bring it'
    : process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']
      ? 'there is no display'
      : null
const note = missing === null ? '' : ` (skipped: ${missing})`

it.skipIf(missing !== null)(
  `opens its window, answers over IPC and HTTP, keeps Node from the page, and quits${note}`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'real-electron-'))
    // Electron refuses to run as root with its sandbox; only a container of a test does that.
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    const app = await _electron.launch({
      executablePath: binary ?? '',
      args: [...asRoot, projectFolder, '--data', join(folder, 'data'), '--port', '0'],
    })
    try {
      const page = await app.firstWindow()
      const problems: string[] = []
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
      page.on('pageerror', (error) => problems.push(error.message))
      await page.getByRole('heading', { level: 1 }).waitFor()
      expect(await page.evaluate(() => location.origin)).toBe('app://console')
      expect(await page.evaluate('[typeof require, typeof process, typeof module]')).toEqual([
        'undefined',
        'undefined',
        'undefined',
      ])

      const call = async (method: string, ...args: readonly unknown[]) => {
        const reply: ControlReply = await page.evaluate(
          ([name, parameters]) => {
            // Safe: the preload script has put it there; see renderer/window.d.ts.
            const bridge = (window as unknown as { aiProxy: { call: (...call: unknown[]) => Promise<ControlReply> } })
              .aiProxy
            return bridge.call(name, parameters)
          },
          [method, args] as const,
        )
        return reply.ok ? reply.value : reply.error
      }
      // Safe: what these two methods answer, see contract.ts.
      const status = (await call('getStatus')) as EngineStatus
      const key = (await call('revealSecret', { kind: 'project-key', project: 'default' })) as string
      expect(status).toMatchObject({ shell: 'desktop', state: 'running' })
      expect(await (await chat(status.listening?.baseUrl ?? '', { key })).text()).toContain('[DONE]')

      expect(problems).toEqual([])

      const ended = new Promise((done) => app.process().once('exit', done))
      // The answer is lost when the app is quick.
      await app.evaluate((electron) => electron.app.quit()).catch(() => undefined)
      expect(await ended).toBe(0)
    } finally {
      await app.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    }
  },
  60_000,
)
