import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startEngine } from '../helpers/engine.ts'

const config = `server:
  port: "127.0.0.1:0"
upstreams:
  - name: Demo
    base_url: builtin:demo
    models: ["demo/echo"]
project_auth:
  - project_name: tests
    api_key: ak-test-0123456789abcdef
    allowed_models: ["*"]
`

it('stays stopped when the config is saved meanwhile, and starts with what was saved', async () => {
  const engine = await startEngine(config)
  await engine.engine.stop({ graceMs: 0 })
  await writeFile(engine.configPath, (await readFile(engine.configPath, 'utf8')).replace('name: Demo', 'name: Other'))
  expect(await engine.engine.reload({ force: true })).toMatchObject({ kind: 'unchanged' })
  expect(engine.engine.status()).toMatchObject({ state: 'stopped', listening: null })
  await engine.engine.start()
  expect(engine.engine.status().upstreams.map(({ name }) => name)).toEqual(['Other'])
  await engine.stop()
})

it('stays stopped when a broken config is saved meanwhile, fails to start with it, and starts once it is mended', async () => {
  const engine = await startEngine(config)
  await engine.engine.stop({ graceMs: 0 })
  await writeFile(engine.configPath, 'upstreams: 3\n')
  expect(await engine.engine.reload({ force: true })).toMatchObject({ kind: 'rejected' })
  expect(engine.engine.status().state).toBe('stopped')
  await engine.engine.start()
  expect(engine.engine.status()).toMatchObject({ state: 'failed', failure: { message: expect.any(String) } })
  await writeFile(engine.configPath, config)
  await engine.engine.reload({ force: false })
  expect(engine.engine.status()).toMatchObject({ state: 'running', failure: null })
  await engine.stop()
})

it('sends notices again after a stop and a start', async () => {
  const receiver = createServer((_request, response) => response.end('{}'))
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  // A bound TCP server has no other kind of address.
  const { port } = receiver.address() as AddressInfo
  const engine = await startEngine(config)
  await engine.engine.stop({ graceMs: 0 })
  await engine.engine.start()
  expect(await engine.engine.webhook.sendTest(`http://127.0.0.1:${port}/`)).toEqual({ ok: true, status: 200 })
  await engine.stop()
  receiver.closeAllConnections()
  receiver.close()
})

it('leaves the saved states as they are when it never came to run', async () => {
  const engine = await startEngine(config)
  await engine.engine.stop({ graceMs: 0 })
  const stateFile = join(engine.folder, 'data', 'state.json')
  const saved = '{"keys":{"Demo":[]},"ids":[]}'
  await writeFile(stateFile, saved)
  await writeFile(engine.configPath, 'upstreams: 3\n')
  const failed = await engine.restart({ mayFail: true })
  expect(failed.engine.status().state).toBe('failed')
  await failed.engine.stop({ graceMs: 0 })
  expect(await readFile(stateFile, 'utf8')).toBe(saved)
  await engine.stop()
})

it('tells why its data folder cannot be used, and starts once it can', async () => {
  const engine = await startEngine(config)
  await engine.engine.stop({ graceMs: 0 })
  const data = join(engine.folder, 'data')
  await rm(data, { recursive: true })
  await writeFile(data, '')
  const failed = await engine.restart({ mayFail: true })
  expect(failed.engine.status()).toMatchObject({
    state: 'failed',
    failure: { code: 'data_folder_unusable', message: expect.stringContaining(data) },
  })
  await rm(data)
  await mkdir(data)
  expect(await failed.engine.reload({ force: true })).toMatchObject({ kind: 'applied' })
  await failed.stop()
})
