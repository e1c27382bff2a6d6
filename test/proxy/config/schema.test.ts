import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../proxy/config/parse.ts'
import { configSchema, settingDocs, upstreamSchema } from '../../../proxy/config/schema.ts'
import type { RawConfig } from '../../../proxy/config/schema.ts'

describe('the list of settings', () => {
  it('has each setting once, with a line in both languages', () => {
    expect(new Set(settingDocs.map(({ path }) => path)).size).toBe(settingDocs.length)
    for (const { doc } of settingDocs) {
      expect(doc.en).toMatch(/\.$/)
      expect(doc.zh).toMatch(/[\u4e00-\u9fff].*。$/)
    }
  })

  it('has those of every level', () => {
    expect(settingDocs.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'server.max_retries',
        'server.timeouts.idle_seconds',
        'upstreams[].keys[].name',
        'upstreams[].timeouts.connect_seconds',
        'project_auth[].previous_api_key.until',
      ]),
    )
    expect(settingDocs.filter(({ required }) => required).map(({ path }) => path)).toEqual([
      'upstreams[].name',
      'upstreams[].base_url',
      'upstreams[].keys[].key',
      'project_auth[].project_name',
      'project_auth[].api_key',
      'project_auth[].previous_api_key.key',
      'project_auth[].previous_api_key.until',
    ])
  })

  it('names the defaults that a config without settings has', () => {
    const result = parseConfig('server: {}', { env: {}, language: 'en' })
    const byPath = new Map(settingDocs.map((setting) => [setting.path, setting.default]))
    expect(result.ok && result.config.server).toMatchObject({
      listen: { host: null, port: Number(String(byPath.get('server.port')).replace(':', '')) },
      maxRetries: byPath.get('server.max_retries'),
      coolDownMinutes: byPath.get('server.cool_down_minutes'),
      maxBodyMb: byPath.get('server.max_body_mb'),
      timeouts: { connectMs: Number(byPath.get('server.timeouts.connect_seconds')) * 1000 },
      log: { format: byPath.get('server.log.format'), bodies: byPath.get('server.log.bodies') },
    })
  })
})

describe('the schema by itself, as forms use it', () => {
  it('takes what a form builds', () => {
    const raw: RawConfig = {
      server: { port: 8080, auto_models: { fast: ['a:b', 'c'] } },
      upstreams: [{ name: 'a', base_url: 'https://a.example', keys: ['sk-1', { key: '${KEY}', name: 'team' }] }],
      project_auth: [{ project_name: 'p', api_key: 'ak-0123456789', allowed_models: ['*'] }],
    }
    expect(configSchema.safeParse(raw).success).toBe(true)
  })

  it('names what is wrong by the codes of diagnostics', () => {
    const result = upstreamSchema.safeParse({
      name: ' ',
      base_url: 'ftp://x',
      max_parallel: 0.5,
      proxy: 'ftp://x',
      models: 'a',
    })
    expect(result.error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
      ['name', 'empty_text'],
      ['base_url', 'base_url_scheme'],
      ['models', 'not_a_list'],
      ['proxy', 'bad_proxy'],
      ['max_parallel', 'not_an_integer'],
    ])
  })
})
