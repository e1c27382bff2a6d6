/**
 * The console's token: whoever holds it may run everything. It lies in the data folder, readable by this user only,
 * and is made at the first start. Replacing or deleting the file takes effect at once: the old token ends.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { chmod, mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A file with less than this holds no token of ours: it was cut or written by hand. */
const minLength = 32

export class ConsoleToken {
  readonly path: string
  readonly #folder: string
  #known: { readonly stamp: string; readonly token: string } | null = null

  constructor(dataFolder: string) {
    this.#folder = dataFolder
    this.path = join(dataFolder, 'console-token')
  }

  /** The token in force; made when there is none. @throws Error when it can be neither read nor made. */
  async read(): Promise<string> {
    const stats = await stat(this.path).catch(() => null)
    if (stats === null) return this.#create()
    const stamp = `${stats.ino} ${stats.mtimeMs} ${stats.size}`
    if (this.#known?.stamp === stamp) return this.#known.token
    // Somebody may have copied it here with wider permissions.
    if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) await chmod(this.path, 0o600)
    const token = (await readFile(this.path, 'utf8')).trim()
    if (token.length < minLength) {
      await rm(this.path, { force: true })
      return this.#create()
    }
    this.#known = { stamp, token }
    return token
  }

  /** Whether a caller shows the token. The time that it takes tells nothing of the token. */
  async accepts(shown: string): Promise<boolean> {
    return timingSafeEqual(digest(shown), digest(await this.read()))
  }

  async #create(): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    try {
      const file = await open(this.path, 'wx', 0o600)
      try {
        await file.writeFile(`${randomBytes(32).toString('base64url')}\n`)
      } finally {
        await file.close()
      }
    } catch (error) {
      // Another call has made it meanwhile.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    return this.read()
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
