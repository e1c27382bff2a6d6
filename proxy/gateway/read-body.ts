/** Takes in a request's body: once, in pieces as it comes, within limits, looked at on the way. */
import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import { GatewayError, badRequest, requestTooLarge, serverBusy } from '../errors.ts'
import { noteFreedBody } from './body-garbage.ts'
import type { BodySink, BodySource } from './gateway-request.ts'
import { TopLevelScanner } from './json-scan.ts'

/** Bodies up to this size are made one piece. */
export const SMALL_BODY_BYTES = 64 * 1024
/** Pieces from this size on are kept as they came; smaller ones are gathered in blocks, or they would cost more than they hold. */
const KEPT_PIECE_BYTES = 4 * 1024
const BLOCK_BYTES = 16 * 1024

/** The members of a JSON body that somebody looks at. */
const WANTED = [
  'model',
  'models',
  'stream',
  'stream_options',
  'store',
  'background',
  'previous_response_id',
  'conversation',
  'input_file_id',
  'training_file',
  'file_id',
]

/** The sum of all buffered request bodies, so that memory stays bounded under any load. */
export class BodyBudget {
  readonly #limitBytes: number
  #usedBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  tryReserve(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#limitBytes) return false
    this.#usedBytes += bytes
    return true
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes
    noteFreedBody(bytes)
  }
}

export interface ReceivedBody {
  /** In order; one piece up to `SMALL_BODY_BYTES`. Large bodies are never put together: that would cost as much again. */
  readonly pieces: readonly Buffer[]
  readonly length: number
  readonly contentType: string
  /** Has seen the whole body; null for one that is no plain JSON. */
  readonly scanner: TopLevelScanner | null
  /** What `budget` holds for it; given back by the caller when the request ends. */
  readonly reservedBytes: number
}

/** A scanner that looks for what `inspectBody` wants to know. */
export function bodyScanner(): TopLevelScanner {
  // With one more than there are names, one of them stands there twice: such a body is refused.
  return new TopLevelScanner(WANTED, 0, WANTED.length + 1)
}

/**
 * Reads the whole body.
 * @throws GatewayError 413 over `limitBytes`, 503 when the budget is used up, 415 for an unknown content encoding.
 */
export function readBody(request: BodySource, limitBytes: number, budget: BodyBudget): Promise<ReceivedBody> {
  const encoding = request.headers['content-encoding']
  const received = new BodyReader(request, limitBytes, budget).read()
  return encoding === undefined || encoding === 'identity' ? received : unpack(received, encoding, limitBytes, budget)
}

class BodyReader implements BodySink {
  readonly #request: BodySource
  readonly #limitBytes: number
  readonly #budget: BodyBudget
  readonly #contentType: string
  /** NaN when the client does not say. */
  readonly #statedBytes: number
  readonly #scanner: TopLevelScanner | null
  #pieces: Buffer[] = []
  #length = 0
  #reservedBytes = 0
  /** Gathers small pieces; the last of `#pieces` once it is closed. */
  #block: Buffer | null = null
  #blockLength = 0
  /** Told how it ends, once. */
  #waiting: PromiseWithResolvers<ReceivedBody> | null = null

  constructor(request: BodySource, limitBytes: number, budget: BodyBudget) {
    this.#request = request
    this.#limitBytes = limitBytes
    this.#budget = budget
    const { headers } = request
    this.#contentType = headers['content-type'] ?? ''
    this.#statedBytes = Number(headers['content-length'] ?? Number.NaN)
    const isPlain = headers['content-encoding'] === undefined && !isMultipart(this.#contentType)
    this.#scanner = isPlain ? bodyScanner() : null
  }

  read(): Promise<ReceivedBody> {
    if (this.#statedBytes > this.#limitBytes) return Promise.reject(requestTooLarge(this.#limitBytes))
    this.#waiting = Promise.withResolvers()
    this.#request.takeBody(this)
    return this.#waiting.promise
  }

  data(chunk: Buffer): void {
    // What still comes of a body that was refused is passed over.
    if (!this.#waiting) return
    try {
      this.#take(chunk)
    } catch (error) {
      this.#fail(error)
    }
  }

  end(): void {
    if (!this.#waiting) return
    try {
      this.#waiting.resolve(this.#finish())
      this.#waiting = null
    } catch (error) {
      this.#fail(error)
    }
  }

  left(): void {
    this.#fail(new ClientLeft())
  }

  #fail(error: unknown): void {
    if (!this.#waiting) return
    this.#budget.release(this.#reservedBytes)
    // The request may still be coming in, and hold us, for as long as its client likes.
    this.#pieces = []
    this.#block = null
    this.#waiting.reject(error)
    this.#waiting = null
  }

  #take(chunk: Buffer): void {
    if (this.#length + chunk.length > this.#limitBytes) throw requestTooLarge(this.#limitBytes)
    // Nearly every request comes in one piece, which is then used as it is.
    if (chunk.length >= KEPT_PIECE_BYTES || this.#length === 0) {
      this.#closeBlock()
      this.#reserve(chunk.length)
      this.#pieces.push(chunk)
    } else this.#gather(chunk)
    this.#length += chunk.length
    this.#scanner?.advance(chunk)
  }

  #gather(chunk: Buffer): void {
    if (this.#block && this.#blockLength + chunk.length > this.#block.length) this.#closeBlock()
    if (!this.#block) {
      const stillToCome = this.#statedBytes - this.#length
      const size = Number.isNaN(stillToCome) ? BLOCK_BYTES : Math.min(BLOCK_BYTES, stillToCome)
      this.#reserve(Math.max(size, chunk.length))
      this.#block = Buffer.allocUnsafe(Math.max(size, chunk.length))
      this.#blockLength = 0
    }
    chunk.copy(this.#block, this.#blockLength)
    this.#blockLength += chunk.length
  }

  #closeBlock(): void {
    if (this.#block) this.#pieces.push(this.#block.subarray(0, this.#blockLength))
    this.#block = null
  }

  #reserve(bytes: number): void {
    if (!this.#budget.tryReserve(bytes)) throw serverBusy()
    this.#reservedBytes += bytes
  }

  #finish(): ReceivedBody {
    this.#closeBlock()
    // What is unpacked or read as a form must be in one piece, whatever its size.
    if (this.#pieces.length > 1 && (this.#length <= SMALL_BODY_BYTES || !this.#scanner)) {
      const before = this.#reservedBytes
      this.#reserve(this.#length)
      this.#pieces = [Buffer.concat(this.#pieces, this.#length)]
      this.#budget.release(before)
      this.#reservedBytes -= before
    }
    return {
      pieces: this.#pieces,
      length: this.#length,
      contentType: this.#contentType,
      scanner: this.#scanner,
      reservedBytes: this.#reservedBytes,
    }
  }
}

/** The client went away before its request was complete. */
export class ClientLeft extends Error {}

async function unpack(
  packed: Promise<ReceivedBody>,
  encoding: string,
  limitBytes: number,
  budget: BodyBudget,
): Promise<ReceivedBody> {
  const received = await packed
  let { reservedBytes } = received
  const reserve = (bytes: number) => {
    if (!budget.tryReserve(bytes)) throw serverBusy()
    reservedBytes += bytes
  }
  try {
    const unpacked = await decompress(received.pieces[0] ?? Buffer.alloc(0), encoding, limitBytes, reserve)
    const length = unpacked.reduce((sum, { length: bytes }) => sum + bytes, 0)
    let pieces: readonly Buffer[] = unpacked
    if (length <= SMALL_BODY_BYTES || isMultipart(received.contentType)) {
      reserve(length)
      pieces = [Buffer.concat(unpacked, length)]
    }
    budget.release(reservedBytes - length)
    return { ...received, pieces, length, reservedBytes: length }
  } catch (error) {
    budget.release(reservedBytes)
    throw error
  }
}

const decoders: Readonly<Record<string, (options: { chunkSize: number }) => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
}

// Reserved as it comes out: a few kilobytes may hold a thousand times as much, and many may come at once.
async function decompress(
  bytes: Buffer,
  encoding: string,
  limitBytes: number,
  reserve: (bytes: number) => void,
): Promise<readonly Buffer[]> {
  const open = decoders[encoding.trim().toLowerCase()]
  if (!open)
    throw new GatewayError(
      'unsupported_content_encoding',
      415,
      `The content-encoding "${encoding}" of the request is not known.`,
    )
  const decoder = open({ chunkSize: SMALL_BODY_BYTES })
  decoder.end(bytes)
  const pieces: Buffer[] = []
  let length = 0
  try {
    // Safe: decoders give buffers.
    for await (const piece of decoder as AsyncIterable<Buffer>) {
      length += piece.length
      if (length > limitBytes) throw requestTooLarge(limitBytes)
      reserve(piece.length)
      pieces.push(piece)
    }
    return pieces
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw badRequest(`The request body is no valid ${encoding} data.`)
  }
}

/** True for forms, which hold files. */
export function isMultipart(contentType: string): boolean {
  return /^multipart\//i.test(contentType)
}
