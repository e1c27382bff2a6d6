/**
 * What must survive a restart and is no setting: refusals and stated pauses of keys, and which upstream made which
 * id. One small JSON file in the data folder, readable by this user only, written a second after a change.
 */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { StickyId } from './gateway/sticky-ids.ts'
import type { SavedKeyState } from './routing/key-pool.ts'

export interface SavedState {
  readonly keys: Readonly<Record<string, readonly SavedKeyState[]>>
  readonly ids: readonly (readonly [id: string, place: StickyId])[]
}

const WRITE_DELAY_MS = 1000

export class StateFile {
  readonly #path: string
  readonly #collect: () => SavedState
  readonly #onProblem: (error: unknown) => void
  #timer: NodeJS.Timeout | null = null
  #last = ''
  #writing: Promise<void> = Promise.resolve()

  constructor(path: string, collect: () => SavedState, onProblem: (error: unknown) => void) {
    this.#path = path
    this.#collect = collect
    this.#onProblem = onProblem
  }

  /** The saved state, or null when there is none that can be read. A broken file costs what it held, nothing else. */
  async read(): Promise<SavedState | null> {
    try {
      const value: unknown = JSON.parse(await readFile(this.#path, 'utf8'))
      if (typeof value !== 'object' || value === null || !('keys' in value) || !('ids' in value)) return null
      // Written by `write` below; a file from elsewhere can at worst name keys that do not exist.
      return value as SavedState
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      if (!isMissing) this.#onProblem(error)
      return null
    }
  }

  /** Notes that something has changed. */
  touch(): void {
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_DELAY_MS).unref()
  }

  /** Writes now what has changed. */
  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#writing = this.#writing.then(() => this.#write()).catch(this.#onProblem)
    return this.#writing
  }

  async #write(): Promise<void> {
    const text = JSON.stringify(this.#collect())
    if (text === this.#last) return
    const temporary = `${this.#path}.${process.pid}.tmp`
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 })
    try {
      const file = await open(temporary, 'w', 0o600)
      try {
        await file.writeFile(text)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, this.#path)
      this.#last = text
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }
}
