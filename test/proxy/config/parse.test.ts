import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../proxy/config/parse.ts'
import type { Config, UpstreamConfig } from '../../../proxy/config/schema.ts'
import { diagnosticText } from '../../../proxy/config/messages.ts'

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../../fixtures/config', name), 'utf8')

/** What was found, as "line:column code", in the order of the text. */
function findings(text: string, env: Record<string, string> = {}): string[] {
  const result = parseConfig(text, { env, language: 'en' })
  const found = result.ok ? result.warnings : result.diagnostics
  // Whatever is found has its words, with nothing left to fill in.
  for (const { code, params } of found) {
    for (const language of ['en', 'zh'] as const)
      expect(diagnosticText(code, params, language)).not.toMatch(/^\w+$|\{\w+\}/)
  }
  return found.map(({ line, column, severity, code }) => `${line}:${column} ${severity === 'error' ? '! ' : ''}${code}`)
}

function parsed(text: string, env: Record<string, string> = {}): Config {
  const result = parseConfig(text, { env, language: 'en' })
  if (!result.ok) throw new Error(result.diagnostics.map((diagnostic) => diagnostic.message).join('\n'))
  return result.config
}

const demo = 'upstreams:\n  - { name: Demo, base_url: "builtin:demo", models: ["*"] }\n'
const project = 'project_auth:\n  - { project_name: me, api_key: ak-0123456789, allowed_models: ["*"] }\n'
const quiet = demo + project
const inServer = (line: string) => `server:\n  ${line}\n${quiet}`
const inUpstream = (line: string) =>
  `upstreams:\n  - name: Demo\n    base_url: https://api.example.com\n    models: ["*"]\n    ${line}\n${project}`

function upstream(line: string, env: Record<string, string> = {}): UpstreamConfig {
  const [only] = parsed(inUpstream(line), env).upstreams
  if (only === undefined) throw new Error('no upstream')
  return only
}

describe('the documented format', () => {
  it('is valid exactly as documented, with its placeholders off', () => {
    expect(findings(fixture('sample.yaml'))).toEqual([
      '7:20 alias_not_served',
      '13:12 key_placeholder',
      '13:22 key_placeholder',
      '16:14 project_key_placeholder',
    ])
    const timeouts = { connectMs: 10_000, firstByteMs: 600_000, streamFirstByteMs: 120_000, idleMs: 120_000 }
    expect(parsed(fixture('sample.yaml'))).toEqual({
      server: {
        listen: { host: null, port: 8080 },
        notificationWebhook: '',
        maxRetries: 3,
        coolDownMinutes: 10,
        autoModels: { 'auto-models': ['nvidia:minimaxai/minimax-m2.1'], 'auto-gpt4': ['gpt-4'] },
        language: null,
        timeouts,
        maxBodyMb: 64,
        caFile: null,
        corsOrigins: [],
        trustedProxies: [],
        console: { enabled: null, allowedHosts: [] },
        log: { format: 'text', bodies: false },
      },
      upstreams: [
        {
          name: 'OpenAI-Pool',
          enabled: true,
          baseUrl: 'https://api.openai.com',
          models: ['gpt-4', 'gpt-4-turbo'],
          keys: [
            { key: 'sk-...', name: null, envName: null, enabled: false },
            { key: 'sk-...', name: null, envName: null, enabled: false },
          ],
          proxy: null,
          headers: {},
          timeouts,
          api: null,
          pathPrefix: null,
          maxParallel: null,
          streamUsage: null,
        },
      ],
      projects: [{ name: '测试项目', apiKey: 'ak-...', allowedModels: ['*'], enabled: false, previousApiKey: null }],
    })
  })

  it('is valid with Chinese comments, in CRLF, with a byte order mark, and finds the same places', () => {
    const text = fixture('sample-zh.yaml')
    const expected = [
      '21:9 key_placeholder',
      '22:9 key_placeholder',
      '28:13 key_placeholder',
      '33:14 project_key_placeholder',
    ]
    const env = { PROD_KEY: 'ak-production-key' }
    expect(findings(text, env)).toEqual(expected)
    expect(findings(`\uFEFF${text.replaceAll('\n', '\r\n')}`, env)).toEqual(expected)
    expect(parsed(`\uFEFF${text.replaceAll('\n', '\r\n')}`, env)).toEqual(parsed(text, env))
  })

  it('has working keys once the placeholders are replaced', () => {
    const text = fixture('sample.yaml').replace('"sk-..."', 'sk-first-key').replace('"sk-..."', 'sk-second-key')
    const config = parsed(text.replace('ak-...', 'ak-0123456789'))
    expect(config.upstreams[0]?.keys.map(({ key, enabled }) => [key, enabled])).toEqual([
      ['sk-first-key', true],
      ['sk-second-key', true],
    ])
    expect(config.projects[0]).toMatchObject({ apiKey: 'ak-0123456789', enabled: true })
  })

  it('gives a config that nobody can change', () => {
    const config = parsed(fixture('sample.yaml'))
    const isFrozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozen))
    expect(isFrozen(config)).toBe(true)
  })
})

describe('the listen address', () => {
  it.each<[string, string | null, number]>([
    ['":8080"', null, 8080],
    ['"8080"', null, 8080],
    ['8080', null, 8080],
    ['0', null, 0],
    ['65535', null, 65_535],
    ['" :8080 "', null, 8080],
    ['"127.0.0.1:8080"', '127.0.0.1', 8080],
    ['127.0.0.1:8080', '127.0.0.1', 8080],
    ['"0.0.0.0:8080"', '0.0.0.0', 8080],
    ['"[::1]:8080"', '::1', 8080],
    ['"[::]:8080"', '::', 8080],
    ['"localhost:8080"', 'localhost', 8080],
    ['proxy.lan:8080', 'proxy.lan', 8080],
  ])('%s', (written, host, port) => {
    expect(parsed(inServer(`port: ${written}`)).server.listen).toEqual({ host, port })
  })

  it.each([
    '65536',
    '-1',
    'abc',
    '"127.0.0.1"',
    '"::1:8080"',
    '"http://127.0.0.1:8080"',
    '0x1F90',
    '80 80',
    '"300.1.1.1:80"',
    '8080:8080',
    '[8080]',
    '{ port: 1 }',
    '""',
    '1.5',
  ])('refuses %s', (written) => {
    expect(findings(inServer(`port: ${written}`))).toEqual(['2:9 ! bad_port'])
  })
})

describe('values', () => {
  it('takes numbers and switches in quotes, and texts without', () => {
    const config = parsed(
      `server: { max_retries: "5", cool_down_minutes: '0.5', console: off, log: { bodies: yes } }
upstreams: [{ name: 42, base_url: "builtin:demo", models: [1.10, true, 0123], max_parallel: "3", stream_usage: "false" }]
project_auth: [{ project_name: true, api_key: 0012345678, allowed_models: [1.10] }]`,
    )
    expect(config.server).toMatchObject({
      maxRetries: 5,
      coolDownMinutes: 0.5,
      console: { enabled: false },
      log: { bodies: true },
    })
    expect(config.upstreams[0]).toMatchObject({
      name: '42',
      models: ['1.10', 'true', '0123'],
      maxParallel: 3,
      streamUsage: false,
    })
    expect(config.projects[0]).toMatchObject({ name: 'true', apiKey: '0012345678', allowedModels: ['1.10'] })
  })

  it('takes a name with nothing behind it as not set', () => {
    expect(
      parsed(`server:\n  port:\n  max_retries:\n  auto_models:\n  timeouts:\n  ca_file:\n${quiet}`).server,
    ).toEqual(parsed(quiet).server)
  })

  it.each<[string, string, string[]]>([
    ['a word for a number', inServer('max_retries: many'), ['2:16 ! not_a_number']],
    ['a unit behind a number', inServer('cool_down_minutes: 10m'), ['2:22 ! not_a_number']],
    ['a fraction for a whole number', inServer('max_retries: 1.5'), ['2:16 ! not_an_integer']],
    ['below the limit', inServer('max_retries: -1'), ['2:16 ! too_small']],
    ['above the limit', inServer('max_retries: 51'), ['2:16 ! too_big']],
    ['infinity', inServer('cool_down_minutes: .inf'), ['2:22 ! not_a_number']],
    ['a list for a text', inServer('notification_webhook: [x]'), ['2:25 ! not_text']],
    ['a text for a list', inUpstream('keys: sk-1234'), ['5:11 ! not_a_list']],
    ['a mapping for a list', inUpstream('keys: { a: b }'), ['5:11 ! not_a_list']],
    ['a list for a mapping', inServer('auto_models: [a]'), ['2:16 ! not_a_mapping']],
    ['a text for a mapping', inServer('log: verbose'), ['2:8 ! not_a_mapping']],
    ['a section that is a text', `server: on fire\n${quiet}`, ['1:9 ! not_a_mapping']],
    ['upstreams without dashes', `upstreams:\n  name: x\n${project}`, ['2:3 ! not_a_list']],
    ['an upstream that is a text', `upstreams: [OpenAI]\n${project}`, ['1:13 ! not_a_mapping']],
    ['a word for a switch', inUpstream('enabled: maybe'), ['5:14 ! not_a_boolean']],
    ['a language there is not', inServer('language: fr'), ['2:13 ! not_allowed_value']],
    ['a protocol there is not', inUpstream('api: [chat, soap]'), ['5:17 ! not_allowed_value']],
    ['an empty model', inUpstream('api: [chat]').replace('["*"]', '["a", ""]'), ['4:19 ! empty_text']],
    ['a key that is a list', inUpstream('keys: [[sk-1]]'), ['5:12 ! bad_key']],
    ['a key object without key', inUpstream('keys: [{ name: x }]'), ['5:12 ! missing_setting']],
    ['a webhook without scheme', inServer('notification_webhook: example.com/hook'), ['2:25 ! bad_webhook']],
    ['a webhook of another scheme', inServer('notification_webhook: "ftp://example.com"'), ['2:25 ! bad_webhook']],
    ['a header with a line break', inUpstream('headers: { x-a: "a\\nb" }'), ['5:21 ! bad_header']],
    ['a header name with a space', inUpstream('headers: { "x a": b }'), ['5:23 ! bad_header_name']],
    ['an unknown kind of proxy', inUpstream('proxy: "ftp://127.0.0.1:21"'), ['5:12 ! bad_proxy']],
    ['a path prefix that is an address', inUpstream('path_prefix: "https://x/v1"'), ['5:18 ! bad_path_prefix']],
    ['an origin with a path', inServer('cors_origins: ["https://a.example/x"]'), ['2:18 ! bad_origin']],
    ['a proxy address that is none', inServer('trusted_proxies: [my-proxy]'), ['2:21 ! bad_trusted_proxy']],
    [
      'a date that is none',
      quiet
        .replace('["*"] }\n', '["*"] }\n')
        .replace(/\["\*"\] \}\n$/, '["*"], previous_api_key: { key: ak-old-key-1, until: soon } }\n'),
      ['4:118 ! bad_date'],
    ],
    ['an alias with a mapping', inServer('auto_models: { a: { b: c } }'), ['2:21 ! bad_alias_target']],
    ['an alias with an empty target', inServer('auto_models: { a: "" }'), ['2:21 ! empty_text']],
  ])('refuses %s', (_, text, expected) => {
    expect(findings(text)).toEqual(expected)
  })

  it.each<[string, string]>([
    ['https://api.example.com', ''],
    ['http://[::1]:8000/v1', ''],
    ['localhost:11434', ''],
    ['api.openai.com', ''],
    ['builtin:demo', ''],
    ['builtin:other', '3:15 ! base_url_builtin'],
    ['ftp://x.example', '3:15 ! base_url_scheme'],
    ['https://', '3:15 ! base_url_invalid'],
    ['https://a b.example', '3:15 ! base_url_invalid'],
    ['https://<res>.openai.azure.com', '3:15 ! base_url_invalid'],
    ['https://user:secret@x.example', '3:15 ! base_url_credentials'],
    ['user:secret@x.example', '3:15 ! base_url_credentials'],
    ['', '3:15 ! empty_text'],
  ])('judges the address "%s"', (address, expected) => {
    const text = inUpstream('keys: []').replace('https://api.example.com', JSON.stringify(address))
    expect(findings(text).join()).toBe(expected)
  })

  it.each<[string, string | null]>([
    ['"http://127.0.0.1:7890"', 'http://127.0.0.1:7890'],
    ['127.0.0.1:7890', 'http://127.0.0.1:7890'],
    ['"socks5://127.0.0.1:1080"', 'socks5://127.0.0.1:1080'],
    ['direct', 'direct'],
    ['""', null],
  ])('reads the proxy %s', (written, proxy) => {
    expect(upstream(`proxy: ${written}`).proxy).toBe(proxy)
  })

  it('lays the timeouts of an upstream over those of the server', () => {
    const text = `server: { timeouts: { connect_seconds: 2.5, idle_seconds: 0 } }\n${inUpstream('timeouts: { connect_seconds: 1 }')}`
    const config = parsed(text)
    expect([config.server.timeouts, config.upstreams[0]?.timeouts]).toEqual([
      { connectMs: 2500, firstByteMs: 600_000, streamFirstByteMs: 120_000, idleMs: 0 },
      { connectMs: 1000, firstByteMs: 600_000, streamFirstByteMs: 120_000, idleMs: 0 },
    ])
  })

  it('keeps a previous key until the end of its last day, or to the minute', () => {
    const until = (written: string) =>
      parsed(quiet.replace(/\}\n$/, `, previous_api_key: { key: ak-former-key, until: ${written} } }\n`)).projects[0]
        ?.previousApiKey
    expect(until('2027-01-31')).toEqual({ key: 'ak-former-key', until: new Date(2027, 1, 1).getTime() })
    expect(until('2027-01-31T12:00:00Z')).toEqual({ key: 'ak-former-key', until: Date.UTC(2027, 0, 31, 12) })
  })

  it('lets no alias name reach the prototype of an object', () => {
    const { autoModels } = parsed(inServer('auto_models: { __proto__: "Demo:x", constructor: "Demo:y" }')).server
    expect([Object.getPrototypeOf(autoModels), Object.keys(autoModels), autoModels['toString']]).toEqual([
      null,
      ['__proto__', 'constructor'],
      undefined,
    ])
  })

  it('takes anchors, merge keys and a place for them', () => {
    const config = parsed(`x-defaults: &defaults
  models: &models ["gpt-*"]
  max_parallel: 2
upstreams:
  - { <<: *defaults, name: a, base_url: "https://a.example" }
  - { name: b, base_url: "https://b.example", max_parallel: 3, <<: *defaults }
project_auth:
  - { project_name: me, api_key: ak-0123456789, allowed_models: *models }
`)
    expect(config.upstreams.map(({ models, maxParallel }) => [models, maxParallel])).toEqual([
      [['gpt-*'], 2],
      [['gpt-*'], 3],
    ])
    expect(config.projects[0]?.allowedModels).toEqual(['gpt-*'])
  })
})

describe('mistakes in the YAML itself', () => {
  it.each<[string, string, string[]]>([
    ['an empty file', '', ['1:1 ! config_empty']],
    ['only comments', '# nothing\n\n# yet\n', ['1:1 ! config_empty']],
    ['only a marker', '---\n', ['1:4 ! config_empty']],
    ['a list', '- a\n- b\n', ['1:1 ! config_not_mapping']],
    ['a text', 'hello\n', ['1:1 ! config_not_mapping']],
    ['a tab', 'server:\n\tport: 1\n', ['2:1 ! yaml_tab']],
    ['two levels in one', 'server:\n  port: 1\n   max_retries: 3\n', ['3:4 ! yaml_indent']],
    ['an open bracket', 'upstreams: [1, 2\nproject_auth: 3\n', ['2:1 ! yaml_bracket']],
    ['an open quote', 'server: "x\n', ['2:1 ! yaml_quote']],
    ['a missing comma', 'keys: ["a" "b"]\n', ['1:12 ! yaml_comma']],
    ['a missing colon', 'server\nupstreams: []\n', ['1:1 ! yaml_missing_colon']],
    ['no space behind the colon', 'server:{}\nupstreams: []\n', ['1:1 ! yaml_missing_colon']],
    ['a colon in a plain value', 'server: a: b\n', ['1:9 ! yaml_nested_mapping']],
    ['a backquote', 'server: `x`\n', ['1:9 ! yaml_scalar_start']],
    ['an escape there is not', 'server: "C:\\users"\n', ['1:12 ! yaml_escape']],
    ['a star without quotes', 'server: *\n', ['1:9 ! yaml_unknown_anchor']],
    ['an anchor there is not', 'server: *base\n', ['1:9 ! yaml_unknown_anchor']],
    ['an anchor within itself', 'server: &a [*a]\n', ['1:12 ! yaml_too_many_aliases']],
    ['a second document', `${quiet}---\nserver: {}\n`, ['5:1 ! yaml_multiple_documents']],
    [
      'a repeated section, with mistakes elsewhere',
      `${inServer('port: x')}server: {}\n`,
      ['2:9 ! bad_port', '7:1 ! yaml_duplicate_key'],
    ],
    ['a tag', inServer('ca_file: !env x'), ['2:12 yaml_tag']],
  ])('%s', (_, text, expected) => {
    expect(findings(text)).toEqual(expected)
  })

  it('survives aliases that multiply', () => {
    const bomb = ['a: &a0 [x, x, x, x, x, x, x, x, x]']
    for (let level = 1; level < 10; level += 1) {
      bomb.push(`b${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ')}]`)
    }
    expect(findings(bomb.join('\n')).map((finding) => finding.split(' ').at(-1))).toEqual(['yaml_too_many_aliases'])
  })
})

describe('names of settings', () => {
  it.each<[string, string, string, Record<string, string>]>([
    ['a slip', inServer('max_retry: 3'), '2:3 unknown_key_similar', { key: 'max_retry', known: 'max_retries' }],
    [
      'camel case',
      inServer('coolDownMinutes: 3'),
      '2:3 unknown_key_similar',
      { key: 'coolDownMinutes', known: 'cool_down_minutes' },
    ],
    ["another program's word", inUpstream('api_key: x'), '5:5 unknown_key_similar', { key: 'api_key', known: 'keys' }],
    [
      'a setting of another section',
      inUpstream('allowed_models: [x]'),
      '5:5 unknown_key_misplaced',
      { key: 'allowed_models', section: 'project_auth' },
    ],
    ['a section too deep', inServer('project_auth: []'), '2:3 unknown_key_top_level', { key: 'project_auth' }],
    [
      'a setting too far out',
      `auto_models: {}\n${quiet}`,
      '1:1 unknown_key_misplaced',
      { key: 'auto_models', section: 'server' },
    ],
    ['something else', inServer('colour: blue'), '2:3 unknown_key', { key: 'colour' }],
    ['a key in place of a name', inServer('sk-abcdefghijklmnop: 1'), '2:3 unknown_key', { key: 'sk-…' }],
  ])('warns of %s', (_, text, expected, params) => {
    const result = parseConfig(text, { env: {}, language: 'en' })
    expect(result.ok && result.warnings.map((warning) => warning.params)).toEqual([params])
    expect(findings(text)).toEqual([expected])
  })

  it('says what is missing at the entry that lacks it', () => {
    expect(
      findings(
        'upstreams:\n  - models: ["*"]\nproject_auth:\n  - project_name: a\n    api_key: ak-0123456789\n    allowed_models: []\n  - {}\n',
      ),
    ).toEqual([
      '2:5 ! missing_setting',
      '2:5 ! missing_setting',
      '6:21 allowed_models_empty',
      '7:5 ! missing_setting',
      '7:5 ! missing_setting',
      '7:5 allowed_models_empty',
    ])
  })

  it('says which name has no value', () => {
    expect(findings(inUpstream('keys: []').replace('name: Demo', 'name:'))).toEqual(['2:5 ! empty_setting'])
  })
})

describe('what does not fit together', () => {
  it.each<[string, string, string[]]>([
    ['no upstream and no project', 'server: {}\n', ['1:1 no_upstreams', '1:1 no_projects']],
    ['no project', demo, ['1:1 no_projects']],
    [
      'two upstreams of one name',
      `${demo}  - { name: Demo, base_url: "builtin:demo", models: [a] }\n${project}`,
      ['3:13 ! upstream_duplicate'],
    ],
    [
      'two projects of one name',
      `${quiet}  - { project_name: me, api_key: ak-9876543210, allowed_models: ["*"] }\n`,
      ['5:21 ! project_duplicate'],
    ],
    [
      'two projects with one key',
      `${quiet}  - { project_name: you, api_key: ak-0123456789, allowed_models: ["*"] }\n`,
      ['5:35 ! project_key_duplicate'],
    ],
    [
      'two projects with one key, one of them off',
      `${quiet}  - { project_name: you, enabled: false, api_key: ak-0123456789, allowed_models: ["*"] }\n`,
      [],
    ],
    ['a key twice', inUpstream('keys: [sk-1234, { key: sk-1234 }]'), ['5:28 key_duplicate']],
    ['an upstream without models', demo.replace('["*"]', '[]') + project, ['2:53 models_empty']],
    ['a project without models', demo + project.replace('["*"]', '[]'), ['4:65 allowed_models_empty']],
    ['a short project key', demo + project.replace('ak-0123456789', 'ak-123'), ['4:34 project_key_short']],
    ['an alias of an alias', inServer('auto_models: { a: [b], b: "Demo:x" }'), ['2:22 ! alias_of_alias']],
    ['an alias of itself', inServer('auto_models: { a: a }'), ['2:21 ! alias_of_alias']],
    ['an alias that is a model of an upstream', inServer('auto_models: { gpt-4: "Demo:gpt-4" }'), []],
    [
      'an alias nobody serves',
      inServer('auto_models: { a: gpt-4 }').replace('["*"]', '["llama*"]'),
      ['2:21 alias_not_served'],
    ],
    ['an alias served by a pattern', inServer('auto_models: { a: llama3:8b }').replace('["*"]', '["llama*"]'), []],
    ['an alias without target', inServer('auto_models: { a: [] }'), ['2:21 alias_empty']],
  ])('%s', (_, text, expected) => {
    expect(findings(text)).toEqual(expected)
  })
})

describe('keys', () => {
  it.each<[string, string, string]>([
    ['sk-live-0123456789', 'on', ''],
    ['sk-...', 'off', 'key_placeholder'],
    ['sk-…', 'off', 'key_placeholder'],
    ['<your key>', 'off', 'key_placeholder'],
    ['sk-xxxx', 'off', 'key_placeholder'],
    ['YOUR_API_KEY', 'off', 'key_placeholder'],
    ['', 'off', 'key_placeholder'],
    ['你的密钥', 'off', 'key_unsendable'],
    ['Bearer sk-123', 'off', 'key_unsendable'],
  ])('"%s" is %s', (key, state, code) => {
    const text = inUpstream(`keys: [${JSON.stringify(key)}]`)
    expect([upstream(`keys: [${JSON.stringify(key)}]`).keys[0]?.enabled ? 'on' : 'off', findings(text).join()]).toEqual(
      [state, code === '' ? '' : `5:12 ${code}`],
    )
  })

  it('takes an empty line of the list as a placeholder', () => {
    expect(findings(inUpstream('keys:\n      -\n      - sk-real-key'))).toEqual(['6:8 key_placeholder'])
  })

  it('reads names, switches and variables of keys', () => {
    const env = { SET: ' sk-from-env\n', EMPTY: ' ' }
    const line =
      'keys: [sk-plain, { key: "${SET}", name: team }, "${UNSET}", { key: "${EMPTY}" }, { key: sk-off, enabled: false }]'
    expect(upstream(line, env).keys).toEqual([
      { key: 'sk-plain', name: null, enabled: true, envName: null },
      { key: 'sk-from-env', name: 'team', enabled: true, envName: 'SET' },
      { key: '', name: null, enabled: false, envName: 'UNSET' },
      { key: '', name: null, enabled: false, envName: 'EMPTY' },
      { key: 'sk-off', name: null, enabled: false, envName: null },
    ])
    expect(findings(inUpstream(line), env)).toEqual(['5:53 env_missing_key', '5:72 env_missing_key'])
  })

  it('takes the other secrets from the environment too', () => {
    const text = `server: { notification_webhook: "\${HOOK}" }
upstreams:
  - { name: a, base_url: "https://a.example", models: ["*"], proxy: "http://u:\${PASS}@p:1", headers: { x-a: "Bearer \${PASS}" } }
project_auth:
  - { project_name: me, api_key: "\${KEY}", allowed_models: ["*"] }
`
    const full = parsed(text, { HOOK: 'https://hook.example', PASS: 'pw', KEY: 'ak-from-the-env' })
    expect([
      full.server.notificationWebhook,
      full.upstreams[0]?.proxy,
      full.upstreams[0]?.headers,
      full.projects[0]?.apiKey,
    ]).toEqual(['https://hook.example', 'http://u:pw@p:1', { 'x-a': 'Bearer pw' }, 'ak-from-the-env'])
    const bare = parsed(text)
    expect([
      bare.server.notificationWebhook,
      bare.upstreams[0]?.enabled,
      bare.upstreams[0]?.headers,
      bare.projects[0],
    ]).toEqual(['', false, {}, { name: 'me', apiKey: '', allowedModels: ['*'], enabled: false, previousApiKey: null }])
    expect(findings(text)).toEqual([
      '1:33 env_missing_webhook',
      '3:69 env_missing_proxy',
      '3:109 env_missing_header',
      '5:34 env_missing_project_key',
    ])
    expect(findings(text, { HOOK: 'not an address', PASS: 'p\u0000w', KEY: 'ak-from-the-env' })).toEqual([
      '1:33 ! bad_webhook',
      '3:109 ! bad_header',
    ])
  })
})

describe('diagnostics', () => {
  const broken = fixture('broken.yaml')

  it('are all there at once, in the order of the text', () => {
    expect(findings(broken)).toEqual([
      '3:9 ! bad_port',
      '4:16 ! not_a_number',
      '5:3 unknown_key_similar',
      '7:11 ! alias_of_alias',
      '8:13 ! alias_of_alias',
      '12:15 ! base_url_credentials',
      '13:13 ! not_a_list',
      '15:9 ! bad_key',
      '17:5 ! missing_setting',
      '17:11 ! upstream_duplicate',
      '20:19 ! empty_text',
    ])
  })

  it('never hold a secret of the file', () => {
    const result = parseConfig(broken, { env: {}, language: 'en' })
    expect(JSON.stringify(result.ok || result.diagnostics)).not.toContain('SECRET')
  })

  it('never hold a secret, and are never an exception, however the text is cut', () => {
    const pieces = fc.array(
      fc.tuple(
        fc.nat(broken.length),
        fc.nat(40),
        fc.constantFrom('', ' ', '\t', '\n', ':', '"', '[', '*a', '&a ', '- ', '|\n'),
      ),
      { minLength: 1, maxLength: 5 },
    )
    fc.assert(
      fc.property(pieces, (cuts) => {
        const text = cuts.reduce((rest, [at, length, put]) => rest.slice(0, at) + put + rest.slice(at + length), broken)
        const result = parseConfig(text, { env: {}, language: 'zh' })
        for (const { message, line, column, params } of result.ok ? result.warnings : result.diagnostics) {
          expect([line, column].every((place) => place !== null && place >= 1)).toBe(true)
          expect(message + JSON.stringify(params)).not.toMatch(/SECRET/)
        }
      }),
      { numRuns: 300, seed: 20_261_123 },
    )
  })

  it('have their words in both languages, with every parameter filled in', () => {
    for (const language of ['en', 'zh'] as const) {
      const result = parseConfig(broken, { env: {}, language })
      for (const { code, params, message } of result.ok ? [] : result.diagnostics) {
        expect(message).toBe(diagnosticText(code, params, language))
        expect(message).not.toMatch(/\{\w+\}/)
      }
    }
  })
})
