/**
 * Whether the builds in out/ still fit their sources. The stamp in out/ holds a fingerprint of names, sizes and
 * times of every source as it was when the build began, so that edits during a build, deleted files and older
 * files put back count as changes too.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** The project's own folder, wherever a script was started from. */
export const projectFolder = resolve(import.meta.dirname, '..')

const stampFile = join(projectFolder, 'out', '.stamp')
const sourceFolders = ['proxy', 'main', 'renderer']
const sourceFiles = /^(package(-lock)?\.json|tsconfig\.json|vite.*\.config\.ts)$/

/**
 * Fingerprint of everything that a build reads: a few milliseconds.
 *
 * @param {string} folder
 */
export function sourceFingerprint(folder = projectFolder) {
  const files = readdirSync(folder).filter((name) => sourceFiles.test(name))
  for (const name of sourceFolders) {
    const source = join(folder, name)
    if (!existsSync(source)) continue
    for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) files.push(join(entry.parentPath, entry.name).slice(folder.length + 1))
    }
  }
  const hash = createHash('sha256')
  for (const file of files.sort()) {
    const { mtimeMs, size } = statSync(join(folder, file))
    hash.update(`${file}\0${mtimeMs}\0${size}\n`)
  }
  return hash.digest('hex')
}

/** True when there is no whole build, or when a source has changed since the last one. */
export function isStale() {
  if (!existsSync(stampFile) || !existsSync(join(projectFolder, 'out/main/cli.js'))) return true
  return readFileSync(stampFile, 'utf8') !== sourceFingerprint()
}

/**
 * Remembers that out/ fits these sources.
 *
 * @param {string} fingerprint - taken before the build began.
 */
export function markFresh(fingerprint) {
  mkdirSync(dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, fingerprint)
}
