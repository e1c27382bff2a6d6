/** Running figures of the traffic, for the console: bounded, cheap to add to, computed only when somebody looks. */
import type { RequestRecord, TrafficStats } from './contract.ts'

const WINDOW_SECONDS = 300
const SECONDS_SHOWN = 60
/** Good answers whose times are kept; at higher rates the times are those of the newest ones in the window. */
const SAMPLES = 4096

/** Numbers of a sample in the flat list (ended at, duration, first token): kept objects would cost every collection. */
const COLUMNS = 3

interface Second {
  at: number
  requests: number
  good: number
  failed: number
  inputTokens: number
  outputTokens: number
}

const emptySecond: Second = { at: 0, requests: 0, good: 0, failed: 0, inputTokens: 0, outputTokens: 0 }

export class TrafficMeter {
  /** A ring of samples; 0 as the time of their end means none, NaN stands for null. */
  readonly #samples = new Float64Array(SAMPLES * COLUMNS)
  #next = 0
  readonly #seconds: Second[] = Array.from({ length: WINDOW_SECONDS }, () => ({ ...emptySecond }))

  add(record: RequestRecord, now: number): void {
    const isSuccess = outcome(record)
    if (isSuccess === true) {
      const from = (this.#next++ % SAMPLES) * COLUMNS
      this.#samples[from] = now
      this.#samples[from + 1] = now - record.startedAt
      this.#samples[from + 2] = record.firstTokenMs ?? Number.NaN
    }
    const at = Math.floor(now / 1000)
    const second = this.#seconds[at % WINDOW_SECONDS]
    if (!second) return
    if (second.at !== at) Object.assign(second, emptySecond, { at })
    second.requests++
    if (isSuccess === true) second.good++
    if (isSuccess === false) second.failed++
    second.inputTokens += record.usage?.inputTokens ?? 0
    second.outputTokens += record.usage?.outputTokens ?? 0
  }

  read(now: number): TrafficStats {
    const last = Math.floor(now / 1000)
    const seconds = Array.from({ length: WINDOW_SECONDS }, (_, index) => {
      const at = last - WINDOW_SECONDS + 1 + index
      const second = this.#seconds[at % WINDOW_SECONDS]
      return second?.at === at ? second : emptySecond
    })
    const total = (count: (second: Second) => number) => seconds.reduce((sum, second) => sum + count(second), 0)
    const good = total((second) => second.good)
    const judged = good + total((second) => second.failed)
    const { durations, firstTokens } = this.#timesSince(now - WINDOW_SECONDS * 1000)
    const shown = seconds.slice(-SECONDS_SHOWN)
    return {
      windowSeconds: WINDOW_SECONDS,
      requests: total((second) => second.requests),
      success: judged === 0 ? null : good / judged,
      p50Ms: percentile(durations, 0.5),
      p95Ms: percentile(durations, 0.95),
      firstTokenP50Ms: percentile(firstTokens, 0.5),
      inputTokens: total((second) => second.inputTokens),
      outputTokens: total((second) => second.outputTokens),
      perSecond: shown.map(({ requests }) => requests),
      failedPerSecond: shown.map(({ failed }) => failed),
    }
  }

  /** Sorted, shortest first. */
  #timesSince(earliest: number): { readonly durations: readonly number[]; readonly firstTokens: readonly number[] } {
    const durations: number[] = []
    const firstTokens: number[] = []
    for (let from = 0; from < this.#samples.length; from += COLUMNS) {
      const [endedAt = 0, durationMs = 0, firstTokenMs = 0] = this.#samples.subarray(from, from + COLUMNS)
      if (endedAt === 0 || endedAt < earliest) continue
      durations.push(durationMs)
      if (!Number.isNaN(firstTokenMs)) firstTokens.push(firstTokenMs)
    }
    return { durations: durations.toSorted((a, b) => a - b), firstTokens: firstTokens.toSorted((a, b) => a - b) }
  }
}

/** Null: says nothing about the service (the client left, or made a mistake). */
function outcome(record: RequestRecord): boolean | null {
  if (record.end === 'done') return (record.status ?? 200) < 500
  return record.end === 'refused' || record.end === 'client_gone' ? null : false
}

/** The nearest-rank percentile of sorted values; null without any. */
function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null
}
