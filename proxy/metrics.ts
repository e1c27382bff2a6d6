/** Running figures of the traffic, for the console: bounded, cheap to add to, computed only when somebody looks. */
import type { RequestRecord, TrafficStats } from './contract.ts'

const WINDOW_SECONDS = 300
const SECONDS_SHOWN = 60
/** Ended requests whose times are kept; at higher rates the window is shorter than it says. */
const SAMPLES = 4096

interface Sample {
  readonly durationMs: number
  readonly firstTokenMs: number | null
  /** Null: says nothing about the service (the client left, or made a mistake). */
  readonly isSuccess: boolean | null
  readonly inputTokens: number
  readonly outputTokens: number
}

/** Numbers of a sample in the flat list: thousands of kept objects would cost every garbage collection. */
const COLUMNS = 6

interface Second {
  at: number
  requests: number
  failed: number
}

export class TrafficMeter {
  /** A ring of samples; `endedAt` 0 means none, NaN stands for null. */
  readonly #samples = new Float64Array(SAMPLES * COLUMNS)
  #next = 0
  readonly #seconds: Second[] = Array.from({ length: SECONDS_SHOWN }, () => ({ at: 0, requests: 0, failed: 0 }))

  add(record: RequestRecord, now: number): void {
    const isSuccess = outcome(record)
    const from = (this.#next++ % SAMPLES) * COLUMNS
    this.#samples[from] = now
    this.#samples[from + 1] = now - record.startedAt
    this.#samples[from + 2] = record.firstTokenMs ?? Number.NaN
    this.#samples[from + 3] = isSuccess === null ? Number.NaN : Number(isSuccess)
    this.#samples[from + 4] = record.usage?.inputTokens ?? 0
    this.#samples[from + 5] = record.usage?.outputTokens ?? 0
    const at = Math.floor(now / 1000)
    const second = this.#seconds[at % SECONDS_SHOWN]
    if (!second) return
    if (second.at !== at) Object.assign(second, { at, requests: 0, failed: 0 })
    second.requests++
    if (isSuccess === false) second.failed++
  }

  read(now: number): TrafficStats {
    const samples = this.#samplesSince(now - WINDOW_SECONDS * 1000)
    const judged = samples.filter(({ isSuccess }) => isSuccess !== null)
    const good = judged.filter(({ isSuccess }) => isSuccess)
    const durations = good.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b)
    const firstTokens = good.flatMap(({ firstTokenMs }) => firstTokenMs ?? []).toSorted((a, b) => a - b)
    return {
      windowSeconds: WINDOW_SECONDS,
      requests: samples.length,
      success: judged.length === 0 ? null : good.length / judged.length,
      p50Ms: percentile(durations, 0.5),
      p95Ms: percentile(durations, 0.95),
      firstTokenP50Ms: percentile(firstTokens, 0.5),
      inputTokens: samples.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
      outputTokens: samples.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
      perSecond: this.#perSecond(now, ({ requests }) => requests),
      failedPerSecond: this.#perSecond(now, ({ failed }) => failed),
    }
  }

  #samplesSince(earliest: number): readonly Sample[] {
    const samples: Sample[] = []
    for (let from = 0; from < this.#samples.length; from += COLUMNS) {
      const [endedAt = 0, durationMs = 0, firstTokenMs = 0, isSuccess = 0, inputTokens = 0, outputTokens = 0] =
        this.#samples.subarray(from, from + COLUMNS)
      if (endedAt === 0 || endedAt < earliest) continue
      samples.push({
        durationMs,
        firstTokenMs: Number.isNaN(firstTokenMs) ? null : firstTokenMs,
        isSuccess: Number.isNaN(isSuccess) ? null : isSuccess === 1,
        inputTokens,
        outputTokens,
      })
    }
    return samples
  }

  #perSecond(now: number, read: (second: Second) => number): readonly number[] {
    const last = Math.floor(now / 1000)
    return Array.from({ length: SECONDS_SHOWN }, (_, index) => {
      const at = last - SECONDS_SHOWN + 1 + index
      const second = this.#seconds[at % SECONDS_SHOWN]
      return second?.at === at ? read(second) : 0
    })
  }
}

function outcome(record: RequestRecord): boolean | null {
  if (record.end === 'done') return (record.status ?? 200) < 500
  return record.end === 'refused' || record.end === 'client_gone' ? null : false
}

/** The nearest-rank percentile of sorted values; null without any. */
function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null
}
