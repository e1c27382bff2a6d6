/** The load generator: sends requests over raw sockets and reads the answers, in a process of its own. */
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { requestBytes } from './bodies.ts'
import { answerParent } from './channel.ts'
import { forEachMark, nowUs } from './marks.ts'
import type { ClosedLoop, ClosedLoopResult, HoldStreams, LoadQuestion, ReadStreams, StreamResult } from './messages.ts'
import { Samples } from './statistics.ts'

answerParent((question: LoadQuestion) => {
  switch (question.ask) {
    case 'closed-loop':
      return closedLoop(question)
    case 'read-streams':
      return readStreams(question)
    case 'hold-streams':
      return holdStreams(question)
    case 'read-held':
      return readHeld()
    case 'release':
      return release()
  }
})

async function closedLoop(plan: ClosedLoop): Promise<ClosedLoopResult> {
  const bytes = requestBytes(plan.to, plan.shape)
  const latencies = new Samples()
  const startedUs = nowUs()
  const endUs = startedUs + plan.durationMs * 1000
  const failures: string[] = []
  let sent = 0
  let answered = 0
  const goesOn = () => nowUs() < endUs && (plan.requests === 0 || sent < plan.requests) && failures.length === 0
  const work = async (connection: Connection) => {
    try {
      while (goesOn()) {
        sent++
        const sentUs = nowUs()
        await connection.ask(bytes, null)
        latencies.add(nowUs() - sentUs)
        answered++
      }
    } catch (error) {
      failures.push(messageOf(error))
    } finally {
      connection.close()
    }
  }
  await Promise.all(Array.from({ length: plan.connections }, () => work(new Connection(plan.to.port))))
  return {
    requests: answered,
    errors: failures.length,
    firstError: failures[0] ?? null,
    seconds: (nowUs() - startedUs) / 1e6,
    latencyUs: latencies.read(),
  }
}

/** What the streams of one run have brought. */
class StreamTally {
  firsts = new Samples()
  delays = new Samples()
  streams = 0
  events = 0
  readonly failures: string[] = []

  /** Reads the chunks of one stream. */
  reader(onFirst: () => void): (chunk: Buffer) => void {
    const sentUs = nowUs()
    let isFirst = true
    return (chunk) => {
      const readUs = nowUs()
      forEachMark(chunk, (writtenUs) => {
        this.events++
        if (!isFirst) this.delays.add(readUs - writtenUs)
        else {
          isFirst = false
          this.firsts.add(readUs - sentUs)
          onFirst()
        }
      })
    }
  }

  read(): StreamResult {
    const { streams, events, failures } = this
    return {
      streams,
      events,
      errors: failures.length,
      firstError: failures[0] ?? null,
      firstUs: this.firsts.read(),
      delayUs: this.delays.read(),
    }
  }
}

async function readStreams(plan: ReadStreams): Promise<StreamResult> {
  const bytes = requestBytes(plan.to, plan.shape)
  const tally = new StreamTally()
  const work = async (index: number) => {
    await delay((plan.rampMs * index) / plan.connections)
    const connection = new Connection(plan.to.port)
    try {
      for (let turn = 0; turn < plan.streamsEach; turn++) {
        await connection.ask(
          bytes,
          tally.reader(() => undefined),
        )
        tally.streams++
      }
    } catch (error) {
      tally.failures.push(messageOf(error))
    } finally {
      connection.close()
    }
  }
  await Promise.all(Array.from({ length: plan.connections }, (_, index) => work(index)))
  return tally.read()
}

const held: Connection[] = []
let heldTally = new StreamTally()
let isReleasing = false

async function holdStreams(plan: HoldStreams): Promise<StreamResult> {
  const bytes = requestBytes(plan.to, plan.shape)
  isReleasing = false
  const open = async (index: number) => {
    await delay((plan.rampMs * index) / plan.connections)
    const connection = new Connection(plan.to.port)
    held.push(connection)
    await new Promise<void>((resolve) => {
      const onFirst = () => {
        heldTally.streams++
        resolve()
      }
      connection.ask(bytes, heldTally.reader(onFirst)).then(
        () => heldFailure('The stream ended.', resolve),
        (error: unknown) => heldFailure(messageOf(error), resolve),
      )
    })
  }
  await Promise.all(Array.from({ length: plan.connections }, (_, index) => open(index)))
  return readHeld()
}

function heldFailure(message: string, resolve: () => void): void {
  if (!isReleasing) heldTally.failures.push(message)
  resolve()
}

function readHeld(): StreamResult {
  const result = heldTally.read()
  heldTally.events = 0
  heldTally.delays = new Samples()
  return result
}

function release(): null {
  isReleasing = true
  for (const connection of held.splice(0)) connection.close()
  heldTally = new StreamTally()
  return null
}

/** One kept connection with one request at a time. */
class Connection {
  readonly #socket: Socket
  #answer: Answer | null = null
  #isClosed = false

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true })
    this.#socket.on('data', (chunk) => this.#read(chunk))
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error('The connection was closed.')))
  }

  /** @param onChunk - given every chunk of the answer's body. Rejects for any status but 200. */
  ask(bytes: Buffer, onChunk: ((chunk: Buffer) => void) | null): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#answer = { head: '', isInBody: false, missingBytes: 0, onChunk, resolve, reject }
      if (this.#isClosed) this.#fail(new Error('The connection was closed.'))
      else this.#socket.write(bytes)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    const answer = this.#answer
    if (!answer) return
    let rest = chunk
    if (!answer.isInBody) {
      const end = rest.indexOf('\r\n\r\n')
      answer.head += rest.toString('latin1', 0, end === -1 ? rest.length : end)
      if (end === -1) return
      rest = rest.subarray(end + 4)
      if (!/^HTTP\/1\.[01] 200 /.test(answer.head)) {
        this.#fail(new Error(`${answer.head.slice(0, 40).split('\r\n')[0]} ${rest.toString('utf8', 0, 300)}`))
        return
      }
      const stated = /content-length: *(\d+)/i.exec(answer.head)
      answer.missingBytes = stated ? Number(stated[1]) : Number.POSITIVE_INFINITY
      answer.isInBody = true
    }
    answer.missingBytes -= rest.length
    answer.onChunk?.(rest)
    // The last chunk of a chunked body; JSON and events never end like this.
    if (answer.missingBytes <= 0 || (answer.missingBytes === Number.POSITIVE_INFINITY && endsChunked(rest))) {
      this.#answer = null
      answer.resolve()
    }
  }

  #fail(error: Error): void {
    this.#isClosed = true
    const answer = this.#answer
    this.#answer = null
    answer?.reject(error)
  }
}

interface Answer {
  head: string
  isInBody: boolean
  missingBytes: number
  readonly onChunk: ((chunk: Buffer) => void) | null
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

function endsChunked(bytes: Buffer): boolean {
  const { length } = bytes
  return (
    length >= 5 &&
    bytes[length - 5] === 0x30 &&
    bytes[length - 4] === 0x0d &&
    bytes[length - 3] === 0x0a &&
    bytes[length - 2] === 0x0d &&
    bytes[length - 1] === 0x0a
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
