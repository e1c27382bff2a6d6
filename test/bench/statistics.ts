/** The few figures that the bench needs from its samples. */

/** The middle value, of an even number the mean of the two; NaN without any. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Many samples at little cost: the latest `capacity` of them. */
export class Samples {
  readonly #values: Float64Array
  #count = 0

  constructor(capacity = 200_000) {
    this.#values = new Float64Array(capacity)
  }

  add(value: number): void {
    this.#values[this.#count++ % this.#values.length] = value
  }

  read(): Spread {
    const kept = this.#values.subarray(0, Math.min(this.#count, this.#values.length))
    const sorted = kept.toSorted()
    const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
    return { count: this.#count, p50: at(0.5), p99: at(0.99), max: at(1) }
  }
}

export interface Spread {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}
