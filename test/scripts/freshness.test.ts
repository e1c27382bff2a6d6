import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sourceFingerprint } from '../../scripts/freshness.mjs'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freshness-'))
  mkdirSync(join(folder, 'proxy/routing'), { recursive: true })
  mkdirSync(join(folder, 'test'))
  for (const name of ['package.json', 'vite.node.config.ts', 'proxy/cli.ts', 'proxy/routing/route.ts', 'README.md']) {
    writeFileSync(join(folder, name), name)
  }
})

afterEach(() => rmSync(folder, { recursive: true }))

it.each<[string, () => void]>([
  ['a file was edited', () => writeFileSync(join(folder, 'proxy/cli.ts'), 'longer than before')],
  ['a file got an older time', () => utimesSync(join(folder, 'proxy/routing/route.ts'), 1000, 1000)],
  ['a file was added', () => writeFileSync(join(folder, 'proxy/routing/retry.ts'), '')],
  ['a file was deleted', () => rmSync(join(folder, 'proxy/routing/route.ts'))],
  ['a file was renamed', () => renameSync(join(folder, 'proxy/routing/route.ts'), join(folder, 'proxy/route.ts'))],
  ['a build setting was edited', () => writeFileSync(join(folder, 'vite.node.config.ts'), '// other')],
  [
    'the console came into being',
    () => {
      mkdirSync(join(folder, 'renderer'))
      writeFileSync(join(folder, 'renderer/index.html'), '')
    },
  ],
])('changes when %s', (_, change) => {
  const before = sourceFingerprint(folder)
  change()
  expect(sourceFingerprint(folder)).not.toBe(before)
})

it('stays the same when nothing that a build reads has changed', () => {
  const before = sourceFingerprint(folder)
  writeFileSync(join(folder, 'README.md'), 'other words')
  writeFileSync(join(folder, 'test/route.test.ts'), '')
  expect(sourceFingerprint(folder)).toBe(before)
})
