import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../proxy/errors.ts'
import { errorEvent } from '../../../proxy/gateway/client-answer.ts'
import type { Protocol } from '../../../proxy/contract.ts'

describe('errorEvent', () => {
  const error = new GatewayError('upstream_stream_interrupted', 502, 'It broke.\n\ndata: x', { type: 'server_error' })

  // Forms that make the official SDKs throw: streams-and-usage reference §5.
  it.each<[Protocol, string | null, unknown]>([
    [
      'chat',
      null,
      { error: { message: error.message, type: 'server_error', param: null, code: 'upstream_stream_interrupted' } },
    ],
    [
      'responses',
      'error',
      { type: 'error', code: 'upstream_stream_interrupted', message: error.message, param: null, sequence_number: 0 },
    ],
    ['messages', 'error', { type: 'error', error: { type: 'api_error', message: error.message }, request_id: 'req_1' }],
    ['gemini', null, { error: { code: 502, message: error.message, status: 'INTERNAL' } }],
  ])('is one event of %s, whatever the message holds', (protocol, name, data) => {
    const text = errorEvent(error, protocol, 'req_1').toString('utf8')
    const [, seenName = null, seenData = ''] = /^(?:event: (\w+)\n)?data: (.*)\n\n$/.exec(text) ?? []
    expect([seenName, JSON.parse(seenData)]).toEqual([name, data])
  })
})
