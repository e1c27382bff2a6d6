/** Turns rounds into tables: medians, and ratios taken round by round, so that a busy minute hits both sides alike. */
import type { Figures, Metric, Reach, Scenario } from './scenarios.ts'
import { median } from './statistics.ts'

export interface ScenarioResult {
  readonly scenario: Scenario
  /** Rounds by contender, in the order of the table; the same number for each. */
  readonly rounds: ReadonlyMap<string, readonly Figures[]>
}

export const PRODUCT = 'AI Proxy'
const DIRECT = 'direct'

/** A Markdown table of one scenario. */
export function scenarioTable({ scenario, rounds }: ScenarioResult): string {
  const base = scenario.kind === 'warm' && scenario.among === 'sizes' ? '1 of each' : 'bare relay'
  const head = ['', ...scenario.metrics.flatMap(({ label }) => [label, `× ${base}`])]
  const rows = [...rounds.keys()]
    .filter((name) => name !== DIRECT)
    .map((name) => [
      name,
      ...scenario.metrics.flatMap((metric) => [
        format(median(values(rounds, name, metric)), metric.digits),
        name === base ? '' : format(median(ratios(rounds, name, base, metric)), 2),
      ]),
    ])
  return `### ${scenario.name}: ${scenario.title}\n\n${table(head, rows)}`
}

/** Every limit with what was measured. Rows without a measurement are left out. */
export function reachTable(results: readonly ScenarioResult[]): string {
  const rows = results.flatMap(({ scenario, rounds }) =>
    scenario.metrics.flatMap((metric) => {
      const { reach } = metric
      if (!reach) return []
      const measured = measure(rounds, metric, reach)
      if (!Number.isFinite(measured)) return []
      const sign = reach.to === 'itself' ? '' : `× ${reach.to}`
      const bound = reach.isBetter === 'lower' ? '≤' : '≥'
      return [
        [reach.work, `${format(measured, 2)} ${sign}`.trim(), `${bound} ${reach.limit}`, verdict(measured, reach)],
      ]
    }),
  )
  return rows.length === 0 ? '' : `### Reach\n\n${table(['work', 'measured', 'reach', ''], rows)}`
}

function measure(rounds: ScenarioResult['rounds'], metric: Metric, { to }: Reach): number {
  const name = to === '1 of each' ? ([...rounds.keys()].at(-1) ?? '') : PRODUCT
  return median(to === 'itself' ? values(rounds, name, metric) : ratios(rounds, name, to, metric))
}

function verdict(measured: number, { isBetter, limit, aim }: Reach): string {
  const reaches = (bound: number) => (isBetter === 'lower' ? measured <= bound : measured >= bound)
  return reaches(aim) ? 'reached, aim too' : reaches(limit) ? 'reached' : 'missed'
}

function values(rounds: ScenarioResult['rounds'], name: string, { key, isAdded }: Metric): number[] {
  const own = (rounds.get(name) ?? []).map((figures) => figures[key] ?? Number.NaN)
  if (!isAdded) return own
  const without = rounds.get(DIRECT) ?? []
  return own.map((value, round) => value - (without[round]?.[key] ?? Number.NaN))
}

function ratios(rounds: ScenarioResult['rounds'], name: string, base: string, metric: Metric): number[] {
  const bases = values(rounds, base, metric)
  return values(rounds, name, metric).map((value, round) => value / (bases[round] ?? Number.NaN))
}

function format(value: number, digits: number): string {
  if (!Number.isFinite(value)) return '–'
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0), 3))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}
