import { PassThrough, Writable } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import type { Attempt, RequestRecord } from '../../proxy/contract.ts'
import { maskSecrets } from '../../proxy/log-masks.ts'
import { requestText } from '../../proxy/log-request.ts'
import { text, texts } from '../../proxy/log-texts.ts'
import type { Language } from '../../proxy/log-texts.ts'
import { createLogger, lineWriter } from '../../proxy/log.ts'

const at = new Date(2026, 10, 23, 17, 20, 1).getTime()
// Built from pieces, so that no scanner takes this file for a leak.
const secret = `sk-${'proj-Abc123Def456Ghi789'}wxyz`

function startLog(format: 'text' | 'json' = 'text', language: Language = 'zh') {
  const lines: string[] = []
  const logger = createLogger({
    format: () => format,
    language: () => language,
    write: (line) => lines.push(line),
    now: () => at,
  })
  return { logger, lines }
}

const attempt: Attempt = {
  upstream: 'OpenAI-Pool',
  model: 'gpt-4',
  keyId: 'k1',
  keyLabel: 'sk-…a1b2',
  startedAt: at,
  waitedMs: 0,
  endedAt: at + 900,
  status: 200,
  result: 'answered',
  message: null,
  upstreamRequestId: null,
}

const makeRecord = (changes: Partial<RequestRecord> = {}): RequestRecord => ({
  id: 'req_1',
  seq: 3,
  startedAt: at,
  endedAt: at + 1532,
  method: 'POST',
  path: '/v1/chat/completions',
  protocol: 'chat',
  project: '测试项目',
  requestedModel: 'auto-gpt4',
  stream: true,
  status: 200,
  end: 'done',
  errorCode: null,
  errorMessage: null,
  firstTokenMs: 300,
  requestBytes: 10,
  responseBytes: 20,
  usage: null,
  attempts: [attempt],
  client: { address: '127.0.0.1', userAgent: null },
  ...changes,
})

describe('a line', () => {
  it('has time, tag, message and fields', () => {
    const { logger, lines } = startLog()
    logger.config('加载成功', { path: '/etc/config.yaml', warnings: 2, note: 'two words', left: undefined, none: null })
    expect(lines).toEqual([
      '2026-11-23 17:20:01 [CONFIG] 加载成功 path=/etc/config.yaml warnings=2 note="two words" none=null',
    ])
  })

  it('is one JSON object when asked for', () => {
    const { logger, lines } = startLog('json')
    logger.warn('odd', { key: 'a b', time: 'mine', cause: new Error('why') })
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      { time: new Date(at).toISOString(), tag: 'WARN', message: 'odd', key: 'a b', cause: 'why' },
    ])
  })

  it.each<['system' | 'config' | 'route' | 'info' | 'warn' | 'error']>([
    ['system'],
    ['config'],
    ['route'],
    ['info'],
    ['warn'],
    ['error'],
  ])('carries the tag of %s', (method) => {
    const { logger, lines } = startLog()
    logger[method]('x')
    expect(lines).toEqual([`2026-11-23 17:20:01 [${method.toUpperCase()}] x`])
  })

  it.each<['text' | 'json', string]>([
    ['text', 'line break'],
    ['json', 'line break'],
  ])('stays one line as %s, whatever is in it', (format) => {
    const { logger, lines } = startLog(format)
    const nasty = 'a\n2026-11-23 17:20:01 [SYSTEM] forged\r\u001B[2J\u0085\u2028\u202Eb'
    logger.info(nasty, { 'na\nme': nasty })
    expect(lines).toHaveLength(1)
    // oxlint-disable-next-line no-control-regex -- that none is left is the point
    expect(lines[0]).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E]/)
    if (format === 'json') expect(JSON.parse(lines[0] ?? '')).toMatchObject({ message: nasty })
  })

  it.each(['text', 'json'] as const)('masks a key that slipped through, as %s', (format) => {
    const { logger, lines } = startLog(format)
    logger.error(`refused: ${secret}`, { url: `https://u:pass%20word@h/?key=${'k'.repeat(12)}1234`, x: 'a@b' })
    expect(lines.join()).not.toMatch(/Abc123|pass|kkk/)
    expect(lines.join()).toContain('sk-proj-…wxyz')
    if (format === 'json') expect(() => JSON.parse(lines[0] ?? '') as unknown).not.toThrow()
  })

  it('is kept for diagnostics, the last 200 of them, what was printed apart', () => {
    const { logger } = startLog()
    logger.print('the first key')
    for (let count = 1; count <= 205; count += 1) logger.info(`line ${count}`)
    const tail = logger.tail()
    expect([tail.length, tail[0]?.endsWith('line 6'), tail.at(-1)?.endsWith('line 205')]).toEqual([200, true, true])
  })

  it('is written as it is by print', () => {
    const { logger, lines } = startLog('json')
    logger.print(`key: ${secret}`)
    expect(lines).toEqual([`key: ${secret}`])
  })
})

describe('the line of a request', () => {
  const failed: Attempt = { ...attempt, status: 429, result: 'rate_limited', message: 'Rate limit reached' }
  it.each<[string, Language, Partial<RequestRecord>, string]>([
    [
      'success, zh',
      'zh',
      {},
      '[ROUTE] 测试项目: auto-gpt4 → OpenAI-Pool:gpt-4 密钥=sk-…a1b2 尝试=1 状态=200 耗时=1532ms 结束=完成 id=req_1',
    ],
    [
      'success after another key, en',
      'en',
      { attempts: [failed, attempt] },
      '[ROUTE] 测试项目: auto-gpt4 → OpenAI-Pool:gpt-4 key=sk-…a1b2 attempts=2 status=200 took=1532ms end=done id=req_1',
    ],
    [
      'a call without a model',
      'en',
      { requestedModel: null, attempts: [], method: 'GET', path: '/v1/models', endedAt: at + 2 },
      '[ROUTE] 测试项目: GET /v1/models attempts=0 status=200 took=2ms end=done id=req_1',
    ],
    [
      'client gone',
      'zh',
      { end: 'client_gone', status: 499, errorMessage: 'gone' },
      '[INFO] 测试项目: auto-gpt4 → OpenAI-Pool:gpt-4 密钥=sk-…a1b2 尝试=1 状态=499 耗时=1532ms 结束=客户端断开 id=req_1',
    ],
    [
      'refused',
      'zh',
      {
        end: 'refused',
        status: 401,
        project: null,
        attempts: [],
        errorCode: 'invalid_api_key',
        errorMessage: 'No "key"',
      },
      '[WARN] 未认证: auto-gpt4 尝试=0 状态=401 耗时=1532ms 结束=已拒绝 错误=invalid_api_key 原因="No \\"key\\"" id=req_1',
    ],
    [
      'a bad request passed through',
      'en',
      { status: 400, attempts: [{ ...attempt, status: 400, message: 'bad temperature' }] },
      '[WARN] 测试项目: auto-gpt4 → OpenAI-Pool:gpt-4 key=sk-…a1b2 attempts=1 status=400 took=1532ms end=done reason="bad temperature" id=req_1',
    ],
    [
      'an upstream failure',
      'en',
      { end: 'upstream_error', status: 429, errorCode: 'rate_limit_exceeded', attempts: [failed, failed] },
      '[ERROR] 测试项目: auto-gpt4 → OpenAI-Pool:gpt-4 key=sk-…a1b2 attempts=2 status=429 took=1532ms end=upstream_error error=rate_limit_exceeded reason="Rate limit reached" id=req_1',
    ],
    [
      'a cut stream',
      'zh',
      { end: 'truncated' },
      '[ERROR] 测试项目: auto-gpt4 → OpenAI-Pool:gpt-4 密钥=sk-…a1b2 尝试=1 状态=200 耗时=1532ms 结束=流被截断 id=req_1',
    ],
  ])('tells %s', (_, language, changes, expected) => {
    const { logger, lines } = startLog('text', language)
    logger.requestLine(makeRecord(changes))
    logger.flush()
    expect(lines).toEqual([`2026-11-23 17:20:01 ${expected}`])
  })

  it('writes lines of requests a moment later by itself, and never behind a line that came later', async () => {
    const { logger, lines } = startLog('text', 'en')
    const ids = () => lines.map((line) => /id=(\w+)$/.exec(line)?.[1] ?? line.slice(-7))
    logger.requestLine(makeRecord({ id: 'req_1' }))
    expect(lines).toEqual([])
    logger.requestLine(makeRecord({ id: 'req_2' }))
    logger.system('started')
    expect(ids()).toEqual(['req_1', 'req_2', 'started'])
    logger.requestLine(makeRecord({ id: 'req_3' }))
    expect(logger.tail().length).toBe(4)
    logger.requestLine(makeRecord({ id: 'req_4' }))
    await vi.waitUntil(() => lines.length === 5)
    expect(ids().at(-1)).toBe('req_4')
  })

  it('has fixed field names as JSON, in either language', () => {
    const { logger, lines } = startLog('json', 'zh')
    logger.requestLine(makeRecord())
    logger.flush()
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      tag: 'ROUTE',
      message: '测试项目: auto-gpt4 → OpenAI-Pool:gpt-4',
      project: '测试项目',
      model: 'auto-gpt4',
      upstream: 'OpenAI-Pool',
      upstream_model: 'gpt-4',
      key: 'sk-…a1b2',
      attempts: 1,
      status: 200,
      duration_ms: 1532,
      end: 'done',
    })
  })

  it('keeps a model name from forging a line', () => {
    const { logger, lines } = startLog()
    logger.requestLine(makeRecord({ requestedModel: 'x\n2026-11-23 17:20:01 [SYSTEM] forged' }))
    logger.flush()
    expect(lines.join('').split('\n')).toHaveLength(1)
  })

  it('cuts a long reason', () => {
    const { text: line } = requestText(makeRecord({ end: 'truncated', errorMessage: 'x'.repeat(5000) }), 'en')
    expect(line.length).toBeLessThan(500)
  })
})

describe('maskSecrets', () => {
  it.each([
    [`Incorrect API key provided: ${secret}.`, 'Incorrect API key provided: sk-proj-…wxyz.'],
    [`authorization: Bearer ${'t'.repeat(20)}9876`, 'authorization: Bearer …9876'],
    [`AIza${'S'.repeat(31)}1234`, 'AIza…1234'],
    [`"${'ak'}-${'0'.repeat(32)}beef"`, '"ak-…beef"'],
    [`http://user:hunter2@proxy:8080`, 'http://user:…@proxy:8080'],
    ['https://h/v1?alt=sse&key=abcdefgh1234', 'https://h/v1?alt=sse&key=…1234'],
    ['sk-... and sk-…a1b2 stay', 'sk-... and sk-…a1b2 stay'],
    ['task-management-of-things stays', 'task-management-of-things stays'],
    ['http://localhost:8080/v1 and a@b stay', 'http://localhost:8080/v1 and a@b stay'],
    ['{"a":"http://host","b":"x:y@z"}', '{"a":"http://host","b":"x:y@z"}'],
  ])('turns %s into %s', (before, after) => {
    expect(maskSecrets(before)).toBe(after)
  })
})

describe('lineWriter', () => {
  it('writes the lines of one turn together', async () => {
    const chunks: string[] = []
    const stream = new Writable({
      write(chunk, _encoding, done) {
        chunks.push(String(chunk))
        done()
      },
    })
    const write = lineWriter(stream)
    write('one')
    write('two')
    await new Promise((resolve) => setImmediate(resolve))
    expect(chunks).toEqual(['one\ntwo\n'])
  })

  it('hands over what waits when told to', () => {
    const stream = new PassThrough()
    const write = lineWriter(stream)
    write('one')
    write.flush()
    expect(String(stream.read())).toBe('one\n')
  })

  it('goes silent after EPIPE instead of throwing', () => {
    let writes = 0
    const stream = new Writable({
      autoDestroy: false,
      write(_chunk, _encoding, done) {
        writes += 1
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
      },
    })
    const write = lineWriter(stream)
    stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    write('one')
    write.flush()
    expect(writes).toBe(0)
  })

  it('survives a stream that is destroyed', () => {
    const stream = new PassThrough()
    const write = lineWriter(stream)
    stream.destroy()
    expect(() => write('one')).not.toThrow()
  })

  it('drops what a slow reader leaves beyond 1 MiB, and says so', () => {
    const stream = new PassThrough({ highWaterMark: 10 })
    const write = lineWriter(stream)
    const line = 'x'.repeat(10_000)
    for (let count = 0; count < 200; count += 1) write(line)
    write.flush()
    // What passes through stands in both of its sides for a moment.
    const buffered = Math.max(stream.writableLength, stream.readableLength)
    expect(buffered).toBeLessThan(1_100_000)
    stream.setEncoding('utf8')
    let read = ''
    stream.on('data', (chunk: string) => (read += chunk))
    return new Promise<void>((resolve) => {
      stream.once('drain', () => {
        write('after')
        write.flush()
        stream.end()
      })
      stream.on('end', () => {
        const dropped = Number(/… (\d+) log lines dropped/.exec(read)?.[1])
        expect(read.split('\n').filter((entry) => entry === line).length + dropped).toBe(200)
        expect(read.endsWith('after\n')).toBe(true)
        resolve()
      })
    })
  })
})

describe('the texts', () => {
  it('fill in their params', () => {
    expect(text('zh', 'configLoaded')).toBe('加载成功')
    expect(text('zh', 'configChanged')).toBe('配置文件变更，重载中...')
    expect(text('en', 'portInUse', { port: 8080 })).toMatch(/^Port 8080 is in use\. /)
  })

  it.each(Object.entries(texts))('%s needs the same params in both languages', (_, entry) => {
    const names = (wording: string) => new Set([...wording.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))
    expect(names(entry.zh)).toEqual(names(entry.en))
  })
})
