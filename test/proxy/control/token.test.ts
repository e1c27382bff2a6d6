import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConsoleToken } from '../../../proxy/control/token.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-proxy-token-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const modeOf = async (path: string) => (await stat(path)).mode & 0o777

describe('ConsoleToken', () => {
  it('makes 32 random bytes at the first start, for this user only', async () => {
    const data = join(folder, 'data')
    const token = await new ConsoleToken(data).read()
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect(await readFile(join(data, 'console-token'), 'utf8')).toBe(`${token}\n`)
    if (process.platform === 'win32') return
    expect([await modeOf(data), await modeOf(join(data, 'console-token'))]).toEqual([0o700, 0o600])
  })

  it('stays the same over restarts', async () => {
    expect(await new ConsoleToken(folder).read()).toBe(await new ConsoleToken(folder).read())
  })

  it('is the same for two who need it at once', async () => {
    const store = new ConsoleToken(folder)
    const [first, second] = await Promise.all([store.read(), store.read()])
    expect(first).toBe(second)
  })

  it('ends when the file is deleted', async () => {
    const store = new ConsoleToken(folder)
    const old = await store.read()
    await rm(store.path)
    expect(await store.accepts(old)).toBe(false)
    expect(await store.accepts(await store.read())).toBe(true)
  })

  it('takes a token that was put there', async () => {
    const store = new ConsoleToken(folder)
    await store.read()
    await writeFile(store.path, `${'t'.repeat(48)}\n`)
    expect(await store.accepts('t'.repeat(48))).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['a few characters', 'secret'],
  ])('replaces a file that holds %s', async (_, text) => {
    const store = new ConsoleToken(folder)
    await writeFile(store.path, text)
    expect(await store.accepts(text)).toBe(false)
    expect(await store.read()).toHaveLength(43)
  })

  it.skipIf(process.platform === 'win32')('closes a file that others could read', async () => {
    const store = new ConsoleToken(folder)
    await store.read()
    await chmod(store.path, 0o644)
    await new ConsoleToken(folder).read()
    expect(await modeOf(store.path)).toBe(0o600)
  })

  it.each(['', 'wrong', 'é', 'a'.repeat(10_000)])('refuses %j', async (shown) => {
    expect(await new ConsoleToken(folder).accepts(shown)).toBe(false)
  })
})
