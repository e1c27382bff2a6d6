/**
 * The config on disk: reading it, and replacing it so that at every moment either the old or the new text is there.
 * Where a file can't be replaced (a bind mount, a folder that is not ours), it is written in place.
 */
import { createHash, randomBytes } from 'node:crypto'
import { open, readFile, readlink, realpath, rename, stat, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Stats } from 'node:fs'
import type { ConfigDiagnostic, Revision } from '../contract.ts'
import { writeBackup } from './backups.ts'
import { diagnosticText } from './messages.ts'
import { errorCode, retryBusy } from './retry-busy.ts'

export interface ConfigFile {
  readonly text: string
  readonly revision: Revision
}

export interface ConfigFileProblem {
  readonly problem: 'missing' | 'unreadable' | 'is_folder' | 'not_utf8' | 'too_large'
  /** One sentence: what is wrong, what to do. */
  readonly message: string
  readonly diagnostic: ConfigDiagnostic
}

export interface SaveOptions {
  readonly path: string
  readonly text: string
  /** What the text was made from; null when there was no file. */
  readonly baseRevision: Revision | null
  readonly backupFolder: string
  readonly language?: 'zh' | 'en'
}

export type FileSaveResult =
  | { readonly kind: 'saved'; readonly revision: Revision }
  /** The file is another one than `baseRevision`; null when it is gone. Nothing was written. */
  | { readonly kind: 'conflict'; readonly diskText: string; readonly diskRevision: Revision | null }
  /** The file is as it was. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }

const maxBytes = 10 * 1024 * 1024

/** Hash of a text's bytes. */
export function revisionOf(text: string | Buffer): Revision {
  return createHash('sha256').update(text).digest('hex')
}

/** Reads a config. Whatever stands in the way is a value, not an exception. */
export async function readConfigFile(
  path: string,
  language: 'zh' | 'en' = 'en',
): Promise<ConfigFile | ConfigFileProblem> {
  const problem = (kind: ConfigFileProblem['problem'], reason = ''): ConfigFileProblem => {
    const code = `file_${kind}`
    const params = reason === '' ? { path } : { path, reason }
    const message = diagnosticText(code, params, language)
    const diagnostic = { severity: 'error', code, params, message, path: [], line: null, column: null } as const
    return { problem: kind, message, diagnostic }
  }
  try {
    const stats = await stat(path)
    if (stats.isDirectory()) return problem('is_folder')
    if (stats.size > maxBytes) return problem('too_large')
    const bytes = await retryBusy(() => readFile(path))
    const text = decode(bytes)
    return text === null ? problem('not_utf8') : { text, revision: revisionOf(bytes) }
  } catch (error) {
    const reason = errorCode(error)
    return reason === 'ENOENT' || reason === 'ENOTDIR' ? problem('missing') : problem('unreadable', reason)
  }
}

/**
 * Saves a text: compares the revision with the disk, keeps the previous text as a backup, replaces the file. Mode,
 * owner and symlink of an existing file stay; a new file is readable by this user only.
 */
export async function saveConfigFile(options: SaveOptions): Promise<FileSaveResult> {
  const { path, text, baseRevision, backupFolder, language = 'en' } = options
  const failed = (code: string, params: Record<string, string> = {}): FileSaveResult => ({
    kind: 'failed',
    code,
    message: diagnosticText(code, params, language),
  })
  const current = await readConfigFile(path, language)
  const isThere = !('problem' in current)
  if (!isThere && current.problem !== 'missing') {
    return { kind: 'failed', code: current.diagnostic.code, message: current.message }
  }
  const previous = isThere ? current : null
  if (previous?.revision !== (baseRevision ?? undefined)) return conflictWith(previous)
  if (previous?.text === text) return { kind: 'saved', revision: previous.revision }
  if (previous !== null) {
    try {
      await writeBackup(backupFolder, previous.text, previous.revision, Date.now())
    } catch (error) {
      return failed('save_backup', { reason: errorCode(error) })
    }
  }
  try {
    const isReplaced = await replaceFile(await targetOf(path), text, previous)
    if (isReplaced) return { kind: 'saved', revision: revisionOf(text) }
    const now = await readConfigFile(path, language)
    return conflictWith('problem' in now ? null : now)
  } catch (error) {
    return failed(codeOfFailure(errorCode(error)), { reason: errorCode(error) })
  }
}

function conflictWith(disk: ConfigFile | null): FileSaveResult {
  return { kind: 'conflict', diskText: disk?.text ?? '', diskRevision: disk?.revision ?? null }
}

/** False when somebody else wrote the file meanwhile. */
async function replaceFile(path: string, text: string, previous: ConfigFile | null): Promise<boolean> {
  const before = await stat(path).catch(() => null)
  const folder = dirname(path)
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    await writeNew(temporary, text, before)
    const now = await readConfigFile(path)
    if (('problem' in now ? undefined : now.revision) !== previous?.revision) return false
    await retryBusy(() => rename(temporary, path))
    await syncFolder(folder)
  } catch (error) {
    if (previous === null || !mayBeWrittenInPlace(errorCode(error))) throw error
    await writeInPlace(path, text, previous.text)
  } finally {
    // Gone already when it was renamed.
    await unlink(temporary).catch(() => undefined)
  }
  return true
}

async function writeNew(path: string, text: string, before: Stats | null): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    if (before !== null && process.platform !== 'win32') await takeOver(file, before)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

// Fails with EPERM where the owner can't be kept; the file is then written in place, which keeps it.
async function takeOver(file: FileHandle, before: Stats): Promise<void> {
  const own = await file.stat()
  if (own.uid !== before.uid || own.gid !== before.gid) await file.chown(before.uid, before.gid)
  await file.chmod(before.mode & 0o777)
}

// EBUSY and EXDEV: the file is a mount point. EACCES, EPERM and EROFS: the folder isn't ours to write, the file may be.
function mayBeWrittenInPlace(code: string): boolean {
  return ['EBUSY', 'EXDEV', 'EACCES', 'EPERM', 'EROFS'].includes(code)
}

async function writeInPlace(path: string, text: string, previousText: string): Promise<void> {
  const file = await retryBusy(() => open(path, 'r+'))
  try {
    await overwrite(file, text).catch(async (error: unknown) => {
      await overwrite(file, previousText)
      throw error
    })
  } finally {
    await file.close()
  }
}

async function overwrite(file: FileHandle, text: string): Promise<void> {
  const bytes = Buffer.from(text)
  let written = 0
  while (written < bytes.length)
    written += (await file.write(bytes, written, bytes.length - written, written)).bytesWritten
  await file.truncate(bytes.length)
  await file.sync()
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  // Not every file system can sync a folder; the file's own content is on disk already.
  const handle = await open(folder, 'r').catch(() => null)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

/** The file behind a symlink, also behind one whose file is yet to be made. */
async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    const link = await readlink(path).catch(() => null)
    return link === null ? path : resolve(dirname(path), link)
  }
}

function decode(bytes: Buffer): string | null {
  try {
    // The byte order mark stays in the text, so that a save gives back every byte.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

function codeOfFailure(code: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'save_permission'
    case 'EROFS':
      return 'save_read_only'
    case 'ENOSPC':
    case 'EDQUOT':
      return 'save_no_space'
    case 'EBUSY':
      return 'save_busy'
    case 'ENOENT':
    case 'ENOTDIR':
      return 'save_missing_folder'
    default:
      return 'save_failed'
  }
}
