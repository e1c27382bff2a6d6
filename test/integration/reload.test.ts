/** The life of a config change on real files and sockets: what is applied, what is refused, and who notices. */
import { once } from 'node:events'
import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { EngineEvent } from '../../proxy/contract.ts'
import type { TestEngine } from '../helpers/engine.ts'
import { startEngine } from '../helpers/engine.ts'
import type { ConfigText } from '../helpers/make.ts'
import { makeConfig, makeProject, makeUpstream, testKey } from '../helpers/make.ts'
import type { ScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { after, answer, chatStream, gate, json, startScriptedUpstream } from '../helpers/scripted-upstream.ts'

const closers: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function open(
  config: (upstream: ScriptedUpstream) => ConfigText,
  options: Parameters<typeof startEngine>[1] = {},
) {
  const upstream = await startScriptedUpstream()
  closers.push(() => upstream.close())
  const engine = await startEngine(config(upstream), options)
  closers.push(() => engine.stop())
  return { upstream, engine }
}

const plain = (upstream: ScriptedUpstream): ConfigText => ({ upstreams: [makeUpstream('a', upstream)] })

/** The same with another project, so that a request tells which config runs. */
const withProject = (upstream: ScriptedUpstream, name: string): string =>
  makeConfig({
    ...plain(upstream),
    project_auth: [makeProject('tests', testKey), makeProject(name, `ak-${name}-0123456789`)],
  })

const chat = { model: 'm', messages: [{ role: 'user', content: 'hi' }] }

/** The next event of a kind that comes after this call. */
function next<Type extends EngineEvent['type']>(
  { engine }: TestEngine,
  type: Type,
): Promise<Extract<EngineEvent, { type: Type }>> {
  return new Promise((resolve) => {
    const stop = engine.subscribe((event) => {
      if (event.type !== type) return
      stop()
      resolve(event as Extract<EngineEvent, { type: Type }>)
    })
  })
}

async function statusAs(engine: TestEngine, project: string): Promise<number> {
  const answered = await engine.fetch('/v1/models', { headers: { authorization: `Bearer ak-${project}-0123456789` } })
  await answered.text()
  return answered.status
}

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => new Promise((resolve) => server.close(resolve)))
  // A TCP server has no other kind of address.
  return (server.address() as AddressInfo).port
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // As above.
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('content', () => {
  it('does nothing when the content is the same', async () => {
    const { engine, upstream } = await open(plain)
    const before = engine.engine.snapshot
    expect(await engine.configure(makeConfig(plain(upstream)))).toMatchObject({ kind: 'unchanged' })
    expect(engine.engine.snapshot).toBe(before)
  })

  it('applies an unchanged file when told to', async () => {
    const { engine } = await open(plain)
    const before = engine.engine.snapshot
    expect(await engine.engine.reload({ force: true })).toMatchObject({ kind: 'applied' })
    expect(engine.engine.snapshot).not.toBe(before)
  })

  it.each([
    ['empty', ''],
    ['comments only', '# nothing here\n'],
    ['broken YAML', 'server:\n  port: [\nupstreams: sk-canary-00001\n'],
    ['a wrong value', 'server:\n  max_retries: many\n'],
    ['half written', '{"server": {"port": 0}, "upstr'],
  ])('keeps the last good config when the new one is %s', async (_, text) => {
    const { engine } = await open(plain)
    const rejected = next(engine, 'config-rejected')
    const result = await engine.configure(text)
    expect(result.kind).toBe('rejected')
    expect((await rejected).diagnostics.some(({ severity }) => severity === 'error')).toBe(true)
    expect(engine.engine.status().config.rejected).not.toBeNull()
    expect((await engine.post('/v1/chat/completions', chat)).status).toBe(200)
    expect(engine.lines.join('\n')).not.toContain('sk-canary')
  })

  it('forgets the refusal when the old content comes back', async () => {
    const { engine, upstream } = await open(plain)
    await engine.configure('server: [')
    expect(engine.engine.status().config.rejected).not.toBeNull()
    await engine.configure(makeConfig(plain(upstream)))
    expect(engine.engine.status().config.rejected).toBeNull()
  })

  it('switches a key off whose environment variable is missing, and says so', async () => {
    const { engine, upstream } = await open(plain)
    const result = await engine.configure({
      upstreams: [
        makeUpstream('a', 'https://api.example.com', { keys: ['${NOT_SET_ANYWHERE}'] }),
        makeUpstream('b', upstream, { models: ['n'] }),
      ],
    })
    expect(result).toMatchObject({ kind: 'applied' })
    expect(engine.engine.status().config.warnings.map(({ params }) => params)).toContainEqual(
      expect.objectContaining({ name: 'NOT_SET_ANYWHERE' }),
    )
    const refused = await engine.post('/v1/chat/completions', chat)
    expect(refused.status).toBe(404)
    expect(await refused.json()).toMatchObject({ error: { code: 'model_not_found' } })
  })

  it('starts by itself once a config that was bad at the start is mended', async () => {
    const engine = await startEngine('server: [', { mayFail: true })
    closers.push(() => engine.stop())
    expect(engine.engine.status().state).toBe('failed')
    await engine.watching()
    const applied = next(engine, 'config-applied')
    await writeFile(engine.configPath, makeConfig({}))
    await applied
    expect(engine.engine.status()).toMatchObject({ state: 'running', failure: null })
  })
})

describe('hands that change the file', () => {
  const hands: readonly (readonly [string, (path: string, text: string) => Promise<void>])[] = [
    ['writes it in place', (path, text) => writeFile(path, text)],
    [
      'writes beside and renames, as vim does',
      async (path, text) => {
        await writeFile(`${path}.new`, text)
        await rename(`${path}.new`, path)
      },
    ],
    [
      'moves the old one away first',
      async (path, text) => {
        await rename(path, `${path}~`)
        await writeFile(path, text)
      },
    ],
    [
      'deletes it and restores it',
      async (path, text) => {
        await unlink(path)
        await writeFile(path, text)
      },
    ],
    [
      'empties it and writes it later',
      async (path, text) => {
        await writeFile(path, '')
        await writeFile(path, text)
      },
    ],
    [
      'saves twice quickly',
      async (path, text) => {
        await writeFile(path, text.replaceAll('late', 'early'))
        await writeFile(path, text)
      },
    ],
  ]

  it.each(hands)('notices one who %s', async (_, change) => {
    const { engine, upstream } = await open(plain)
    await engine.watching()
    const applied = new Promise<void>((resolve) => {
      engine.engine.subscribe((event) => {
        if (event.type === 'config-applied' && engine.engine.status().projects.some(({ name }) => name === 'late'))
          resolve()
      })
    })
    await change(engine.configPath, withProject(upstream, 'late'))
    await applied
    expect(await statusAs(engine, 'late')).toBe(200)
  })

  it('notices a link that is swapped, as Kubernetes does', async () => {
    const upstream = await startScriptedUpstream()
    closers.push(() => upstream.close())
    const folder = await mkdtemp(join(tmpdir(), 'ai-proxy-link-'))
    closers.push(() => rm(folder, { recursive: true, force: true }))
    for (const version of ['one', 'two']) {
      await mkdir(join(folder, version))
      await writeFile(join(folder, version, 'config.yaml'), withProject(upstream, version))
    }
    await symlink('one', join(folder, '..data'))
    await symlink(join('..data', 'config.yaml'), join(folder, 'linked.yaml'))
    const engine = await startEngine(makeConfig(plain(upstream)), { folder, configPath: join(folder, 'linked.yaml') })
    closers.push(() => engine.stop())
    expect(await statusAs(engine, 'one')).toBe(200)
    await engine.watching()
    const applied = next(engine, 'config-applied')
    await symlink('two', join(folder, '..data_tmp'))
    await rename(join(folder, '..data_tmp'), join(folder, '..data'))
    await applied
    expect(await statusAs(engine, 'two')).toBe(200)
    expect(await statusAs(engine, 'one')).toBe(401)
  })
})

describe('requests under way', () => {
  it('cuts none of 50 running streams', async () => {
    const { engine, upstream } = await open(plain)
    const hold = gate()
    upstream.always(chatStream(['one ', hold, 'two']))
    const streams = await Promise.all(
      Array.from({ length: 50 }, () => engine.post('/v1/chat/completions', { ...chat, stream: true })),
    )
    for (const name of ['first', 'second', 'third']) await engine.configure(withProject(upstream, name))
    await engine.configure('server: [')
    hold.open()
    const texts = await Promise.all(streams.map((stream) => stream.text()))
    for (const text of texts) {
      expect(text).toContain('two')
      expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true)
    }
  })

  it('finishes requests of a key, an upstream and a project that leave the config', async () => {
    const { engine, upstream } = await open(plain)
    const hold = gate()
    upstream.script(after(hold, answer('still here')))
    const pending = engine.post('/v1/chat/completions', chat)
    await upstream.waitForRequests(1)
    await engine.configure({ upstreams: [], project_auth: [makeProject('other', 'ak-other-0123456789')] })
    hold.open()
    const finished = await pending
    expect(finished.status).toBe(200)
    expect(JSON.stringify(await finished.json())).toContain('still here')
    expect((await engine.post('/v1/chat/completions', chat)).status).toBe(401)
  })

  it('keeps the health of a key over a reload', async () => {
    const { engine, upstream } = await open((target) => ({
      server: { port: 0, max_retries: 0 },
      upstreams: [makeUpstream('a', target, { keys: ['sk-a-limited-1', 'sk-a-good-0002'] })],
    }))
    upstream.scriptFor({ key: 'sk-a-limited-1' }, limited())
    await (await engine.post('/v1/chat/completions', chat)).text()
    await engine.configure({
      server: { port: 0, max_retries: 1 },
      upstreams: [makeUpstream('a', upstream, { keys: ['sk-a-good-0002', 'sk-a-limited-1'] })],
    })
    const states = engine.engine.status().upstreams[0]?.keys.map(({ state }) => state)
    expect(states).toEqual(['ready', 'paused'])
  })
})

describe('listen address', () => {
  const onPort = (port: number | string, upstream: ScriptedUpstream) =>
    makeConfig({ server: { port }, upstreams: [makeUpstream('a', upstream)] })

  it('answers on a new port before the old one closes, and lets running streams finish', async () => {
    const { engine, upstream } = await open(plain, { port: null })
    const hold = gate()
    upstream.script(chatStream(['one ', hold, 'two']))
    const stream = await engine.post('/v1/chat/completions', { ...chat, stream: true })
    const port = await freePort()
    expect(await engine.configure(onPort(port, upstream))).toMatchObject({ kind: 'applied' })
    const moved = await fetch(`http://127.0.0.1:${port}/health`)
    expect(moved.status).toBe(200)
    await expect(fetch(`${engine.origin}/health`, { headers: { connection: 'close' } })).rejects.toThrow('fetch failed')
    hold.open()
    expect(await stream.text()).toContain('two')
  })

  it('moves to another host on the same port', async () => {
    const { engine, upstream } = await open(
      (target) => ({ server: { port: '127.0.0.1:0' }, upstreams: [makeUpstream('a', target)] }),
      { port: null },
    )
    const port = await freePort()
    await engine.configure(onPort(`127.0.0.1:${port}`, upstream))
    expect(await engine.configure(onPort(`0.0.0.0:${port}`, upstream))).toMatchObject({ kind: 'applied' })
    expect(engine.engine.status().listening).toMatchObject({ port, beyondLoopback: true })
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200)
  })

  it('refuses the whole config when the new port is taken', async () => {
    const { engine, upstream } = await open(plain, { port: null })
    const port = await takenPort()
    const config = {
      server: { port: `127.0.0.1:${port}` },
      upstreams: [makeUpstream('a', upstream, { models: ['other'] })],
    }
    const result = await engine.configure(config)
    expect(result).toMatchObject({ kind: 'rejected', diagnostics: [{ code: 'port_in_use', params: { port } }] })
    expect((await engine.post('/v1/chat/completions', chat)).status).toBe(200)
  })

  it('goes back to the old address when another host of the same port cannot be bound', async () => {
    const { engine, upstream } = await open(
      (target) => ({ server: { port: '127.0.0.1:0' }, upstreams: [makeUpstream('a', target)] }),
      { port: null },
    )
    const port = await freePort()
    await engine.configure(onPort(`127.0.0.1:${port}`, upstream))
    // TEST-NET-1 (RFC 5737): no computer has it.
    expect(await engine.configure(onPort(`192.0.2.1:${port}`, upstream))).toMatchObject({
      kind: 'rejected',
      diagnostics: [{ code: 'address_not_available' }],
    })
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200)
  })

  it('listens on both loopback addresses when the config names a port only', async () => {
    const { engine } = await open(plain)
    const { listening } = engine.engine.status()
    expect(listening?.baseUrl).toBe(`http://localhost:${engine.port}/v1`)
    expect(listening?.addresses).toContain(`127.0.0.1:${engine.port}`)
    expect(listening?.beyondLoopback).toBe(false)
  })
})

const limited = () =>
  json(429, { error: { message: 'Rate limit reached', type: 'requests', param: null, code: 'rate_limit_exceeded' } })
