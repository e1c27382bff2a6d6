/**
 * `npm run build`: the Node side, the preload script and the console, each into its folder in out/.
 * With the name of one part (`node`, `preload`, `renderer`) it builds that one only.
 */
import './require-node.mjs'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isStale, markFresh, projectFolder, sourceFingerprint } from './freshness.mjs'

/** A part is built when one of its entries exists. */
const parts = {
  node: { config: 'vite.node.config.ts', folder: 'main', entries: ['proxy/cli.ts', 'main/main.ts'] },
  preload: { config: 'vite.preload.config.ts', folder: 'preload', entries: ['main/preload.ts'] },
  renderer: { config: 'vite.config.ts', folder: 'renderer', entries: ['renderer/index.html'] },
}

const out = join(projectFolder, 'out')
const lockFile = join(out, '.building')

/**
 * Builds everything unless out/ is fresh. Fast when there is nothing to do: Vite isn't even loaded.
 *
 * @returns {Promise<boolean>} whether something was built.
 */
export async function buildIfStale() {
  if (!isStale()) return false
  return withLock(async () => {
    // Somebody else may have built it while we waited for the lock.
    if (!isStale()) return false
    console.error('Building (the sources have changed since the last build) …')
    await buildAll('warn')
    return true
  })
}

/** @param {'info' | 'warn'} logLevel */
async function buildAll(logLevel) {
  const fingerprint = sourceFingerprint()
  for (const part of Object.values(parts)) await buildPart(part, logLevel)
  markFresh(fingerprint)
}

/**
 * Builds beside the old result and then changes places, so that a program started meanwhile finds a whole build.
 *
 * @param {(typeof parts)[keyof typeof parts]} part
 * @param {'info' | 'warn'} logLevel
 */
async function buildPart({ config, folder, entries }, logLevel) {
  const target = join(out, folder)
  if (!entries.some((entry) => existsSync(join(projectFolder, entry)))) {
    rmSync(target, { recursive: true, force: true })
    return
  }
  const fresh = join(out, `.new-${folder}`)
  const old = join(out, `.old-${folder}`)
  // Not a static import: on a Node that is too old Vite fails to load before the check above can say so.
  const { build } = await import('vite')
  await build({
    configFile: join(projectFolder, config),
    logLevel,
    build: { outDir: fresh, emptyOutDir: true },
  })
  rmSync(old, { recursive: true, force: true })
  if (existsSync(target)) renameSync(target, old)
  renameSync(fresh, target)
  rmSync(old, { recursive: true, force: true })
}

/**
 * Lets one process at a time build. A lock left behind by a process that is gone doesn't count.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withLock(work) {
  mkdirSync(out, { recursive: true })
  while (!takeLock()) await delay(100)
  try {
    return await work()
  } finally {
    rmSync(lockFile, { force: true })
  }
}

function takeLock() {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    // It exists: somebody builds, or did so and was killed.
    if (!isAlive(readLockOwner())) rmSync(lockFile, { force: true })
    return false
  }
}

function readLockOwner() {
  try {
    return Number(readFileSync(lockFile, 'utf8'))
  } catch {
    // Gone between the two looks at it.
    return 0
  }
}

/** @param {number} pid */
function isAlive(pid) {
  if (pid === 0) return true
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

if (process.argv[1] === import.meta.filename) {
  const name = process.argv[2]
  if (name === undefined) await withLock(() => buildAll('info'))
  else if (name in parts) await withLock(() => buildPart(parts[/** @type {keyof typeof parts} */ (name)], 'info'))
  else {
    console.error(`There is no part "${name}": use ${Object.keys(parts).join(', ')}, or none for all.`)
    process.exit(1)
  }
}
