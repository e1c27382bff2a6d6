/**
 * What is measured: each scenario as data, with the load that it puts on a contender and the figures it takes.
 * A figure's `reach` is what the product must keep to; it is judged in the report and nowhere else.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Child } from './children.ts'
import type { Contender } from './contenders.ts'
import type {
  ClosedLoop,
  ClosedLoopResult,
  HoldStreams,
  ProcessUsage,
  ReadStreams,
  RequestShape,
  StreamResult,
  StreamScript,
} from './messages.ts'
import { median } from './statistics.ts'

/** Figures of one round. */
export type Figures = Readonly<Record<string, number>>

export interface Metric {
  readonly key: string
  readonly label: string
  readonly digits: number
  /** Shown and judged after the same figure of the upstream without a proxy has been taken away. */
  readonly isAdded?: boolean
  readonly reach?: Reach
}

/** A limit for the product: for its ratio to another contender, or for the figure itself. */
export interface Reach {
  readonly work: string
  readonly to: 'bare relay' | 'Portkey' | '1 of each' | 'itself'
  readonly limit: number
  readonly aim: number
  readonly isBetter: 'lower' | 'higher'
}

export interface Tools {
  readonly load: Child
  readonly upstream: Child
}

export interface Pace {
  readonly warmMs: number
  readonly roundMs: number
  readonly rounds: number
}

interface ScenarioBase {
  readonly name: string
  readonly title: string
  readonly metrics: readonly Metric[]
  readonly quick: Pace | null
  readonly full: Pace
}

/** Contenders run side by side, warm, and take turns. */
export interface WarmScenario extends ScenarioBase {
  readonly kind: 'warm'
  /** `sizes`: the product with configs of different size. */
  readonly among: 'contenders' | 'contenders and direct' | 'sizes'
  readonly script?: StreamScript
  readonly measure: (tools: Tools, contender: Contender, durationMs: number) => Promise<Figures>
}

/** Each round has a process of its own. */
export interface FreshScenario extends ScenarioBase {
  readonly kind: 'fresh'
  readonly script?: StreamScript
  readonly measure: (tools: Tools, start: () => Promise<Contender>, isQuick: boolean) => Promise<Figures>
}

export type Scenario = WarmScenario | FreshScenario

const usualPace: Pace = { warmMs: 4000, roundMs: 2000, rounds: 5 }
/** For times of which both sides have nearly the same: rounds differ by a tenth. */
const steadyPace: Pace = { ...usualPace, rounds: 11 }
const megabyte = 1024 * 1024

const small: WarmScenario = {
  kind: 'warm',
  name: 'small',
  title: 'Small requests, 64 connections',
  among: 'contenders',
  metrics: [
    {
      key: 'cpu',
      label: 'CPU per request, µs',
      digits: 1,
      reach: { work: 'CPU per small request', to: 'bare relay', limit: 1, aim: 0.9, isBetter: 'lower' },
    },
    { key: 'main', label: 'of it on the main thread', digits: 1 },
    {
      key: 'rate',
      label: 'requests a second',
      digits: 0,
      reach: { work: 'throughput against Portkey', to: 'Portkey', limit: 10, aim: 12, isBetter: 'higher' },
    },
  ],
  quick: { warmMs: 1200, roundMs: 400, rounds: 3 },
  full: { warmMs: 6000, roundMs: 2000, rounds: 7 },
  measure: (tools, contender, durationMs) =>
    measureRequests(tools, contender, shapeOf(contender.model), 64, durationMs),
}

const latency: WarmScenario = {
  kind: 'warm',
  name: 'latency',
  title: 'Small requests, one connection: time added to the upstream’s own',
  among: 'contenders and direct',
  metrics: [
    {
      key: 'p50',
      label: 'added p50, µs',
      digits: 0,
      isAdded: true,
      reach: { work: 'added p50 at one connection', to: 'bare relay', limit: 1, aim: 0.9, isBetter: 'lower' },
    },
    { key: 'p99', label: 'added p99, µs', digits: 0, isAdded: true },
  ],
  quick: { warmMs: 500, roundMs: 300, rounds: 3 },
  full: steadyPace,
  measure: (tools, contender, durationMs) => measureRequests(tools, contender, shapeOf(contender.model), 1, durationMs),
}

function prompt(
  name: string,
  megabytes: number,
  limit: number,
  aim: number,
  options: { readonly isQuick: boolean; readonly modelLast: boolean; readonly byAlias: boolean },
): WarmScenario {
  const { isQuick, modelLast, byAlias } = options
  const how = byAlias ? ', under an alias' : modelLast ? ', model last' : ''
  return {
    kind: 'warm',
    name,
    title: `Prompts of ${megabytes} MB${how}`,
    among: 'contenders',
    metrics: [
      {
        key: 'cpu',
        label: 'CPU per prompt, µs',
        digits: 0,
        reach: { work: `CPU per ${megabytes} MB prompt${how}`, to: 'bare relay', limit, aim, isBetter: 'lower' },
      },
    ],
    quick: isQuick ? { warmMs: 500, roundMs: 300, rounds: 3 } : null,
    full: usualPace,
    measure: (tools, contender, durationMs) => {
      const shape = {
        ...shapeOf(byAlias ? contender.alias : contender.model),
        promptBytes: megabytes * megabyte,
        modelLast,
      }
      return measureRequests(tools, contender, shape, 2, durationMs)
    },
  }
}

/** 100 streams with an event each 5 ms, begun one after the other. */
function streams(
  name: string,
  how: string,
  limit: number,
  options: { readonly isQuick: boolean; readonly asksUsage: boolean; readonly byAlias: boolean },
): WarmScenario {
  const { isQuick, asksUsage, byAlias } = options
  return {
    kind: 'warm',
    name,
    title: `100 streams, ${how}`,
    among: 'contenders',
    script: { events: 100, gapMs: 5 },
    metrics: [
      {
        key: 'cpu',
        label: 'CPU per event, µs',
        digits: 2,
        reach: { work: `CPU per chunk, ${how}`, to: 'bare relay', limit, aim: limit, isBetter: 'lower' },
      },
    ],
    quick: isQuick ? { warmMs: 500, roundMs: 500, rounds: 3 } : null,
    full: usualPace,
    measure: async (tools, contender, durationMs) => {
      const shape = { ...shapeOf(byAlias ? contender.alias : contender.model), stream: true, asksUsage }
      const before = await usageOf(contender)
      const result = await readStreams(tools, contender, shape, 100, Math.max(1, Math.round(durationMs / 510)))
      const after = await usageOf(contender)
      return { cpu: (after.cpuUs - before.cpuUs) / result.events }
    },
  }
}

const streamDelay: WarmScenario = {
  kind: 'warm',
  name: 'stream-delay',
  title: '16 streams: time added to the upstream’s own',
  among: 'contenders and direct',
  script: { events: 30, gapMs: 5 },
  metrics: [
    {
      key: 'first',
      label: 'added to first chunk p50, µs',
      digits: 0,
      isAdded: true,
      reach: { work: 'added time to first chunk', to: 'bare relay', limit: 1.1, aim: 1, isBetter: 'lower' },
    },
    {
      key: 'delay',
      label: 'added per chunk p50, µs',
      digits: 0,
      isAdded: true,
      reach: { work: 'added per-chunk delay', to: 'bare relay', limit: 1.1, aim: 1, isBetter: 'lower' },
    },
    { key: 'delay99', label: 'added per chunk p99, µs', digits: 0, isAdded: true },
  ],
  quick: { warmMs: 600, roundMs: 350, rounds: 3 },
  full: steadyPace,
  measure: async (tools, contender, durationMs) => {
    const shape = { ...shapeOf(contender.model), stream: true, asksUsage: true }
    const result = await readStreams(tools, contender, shape, 16, Math.max(1, Math.round(durationMs / 160)))
    return { first: result.firstUs.p50, delay: result.delayUs.p50, delay99: result.delayUs.p99 }
  },
}

const block: WarmScenario = {
  kind: 'warm',
  name: 'block',
  title: 'One prompt of 8 MB while 100 streams run (an event each 10 ms)',
  among: 'contenders',
  script: { events: 0, gapMs: 10 },
  metrics: [
    {
      key: 'block',
      label: 'longest block, ms',
      digits: 1,
      reach: { work: 'longest block from one 8 MB prompt', to: 'itself', limit: 10, aim: 10, isBetter: 'lower' },
    },
    { key: 'delay99', label: 'per chunk p99 meanwhile, µs', digits: 0 },
  ],
  quick: { warmMs: 300, roundMs: 500, rounds: 3 },
  full: usualPace,
  measure: async (tools, contender, durationMs) => {
    const streamShape = { ...shapeOf(contender.model), stream: true, asksUsage: true }
    const hold: HoldStreams = {
      ask: 'hold-streams',
      to: contender.to,
      shape: streamShape,
      connections: 100,
      rampMs: 100,
    }
    const shape = { ...shapeOf(contender.model), promptBytes: 8 * megabyte }
    const blocks: number[] = []
    const delays: number[] = []
    try {
      await tools.load.ask<StreamResult>(hold)
      const endAt = performance.now() + durationMs
      while (performance.now() < endAt) {
        await delay(60)
        await tools.load.ask({ ask: 'read-held' })
        await contender.probe?.({ ask: 'watch-blocks' })
        await closedLoop(tools, contender, shape, 1, 10_000, 1)
        await delay(30)
        // Of a process with a probe, which answers this with a number.
        blocks.push(Number((await contender.probe?.({ ask: 'longest-block' })) ?? Number.NaN))
        const held = await tools.load.ask<StreamResult>({ ask: 'read-held' })
        failOn(held, contender)
        delays.push(held.delayUs.p99)
      }
    } finally {
      // Also of a contender that fails: its streams must not be counted as the next one's.
      await tools.load.ask({ ask: 'release' })
      await delay(50)
    }
    return { block: median(blocks), delay99: median(delays) }
  },
}

const memory: FreshScenario = {
  kind: 'fresh',
  name: 'memory',
  title: 'Open streams (an event each second)',
  script: { events: 0, gapMs: 1000 },
  metrics: [
    {
      key: 'kb1000',
      label: 'KB a stream at 1,000',
      digits: 0,
      reach: { work: 'memory a stream at 1,000 open, KB', to: 'itself', limit: 80, aim: 75, isBetter: 'lower' },
    },
    {
      key: 'kb5000',
      label: 'KB a stream at 5,000',
      digits: 0,
      reach: { work: 'memory a stream at 5,000 open, KB', to: 'itself', limit: 55, aim: 52, isBetter: 'lower' },
    },
    { key: 'rest', label: 'MB at rest', digits: 0 },
    {
      key: 'errors',
      label: 'errors',
      digits: 0,
      reach: { work: 'errors with all these streams open', to: 'itself', limit: 0, aim: 0, isBetter: 'lower' },
    },
  ],
  quick: { warmMs: 0, roundMs: 0, rounds: 1 },
  full: { warmMs: 0, roundMs: 0, rounds: 5 },
  measure: async (tools, start, isQuick) => {
    const contender = await start()
    try {
      await closedLoop(tools, contender, shapeOf(contender.model), 16, 3000, 2000)
      await delay(500)
      const atRest = (await usageOf(contender)).rssBytes
      const hold = (connections: number): HoldStreams => ({
        ask: 'hold-streams',
        to: contender.to,
        shape: { ...shapeOf(contender.model), stream: true, asksUsage: true },
        connections,
        rampMs: connections * 1.2,
      })
      const perStream = async (count: number) => ((await usageOf(contender)).rssBytes - atRest) / 1024 / count
      let result = await tools.load.ask<StreamResult>(hold(1000))
      await delay(isQuick ? 700 : 2500)
      const kb1000 = await perStream(1000)
      if (isQuick) return { kb1000, kb5000: Number.NaN, rest: atRest / megabyte, errors: result.errors }
      result = await tools.load.ask<StreamResult>(hold(4000))
      await delay(2500)
      return { kb1000, kb5000: await perStream(5000), rest: atRest / megabyte, errors: result.errors }
    } finally {
      await tools.load.ask({ ask: 'release' })
      await contender.stop()
    }
  },
}

const start: FreshScenario = {
  kind: 'fresh',
  name: 'start',
  title: 'From start to the first answer',
  metrics: [
    {
      key: 'ms',
      label: 'ms',
      digits: 0,
      reach: { work: 'start to first answer, ms', to: 'itself', limit: 400, aim: 400, isBetter: 'lower' },
    },
    { key: 'cpu', label: 'CPU until then, ms', digits: 0 },
  ],
  quick: { warmMs: 0, roundMs: 0, rounds: 3 },
  full: { warmMs: 0, roundMs: 0, rounds: 7 },
  measure: async (tools, begin) => {
    const startedAt = performance.now()
    const contender = await begin()
    try {
      await closedLoop(tools, contender, shapeOf(contender.model), 1, 10_000, 1)
      const ms = performance.now() - startedAt
      return { ms, cpu: (await usageOf(contender)).cpuUs / 1000 }
    } finally {
      await contender.stop()
    }
  },
}

const growth: WarmScenario = {
  kind: 'warm',
  name: 'growth',
  title: 'Small requests with so many models, keys, projects and aliases each (by alias)',
  among: 'sizes',
  metrics: [
    {
      key: 'cpu',
      label: 'CPU per request, µs',
      digits: 1,
      reach: { work: 'CPU with 1,000 of everything', to: '1 of each', limit: 1.05, aim: 1, isBetter: 'lower' },
    },
  ],
  quick: { warmMs: 500, roundMs: 300, rounds: 3 },
  full: usualPace,
  measure: (tools, contender, durationMs) =>
    measureRequests(tools, contender, shapeOf(contender.alias), 64, durationMs),
}

export const scenarios: readonly Scenario[] = [
  small,
  latency,
  prompt('prompt-1mb', 1, 1.3, 1.25, { isQuick: true, modelLast: false, byAlias: false }),
  prompt('prompt-1mb-last', 1, 1.3, 1.25, { isQuick: false, modelLast: true, byAlias: false }),
  prompt('prompt-1mb-alias', 1, 1.3, 1.25, { isQuick: false, modelLast: false, byAlias: true }),
  prompt('prompt-8mb', 8, 1.45, 1.4, { isQuick: true, modelLast: false, byAlias: false }),
  prompt('prompt-8mb-last', 8, 1.45, 1.4, { isQuick: false, modelLast: true, byAlias: false }),
  prompt('prompt-8mb-alias', 8, 1.45, 1.4, { isQuick: false, modelLast: false, byAlias: true }),
  streams('stream-plain', 'nothing changed', 1.1, { isQuick: true, asksUsage: true, byAlias: false }),
  streams('stream-usage', 'usage asked for and withheld', 1.6, { isQuick: false, asksUsage: false, byAlias: false }),
  streams('stream-alias', 'under an alias', 1.6, { isQuick: true, asksUsage: true, byAlias: true }),
  streams('stream-alias-usage', 'under an alias, usage withheld', 1.6, {
    isQuick: false,
    asksUsage: false,
    byAlias: true,
  }),
  streamDelay,
  block,
  memory,
  start,
  growth,
]

function shapeOf(model: string): RequestShape {
  return { model, stream: false, asksUsage: false, promptBytes: 0, modelLast: false }
}

/** Streams that are over at once. */
const shortStreams: StreamScript = { events: 2, gapMs: 1 }

/**
 * Lets V8 see enough requests: it takes 30 to 50 thousand before their cost settles, which few connections would not
 * bring about in any warm-up. Where a scenario streams, it also sees short streams, whose code is another.
 */
export async function settle(
  tools: Tools,
  contender: Contender,
  script: StreamScript | undefined,
  durationMs: number,
): Promise<void> {
  if (contender.probe === null) return
  await closedLoop(tools, contender, shapeOf(contender.model), 64, durationMs, 0)
  if (!script) return
  await tools.upstream.ask({ ask: 'script', script: shortStreams })
  const endAt = performance.now() + durationMs
  while (performance.now() < endAt) {
    const shape = { ...shapeOf(contender.model), stream: true, asksUsage: true }
    await readStreams(tools, contender, shape, 64, 50)
  }
  await tools.upstream.ask({ ask: 'script', script })
}

async function measureRequests(
  tools: Tools,
  contender: Contender,
  shape: RequestShape,
  connections: number,
  durationMs: number,
): Promise<Figures> {
  const before = await usageOf(contender)
  const result = await closedLoop(tools, contender, shape, connections, durationMs, 0)
  const after = await usageOf(contender)
  return {
    cpu: (after.cpuUs - before.cpuUs) / result.requests,
    main: (after.mainUs - before.mainUs) / result.requests,
    rate: result.requests / result.seconds,
    p50: result.latencyUs.p50,
    p99: result.latencyUs.p99,
  }
}

async function closedLoop(
  { load }: Tools,
  contender: Contender,
  shape: RequestShape,
  connections: number,
  durationMs: number,
  requests: number,
): Promise<ClosedLoopResult> {
  const plan: ClosedLoop = { ask: 'closed-loop', to: contender.to, shape, connections, durationMs, requests }
  const result = await load.ask<ClosedLoopResult>(plan)
  failOn(result, contender)
  return result
}

async function readStreams(
  { load }: Tools,
  contender: Contender,
  shape: RequestShape,
  connections: number,
  streamsEach: number,
): Promise<StreamResult> {
  const plan: ReadStreams = { ask: 'read-streams', to: contender.to, shape, connections, streamsEach, rampMs: 100 }
  const result = await load.ask<StreamResult>(plan)
  failOn(result, contender)
  return result
}

function failOn({ errors, firstError }: Pick<StreamResult, 'errors' | 'firstError'>, { name }: Contender): void {
  if (errors > 0) throw new Error(`${name} failed ${errors} times, first: ${firstError}`)
}

const noUsage: ProcessUsage = { cpuUs: Number.NaN, mainUs: Number.NaN, rssBytes: Number.NaN, heapBytes: Number.NaN }

async function usageOf(contender: Contender): Promise<ProcessUsage> {
  return contender.usage ? contender.usage() : noUsage
}
