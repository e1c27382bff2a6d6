import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  fetchElectron,
  findElectron,
  forgetFailure,
  recallFailure,
  rememberFailure,
} from '../../scripts/electron-binary.mjs'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'electron-package-'))
  write('package.json', '{ "version": "45.4.1" }')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): void {
  mkdirSync(join(folder, name, '..'), { recursive: true })
  writeFileSync(join(folder, name), text)
  chmodSync(join(folder, name), 0o755)
}

function installBinary(version = '45.4.1'): void {
  write('dist/electron', '')
  write('dist/version', version)
  write('path.txt', 'electron')
}

describe('finding the binary', () => {
  it('finds none in the package as npm leaves it', () => {
    expect(findElectron(folder, {})).toBeNull()
  })

  it('finds the one that was fetched', () => {
    installBinary()
    expect(findElectron(folder, {})).toBe(join(folder, 'dist/electron'))
  })

  it.each<[string, () => void]>([
    ['of another version', () => installBinary('44.0.0')],
    ['half unpacked', () => write('dist/version', '45.4.1')],
    [
      'gone again',
      () => {
        installBinary()
        rmSync(join(folder, 'dist/electron'))
      },
    ],
  ])('does not take one that is %s', (_, arrange) => {
    arrange()
    expect(findElectron(folder, {})).toBeNull()
  })

  it('prefers the one that the environment names, and believes nothing', () => {
    installBinary()
    write('other/electron', '')
    expect(findElectron(folder, { ELECTRON_OVERRIDE_DIST_PATH: join(folder, 'other') })).toBe(
      join(folder, 'other/electron'),
    )
    expect(findElectron(folder, { ELECTRON_OVERRIDE_DIST_PATH: join(folder, 'empty') })).toBeNull()
  })
})

describe('fetching the binary', () => {
  const limits = { limitMs: 15_000, silenceMs: 15_000, onProgress: () => undefined }

  it('is content when the script of the package is', async () => {
    write('install.js', `require('fs').writeFileSync(__dirname + '/path.txt', 'electron')`)
    expect(await fetchElectron(folder, limits)).toBeNull()
  })

  it('tells why not', async () => {
    write('install.js', `console.error(new TypeError('fetch failed').stack); process.exit(1)`)
    expect(await fetchElectron(folder, limits)).toBe('the server cannot be reached')
    write('install.js', `console.error('HTTPError: Response code 404 (Not Found)\\n    at x'); process.exit(1)`)
    expect(await fetchElectron(folder, limits)).toBe('HTTPError: Response code 404 (Not Found)')
  })

  it('gives up where nobody answers', async () => {
    write('install.js', 'setInterval(() => {}, 1000)')
    expect(await fetchElectron(folder, { ...limits, silenceMs: 100 })).toBe('no answer within 0.1 s')
  })

  it('waits beyond the silence while bytes come, up to its limit', async () => {
    const file = 'require("path").join(require("os").tmpdir(), "electron.zip")'
    write('install.js', `require('fs').writeFileSync(${file}, 'PK'); setInterval(() => {}, 1000)`)
    expect(await fetchElectron(folder, { ...limits, silenceMs: 3000, limitMs: 3300 })).toBe('it took longer than 3.3 s')
  })

  it('ends when it is stopped', async () => {
    write('install.js', 'setInterval(() => {}, 1000)')
    expect(await fetchElectron(folder, { ...limits, signal: AbortSignal.timeout(50) })).toBe('it was stopped')
  })
})

describe('a failed download', () => {
  const now = Date.UTC(2026, 10, 23)
  const hourMs = 3_600_000
  const file = () => join(folder, 'cache/failure.json')

  it('is remembered for a day', () => {
    expect(recallFailure(file(), folder, now)).toBeNull()
    rememberFailure(file(), folder, 'no answer', now)
    expect(recallFailure(file(), folder, now + 23 * hourMs)).toEqual({ failedAt: now, reason: 'no answer' })
    expect(recallFailure(file(), folder, now + 25 * hourMs)).toBeNull()
  })

  it.each<[string, () => void]>([
    ['it went well in the end', () => forgetFailure(file())],
    ['another version is wanted', () => write('package.json', '{ "version": "46.0.0" }')],
    ['the file is broken', () => write('cache/failure.json', '{')],
    ['the clock was put back', () => rememberFailure(file(), folder, 'later', now + hourMs)],
  ])('is forgotten when %s', (_, change) => {
    rememberFailure(file(), folder, 'no answer', now)
    change()
    expect(recallFailure(file(), folder, now)).toBeNull()
  })
})
