/** The built program at a terminal and under a service manager. */
import { once } from 'node:events'
import { watch } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { baseUrlIn, firstKeyIn, makeFolder, runCli } from '../helpers/cli.ts'
import { makeConfig, makeUpstream, testKey } from '../helpers/make.ts'
import { chatStream, gate, json, startScriptedUpstream } from '../helpers/scripted-upstream.ts'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function folder(): Promise<string> {
  const made = await makeFolder()
  closers.push(made.remove)
  return made.folder
}

function start(where: string, args: readonly string[], env?: Readonly<Record<string, string>>) {
  const run = runCli(where, args, env)
  closers.push(async () => {
    run.signal('SIGKILL')
    await run.exit
  })
  return run
}

const ask = (baseUrl: string, key: string, body: object) =>
  fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

const chat = { model: 'm', messages: [{ role: 'user', content: 'hi' }] }

describe('serve', () => {
  it('makes a config with a fresh key at the first start and streams an answer of the demo', async () => {
    const where = await folder()
    const run = start(where, ['serve', '--port', '0'])
    const baseUrl = baseUrlIn(await run.until('Config file:'))
    const key = await firstKeyIn(where)
    const answer = await ask(baseUrl, key, { ...chat, model: 'auto-models', stream: true })
    const text = await answer.text()
    expect(answer.status).toBe(200)
    expect(text).toContain('"model":"auto-models"')
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true)
    expect((await stat(join(where, 'config.yaml'))).mode & 0o777).toBe(0o600)
    // Output that isn't a terminal may be collected: no key goes there.
    await run.until('[ROUTE]')
    expect(run.output()).not.toContain(key)
    expect(run.output()).toContain(where)
  })

  it.each<[string, readonly string[], Record<string, string>]>([
    ['AI_PROXY_HOST', [], { AI_PROXY_HOST: '' }],
    ['--host', ['--host', ''], {}],
  ])('stays with this computer when %s is empty', async (_, args, env) => {
    const run = start(await folder(), ['serve', '--port', '0', ...args], env)
    expect(await run.until('Console:')).toContain('Only this computer can connect.')
  })

  it("uses the user's own folder when AI_PROXY_DATA is empty", async () => {
    const where = await folder()
    const run = start(where, ['serve', '--port', '0'], { AI_PROXY_DATA: '', XDG_DATA_HOME: join(where, 'own') })
    expect(await run.until('Console:')).toContain(join(where, 'own'))
  })

  it('lets a stream finish after SIGTERM, takes no new requests, and ends with 0', async () => {
    const upstream = await startScriptedUpstream()
    closers.push(() => upstream.close())
    const hold = gate()
    upstream.script(chatStream(['one ', hold, 'two']))
    const where = await folder()
    await writeFile(join(where, 'config.yaml'), makeConfig({ upstreams: [makeUpstream('a', upstream)] }))
    const run = start(where, ['serve', '--config', 'config.yaml'])
    const baseUrl = baseUrlIn(await run.until('Ready'))
    const stream = await ask(baseUrl, testKey, { ...chat, stream: true })
    run.signal('SIGTERM')
    await run.until('Waiting for running requests')
    await expect(ask(baseUrl, testKey, chat)).rejects.toThrow('fetch failed')
    hold.open()
    expect(await stream.text()).toContain('two')
    expect(await run.exit).toEqual({ code: 0, signal: null })
    expect(run.output()).toContain('Stopped')
  })

  it('reloads on SIGHUP', async () => {
    const where = await folder()
    await writeFile(join(where, 'config.yaml'), makeConfig({}))
    const run = start(where, ['serve', '--config', 'config.yaml'])
    await run.until('Ready')
    run.signal('SIGHUP')
    await run.until(/Loaded[\s\S]*Loaded/)
  })

  it('says every problem of a bad config and ends with 78', async () => {
    const where = await folder()
    await writeFile(
      join(where, 'config.yaml'),
      'server:\n  max_retries: many\n  port: nowhere\nupstreams: [{ name: "", base_url: "ftp://x", keys: ["sk-canary-000001"] }]\n',
    )
    const run = start(where, ['serve', '--config', 'config.yaml'])
    expect(await run.exit).toMatchObject({ code: 78 })
    expect(run.output()).toMatch(/Line 2, column \d+/)
    expect(run.output()).toMatch(/Line 3, column \d+/)
    expect(run.output()).toMatch(/Line 4, column \d+/)
    expect(run.output()).not.toContain('sk-canary')
  })

  it('says in one sentence that the port is taken and ends with another code than 0', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => new Promise((resolve) => server.close(resolve)))
    // A TCP server has no other kind of address.
    const { port } = server.address() as AddressInfo
    const run = start(await folder(), ['serve', '--port', String(port)])
    expect(await run.exit).toMatchObject({ code: 1 })
    expect(run.output()).toContain(`Port ${port} is in use`)
  })

  it.each([
    ['with a config', true],
    ['before there is a config', false],
  ])('says in one sentence that the data folder cannot be used, and ends with 1: %s', async (_, hasConfig) => {
    const where = await folder()
    await writeFile(join(where, 'file'), '')
    await writeFile(join(where, 'other.yaml'), makeConfig({}))
    const data = join(where, 'file', 'data')
    const args = ['serve', '--data', data, ...(hasConfig ? ['--config', join(where, 'other.yaml')] : [])]
    const run = start(where, args)
    expect(await run.exit).toEqual({ code: 1, signal: null })
    const lines = run.output().trim().split('\n')
    expect(lines.at(-1)).toContain(`[ERROR] The data folder ${data} cannot be used (ENOTDIR)`)
    expect(lines.at(-1)).toContain('--data')
    expect(lines).toHaveLength(2)
  })

  it('writes JSON lines and Chinese when asked', async () => {
    const where = await folder()
    const run = start(where, ['serve', '--port', '0', '--log-format', 'json', '--lang', 'zh'])
    await run.until('已就绪')
    const lines = run.output().trim().split('\n')
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow()
  })

  it('remembers a refused key over a kill', async () => {
    const upstream = await startScriptedUpstream()
    closers.push(() => upstream.close())
    upstream.always(
      json(401, {
        error: {
          message: 'Incorrect API key provided',
          type: 'invalid_request_error',
          param: null,
          code: 'invalid_api_key',
        },
      }),
    )
    const where = await folder()
    await writeFile(
      join(where, 'config.yaml'),
      makeConfig({ server: { port: 0, max_retries: 0 }, upstreams: [makeUpstream('a', upstream)] }),
    )
    const first = start(where, ['serve', '--config', 'config.yaml'])
    const baseUrl = baseUrlIn(await first.until('Ready'))
    await (await ask(baseUrl, testKey, chat)).text()
    await (await ask(baseUrl, testKey, chat)).text()
    await first.until('refuses the key')
    await saved(join(where, 'state.json'))
    first.signal('SIGKILL')
    await first.exit
    const second = start(where, ['serve', '--config', 'config.yaml'])
    const again = baseUrlIn(await second.until('Ready'))
    // The one probe after a restart, then none: the refusal was not forgotten.
    for (let round = 0; round < 3; round++) await (await ask(again, testKey, chat)).text()
    expect(upstream.requests).toHaveLength(3)
  })
})

describe('check', () => {
  it('ends with 0 for a good config', async () => {
    const where = await folder()
    await writeFile(join(where, 'config.yaml'), makeConfig({}))
    expect(await start(where, ['check', '--config', 'config.yaml']).exit).toMatchObject({ code: 0 })
  })

  it('ends with 78 and every diagnostic for a bad one', async () => {
    const where = await folder()
    await writeFile(join(where, 'config.yaml'), 'server:\n  max_retries: many\n  cool_down_minutes: -1\n')
    const run = start(where, ['check', '--config', 'config.yaml'])
    expect(await run.exit).toMatchObject({ code: 78 })
    expect(run.output().match(/\[ERROR\]/g)).toHaveLength(2)
  })

  it('ends with 78 for a file that is not there', async () => {
    const run = start(await folder(), ['check', '--config', 'nowhere.yaml'])
    expect(await run.exit).toMatchObject({ code: 78 })
    expect(run.output()).toContain('nowhere.yaml')
  })
})

it.each([
  [['--nonsense'], '--nonsense'],
  [['dance'], 'dance'],
  [['serve', '--port', '99999'], '99999'],
  [['serve', '--lang', 'fr'], 'fr'],
])('refuses %j with the usage', async (args, mention) => {
  const run = start(await folder(), args)
  expect(await run.exit).toMatchObject({ code: 64 })
  expect(run.output()).toContain(mention)
})

/** Resolves once the state file holds a refusal; it is written a second after the change. */
function saved(path: string): Promise<void> {
  return new Promise((resolve) => {
    const check = async () => {
      // Not there yet: the watcher tells when it is.
      const text = await readFile(path, 'utf8').catch(() => '')
      if (!text.includes('refusedSince')) return
      watcher.close()
      resolve()
    }
    const watcher = watch(dirname(path), () => void check())
    void check()
  })
}
