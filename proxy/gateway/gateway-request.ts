/**
 * A request as Node's server makes it, whose body can be had straight from the parser. A stream in between costs a
 * small request more than its body: three turns of the queue, and a buffer of which nothing is needed.
 */
import { IncomingMessage } from 'node:http'

/** Takes a body as it comes in; none of these may throw. */
export interface BodySink {
  data(chunk: Buffer): void
  end(): void
  /** The connection broke off before the end. */
  left(): void
}

/** What has a body to give. */
export interface BodySource extends Pick<IncomingMessage, 'headers'> {
  /** Gives the body to `sink`, past the stream's own events. In the turn in which the request came: none has come yet. */
  takeBody(sink: BodySink): void
}

export class GatewayRequest extends IncomingMessage implements BodySource {
  #sink: BodySink | null = null
  #isTaken = false

  takeBody(sink: BodySink): void {
    this.#sink = sink
    // Tells Node that somebody reads, so that it does not throw the rest away. Not through `read`, which looks after a
    // buffer that is not used here.
    this._read(0)
  }

  /** True when the whole body was taken: Node lets go of the request then, as of a stream that has ended. */
  get isTaken(): boolean {
    return this.#isTaken
  }

  /** Called by Node's parser with each part of the body, with null at its end. */
  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    const sink = this.#sink
    if (sink === null) return super.push(chunk, encoding)
    if (chunk === null) {
      this.#isTaken = true
      sink.end()
      // Where the answer was first, Node waits for this to let go of the request; an idle connection would keep it.
      this.emit('end')
    } else sink.data(chunk)
    return true
  }

  /** Called by Node when the connection has ended before the answer. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#isTaken) this.#sink?.left()
    super._destroy(error, callback)
  }
}

// A getter there, declared as a plain property.
const streamEnded = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(IncomingMessage.prototype), 'readableEnded')
Object.defineProperty(GatewayRequest.prototype, 'readableEnded', {
  get(this: GatewayRequest): boolean {
    return this.isTaken || streamEnded?.get?.call(this) === true
  },
})
