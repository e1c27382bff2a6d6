/**
 * Notices that the config file may have changed, by whatever hand: written in place, replaced by rename, a symlink
 * swapped (Kubernetes' `..data`), deleted and restored. It only says "look again"; the engine compares revisions.
 *
 * Two sources: file system events, which are quick but get lost on network and container mounts, and a stat every
 * two seconds. Both only lead to a look at the file; it counts as changed when it differs from what was last seen and
 * has then stayed the same for a moment, so that a half-written file is not read.
 */
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { watch } from 'chokidar'
import type { FSWatcher } from 'chokidar'

export interface WatchOptions {
  /** Between two looks where no event comes; default 2000. */
  readonly pollMs?: number
  /** How long the file must stay the same; default 100. */
  readonly stableMs?: number
  /** How long it must be gone: editors that replace a file may leave a gap. Default 500. */
  readonly missingMs?: number
}

export interface ConfigWatch {
  /** After this `onChange` isn't called any more. */
  close(): Promise<void>
}

/**
 * Watches until closed; resolves when changes are noticed. The file may be missing. `onChange` must not throw.
 * Timers keep no process alive.
 */
export async function watchConfig(
  path: string,
  onChange: () => void,
  options: WatchOptions = {},
): Promise<ConfigWatch> {
  const look = new Look(resolve(path), onChange, options)
  await look.start()
  return { close: () => look.close() }
}

const gone = 'gone'

class Look {
  readonly #path: string
  readonly #onChange: () => void
  readonly #pollMs: number
  readonly #stableMs: number
  readonly #missingMs: number
  #watcher: FSWatcher | null = null
  #poll: NodeJS.Timeout | null = null
  #settle: NodeJS.Timeout | null = null
  // What the listener was last told of.
  #known = ''
  // Folders with events: the file's, and that of the file behind a symlink.
  #folders: readonly string[] = []
  readonly #names = new Set<string>(['..data'])
  #wake: (() => void) | null = null
  #isLooking = false
  #mustLookAgain = false
  #isClosed = false

  constructor(path: string, onChange: () => void, options: WatchOptions) {
    this.#path = path
    this.#onChange = onChange
    this.#pollMs = options.pollMs ?? 2000
    this.#stableMs = options.stableMs ?? 100
    this.#missingMs = options.missingMs ?? 500
  }

  async start(): Promise<void> {
    this.#known = await this.#sight()
    await this.#watchFolders()
    this.#poll = setInterval(() => this.#lookSoon(), this.#pollMs).unref()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#poll !== null) clearInterval(this.#poll)
    if (this.#settle !== null) clearTimeout(this.#settle)
    await this.#watcher?.close()
  }

  async #watchFolders(): Promise<void> {
    const folders = await this.#foldersOfInterest()
    if (folders.join('\0') === this.#folders.join('\0') || this.#isClosed) return
    this.#folders = folders
    await this.#watcher?.close()
    if (this.#isClosed) return
    this.#watcher = watch([...folders], {
      depth: 0,
      ignoreInitial: true,
      // A home folder may hold thousands of files: only these names matter. `..data` is the link Kubernetes swaps.
      ignored: (entry) => !folders.includes(resolve(entry)) && !this.#names.has(basename(entry)),
    })
    this.#watcher.on('all', () => this.#lookSoon())
    await readyOf(this.#watcher)
    // What happened between two watchers had no event.
    this.#mustLookAgain = true
  }

  async #foldersOfInterest(): Promise<readonly string[]> {
    const real = await realpath(this.#path).catch(() => this.#path)
    this.#names.add(basename(this.#path)).add(basename(real))
    return [...new Set([dirname(this.#path), dirname(real)])]
  }

  #lookSoon(): void {
    if (this.#isLooking) {
      this.#mustLookAgain = true
      this.#wake?.()
    } else {
      void this.#look()
    }
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    do {
      this.#mustLookAgain = false
      let seen = await this.#sight()
      while (seen !== this.#known && !this.#isClosed) {
        if (seen === gone) await this.#pauseWhileGone()
        else await this.#pause(this.#stableMs)
        const now = await this.#sight()
        if (now === seen && !this.#isClosed) {
          this.#known = now
          await this.#watchFolders()
          this.#onChange()
        }
        seen = now
      }
    } while (this.#mustLookAgain && !this.#isClosed)
    this.#isLooking = false
  }

  #pause(ms: number): Promise<void> {
    return new Promise((done) => {
      this.#settle = setTimeout(done, ms).unref()
    })
  }

  // Ends early when the file is back, which an event tells sooner than the next look.
  async #pauseWhileGone(): Promise<void> {
    const endsAt = performance.now() + this.#missingMs
    for (let leftMs = this.#missingMs; leftMs > 0; leftMs = endsAt - performance.now()) {
      const woken = new Promise<void>((done) => {
        this.#wake = done
      })
      await Promise.race([this.#pause(leftMs), woken])
      if (this.#isClosed || (await this.#sight()) !== gone) break
    }
    this.#wake = null
  }

  /** Differs whenever the file behind the path was written, replaced or swapped. */
  async #sight(): Promise<string> {
    try {
      const { dev, ino, size, mtimeNs, ctimeNs } = await stat(this.#path, { bigint: true })
      return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
    } catch {
      // Unreadable counts as gone: the engine finds out which it is.
      return gone
    }
  }
}

// Without events (no inotify watches left, say) the poll still works, so an error counts as ready.
function readyOf(watcher: FSWatcher): Promise<void> {
  return new Promise((ready) => {
    watcher.once('ready', ready)
    watcher.on('error', () => ready())
  })
}
