/** The README says of each setting what the schema says of it. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { settingDocs } from '../../proxy/config/schema.ts'

const readme = readFileSync('README.md', 'utf8')

// Groups whose members stand in the table, and members that say the same as the server's.
const isLeftOut = (path: string) =>
  ['server', 'server.timeouts', 'server.console', 'server.log'].includes(path) ||
  path.startsWith('upstreams[].timeouts.')

it.each(settingDocs.filter(({ path }) => !isLeftOut(path)).map(({ path, doc }) => [path, doc.en]))(
  'has %s',
  (path, words) => {
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${path}\` |`))
    expect(row).toContain(words)
  },
)
