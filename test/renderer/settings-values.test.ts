import { describe, expect, it } from 'vitest'
import type { ConfigEdit } from '../../proxy/contract.ts'
import { nameOptions, valueOptions } from '../../renderer/pages/settings/complete-settings.ts'
import { checkServer, readServer, serverEdits, type ServerValues } from '../../renderer/pages/settings/server-values.ts'
import { settingContext } from '../../renderer/pages/settings/setting-context.ts'

const edits = (server: Record<string, unknown>, change: Partial<ServerValues>) => {
  const base = readServer(server)
  return serverEdits(base, { ...base, ...change }, server)
}
const set = (path: string, value: unknown): ConfigEdit => ({ op: 'set', path: ['server', ...path.split('.')], value })
const remove = (path: string): ConfigEdit => ({ op: 'delete', path: ['server', ...path.split('.')] })

describe('who can connect', () => {
  it.each<[unknown, Pick<ServerValues, 'access' | 'host' | 'port'>]>([
    [':8080', { access: 'local', host: '', port: 8080 }],
    [9000, { access: 'local', host: '', port: 9000 }],
    ['127.0.0.1:8080', { access: 'local', host: '', port: 8080 }],
    ['[::1]:8080', { access: 'local', host: '', port: 8080 }],
    ['0.0.0.0:80', { access: 'others', host: '', port: 80 }],
    ['[::]:80', { access: 'others', host: '', port: 80 }],
    ['192.168.1.2:80', { access: 'address', host: '192.168.1.2', port: 80 }],
    [undefined, { access: 'local', host: '', port: null }],
  ])('is read from %j', (port, expected) => {
    const { access, host, port: shown } = readServer(port === undefined ? {} : { port })
    expect({ access, host, port: shown }).toEqual(expected)
  })

  it.each<[string, unknown, Partial<ServerValues>, string | number]>([
    ['opens', ':8080', { access: 'others' }, '0.0.0.0:8080'],
    ['closes', '0.0.0.0:8080', { access: 'local' }, ':8080'],
    ['keeps a number a number', 8080, { port: 9000 }, 9000],
    ['keeps the loopback address that was written', '127.0.0.1:8080', { port: 9000 }, '127.0.0.1:9000'],
    ['keeps the IPv6 wildcard', '[::]:8080', { port: 9000 }, '[::]:9000'],
    ['names one address', ':8080', { access: 'address', host: ' 10.0.0.5 ' }, '10.0.0.5:8080'],
    ['puts IPv6 in brackets', ':8080', { access: 'address', host: 'fd00::5' }, '[fd00::5]:8080'],
  ])('%s', (_, port, change, expected) => {
    expect(edits({ port }, change)).toEqual([set('port', expected)])
  })
})

describe('the edits of the settings', () => {
  it.each<[string, Record<string, unknown>, Partial<ServerValues>, readonly ConfigEdit[]]>([
    ['are none when nothing changed', { max_retries: 3, log: { bodies: true } }, {}, []],
    ['set a number', {}, { max_retries: 5 }, [set('max_retries', 5)]],
    ['take away what was emptied', { max_retries: 5 }, { max_retries: null }, [remove('max_retries')]],
    [
      'take away a section with its last setting',
      { timeouts: { idle_seconds: 5 } },
      { 'timeouts.idle_seconds': null },
      [remove('timeouts')],
    ],
    [
      'keep a section that holds something else',
      { timeouts: { idle_seconds: 5, connect_seconds: 3 } },
      { 'timeouts.idle_seconds': null },
      [remove('timeouts.idle_seconds')],
    ],
    [
      'exchange one setting of a section for another',
      { timeouts: { idle_seconds: 5 } },
      { 'timeouts.idle_seconds': null, 'timeouts.connect_seconds': 2 },
      [set('timeouts.connect_seconds', 2), remove('timeouts.idle_seconds')],
    ],
    [
      'keep the line of an empty webhook',
      { notification_webhook: 'https://a.b' },
      { notification_webhook: '' },
      [set('notification_webhook', '')],
    ],
    ['say "off" where it was said on', { log: { bodies: true } }, { 'log.bodies': false }, [set('log.bodies', false)]],
    [
      'set a choice',
      {},
      { language: 'zh', 'console.enabled': true },
      [set('console.enabled', true), set('language', 'zh')],
    ],
    ['set lists', {}, { cors_origins: ['https://a.b'] }, [set('cors_origins', ['https://a.b'])]],
  ])('%s', (_, server, change, expected) => {
    expect(edits(server, change)).toEqual(expected)
  })

  it('are checked by the schema, with the place of each mistake', () => {
    const server = { port: ':8080', auto_models: { a: 'b' } }
    const base = readServer(server)
    const found = (change: Partial<ServerValues>) =>
      checkServer(base, { ...base, ...change }, server).map(({ code, path }) => `${path.join('.')} ${code}`)
    expect(found({})).toEqual([])
    expect(found({ access: 'address', host: 'not an address' })).toEqual(['server.port bad_port'])
    expect(found({ notification_webhook: 'ftp://x' })).toEqual(['server.notification_webhook bad_webhook'])
    expect(found({ 'timeouts.idle_seconds': 1e9 })).toEqual(['server.timeouts.idle_seconds too_big'])
    expect(found({ cors_origins: ['https://a.b', 'no origin'] })).toEqual(['server.cors_origins.1 bad_origin'])
  })
})

describe('the place in the text', () => {
  const text = `server:
  port: 1
  timeouts:
    connect_seconds: 1
    |a
  |b
upstreams:
  # a comment
  - name: x
    |c
    keys:
      - key: k
        |d
  - |e
project_auth:
- project_name: p
  |f
|g`
  const lines = text.replaceAll(/\|\w/g, '').split('\n')
  const lineOf = (mark: string) => text.split('\n').findIndex((line) => line.includes(`|${mark}`))

  it.each([
    ['a', 'server.timeouts', ['connect_seconds']],
    ['b', 'server', ['timeouts', 'port']],
    ['c', 'upstreams[]', ['name', 'keys']],
    ['d', 'upstreams[].keys[]', ['key']],
    ['e', 'upstreams[]', []],
    ['f', 'project_auth[]', ['project_name']],
    ['g', '', ['project_auth', 'upstreams', 'server']],
  ])('is known at |%s', (mark, parent, siblings) => {
    expect(settingContext(lines, lineOf(mark))).toEqual({ parent, siblings })
  })

  it('completes what may stand there and does not yet, in the language of the console', () => {
    const words = { language: 'zh', usual: (value: string) => `默认：${value}` } as const
    const found = nameOptions(lines, lineOf('a'), words)
    expect(found.map(({ label }) => label)).toEqual(['first_byte_seconds', 'stream_first_byte_seconds', 'idle_seconds'])
    expect(found[2]?.info).toContain('默认：120')
    expect(nameOptions(lines, lineOf('d'), words).map(({ apply }) => apply)).toEqual(['name: ', 'enabled: '])
  })

  it('completes the few values that a setting may have', () => {
    const labels = (line: string, key: string) =>
      valueOptions(['server:', '  log:', line], 2, key).map(({ label }) => label)
    expect(labels('    format: ', 'format')).toEqual(['text', 'json'])
    expect(labels('    bodies: ', 'bodies')).toEqual(['true', 'false'])
    expect(labels('  max_retries: ', 'max_retries')).toEqual([])
  })
})
