import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import type { ConfigView, SaveResult } from '../../../proxy/contract.ts'
import { revisionOf } from '../../../proxy/config/file.ts'
import { startConsole } from '../../helpers/console-engine.ts'
import type { ConsoleEngine, ConsoleOptions } from '../../helpers/console-engine.ts'

const closers: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const text = `# My proxy
server:
  port: 0
  max_retries: 3 # enough
upstreams:
  # The first
  - name: "A"
    base_url: "https://api.openai.com"
    models: ["gpt-4"]
    headers: { X-Team: "red", Authorization: "Bearer header-canary-0001" }
    proxy: "http://user:proxy-canary-0001@127.0.0.1:3128"
    keys:
      - "sk-aaaaaaaaaaaaaaaa0001"
      - { key: "sk-aaaaaaaaaaaaaaaa0002", name: "second", enabled: false }
      - "\${SET_KEY}"
      - "\${MISSING_KEY}"
project_auth:
  - project_name: "team"
    api_key: "ak-pppppppppppppppp0001"
    allowed_models: ["*"]
    previous_api_key: { key: "ak-pppppppppppppppp0000", until: "2099-01-31T12:00:00Z" }
`

async function start(config = text, options: ConsoleOptions = {}): Promise<ConsoleEngine> {
  const engine = await startConsole(config, { env: { SET_KEY: 'sk-from-environment-0003' }, ...options })
  closers.push(() => engine.stop())
  return engine
}

const onDisk = (engine: ConsoleEngine) => readFile(engine.configPath, 'utf8')
const revisionNow = async (engine: ConsoleEngine) => (await engine.control.getConfig()).revision

describe('getConfig', () => {
  it('shows values as written, secrets masked, key ids as in the status', async () => {
    const { control, configPath, handle } = await start()
    const view = await control.getConfig()
    const [upstream] = view.upstreams
    expect({ ...view, revision: null, appliedRevision: null, diagnostics: [] }).toEqual({
      path: configPath,
      dataFolder: handle.dataFolder,
      revision: null,
      appliedRevision: null,
      writable: true,
      server: { port: 0, max_retries: 3 },
      upstreams: [
        {
          index: 0,
          name: 'A',
          settings: {
            name: 'A',
            base_url: 'https://api.openai.com',
            models: ['gpt-4'],
            headers: { 'X-Team': 'red', Authorization: 'Bearer …0001' },
            proxy: 'http://user:…@127.0.0.1:3128',
          },
          keys: [
            key(0, 'sk-…0001', {}),
            key(1, 'sk-…0002', { name: 'second', label: 'second', enabled: false }),
            key(2, 'sk-…0003', { envName: 'SET_KEY' }),
            key(3, '${MISSING_KEY}', { envName: 'MISSING_KEY', envMissing: true }),
          ],
        },
      ],
      projects: [
        {
          index: 0,
          name: 'team',
          settings: {
            project_name: 'team',
            allowed_models: ['*'],
            previous_api_key: { key: 'ak-…0000', until: '2099-01-31T12:00:00Z' },
          },
          maskedKey: 'ak-…0001',
          previousKeyUntil: Date.parse('2099-01-31T12:00:00Z'),
        },
      ],
      diagnostics: [],
    } satisfies ConfigView)
    expect(view.revision).toBe(revisionOf(text))
    expect(view.appliedRevision).toBe(view.revision)
    const status = await control.getStatus()
    expect(upstream?.keys.map(({ keyId }) => keyId)).toEqual(status.upstreams[0]?.keys.map(({ keyId }) => keyId))
  })

  it('shows a file with wrong values, so that a form can mend it', async () => {
    const { control, configPath } = await start()
    await writeFile(configPath, text.replace('max_retries: 3', 'max_retries: "many"'))
    const view = await control.getConfig()
    expect(view.server).toEqual({ port: 0, max_retries: 'many' })
    expect(view.diagnostics.map(({ severity, path }) => [severity, path])).toContainEqual([
      'error',
      ['server', 'max_retries'],
    ])
    expect(view.revision).not.toBe(view.appliedRevision)
  })

  it('shows the running config while the file is no YAML or gone', async () => {
    const { control, configPath } = await start()
    await writeFile(configPath, 'upstreams: [')
    const broken = await control.getConfig()
    expect([broken.upstreams.length, broken.diagnostics[0]?.severity]).toEqual([1, 'error'])
    await writeFile(configPath, '')
    expect((await control.getConfig()).upstreams).toHaveLength(1)
  })
})

function key(index: number, masked: string, overrides: object) {
  const base = { index, label: masked, name: null, masked, enabled: true, envName: null, envMissing: false }
  return { ...base, keyId: expect.stringMatching(/^[\da-f]{12}$/), ...overrides }
}

describe('editConfig', () => {
  it('changes the line and nothing else, and it runs at once', async () => {
    const engine = await start()
    const result = await engine.control.editConfig(
      [
        { op: 'set', path: ['server', 'max_retries'], value: 5 },
        { op: 'insert', path: ['upstreams', 0, 'keys'], index: 0, value: 'sk-aaaaaaaaaaaaaaaa0009' },
      ],
      await revisionNow(engine),
    )
    const changed = text
      .replace('max_retries: 3', 'max_retries: 5')
      .replace('    keys:\n', '    keys:\n      - "sk-aaaaaaaaaaaaaaaa0009"\n')
    expect(await onDisk(engine)).toBe(changed)
    expect(result).toEqual({
      kind: 'applied',
      revision: revisionOf(changed),
      tookMs: expect.any(Number),
      warnings: expect.any(Array),
    })
    expect(engine.engine.snapshot?.config.server.maxRetries).toBe(5)
    expect((await engine.control.getStatus()).config.appliedRevision).toBe(revisionOf(changed))
  })

  it('writes nothing when the result is not valid, and says where', async () => {
    const engine = await start()
    const edits = [{ op: 'set', path: ['server', 'max_retries'], value: -1 }] as const
    const result = await engine.control.editConfig(edits, await revisionNow(engine))
    expect(
      result.kind === 'invalid' && result.diagnostics.filter(({ severity }) => severity === 'error'),
    ).toMatchObject([{ path: ['server', 'max_retries'], line: 4 }])
    expect(await onDisk(engine)).toBe(text)
  })

  it('reports a conflict with what would have been written to the text that the form was made from', async () => {
    const engine = await start()
    const revision = await revisionNow(engine)
    const disk = text.replace('# My proxy', '# Changed by another hand')
    await writeFile(engine.configPath, disk)
    const edits = [{ op: 'set', path: ['server', 'max_retries'], value: 5 }] as const
    expect(await engine.control.editConfig(edits, revision)).toEqual({
      kind: 'conflict',
      diskText: disk,
      diskRevision: revisionOf(disk),
      yourText: text.replace('max_retries: 3', 'max_retries: 5'),
    })
    expect(await onDisk(engine)).toBe(disk)
  })

  it('lets the second of two quick saves meet the first one', async () => {
    const engine = await start()
    const revision = await revisionNow(engine)
    const save = (value: number) =>
      engine.control.editConfig([{ op: 'set', path: ['server', 'max_retries'], value }], revision)
    const results = await Promise.all([save(5), save(6)])
    expect(results.map(({ kind }) => kind)).toEqual(['applied', 'conflict'])
    expect(engine.engine.snapshot?.config.server.maxRetries).toBe(5)
  })

  it.each<[string, readonly (string | number)[], (view: ConfigView) => unknown]>([
    ['a key', ['upstreams', 0, 'keys', 0], (view) => view.upstreams[0]?.keys[0]?.masked],
    ['a key in its long form', ['upstreams', 0, 'keys', 1], () => ({ key: 'sk-…0002', name: 'new' })],
    ['the whole upstream', ['upstreams', 0], (view) => view.upstreams[0]?.settings],
    ['headers', ['upstreams', 0, 'headers'], (view) => view.upstreams[0]?.settings['headers']],
    ['the proxy', ['upstreams', 0, 'proxy'], (view) => view.upstreams[0]?.settings['proxy']],
    ['the project key', ['project_auth', 0, 'api_key'], (view) => view.projects[0]?.maskedKey],
    [
      'the previous key',
      ['project_auth', 0, 'previous_api_key'],
      (view) => view.projects[0]?.settings['previous_api_key'],
    ],
  ])('never writes %s as it was shown', async (_, path, shown) => {
    const engine = await start()
    const view = await engine.control.getConfig()
    const result = await engine.control.editConfig([{ op: 'set', path, value: shown(view) }], view.revision)
    expect(result).toMatchObject({ kind: 'failed', code: 'masked_secret', written: false })
    expect(await onDisk(engine)).toBe(text)
  })

  it.each<[string, Parameters<ConsoleEngine['control']['editConfig']>[0][number], string]>([
    ['an upstream that is gone', { op: 'move', path: ['upstreams'], from: 3, to: 0 }, 'edit_not_found'],
    ['a name that is taken', { op: 'rename', path: ['upstreams', 0, 'name'], to: 'models' }, 'edit_exists'],
  ])('refuses %s', async (_, edit, code) => {
    const engine = await start()
    const result = await engine.control.editConfig([edit], await revisionNow(engine))
    expect(result).toMatchObject({ kind: 'failed', code, written: false })
  })

  it('tells the problems of a file that is no YAML instead of editing it', async () => {
    const engine = await start()
    await writeFile(engine.configPath, 'upstreams: [')
    const revision = await revisionNow(engine)
    const result = await engine.control.editConfig([{ op: 'set', path: ['server', 'port'], value: 1 }], revision)
    expect(result).toMatchObject({ kind: 'invalid', diagnostics: [{ severity: 'error' }] })
  })

  it('says that the file holds it when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    closers.push(async () => other.close())
    // Safe: a TCP server.
    const { port } = other.address() as AddressInfo
    const engine = await start(text, { port: null })
    const result = await engine.control.editConfig(
      [{ op: 'set', path: ['server', 'port'], value: port }],
      await revisionNow(engine),
    )
    expect(result).toMatchObject({ kind: 'failed', code: 'port_in_use', written: true })
    expect(await onDisk(engine)).toContain(`port: ${port}`)
    expect((await engine.call('getStatus')).ok).toBe(true)
  })
})

describe('texts and backups', () => {
  it('saves a text, keeps the one before as a backup, and reads both', async () => {
    const engine = await start()
    const before = await engine.control.readConfigText()
    expect(before).toMatchObject({ text, revision: revisionOf(text) })
    const changed = text.replace('# My proxy', '# 我的代理')
    const result = await engine.control.saveConfigText(changed, before.revision)
    expect(result.kind).toBe('applied')
    const [backup] = await engine.control.listBackups()
    expect(await engine.control.readBackup(backup?.id ?? '')).toBe(text)
    expect((await engine.control.readConfigText()).text).toBe(changed)
  })

  it.each(['../config.yaml', 'config-2026-01-01T00-00-00-000Z-00000000.yaml', ''])('reads no backup %j', async (id) => {
    const engine = await start()
    expect(await engine.call('readBackup', id)).toMatchObject({ ok: false, error: { code: 'backup_unknown' } })
  })

  it('checks a text without saving it', async () => {
    const { control, configPath } = await start()
    const diagnostics = await control.checkConfigText('server:\n  port: many\n')
    expect(diagnostics.map(({ code, line }) => [code, line])).toContainEqual(['bad_port', 2])
    expect(await readFile(configPath, 'utf8')).toBe(text)
  })

  it('makes the file anew when it is missing', async () => {
    const engine = await start()
    await rm(engine.configPath)
    const shown = await engine.control.readConfigText()
    expect(shown).toMatchObject({ text: '', diagnostics: [{ code: 'file_missing' }] })
    expect((await engine.control.saveConfigText(text, shown.revision)).kind).toBe('applied')
    expect(await onDisk(engine)).toBe(text)
  })

  it('applies an unchanged file again on Retry, and tells why it cannot', async () => {
    const engine = await start()
    expect(await engine.control.reloadConfig()).toMatchObject({ kind: 'applied', revision: revisionOf(text) })
    await writeFile(engine.configPath, 'server: 5\n')
    const result = await engine.control.reloadConfig()
    expect(result.kind === 'invalid' && result.diagnostics.map(({ code }) => code)).toContain('not_a_mapping')
  })
})

describe('revealSecret', () => {
  const id = async ({ control }: ConsoleEngine, index: number) =>
    (await control.getConfig()).upstreams[0]?.keys[index]?.keyId ?? ''

  it('gives keys, also those of the environment, and project keys', async () => {
    const engine = await start()
    const reveal = async (index: number) =>
      engine.control.revealSecret({ kind: 'upstream-key', upstream: 'A', keyId: await id(engine, index) })
    expect([await reveal(0), await reveal(1), await reveal(2)]).toEqual([
      'sk-aaaaaaaaaaaaaaaa0001',
      'sk-aaaaaaaaaaaaaaaa0002',
      'sk-from-environment-0003',
    ])
    expect(await engine.control.revealSecret({ kind: 'project-key', project: 'team' })).toBe('ak-pppppppppppppppp0001')
  })

  it('gives keys as they stand in the file, for writing them anew, variables set or not', async () => {
    const keys = '["ak-${SET_KEY}", "${MISSING_KEY}", "${OTHER_MISSING}", "sk-from-environment-0003", "${SET_KEY}"]'
    const config = text
      .replace(/keys:[^]*?project_auth/, `keys: ${keys}\nproject_auth`)
      .replace('ak-pppppppppppppppp0001', '${PROJECT_KEY}')
    const engine = await start(config, { env: { SET_KEY: 'sk-from-environment-0003', PROJECT_KEY: 'ak-env-00000001' } })
    const view = await engine.control.getConfig()
    const texts = (view.upstreams[0]?.keys ?? []).map(({ keyId, index }) =>
      engine.control.revealSecret({ kind: 'upstream-key-text', upstream: 'A', keyId, index }),
    )
    expect(JSON.stringify(await Promise.all(texts), null, 1).replaceAll(/\n ?/g, ' ')).toBe(
      keys.replace('[', '[ ').replace(']', ' ]'),
    )
    expect(await engine.control.revealSecret({ kind: 'project-key-text', project: 'team' })).toBe('${PROJECT_KEY}')
    const moved = { kind: 'upstream-key-text', upstream: 'A', keyId: view.upstreams[0]?.keys[0]?.keyId ?? '', index: 1 }
    expect(await engine.call('revealSecret', moved)).toMatchObject({ ok: false, error: { code: 'key_unknown' } })
  })

  it('says which variable is missing, and that there is no such key', async () => {
    const engine = await start()
    const missing = { kind: 'upstream-key', upstream: 'A', keyId: await id(engine, 3) }
    expect(await engine.call('revealSecret', missing)).toMatchObject({ ok: false, error: { code: 'key_env_missing' } })
    const none = { kind: 'upstream-key', upstream: 'A', keyId: 'nope' }
    expect(await engine.call('revealSecret', none)).toMatchObject({ ok: false, error: { code: 'key_unknown' } })
  })
})

it.runIf(process.getuid?.() !== 0)('says that a read-only file cannot be written', async () => {
  const engine = await start()
  await chmod(engine.configPath, 0o400)
  await chmod(engine.folder, 0o500)
  closers.unshift(() => chmod(engine.folder, 0o700))
  expect((await engine.control.getConfig()).writable).toBe(false)
  const result: SaveResult = await engine.control.saveConfigText(`${text}# more\n`, revisionOf(text))
  expect(result).toMatchObject({ kind: 'failed', code: 'save_permission', written: false })
})

it('makes keys of 32 random bytes, another each time', async () => {
  const { control } = await start()
  const [first, second] = [await control.createKey(), await control.createKey()]
  expect(first).toMatch(/^ak-[\w-]{43}$/)
  expect(second).not.toBe(first)
})
