/** The requests that the load generator sends: a small chat, or one with files of source code in it, as agents send. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Destination, RequestShape } from './messages.ts'

// What the OpenAI SDK for Node sends.
const sdkHeaders = [
  'accept: application/json',
  'content-type: application/json',
  'user-agent: OpenAI/JS 7.57.0',
  'x-stainless-retry-count: 0',
  'x-stainless-lang: js',
  'x-stainless-package-version: 7.57.0',
  'x-stainless-os: Linux',
  'x-stainless-arch: x64',
  'x-stainless-runtime: node',
  'x-stainless-runtime-version: v24.21.0',
]

const made = new Map<string, Buffer>()

/** A whole request as it goes over the wire. */
export function requestBytes(to: Destination, shape: RequestShape): Buffer {
  const key = JSON.stringify([to, shape])
  const known = made.get(key)
  if (known) return known
  const body = Buffer.from(bodyText(shape))
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    `host: 127.0.0.1:${to.port}`,
    'connection: keep-alive',
    ...sdkHeaders,
    ...to.headers,
    `content-length: ${body.length}`,
  ].join('\r\n')
  const bytes = Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body])
  made.set(key, bytes)
  return bytes
}

function bodyText({ model, stream, asksUsage, promptBytes, modelLast }: RequestShape): string {
  const options = {
    ...(stream ? { stream: true } : {}),
    ...(stream && asksUsage ? { stream_options: { include_usage: true } } : {}),
  }
  const messages = promptBytes === 0 ? smallChat : codeChat(promptBytes)
  return modelLast
    ? JSON.stringify({ ...options, temperature: 0.2, messages, model })
    : JSON.stringify({ model, ...options, temperature: 0.2, messages })
}

const smallChat = [
  { role: 'system', content: 'You are a careful assistant. Answer briefly and say when you do not know.' },
  {
    role: 'user',
    content:
      'Name three things that a gateway in front of several providers should do when one of its keys is refused.',
  },
]

// Files of source code, and every third message the JSON answer of a tool: full of quotes and line breaks, which the
// request's own JSON escapes. The costly kind of prompt, and what agents send all day.
function codeChat(bytes: number): readonly object[] {
  const folder = join(import.meta.dirname, '../../proxy/gateway')
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'))
  // Most languages write their texts in double quotes.
  const texts = files.map((name) => readFileSync(join(folder, name), 'utf8').replaceAll("'", '"'))
  const messages: object[] = [{ role: 'system', content: 'You edit programs.' }]
  let length = 0
  for (let turn = 0; length < bytes; turn++) {
    const text = texts[turn % texts.length] ?? ''
    const role = ['user', 'assistant', 'tool'][turn % 3]
    const content = role === 'tool' ? JSON.stringify(linesFound(text)) : `\`\`\`ts\n${text}\`\`\``
    const missing = bytes - length
    const size = JSON.stringify({ role, content }).length
    messages.push({ role, content: size <= missing ? content : content.slice(0, missing) })
    length += size
  }
  return messages
}

// As a search tool reports what it has found.
function linesFound(text: string): readonly object[] {
  return text.split('\n').map((line, index) => ({ path: 'src/gateway.ts', line: index + 1, text: line }))
}
