import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../proxy/config/parse.ts'
import { GatewayError } from '../../../proxy/errors.ts'
import { authenticate, corsHeaders, createAddressReader, preflightHeaders } from '../../../proxy/gateway/gate.ts'
import { buildSnapshot } from '../../../proxy/snapshot.ts'
import { makeConfig, makeProject } from '../../helpers/make.ts'

const until = Date.parse('2026-12-01T00:00:00Z')

function snapshotOf(projects: readonly Readonly<Record<string, unknown>>[]) {
  const parsed = parseConfig(makeConfig({ project_auth: projects }), { env: {}, language: 'en' })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics))
  return buildSnapshot(parsed.config, 'test')
}

const snapshot = snapshotOf([
  makeProject('one', 'ak-one'),
  makeProject('two', 'ak-two', { previous_api_key: { key: 'ak-old', until: '2026-12-01T00:00:00Z' } }),
  makeProject('off', 'ak-off', { enabled: false }),
])

function who(headers: IncomingHttpHeaders, queryKey: string | null = null, now = 0): string {
  const project = authenticate({}, headers, queryKey, snapshot, now)
  return project instanceof GatewayError ? `${project.status} ${project.code}` : project.name
}

describe('who is asking', () => {
  it.each<[string, IncomingHttpHeaders, string | null, string]>([
    ['Bearer', { authorization: 'Bearer ak-one' }, null, 'one'],
    ['bearer with room', { authorization: 'bearer   ak-one  ' }, null, 'one'],
    ['no scheme', { authorization: 'ak-one' }, null, 'one'],
    ['x-api-key', { 'x-api-key': 'ak-two' }, null, 'two'],
    ['api-key', { 'api-key': ' ak-two ' }, null, 'two'],
    ['x-goog-api-key', { 'x-goog-api-key': 'ak-two' }, null, 'two'],
    ['the query', {}, 'ak-two', 'two'],
    ['a foreign one and a good one', { authorization: 'Bearer sk-x', 'x-api-key': 'ak-two' }, null, 'two'],
    ['two good ones: the first', { authorization: 'Bearer ak-one', 'x-api-key': 'ak-two' }, null, 'one'],
    ['none', {}, null, '401 invalid_api_key'],
    ['an empty one', { authorization: 'Bearer ', 'x-api-key': '' }, '', '401 invalid_api_key'],
    ['a wrong one', { authorization: 'Bearer ak-three' }, null, '401 invalid_api_key'],
    ['part of one', { authorization: 'Bearer ak-on' }, null, '401 invalid_api_key'],
    ['one of a project that is off', { authorization: 'Bearer ak-off' }, null, '401 invalid_api_key'],
    ['the name of a property', { authorization: 'Bearer constructor' }, null, '401 invalid_api_key'],
  ])('%s', (_, headers, queryKey, expected) => {
    expect(who(headers, queryKey)).toBe(expected)
  })

  it('with a former key is known until its end', () => {
    const headers = { authorization: 'Bearer ak-old' }
    expect([who(headers, null, until - 1), who(headers, null, until)]).toEqual(['two', '401 invalid_api_key'])
  })

  it('is asked anew with every request of a connection', () => {
    const connection = {}
    const ask = (key: string, from = snapshot) => {
      const project = authenticate(connection, { authorization: `Bearer ${key}` }, null, from, 0)
      return project instanceof GatewayError ? project.code : project.name
    }
    expect([ask('ak-one'), ask('ak-one'), ask('ak-on'), ask('ak-onf'), ask('ak-two'), ask('ak-one')]).toEqual([
      'one',
      'one',
      'invalid_api_key',
      'invalid_api_key',
      'two',
      'one',
    ])
    expect(ask('ak-one', snapshotOf([makeProject('other', 'ak-one')]))).toBe('other')
    expect(ask('ak-one', snapshotOf([makeProject('two', 'ak-two')]))).toBe('invalid_api_key')
  })

  it('is told apart: no key, a wrong key, no project at all', () => {
    const message = (headers: IncomingHttpHeaders, from = snapshot) => {
      const error = authenticate({}, headers, null, from, 0)
      return error instanceof GatewayError ? error.message : ''
    }
    expect([message({}), message({ authorization: 'Bearer x' }), message({}, snapshotOf([]))]).toEqual([
      expect.stringContaining('No API key given'),
      expect.stringContaining('not one of'),
      expect.stringContaining('no project key yet'),
    ])
  })
})

describe('CORS', () => {
  it.each<[string | undefined, readonly string[], string | null]>([
    ['https://a', ['https://a', 'https://b'], 'https://a'],
    ['https://a', ['*'], 'https://a'],
    ['https://c', ['https://a'], null],
    ['https://a.evil', ['https://a'], null],
    ['null', ['https://a'], null],
    [undefined, ['*'], null],
    ['https://a', [], null],
  ])('origin %s with %j', (origin, allowed, expected) => {
    const headers = corsHeaders(origin === undefined ? {} : { origin }, allowed)
    expect(headers[1] ?? null).toBe(expected)
    expect(headers.includes('vary')).toBe(expected !== null)
  })

  it('lets a preflight have the headers it asks for', () => {
    expect(preflightHeaders({ 'access-control-request-headers': 'x-a' })).toContain('x-a')
    expect(preflightHeaders({})).toContain('authorization, content-type')
  })
})

describe('the client’s address', () => {
  const read = (trusted: readonly string[], remoteAddress: string | undefined, forwarded?: string) =>
    // Safe: the reader uses these two of a request.
    createAddressReader(trusted)({
      socket: { remoteAddress },
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    } as unknown as IncomingMessage)

  it.each<[string, readonly string[], string | undefined, string | undefined, string]>([
    ['nobody trusted', [], '10.0.0.1', '1.2.3.4', '10.0.0.1'],
    ['IPv4 within IPv6', [], '::ffff:10.0.0.1', undefined, '10.0.0.1'],
    ['a trusted proxy', ['10.0.0.1'], '10.0.0.1', '1.2.3.4', '1.2.3.4'],
    ['a trusted net', ['10.0.0.0/8'], '::ffff:10.9.9.9', '1.2.3.4', '1.2.3.4'],
    ['a trusted IPv6 net', ['fd00::/8'], 'fd00::1', '2001:db8::1', '2001:db8::1'],
    ['a proxy that is not trusted', ['10.0.0.1'], '10.0.0.2', '1.2.3.4', '10.0.0.2'],
    ['what the client wrote itself', ['10.0.0.1'], '10.0.0.1', '6.6.6.6, 1.2.3.4', '1.2.3.4'],
    ['two trusted hops', ['10.0.0.1', '10.0.0.2'], '10.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.2', '1.2.3.4'],
    ['nonsense', ['10.0.0.1'], '10.0.0.1', 'unknown', '10.0.0.1'],
    ['no header', ['10.0.0.1'], '10.0.0.1', undefined, '10.0.0.1'],
    ['no address', ['10.0.0.1'], undefined, '1.2.3.4', ''],
  ])('%s', (_, trusted, remote, forwarded, expected) => {
    expect(read(trusted, remote, forwarded)).toBe(expected)
  })
})
