/** The flags of `npm run bench -- …`. */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export const usage = `npm run bench -- [options]

  --quick          fewer scenarios and short rounds, under a minute in all: a first look, not a result
  --only NAME      only scenarios whose name begins with NAME (may be given several times)
  --peer NAME      another gateway beside ours: portkey (fetched from npm), nginx (where installed); several times
  --against DIR    another build of AI Proxy (a folder with its cli.js) beside this one; NAME=DIR names it; several times
  --profile        write a CPU profile of each contender and scenario into a temp folder and tell what costs
  --rounds N       so many rounds instead of the scenario's own
  --list           the scenarios
  --help
`

export interface Options {
  readonly quick: boolean
  readonly only: readonly string[]
  readonly peers: readonly Peer[]
  readonly against: readonly { readonly name: string; readonly build: string }[]
  readonly profile: boolean
  readonly rounds: number | null
  readonly list: boolean
  readonly help: boolean
}

export type Peer = 'portkey' | 'nginx'

/** @throws Error that says what is wrong with the flags. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      peer: { type: 'string', multiple: true, default: [] },
      against: { type: 'string', multiple: true, default: [] },
      profile: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const rounds = values.rounds === undefined ? null : Number(values.rounds)
  if (rounds !== null && !(Number.isInteger(rounds) && rounds > 0)) throw new Error('--rounds takes a whole number.')
  return {
    quick: values.quick,
    only: values.only,
    peers: values.peer.map((name) => {
      if (name !== 'portkey' && name !== 'nginx') throw new Error(`--peer knows portkey and nginx, not ${name}.`)
      return name
    }),
    against: values.against.map((text) => {
      const [, name, build] = /^(?:([^=/\\]+)=)?(.+)$/.exec(text) ?? []
      return { name: name ?? text, build: resolve(build ?? text) }
    }),
    profile: values.profile,
    rounds,
    list: values.list,
    help: values.help,
  }
}
