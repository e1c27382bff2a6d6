/**
 * The bytes of a request body as they came in: a list of chunks that is never joined, because a prompt of megabytes
 * would be copied and its memory taken twice for nothing. The few who need one piece ask for it.
 */

/** Smaller chunks are copied together: each is a view that would keep the whole buffer it was read into alive. */
const KEPT_CHUNK_BYTES = 16 * 1024
const GATHERED_BYTES = 64 * 1024

export class BodyBytes {
  readonly chunks: readonly Buffer[]
  readonly length: number

  constructor(chunks: readonly Buffer[]) {
    this.chunks = chunks
    this.length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  }

  /** The bytes of `[start, end)` in views. */
  pieces(start = 0, end = this.length): Buffer[] {
    const pieces: Buffer[] = []
    let at = 0
    for (const chunk of this.chunks) {
      const from = Math.max(start - at, 0)
      const to = Math.min(end - at, chunk.length)
      if (from < to) pieces.push(from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to))
      at += chunk.length
      if (at >= end) break
    }
    return pieces
  }

  /** The bytes of `[start, end)` as one buffer: a view where they came in one chunk. */
  slice(start = 0, end = this.length): Buffer {
    const pieces = this.pieces(start, end)
    return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
  }
}

/** Collects chunks as they come in. */
export class BodyCollector {
  readonly #chunks: Buffer[] = []
  /** Where small chunks are copied to; the last of `#chunks` is the filled part of it. */
  #gathered: Buffer | null = null
  #gatheredBytes = 0
  length = 0

  /** Keeps a chunk and returns the bytes to read it from: they stay as they are. */
  add(chunk: Buffer): Buffer {
    this.length += chunk.length
    if (chunk.length >= KEPT_CHUNK_BYTES || this.#chunks.length === 0) {
      this.#gathered = null
      this.#chunks.push(chunk)
      return chunk
    }
    if (!this.#gathered || this.#gatheredBytes + chunk.length > this.#gathered.length) {
      this.#gathered = Buffer.allocUnsafe(GATHERED_BYTES)
      this.#gatheredBytes = 0
      this.#chunks.push(this.#gathered)
    }
    const start = this.#gatheredBytes
    chunk.copy(this.#gathered, start)
    this.#gatheredBytes += chunk.length
    this.#chunks[this.#chunks.length - 1] = this.#gathered.subarray(0, this.#gatheredBytes)
    return this.#gathered.subarray(start, this.#gatheredBytes)
  }

  /** What has come in so far. */
  bytes(): BodyBytes {
    return new BodyBytes([...this.#chunks])
  }
}
