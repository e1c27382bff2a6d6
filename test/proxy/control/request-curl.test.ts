import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { curlCommand } from '../../../proxy/control/request-curl.ts'
import type { CurlRequest } from '../../../proxy/control/request-curl.ts'
import { withoutKeys } from '../../../proxy/control/request-headers.ts'

const request = (overrides: Partial<CurlRequest>): CurlRequest => ({
  method: 'POST',
  url: 'http://localhost:8080/v1/chat/completions',
  headers: [['content-type', 'application/json']],
  body: '{"model":"m"}',
  bodyBytes: 13,
  bodyNote: 'not kept',
  ...overrides,
})

describe('curlCommand', () => {
  it('repeats the request with a placeholder for the key', () => {
    const headers = [
      ['host', 'localhost:8080'],
      ['authorization', 'Bearer ak-secret'],
      ['x-api-key', 'ak-secret'],
      ['cookie', 'a=b'],
      ['content-type', 'application/json'],
      ['content-length', '13'],
      ['x-stainless-os', 'Linux'],
      ['anthropic-version', '2023-06-01'],
    ] as const
    expect(curlCommand(request({ headers }))).toBe(
      [
        'curl http://localhost:8080/v1/chat/completions',
        `-H "authorization: Bearer $AI_PROXY_KEY"`,
        `-H 'content-type: application/json'`,
        `-H 'anthropic-version: 2023-06-01'`,
        `--data-raw '{"model":"m"}'`,
      ].join(' \\\n  '),
    )
  })

  it('says so where the body was not kept', () => {
    const command = curlCommand(request({ body: null }))
    expect(command.startsWith('# not kept\ncurl ')).toBe(true)
    expect(command.endsWith('--data-binary @body.json')).toBe(true)
  })

  it('names the method where curl would take another', () => {
    expect(curlCommand(request({ method: 'GET', body: null, bodyBytes: 0 }))).toMatch(/^curl http/)
    expect(curlCommand(request({ method: 'DELETE', body: null, bodyBytes: 0 }))).toMatch(/^curl -X DELETE http/)
    expect(curlCommand(request({ method: 'POST', body: null, bodyBytes: 0 }))).toMatch(/^curl -X POST http/)
  })

  // A real shell is the judge: `curl` is a function that prints its arguments, one a line, as JSON.
  it.skipIf(process.platform === 'win32').each([
    ['quotes', `{"a":"it's \\"so\\""}`],
    ['dollars, backticks and backslashes', '$HOME `id` \\n \\\\ $(id) !!'],
    ['line breaks', 'one\ntwo\r\nthree\n'],
    ['a leading at', '@/etc/passwd'],
    ['a leading dash', '-o file'],
    ['Chinese and emoji', '你好 🎉'],
    ['only quotes', `''''`],
  ])('is read by a shell as it was meant: %s', async (_, body) => {
    const url = `http://localhost:1/v1/x?a=${body.replaceAll(/\s/g, '')}`
    const command = curlCommand(request({ url, body, headers: [['x-note', `it's ; & | > "x"`]] }))
    const script = `curl() { node -e 'console.log(JSON.stringify(process.argv.slice(1)))' -- "$@"; }\n${command}`
    const { stdout } = await promisify(execFile)('sh', ['-c', script], {
      env: { ...process.env, AI_PROXY_KEY: 'ak-1' },
    })
    expect(JSON.parse(stdout)).toEqual([
      url,
      '-H',
      'authorization: Bearer ak-1',
      '-H',
      `x-note: it's ; & | > "x"`,
      '--data-raw',
      body,
    ])
  })
})

it.each([
  ['', ''],
  ['?key=secret', ''],
  ['?alt=sse&key=secret', '?alt=sse'],
  ['?api-key=s&api_key=s&apikey=s&access_token=s&token=s&a=1', '?a=1'],
  ['?monkey=1&key2=2', '?monkey=1&key2=2'],
])('takes keys out of the query %j', (query, rest) => {
  expect(withoutKeys(query)).toBe(rest)
})
