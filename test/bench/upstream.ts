/**
 * The scripted upstream, on raw sockets so that it is never what limits a run: answers a chat with a fixed JSON
 * answer, or streams events at the pace it was told, each with the time of its writing.
 */
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import { answerParent } from './channel.ts'
import { mark } from './marks.ts'
import type { StreamScript, UpstreamQuestion } from './messages.ts'

const MODEL = 'bench-model'

// The headers that a large provider sends, made up.
const commonHeaders = [
  'date: Mon, 23 Nov 2026 10:00:00 GMT',
  'access-control-expose-headers: X-Request-ID',
  'openai-organization: bench',
  'openai-processing-ms: 412',
  'openai-version: 2020-10-01',
  'x-ratelimit-limit-requests: 10000',
  'x-ratelimit-remaining-requests: 9999',
  'x-ratelimit-reset-requests: 6ms',
  'x-request-id: 8f0e3c9d2b7a4f5e9c1d0a2b3c4d5e6f',
  'strict-transport-security: max-age=31536000; includeSubDomains; preload',
  'cf-cache-status: DYNAMIC',
  'server: bench',
  'x-content-type-options: nosniff',
].join('\r\n')

const words =
  'A gateway stands between programs and providers: it knows the keys, takes them in turn and tells what happened. '
const answerBody = JSON.stringify({
  id: 'chatcmpl-B1mK9bX2vQ7wZ4tR8yU3iO5pA6s',
  object: 'chat.completion',
  created: 1_795_428_000,
  model: MODEL,
  choices: [
    { index: 0, message: { role: 'assistant', content: words.repeat(4) }, logprobs: null, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 82, completion_tokens: 88, total_tokens: 170 },
  system_fingerprint: 'fp_0f1e2d3c4b',
})
const jsonAnswer = Buffer.from(
  `HTTP/1.1 200 OK\r\n${commonHeaders}\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(answerBody)}\r\n\r\n${answerBody}`,
)
const streamHead =
  `HTTP/1.1 200 OK\r\n${commonHeaders}\r\ncontent-type: text/event-stream; charset=utf-8\r\n` +
  'cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n'

let script: StreamScript = { events: 100, gapMs: 10 }

answerParent((question: UpstreamQuestion) => {
  if (question.ask === 'port') return listening
  script = question.script
  return null
})

const server = createServer({ noDelay: true }, (socket) => new Connection(socket))
const listening = new Promise<number>((resolve) => {
  server.listen({ host: '127.0.0.1', port: 0, backlog: 8192 }, () => {
    // A bound TCP server has no other kind of address.
    resolve((server.address() as AddressInfo).port)
  })
})

/** Reads requests one after the other. Bodies are counted, and looked into only for the wish to stream. */
class Connection {
  readonly #socket: Socket
  #head = ''
  #isInBody = false
  #isChunked = false
  #missingBytes = 0
  #body = ''
  #stream: AnswerStream | null = null

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#stream?.stop())
  }

  #read(chunk: Buffer): void {
    let rest = chunk
    if (!this.#isInBody) {
      const end = rest.indexOf('\r\n\r\n')
      if (end === -1) {
        this.#head += rest.toString('latin1')
        return
      }
      this.#head += rest.toString('latin1', 0, end)
      rest = rest.subarray(end + 4)
      const stated = /content-length: *(\d+)/i.exec(this.#head)
      this.#isChunked = !stated && /transfer-encoding: *chunked/i.test(this.#head)
      this.#missingBytes = Number(stated?.[1] ?? 0)
      this.#head = ''
      this.#body = ''
      this.#isInBody = true
    }
    // Whether to stream stands at the beginning or the end of a body.
    if (this.#body.length < 2048 || rest.length < 2048) this.#body += rest.toString('latin1', 0, 2048)
    if (rest.length > 2048) this.#body += rest.subarray(-1024).toString('latin1')
    this.#missingBytes -= rest.length
    const isWhole = this.#isChunked ? rest.subarray(-5).toString('latin1') === '0\r\n\r\n' : this.#missingBytes <= 0
    if (isWhole) this.#answer()
  }

  #answer(): void {
    this.#isInBody = false
    if (!this.#body.includes('"stream":true')) this.#socket.write(jsonAnswer)
    else this.#stream = new AnswerStream(this.#socket, script, this.#body.includes('"include_usage":true'))
  }
}

/** Sends its events one write each, `gapMs` apart. */
class AnswerStream {
  readonly #socket: Socket
  readonly #tail: string
  readonly #asksUsage: boolean
  #left: number
  readonly #timer: NodeJS.Timeout

  constructor(socket: Socket, { events, gapMs }: StreamScript, asksUsage: boolean) {
    this.#socket = socket
    this.#asksUsage = asksUsage
    this.#tail = asksUsage ? ',"usage":null}' : '}'
    this.#left = events === 0 ? Number.POSITIVE_INFINITY : events
    const role = event(
      `"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]${this.#tail}`,
    )
    socket.write(streamHead + role + this.#content(), 'latin1')
    this.#timer = setInterval(() => this.#next(), gapMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #next(): void {
    // A reader that doesn't keep up is not sent more: as a real upstream would wait.
    if (this.#socket.writableNeedDrain) return
    if (this.#left > 0) this.#socket.write(this.#content(), 'latin1')
    else this.#end()
  }

  #content(): string {
    this.#left--
    return event(
      `"choices":[{"index":0,"delta":{"content":"${mark()} word"},"logprobs":null,"finish_reason":null}]${this.#tail}`,
    )
  }

  #end(): void {
    this.stop()
    const finish = event(`"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]${this.#tail}`)
    const usage = this.#asksUsage
      ? event('"choices":[],"usage":{"prompt_tokens":82,"completion_tokens":88,"total_tokens":170}}')
      : ''
    this.#socket.write(`${finish}${usage}${chunkOf('data: [DONE]\n\n')}0\r\n\r\n`, 'latin1')
  }
}

function event(rest: string): string {
  return chunkOf(
    `data: {"id":"chatcmpl-B1mK9bX2vQ7wZ4tR8yU3iO5pA6s","object":"chat.completion.chunk","created":1795428000,` +
      `"model":"${MODEL}","service_tier":"default","system_fingerprint":"fp_0f1e2d3c4b",${rest}\n\n`,
  )
}

function chunkOf(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}
