/**
 * What electron-builder makes of `electron-builder.yml`, with a stand-in for Electron's files: the list of packed
 * files, the fuses in the binary, and an app that starts from what was packed and nothing else.
 */
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { extractAll, listPackage } from '@electron/asar'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../helpers/browser.ts'
import { startDesktop } from './desktop-app.ts'

const projectFolder = resolve(import.meta.dirname, '../..')
const builder = createRequire(import.meta.url).resolve('electron-builder/cli.js')

/** As we want them; the stand-in has every one the other way round. */
const fuses: Readonly<Record<keyof typeof FuseV1Options, boolean>> = {
  RunAsNode: false,
  EnableCookieEncryption: true,
  EnableNodeOptionsEnvironmentVariable: false,
  EnableNodeCliInspectArguments: false,
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  LoadBrowserProcessSpecificV8Snapshot: false,
  GrantFileProtocolExtraPrivileges: false,
}

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packing-'))
  writeStandIn(join(folder, 'electron'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.runIf(process.platform === 'linux')('the packed app', () => {
  let app: string

  beforeAll(async () => {
    await pack()
    app = join(folder, 'release', readdirSync(join(folder, 'release')).find((name) => name.endsWith('unpacked')) ?? '')
  }, 120_000)

  it('holds the three builds, the icons that the app shows, and nothing else', () => {
    const files = listPackage(join(app, 'resources/app.asar'), { isPack: false }).map((file) =>
      file.replaceAll('\\', '/'),
    )
    expect(files).toEqual(
      expect.arrayContaining(['/out/main/index.js', '/out/preload/preload.cjs', '/out/renderer/index.html']),
    )
    expect(files).toEqual(
      expect.arrayContaining(
        ['running', 'degraded', 'error', 'stopped'].map((state) => `/main/assets/tray/${state}.png`),
      ),
    )
    const folders =
      /^\/(out|main|main\/assets|out\/(main|preload|renderer)(\/.*)?|main\/assets\/(tray|icons)(\/.*)?|package\.json)$/
    expect(files.filter((file) => !folders.test(file))).toEqual([])
    expect(files.filter((file) => /\.map$|\.tsx?$|node_modules|\/\.[^/]*$|\.ya?ml$/.test(file))).toEqual([])
  })

  it('has the sample config beside it and an executable under our name', () => {
    expect(readFileSync(join(app, 'resources/config.yaml'), 'utf8')).toBe(
      readFileSync(join(projectFolder, 'config.yaml'), 'utf8'),
    )
    expect(readdirSync(app)).toEqual(expect.arrayContaining(['ai-proxy', 'chrome-sandbox']))
    expect(readdirSync(join(app, 'resources'))).not.toContain('app')
  })

  it.each(Object.entries(fuses))('has the fuse %s set to %s', async (name, on) => {
    const wire = await getCurrentFuseWire(join(app, 'ai-proxy'))
    // Safe: the table has exactly the names of the enum.
    const fuse = FuseV1Options[name as keyof typeof FuseV1Options]
    // The wire is text: one '0' or '1' for each fuse.
    expect(String.fromCharCode(wire[fuse] ?? 0)).toBe(on ? '1' : '0')
  })

  it('starts from what was packed, with its icon and its window', async () => {
    const appFolder = join(folder, 'unpacked-asar')
    extractAll(join(app, 'resources/app.asar'), appFolder)
    const browser = await launchBrowser()
    const desktop = await startDesktop({ browser, config: null, appFolder })
    try {
      const page = await desktop.page()
      await page
        .getByText(await desktop.baseUrl())
        .filter({ visible: true })
        .first()
        .waitFor()
      expect(desktop.tray()).toMatchObject({ image: { isEmpty: false } })
      expect(desktop.problems).toEqual([])
    } finally {
      await desktop.dispose()
      await browser.close()
    }
  })
})

it('refuses a setting that electron-builder does not know', async () => {
  await expect(pack('-c.nonsense=true')).rejects.toThrow(/unknown property 'nonsense'/)
}, 120_000)

async function pack(...args: readonly string[]): Promise<void> {
  const standIn = `-c.electronDist=${join(folder, 'electron')}`
  const output = `-c.directories.output=${join(folder, 'release')}`
  await promisify(execFile)(
    process.execPath,
    [builder, '--dir', '--linux', '--x64', standIn, output, '--publish', 'never', ...args],
    {
      cwd: projectFolder,
      env: { ...process.env, FORCE_COLOR: '0' },
    },
  ).catch((error: { readonly stdout?: string; readonly stderr?: string }) => {
    throw new Error(`${error.stdout ?? ''}${error.stderr ?? ''}`)
  })
}

/** The files of an Electron for Linux, empty but for the fuses: `@electron/fuses` looks for this wire in the binary. */
function writeStandIn(target: string): void {
  const wire = Object.values(fuses).map((on) => (on ? '0' : '1'))
  const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
  const binary = `#!/bin/sh\nexit 0\n${sentinel}${String.fromCharCode(1, wire.length)}${wire.join('')}`
  mkdirSync(join(target, 'locales'), { recursive: true })
  mkdirSync(join(target, 'resources'))
  const { version } = JSON.parse(readFileSync(join(projectFolder, 'node_modules/electron/package.json'), 'utf8')) as {
    readonly version: string
  }
  const files: Readonly<Record<string, string>> = {
    electron: binary,
    version,
    'chrome-sandbox': '',
    chrome_crashpad_handler: '',
    LICENSE: '',
    'LICENSES.chromium.html': '',
    'icudtl.dat': '',
    'resources.pak': '',
    'v8_context_snapshot.bin': '',
    'locales/en-US.pak': '',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(target, name), text)
  for (const name of ['electron', 'chrome-sandbox', 'chrome_crashpad_handler']) chmodSync(join(target, name), 0o755)
}
