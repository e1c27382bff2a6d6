import { execFileSync } from 'node:child_process'
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listBackups, readBackup, writeBackup } from '../../../proxy/config/backups.ts'
import { readConfigFile, revisionOf, saveConfigFile } from '../../../proxy/config/file.ts'
import { retryBusy } from '../../../proxy/config/retry-busy.ts'

let folder = ''
let path = ''
let backupFolder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-proxy-file-'))
  path = join(folder, 'config.yaml')
  backupFolder = join(folder, 'data', 'backups')
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const save = (text: string, base: string | null, target = path) =>
  saveConfigFile({ path: target, text, baseRevision: base === null ? null : revisionOf(base), backupFolder })
const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8)
const saved = (text: string) => ({ kind: 'saved', revision: revisionOf(text) })
const isRoot = process.getuid?.() === 0
const hasPosixModes = process.platform !== 'win32'

describe('reading', () => {
  it('gives text and revision, byte order mark and line ends included', async () => {
    await writeFile(path, '\uFEFFserver: {}\r\n')
    expect(await readConfigFile(path)).toEqual({
      text: '\uFEFFserver: {}\r\n',
      revision: revisionOf('\uFEFFserver: {}\r\n'),
    })
  })

  it.each<[string, string, () => Promise<unknown>]>([
    ['missing', 'file_missing', async () => undefined],
    ['a folder', 'file_is_folder', () => mkdir(path)],
    ['in another encoding', 'file_not_utf8', () => writeFile(path, Buffer.from([0x23, 0xc5, 0xe4, 0xd6, 0xc3]))],
    ['too large', 'file_too_large', () => writeFile(path, Buffer.alloc(10 * 1024 * 1024 + 1, '#'))],
    ['behind a link to itself', 'file_unreadable', () => symlink(path, path)],
  ])('says so when the file is %s', async (_, code, prepare) => {
    await prepare()
    const result = await readConfigFile(path)
    expect('problem' in result && result.diagnostic).toMatchObject({ severity: 'error', code, path: [], line: null })
    expect('problem' in result && result.message).toContain(path)
  })
})

describe('saving', () => {
  it('replaces the text and keeps the previous one as a backup', async () => {
    await writeFile(path, 'first\n')
    expect(await save('second\n', 'first\n')).toEqual(saved('second\n'))
    const [backup] = await listBackups(backupFolder)
    expect([await readFile(path, 'utf8'), backup?.bytes, await readBackup(backupFolder, backup?.id ?? '')]).toEqual([
      'second\n',
      6,
      'first\n',
    ])
  })

  it('leaves nothing beside the file', async () => {
    await writeFile(path, 'first')
    await save('second', 'first')
    expect((await readdir(folder)).toSorted()).toEqual(['config.yaml', 'data'])
  })

  it('writes nothing when the file has changed meanwhile', async () => {
    await writeFile(path, 'theirs')
    expect(await save('mine', 'base')).toEqual({
      kind: 'conflict',
      diskText: 'theirs',
      diskRevision: revisionOf('theirs'),
    })
    expect([await readFile(path, 'utf8'), await listBackups(backupFolder)]).toEqual(['theirs', []])
  })

  it('writes nothing when the file is gone, or there where none was', async () => {
    expect(await save('mine', 'base')).toEqual({ kind: 'conflict', diskText: '', diskRevision: null })
    await writeFile(path, 'theirs')
    expect(await save('mine', null)).toMatchObject({ kind: 'conflict', diskText: 'theirs' })
  })

  it('makes no backup when the text is the same', async () => {
    await writeFile(path, 'same')
    expect(await save('same', 'same')).toEqual(saved('same'))
    expect(await listBackups(backupFolder)).toEqual([])
  })

  it.runIf(hasPosixModes)('keeps the mode of a file, and makes new ones private', async () => {
    await writeFile(path, 'first')
    await chmod(path, 0o640)
    await save('second', 'first')
    const other = join(folder, 'other.yaml')
    await save('new', null, other)
    const [backup] = await listBackups(backupFolder)
    expect([
      await modeOf(path),
      await modeOf(other),
      await modeOf(backupFolder),
      await modeOf(join(backupFolder, backup?.id ?? '')),
    ]).toEqual(['640', '600', '700', '600'])
  })

  it.runIf(isRoot)('keeps the owner of a file', async () => {
    await writeFile(path, 'first')
    await chown(path, 12_345, 54_321)
    await save('second', 'first')
    const { uid, gid } = await stat(path)
    expect([uid, gid]).toEqual([12_345, 54_321])
  })

  it('writes through symlinks, which stay', async () => {
    await mkdir(join(folder, 'real'))
    const real = join(folder, 'real', 'settings.yaml')
    await writeFile(real, 'first')
    await symlink(join('real', 'settings.yaml'), join(folder, 'middle.yaml'))
    await symlink('middle.yaml', path)
    await save('second', 'first')
    expect([await readFile(real, 'utf8'), (await lstat(path)).isSymbolicLink(), await readlink(path)]).toEqual([
      'second',
      true,
      'middle.yaml',
    ])
  })

  it('makes the file behind a symlink that leads nowhere yet', async () => {
    await symlink('later.yaml', path)
    expect(await save('new', null)).toEqual(saved('new'))
    expect(await readFile(join(folder, 'later.yaml'), 'utf8')).toBe('new')
  })

  it.runIf(process.platform === 'linux' && isRoot)(
    'writes in place where the file is a mount point',
    async (context) => {
      const source = join(folder, 'outside.yaml')
      await writeFile(source, 'first, and longer than what follows')
      await writeFile(path, '')
      try {
        execFileSync('/bin/mount', ['--bind', source, path], { stdio: 'ignore' })
      } catch {
        context.skip('no right to mount here')
      }
      try {
        expect(await save('second', 'first, and longer than what follows')).toEqual(saved('second'))
        expect([await readFile(source, 'utf8'), (await readdir(folder)).toSorted()]).toEqual([
          'second',
          ['config.yaml', 'data', 'outside.yaml'],
        ])
      } finally {
        execFileSync('/bin/umount', [path])
      }
    },
  )

  it.runIf(hasPosixModes && !isRoot)('writes in place where only the folder is read-only', async () => {
    const locked = join(folder, 'locked')
    const file = join(locked, 'config.yaml')
    await mkdir(locked)
    await writeFile(file, 'first')
    await chmod(locked, 0o500)
    expect(await save('second', 'first', file)).toEqual(saved('second'))
    await chmod(locked, 0o700)
  })

  it('says what to do when the folder is missing', async () => {
    expect(await save('new', null, join(folder, 'nowhere', 'config.yaml'))).toMatchObject({
      kind: 'failed',
      code: 'save_missing_folder',
    })
  })

  it('writes nothing when no backup can be made', async () => {
    await writeFile(path, 'first')
    await writeFile(join(folder, 'data'), 'a file where the folder should be')
    expect(await save('second', 'first')).toMatchObject({ kind: 'failed', code: 'save_backup' })
    expect(await readFile(path, 'utf8')).toBe('first')
  })

  it('never shows a half-written file to a reader', async () => {
    const texts = ['a'.repeat(200_000), 'b'.repeat(100_000)]
    await writeFile(path, texts[1] ?? '')
    const seen = new Set<string>()
    let isSaving = true
    const reader = (async () => {
      while (isSaving) seen.add(revisionOf(await readFile(path)))
    })()
    for (let round = 0; round < 10; round += 1) await save(texts[round % 2] ?? '', texts[(round + 1) % 2] ?? '')
    isSaving = false
    await reader
    expect([...seen].every((revision) => texts.map(revisionOf).includes(revision))).toBe(true)
  })
})

describe('backups', () => {
  it('are the last 20, newest first', async () => {
    for (let minute = 0; minute < 25; minute += 1) {
      await writeBackup(backupFolder, `text ${minute}`, revisionOf(`text ${minute}`), Date.UTC(2026, 0, 1, 0, minute))
    }
    const backups = await listBackups(backupFolder)
    expect(backups.map(({ savedAt }) => new Date(savedAt).getUTCMinutes())).toEqual(
      Array.from({ length: 20 }, (_, index) => 24 - index),
    )
    expect(await readBackup(backupFolder, backups[19]?.id ?? '')).toBe('text 5')
  })

  it('are only what was written as a backup', async () => {
    await writeBackup(backupFolder, 'text', revisionOf('text'), Date.UTC(2026, 0, 1))
    await writeFile(join(backupFolder, 'notes.yaml'), 'mine')
    const [backup, ...others] = await listBackups(backupFolder)
    expect([backup?.id, others]).toEqual([`config-2026-01-01T00-00-00-000Z-${revisionOf('text').slice(0, 8)}.yaml`, []])
    for (const id of [
      'notes.yaml',
      '../../config.yaml',
      '/etc/passwd',
      `../backups/${backup?.id}`,
      '',
      `${backup?.id}\0`,
    ]) {
      expect(await readBackup(backupFolder, id)).toBeNull()
    }
    expect(await readBackup(backupFolder, 'config-2026-01-01T00-00-00-001Z-00000000.yaml')).toBeNull()
  })

  it('are none before the first', async () => {
    expect(await listBackups(backupFolder)).toEqual([])
  })
})

describe('a file held by another program', () => {
  const failing = (times: number, code: string) => {
    let calls = 0
    return async () => {
      calls += 1
      if (calls <= times) throw Object.assign(new Error(code), { code })
      return calls
    }
  }

  it('is tried again on Windows', async () => {
    expect(await retryBusy(failing(3, 'EPERM'), 'win32', [0, 0, 0])).toBe(4)
  })

  it('is given up in the end', async () => {
    await expect(retryBusy(failing(4, 'EBUSY'), 'win32', [0, 0, 0])).rejects.toThrow('EBUSY')
  })

  it.each<[string, NodeJS.Platform, string]>([
    ['on other systems', 'linux', 'EPERM'],
    ['for other reasons', 'win32', 'ENOSPC'],
  ])('is not tried again %s', async (_, platform, code) => {
    await expect(retryBusy(failing(1, code), platform, [0])).rejects.toThrow(code)
  })
})
