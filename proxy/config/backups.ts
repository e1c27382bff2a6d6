/**
 * Earlier texts of the config, in the data folder and readable by this user only: they hold keys. An id is a file
 * name of the form written here; anything else is refused, so no id leads out of the folder.
 */
import { mkdir, readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConfigBackup, Revision } from '../contract.ts'
import { errorCode } from './retry-busy.ts'

const keptBackups = 20
const idPattern = /^config-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z-[\da-f]{8}\.yaml$/

/** Keeps `text` as the newest backup and removes all but the last 20. */
export async function writeBackup(folder: string, text: string, revision: Revision, now: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const time = new Date(now).toISOString().replaceAll(/[:.]/g, '-')
  await writeFile(join(folder, `config-${time}-${revision.slice(0, 8)}.yaml`), text, { mode: 0o600 })
  const ids = await backupIds(folder)
  await Promise.all(ids.slice(keptBackups).map((id) => removeFile(join(folder, id))))
}

/** All backups, newest first; none when the folder doesn't exist. */
export async function listBackups(folder: string): Promise<readonly ConfigBackup[]> {
  const ids = await backupIds(folder)
  const backups = await Promise.all(
    ids.map(async (id) => {
      const stats = await stat(join(folder, id)).catch(() => null)
      return stats === null ? null : { id, savedAt: timeOf(id), bytes: stats.size }
    }),
  )
  return backups.filter((backup) => backup !== null)
}

/** The text of a backup; null when there is none of this id. */
export async function readBackup(folder: string, id: string): Promise<string | null> {
  if (!idPattern.test(id)) return null
  try {
    return await readFile(join(folder, id), 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

async function backupIds(folder: string): Promise<string[]> {
  // The folder comes with the first backup.
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => idPattern.test(name)).toSorted((left, right) => (left < right ? 1 : -1))
}

function timeOf(id: string): number {
  return Date.parse(id.replace(idPattern, '$1T$2:$3:$4.$5Z'))
}

async function removeFile(path: string): Promise<void> {
  // An old backup too many does no harm, and another start may have removed it already.
  await unlink(path).catch(() => undefined)
}
