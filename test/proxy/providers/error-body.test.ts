import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorInSuccess, readProviderError } from '../../../proxy/providers/failures.ts'
import type { ProviderError } from '../../../proxy/providers/failures.ts'

const now = Date.UTC(2026, 10, 23, 12)
const noHeaders = () => null

const nothing: ProviderError = {
  status: 400,
  type: null,
  code: null,
  message: '',
  param: null,
  details: null,
  retryAfterMs: null,
}

describe('readProviderError', () => {
  const errorInfo = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'RATE_LIMIT_EXCEEDED' }
  const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '45.578s' }
  const wrapped = {
    error: { code: 429, message: 'slow', status: 'RESOURCE_EXHAUSTED', details: [errorInfo, retryInfo] },
  }

  // Numbers name the shapes, in error-body.ts too.
  it.each<[string, unknown, Partial<ProviderError>]>([
    [
      '1: OpenAI',
      { error: { message: 'm', type: 't', param: 'p', code: 'c' } },
      { message: 'm', type: 't', param: 'p', code: 'c' },
    ],
    ['1: a number as code', { error: { message: 'm', code: 40001 } }, { message: 'm', code: '40001' }],
    ['1: nulls', { error: { message: 'm', type: null, param: null, code: null } }, { message: 'm' }],
    [
      '2: a list around it',
      [{ error: { message: 'm', code: 400, status: 'S' } }],
      { message: 'm', type: 'S', code: '400' },
    ],
    [
      '3: Gemini',
      wrapped,
      {
        message: 'slow',
        type: 'RESOURCE_EXHAUSTED',
        code: 'RATE_LIMIT_EXCEEDED',
        details: [errorInfo, retryInfo],
        retryAfterMs: 45_578,
      },
    ],
    [
      '4: Anthropic',
      { type: 'error', error: { type: 't', message: 'm', details: { error_code: 'c' } }, request_id: 'r' },
      { message: 'm', type: 't', code: 'c', details: { error_code: 'c' } },
    ],
    [
      '4: MiniMax with its number at the end',
      { type: 'error', error: { type: 'api_error', message: 'insufficient balance (1008)' } },
      { message: 'insufficient balance (1008)', type: 'api_error', code: '1008' },
    ],
    [
      '5: OpenRouter',
      { error: { code: 402, message: 'm', metadata: { limit_source: 'openrouter_credits', raw: 'x' } } },
      { message: 'm', code: '402', details: { limit_source: 'openrouter_credits', raw: 'x' } },
    ],
    [
      '6: Azure',
      { error: { code: 'content_filter', message: 'm', innererror: { code: 'ResponsibleAIPolicyViolation' } } },
      { message: 'm', code: 'content_filter', details: { code: 'ResponsibleAIPolicyViolation' } },
    ],
    ['7: xAI', { code: 'c', error: 'text' }, { message: 'text', code: 'c' }],
    ['7: Ollama', { error: 'text' }, { message: 'text' }],
    ['8: SiliconFlow', { code: 20012, message: 'm', data: null }, { message: 'm', code: '20012' }],
    ['9: flat', { message: 'm', type: 't', param: 'p', code: 'c' }, { message: 'm', type: 't', param: 'p', code: 'c' }],
    [
      '9: Mistral with a list as message',
      { object: 'error', message: { detail: [{ loc: ['body', 'x', 0], msg: 'no' }] }, type: 't', code: null },
      { message: 'body.x.0: no', type: 't' },
    ],
    ['10: a detail', { detail: 'Unauthorized' }, { message: 'Unauthorized' }],
    [
      '10: FastAPI',
      { detail: [{ loc: ['body'], msg: 'a', type: 'x' }, { msg: 'b' }, 'c', 7] },
      { message: 'body: a; b; c', details: [{ loc: ['body'], msg: 'a', type: 'x' }, { msg: 'b' }, 'c', 7] },
    ],
    ['11: NVIDIA', { status: 404, title: 'Not Found', detail: 'd' }, { message: 'd', type: 'Not Found' }],
    ['12: Cohere', { message: 'm', request_id: 'r' }, { message: 'm' }],
    ['13: MiniMax, old', { base_resp: { status_code: 1004, status_msg: 'm' } }, { message: 'm', code: '1004' }],
    ['14: a JSON text', '"Api key is invalid"', { message: 'Api key is invalid' }],
    ['15: Fireworks gateway', { fault: { faultstring: 'm', detail: { errorcode: 'c' } } }, { message: 'm', code: 'c' }],
    [
      '16: JSON within the message',
      { error: { message: JSON.stringify(wrapped), code: 'outer', type: 'outer' } },
      {
        message: 'slow',
        type: 'RESOURCE_EXHAUSTED',
        code: 'RATE_LIMIT_EXCEEDED',
        details: [errorInfo, retryInfo],
        retryAfterMs: 45_578,
      },
    ],
    ['16: what only looks like JSON', { error: { message: '{oops' } }, { message: '{oops' }],
    ['17: text', '404 page not found', { message: '404 page not found' }],
    [
      '17: HTML',
      '<html><head><style>a{}</style><script>x()</script></head><body><h1>502</h1>\n<p>Bad  gateway</p></body></html>',
      { message: '502 Bad gateway' },
    ],
    ['17: a page that was cut', '<h1>502</h1><script>x(', { message: '502' }],
    ['17: brackets without end', '<'.repeat(65_536), { message: '<'.repeat(300) }],
    ['17: scripts without end', `a ${'<script>'.repeat(8_192)}`, { message: 'a' }],
    ['17: long text', 'x'.repeat(5000), { message: 'x'.repeat(300) }],
    ['17: nothing', '', { message: 'HTTP 400 without an explanation' }],
    ['17: blanks', ' \r\n', { message: 'HTTP 400 without an explanation' }],
    ['Cloudflare', { success: false, errors: [{ code: 10000, message: 'm' }] }, { message: 'm', code: '10000' }],
    ['an event', 'event: error\ndata: {"error":{"message":"m"}}\n\n', { message: 'm' }],
    ['a mark at the start', '\uFEFF{"error":"m"}', { message: 'm' }],
    ['an unknown object', { a: 1 }, { message: '{"a":1}' }],
    ['an empty object', {}, { message: 'HTTP 400 without an explanation' }],
    ['an empty list', [], { message: '[]' }],
    ['a number', 7, { message: '7' }],
    ['a body that was cut', '{"error":{"message":"m', { message: '{"error":{"message":"m' }],
    ['a long message', { error: { message: 'y'.repeat(5000) } }, { message: 'y'.repeat(2000) }],
  ])('reads %s', (_, body, expected) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    expect(readProviderError(400, noHeaders, text, now)).toEqual({ ...nothing, ...expected })
  })

  it('never throws and always has a message', () => {
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"error":${json}}`),
    )
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), body, (status, text) => {
        expect(readProviderError(status, noHeaders, text, now).message).not.toBe('')
      }),
    )
  })
})

describe('errorInSuccess', () => {
  it.each<[string, unknown, Partial<ProviderError>]>([
    ['OpenRouter', { error: { code: 502, message: 'm' } }, { status: 502, code: '502', message: 'm' }],
    [
      'a chunk with an error',
      {
        object: 'chat.completion.chunk',
        error: { code: 429, message: 'm' },
        choices: [{ delta: {}, finish_reason: 'error' }],
      },
      { status: 429, code: '429', message: 'm' },
    ],
    ['a chunk with an error and no choices', { choices: [], error: { message: 'm' } }, { message: 'm' }],
    [
      'an error in the choice',
      { object: 'chat.completion', choices: [{ finish_reason: 'error', error: { code: 503, message: 'm' } }] },
      { status: 503, code: '503', message: 'm' },
    ],
    ['MiniMax', { base_resp: { status_code: 1008, status_msg: 'm' } }, { code: '1008', message: 'm' }],
    [
      'a messages event',
      { type: 'error', error: { type: 'overloaded_error', message: 'm' } },
      { type: 'overloaded_error', message: 'm' },
    ],
    [
      'a responses event',
      { type: 'error', code: 'rate_limit_exceeded', message: 'm', param: null, sequence_number: 3 },
      { code: 'rate_limit_exceeded', message: 'm' },
    ],
    [
      'a failed response',
      {
        type: 'response.failed',
        response: { object: 'response', status: 'failed', error: { code: 'c', message: 'm' } },
      },
      { code: 'c', message: 'm' },
    ],
    [
      'a whole failed response',
      { object: 'response', error: { code: 'c', message: 'm' } },
      { code: 'c', message: 'm' },
    ],
    [
      "Gemini's list",
      [{ candidates: [] }, { error: { code: 503, status: 'S', message: 'm' } }],
      { status: 503, code: '503', type: 'S', message: 'm' },
    ],
    ['a text', { error: 'm' }, { message: 'm' }],
    ['vLLM', { object: 'error', message: 'm', code: 400 }, { status: 400, code: '400', message: 'm' }],
    ['SiliconFlow', { code: 20012, message: 'm', data: null }, { code: '20012', message: 'm' }],
    [
      'a gateway',
      { code: 500, msg: '404 NOT_FOUND', success: false },
      { status: 500, code: '500', message: '404 NOT_FOUND' },
    ],
    ['NVIDIA', { status: 503, title: 'T', detail: 'm' }, { status: 503, type: 'T', message: 'm' }],
    [
      'a hint in the words',
      { error: { message: 'try again in 2s' } },
      { message: 'try again in 2s', retryAfterMs: 2000 },
    ],
  ])('finds the error of %s', (_, value, expected) => {
    expect(errorInSuccess(value, now)).toEqual({ ...nothing, status: 200, ...expected })
  })

  it.each<[string, unknown]>([
    ['a completion', { object: 'chat.completion', choices: [{ message: { content: 'hi' }, finish_reason: 'stop' }] }],
    ['a completion with an empty error', { object: 'chat.completion', choices: [{ message: {} }], error: null }],
    [
      'a completion with a warning',
      { choices: [{ message: { content: 'hi' }, finish_reason: 'stop' }], error: { message: 'm' } },
    ],
    ['a chunk', { object: 'chat.completion.chunk', choices: [{ delta: { content: 'hi' } }] }],
    ['a chunk with an empty error', { object: 'chat.completion.chunk', choices: [], error: {} }],
    ['a usage chunk', { object: 'chat.completion.chunk', choices: [], usage: { prompt_tokens: 1 } }],
    ['a MiniMax chunk', { choices: [{ delta: {} }], base_resp: { status_code: 0, status_msg: '' } }],
    ['a response', { object: 'response', status: 'completed', error: null, output: [] }],
    ['a responses event', { type: 'response.completed', response: { error: null } }],
    ['a message', { type: 'message', content: [{ type: 'text', text: 'hi' }], usage: {} }],
    ['a messages event', { type: 'content_block_delta', delta: { type: 'text_delta', text: 'error' } }],
    ['a Gemini chunk', { candidates: [{ content: {} }], usageMetadata: {} }],
    ['a Gemini list', [{ candidates: [] }]],
    ['embeddings', { object: 'list', data: [], model: 'm' }],
    [
      'a failed job',
      { object: 'fine_tuning.job', id: 'ftjob-1', status: 'failed', error: { code: 'c', message: 'm' } },
    ],
    ['null', null],
    ['a text', 'error'],
    ['a number', 500],
    ['an empty object', {}],
    ['an empty list', []],
  ])('takes %s for no error', (_, value) => {
    expect(errorInSuccess(value, now)).toBeNull()
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.anything(), fc.json(), (value, json) => {
        errorInSuccess(value, now)
        expect(errorInSuccess({ error: { message: json } }, now)?.message).not.toBe('')
      }),
    )
  })
})
