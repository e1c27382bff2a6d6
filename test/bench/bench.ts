/**
 * `npm run bench`: measures the built product beside a bare relay on this machine, in the same minutes. Every part
 * has a process of its own; the contenders share one core, the upstream and the load generator another, where the
 * system lets us choose. Contenders take turns in short rounds. Only ratios say something: times depend on the machine
 * and on who else uses it.
 */
import '../../scripts/require-node.mjs'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build as viteBuild } from 'vite'
import { startTool } from './children.ts'
import type { Contender, Site } from './contenders.ts'
import { direct, hasNginx, startNginx, startPortkey, startProduct, startRelay } from './contenders.ts'
import type { Pinning } from './machine.ts'
import { choosePinning, describeMachine, loadOfLastMinute, pinSelf, watchOthers } from './machine.ts'
import type { Options } from './options.ts'
import { readOptions, usage } from './options.ts'
import { describeProfile } from './profiles.ts'
import type { ScenarioResult } from './report.ts'
import { PRODUCT, reachTable, scenarioTable } from './report.ts'
import type { Figures, FreshScenario, Scenario, Tools, WarmScenario } from './scenarios.ts'
import { scenarios, settle } from './scenarios.ts'

type Starter = () => Promise<Contender>

interface Bench {
  readonly options: Options
  readonly site: Site
  readonly tools: Tools
  readonly contenders: ReadonlyMap<string, Starter>
  readonly sizes: ReadonlyMap<string, Starter>
}

const peerNames = { portkey: 'Portkey', nginx: 'nginx' }
const isPeer = (name: string) => Object.values(peerNames).includes(name)

/** Shares of the machine taken by others from which on a result is doubtful. */
const BUSY_SHARE = 0.1

const projectFolder = resolve(import.meta.dirname, '../..')

async function main(options: Options): Promise<void> {
  const chosen = scenarios.filter((scenario) => isChosen(scenario, options))
  if (chosen.length === 0) throw new Error('No scenario has such a name: see --list.')
  const pinning = choosePinning()
  pinSelf(pinning)
  const loadBefore = loadOfLastMinute()
  const folder = mkdtempSync(join(tmpdir(), 'ai-proxy-bench-'))
  try {
    const build = await buildProduct(folder)
    const othersShare = watchOthers()
    console.log(describeMachine())
    console.log(
      pinning
        ? `Contenders on core ${pinning.contenders}, upstream on core ${pinning.upstream}, load on core ${pinning.load}.`
        : 'Processes cannot be pinned here: expect more noise.',
    )
    if (options.quick) console.log('Quick: short warm-up and rounds. A first look, not a result.')
    await measureAll(options, chosen, { folder, build, pinning })
    sayHowBusy(loadBefore, othersShare())
  } finally {
    if (!options.profile) rmSync(folder, { recursive: true, force: true })
  }
}

interface Place {
  readonly folder: string
  readonly build: string
  readonly pinning: Pinning | null
}

async function measureAll(options: Options, chosen: readonly Scenario[], place: Place): Promise<void> {
  const { folder, build, pinning } = place
  const upstream = startTool('upstream', pinning?.upstream ?? null)
  const load = startTool('load', pinning?.load ?? null)
  try {
    const upstreamPort = await upstream.ask<number>({ ask: 'port' })
    const site: Site = { upstreamPort, core: pinning?.contenders ?? null, folder }
    const bench: Bench = {
      options,
      site,
      tools: { upstream, load },
      contenders: contendersOf(options, site, build),
      sizes: sizesOf(options, site, build),
    }
    const results: ScenarioResult[] = []
    for (const scenario of chosen) {
      const result = await run(bench, scenario)
      results.push(result)
      console.log(`\n${scenarioTable(result)}`)
    }
    console.log(`\n${reachTable(results)}`)
  } finally {
    await Promise.all([upstream.stop(), load.stop()])
  }
}

function isChosen({ name, quick }: Scenario, { quick: isQuick, only }: Options): boolean {
  if (only.length > 0) return only.some((begin) => name.startsWith(begin))
  return !isQuick || quick !== null
}

/** The engine, built as for users, but in the bench's own folder: nobody changes it while we measure. */
async function buildProduct(folder: string): Promise<string> {
  const outDir = join(folder, 'out/main')
  await viteBuild({
    configFile: join(projectFolder, 'vite.node.config.ts'),
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true },
  })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  return outDir
}

function contendersOf(options: Options, site: Site, build: string): ReadonlyMap<string, Starter> {
  const { against, peers } = options
  const contenders = new Map<string, Starter>([[PRODUCT, () => startProduct(site, build, PRODUCT)]])
  for (const { name, build: other } of against) contenders.set(name, () => startProduct(site, other, name))
  contenders.set('bare relay', () => startRelay(site))
  if (peers.includes('portkey')) contenders.set(peerNames.portkey, () => startPortkey(site))
  if (peers.includes('nginx')) {
    if (hasNginx()) contenders.set(peerNames.nginx, () => startNginx(site))
    else console.log('nginx is not installed here: left out.')
  }
  return contenders
}

function sizesOf({ quick }: Options, site: Site, build: string): ReadonlyMap<string, Starter> {
  const sizes = quick ? [1, 1000] : [1, 10, 100, 1000]
  return new Map(
    sizes.map((count) => {
      const name = `${count.toLocaleString('en')} of each`
      const size = { models: count, keys: count, projects: count, aliases: count }
      return [name, () => startProduct(site, build, name, size)]
    }),
  )
}

async function run(bench: Bench, scenario: Scenario): Promise<ScenarioResult> {
  const { tools } = bench
  if (scenario.script) await tools.upstream.ask({ ask: 'script', script: scenario.script })
  return { scenario, rounds: await (scenario.kind === 'warm' ? runWarm(bench, scenario) : runFresh(bench, scenario)) }
}

async function runWarm(bench: Bench, scenario: WarmScenario): Promise<ScenarioResult['rounds']> {
  const { options, site, tools } = bench
  const { warmMs, roundMs, rounds } = paceOf(scenario, options)
  const each = [...(scenario.among === 'sizes' ? bench.sizes : bench.contenders).values()]
  // V8 compiles each process a little otherwise: by more than what the sizes may differ.
  const isTwice = scenario.among === 'sizes' && !options.quick && !options.profile
  const started = await Promise.all((isTwice ? [...each, ...each] : each).map((start) => start()))
  if (scenario.among === 'contenders and direct') started.push(direct(site))
  const results = new Map<string, Figures[]>()
  try {
    const contenders: Contender[] = []
    for (const contender of started) {
      const warm = async () => {
        if (!options.quick) await settle(tools, contender, scenario.script, warmMs)
        return scenario.measure(tools, contender, warmMs)
      }
      if (await canTakePart(contender, warm)) {
        contenders.push(contender)
        results.set(contender.name, [])
      }
    }
    if (options.profile) for (const { probe } of contenders) await probe?.({ ask: 'profile-start' })
    for (let round = 0; round < rounds; round++) {
      // Each round begins with another one: what the last one left behind hits all alike.
      const first = round % contenders.length
      for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
        results.get(contender.name)?.push(await scenario.measure(tools, contender, roundMs))
      }
    }
    if (options.profile) await writeProfiles(bench, scenario, contenders)
  } finally {
    await Promise.all(started.map((contender) => contender.stop()))
  }
  return results
}

/** A peer that cannot do what a scenario asks is left out of it; ours and the yardstick must. */
async function canTakePart({ name }: Pick<Contender, 'name'>, measure: () => Promise<Figures>): Promise<boolean> {
  try {
    await measure()
    return true
  } catch (error) {
    if (!isPeer(name)) throw error
    console.log(`\n${messageOf(error)}\n${name} is left out here.`)
    return false
  }
}

async function runFresh(bench: Bench, scenario: FreshScenario): Promise<ScenarioResult['rounds']> {
  const { options, tools, contenders } = bench
  const results = new Map<string, Figures[]>()
  const left = new Map(contenders)
  for (let round = 0; round < paceOf(scenario, options).rounds; round++) {
    for (const [name, start] of left) {
      const measure = async () => {
        const figures = await scenario.measure(tools, start, options.quick)
        results.set(name, [...(results.get(name) ?? []), figures])
        return figures
      }
      if (!(await canTakePart({ name }, measure))) left.delete(name)
    }
  }
  return results
}

function paceOf({ quick, full }: Scenario, options: Options): Scenario['full'] {
  const pace = options.quick ? (quick ?? { warmMs: 1000, roundMs: 500, rounds: 3 }) : full
  return { ...pace, rounds: options.rounds ?? pace.rounds }
}

async function writeProfiles({ site }: Bench, { name }: Scenario, contenders: readonly Contender[]): Promise<void> {
  for (const contender of contenders) {
    if (!contender.probe) continue
    const file = join(site.folder, `${name}-${contender.name.replaceAll(/\W+/g, '-')}.cpuprofile`)
    await contender.probe({ ask: 'profile-stop', file })
    console.log(`\n${name}, ${contender.name}: ${file}\n${describeProfile(file)}`)
  }
}

function sayHowBusy(loadBefore: number, othersShare: number | null): void {
  const share = othersShare === null ? '' : `, others took ${(othersShare * 100).toFixed(0)} % of it during the run`
  console.log(`\nLoad of the machine before the run: ${loadBefore.toFixed(2)}${share}.`)
  if ((othersShare ?? 0) > BUSY_SHARE)
    console.log('The machine was busy: times are too long, and a ratio near its limit may lie on either side of it.')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options.help) console.log(usage)
  else if (options.list) for (const { name, title } of scenarios) console.log(`${name.padEnd(20)} ${title}`)
  else await main(options)
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
