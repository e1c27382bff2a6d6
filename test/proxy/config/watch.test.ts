import { mkdir, mkdtemp, open, readFile, rename, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { watchConfig } from '../../../proxy/config/watch.ts'
import type { ConfigWatch, WatchOptions } from '../../../proxy/config/watch.ts'

let folder = ''
let path = ''
const watches: ConfigWatch[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-proxy-watch-'))
  path = join(folder, 'config.yaml')
  await writeFile(path, 'first')
})

afterEach(async () => {
  await Promise.all(watches.splice(0).map((watch) => watch.close()))
  await rm(folder, { recursive: true })
})

/** What the file holds each time the watch says "look again"; null when it is gone. */
async function watched(target = path, options: WatchOptions = {}) {
  const looks: (string | null)[] = []
  let notify: (() => void) | null = null
  const onChange = () => {
    void readFile(target, 'utf8')
      .catch(() => null)
      .then((text) => {
        looks.push(text)
        notify?.()
      })
  }
  watches.push(await watchConfig(target, onChange, options))
  return {
    looks,
    /** Waits until a look finds this text. */
    until: async (text: string | null) => {
      while (looks.at(-1) !== text) {
        await new Promise<void>((done) => {
          notify = done
        })
      }
    },
  }
}

// Long enough never to help: these tests are about events.
const eventsOnly: WatchOptions = { pollMs: 3_600_000 }
// So short that it notices what events may have missed.
const quickPoll: WatchOptions = { pollMs: 20 }

describe.each([
  ['with file system events', eventsOnly],
  ['with the poll as well', quickPoll],
])('%s, a change is noticed when', (_, options) => {
  it('the file is written in place', async () => {
    const { until } = await watched(path, options)
    await writeFile(path, 'second')
    await until('second')
    await writeFile(path, 'third')
    await until('third')
  })

  it('an editor writes beside and renames', async () => {
    const { until } = await watched(path, options)
    for (const text of ['second', 'third', 'fourth']) {
      await writeFile(`${path}.tmp`, text)
      await rename(`${path}.tmp`, path)
      await until(text)
    }
  })

  it('an editor moves the old file away first', async () => {
    const { looks, until } = await watched(path, options)
    await rename(path, `${path}~`)
    await writeFile(path, 'second')
    await until('second')
    expect(looks).toEqual(['second'])
  })

  it('the file is saved twice in a row', async () => {
    const { until } = await watched(path, options)
    await writeFile(path, 'aaaaaa')
    await writeFile(path, 'bbbbbb')
    await until('bbbbbb')
  })

  it('the file is deleted, and again when it is restored', async () => {
    const { looks, until } = await watched(path, { ...options, missingMs: 50 })
    await unlink(path)
    await until(null)
    await writeFile(path, 'restored')
    await until('restored')
    expect(looks).toEqual([null, 'restored'])
  })

  it('the file comes into being', async () => {
    const { until } = await watched(join(folder, 'other.yaml'), options)
    await writeFile(join(folder, 'other.yaml'), 'new')
    await until('new')
  })

  it('a symlink to it is swapped', async () => {
    const link = join(folder, 'link.yaml')
    await writeFile(join(folder, 'second.yaml'), 'second')
    await symlink(path, link)
    const { until } = await watched(link, options)
    await symlink(join(folder, 'second.yaml'), `${link}.tmp`)
    await rename(`${link}.tmp`, link)
    await until('second')
  })

  it('the file behind a symlink to another folder is replaced', async () => {
    await mkdir(join(folder, 'real'))
    const real = join(folder, 'real', 'settings.yaml')
    const link = join(folder, 'link.yaml')
    await writeFile(real, 'first')
    await symlink(real, link)
    const { until } = await watched(link, options)
    await writeFile(`${real}.tmp`, 'second')
    await rename(`${real}.tmp`, real)
    await until('second')
  })

  it('Kubernetes swaps the folder behind `..data`', async () => {
    const mount = join(folder, 'mount')
    const mounted = join(mount, 'config.yaml')
    const publish = async (version: string) => {
      await mkdir(join(mount, `..${version}`), { recursive: true })
      await writeFile(join(mount, `..${version}`, 'config.yaml'), version)
      await symlink(`..${version}`, join(mount, '..data_tmp'))
      await rename(join(mount, '..data_tmp'), join(mount, '..data'))
    }
    await publish('one')
    await symlink('..data/config.yaml', mounted)
    const { until } = await watched(mounted, options)
    await publish('two')
    await until('two')
    await rm(join(mount, '..one'), { recursive: true })
    await publish('three')
    await until('three')
  })
})

it('waits for a file that is written bit by bit', async () => {
  const { looks, until } = await watched(path, { stableMs: 600 })
  await truncate(path, 0)
  const file = await open(path, 'a')
  for (let part = 0; part < 200; part += 1) await file.write('part\n')
  await file.close()
  await until('part\n'.repeat(200))
  expect(looks).toHaveLength(1)
})

it('says nothing of other files in the folder', async () => {
  const { looks, until } = await watched(path, quickPoll)
  await writeFile(join(folder, 'notes.txt'), 'a')
  await writeFile(join(folder, 'config.yaml.swp'), 'b')
  await writeFile(path, 'second')
  await until('second')
  expect(looks).toEqual(['second'])
})

it('says nothing after it is closed, also in the middle of a change', async () => {
  const closed = await watched(path, quickPoll)
  const control = await watched(path, quickPoll)
  await writeFile(path, 'second')
  await watches[0]?.close()
  await control.until('second')
  expect(closed.looks).toEqual([])
})
