import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ModelEntry } from '../../proxy/contract.ts'
import { commandFor, firstModel, usableModels } from '../../renderer/pages/overview/first-request-command.ts'

function entry(name: string, overrides: Partial<ModelEntry> = {}): ModelEntry {
  const targets = [{ upstream: 'A', model: name, usable: true, why: null }]
  return { name, kind: 'listed', targets, projects: ['IDE'], ...overrides }
}

describe('the model of the first request', () => {
  it('is one that this project may ask for and that can be answered now', () => {
    const models = [
      entry('other', { projects: ['nightly'] }),
      entry('down', { targets: [{ upstream: 'A', model: 'down', usable: false, why: 'paused' }] }),
      entry('gpt-4o'),
    ]
    expect([firstModel(models, 'IDE'), firstModel(models, 'nightly'), firstModel(models, 'none')]).toEqual([
      'gpt-4o',
      'other',
      null,
    ])
  })

  it('is a real one before the demo, and one that chats before one that only embeds', () => {
    const models = [entry('demo/echo'), entry('text-embedding-3-small'), entry('gpt-4o')]
    expect(usableModels(models, 'IDE')).toEqual(['gpt-4o', 'demo/echo', 'text-embedding-3-small'])
  })
})

describe('the command of the first request', () => {
  const request = { baseUrl: 'http://localhost:8080/v1', key: 'ak-1', model: `it's "m"` }

  // Windows has no sh; its two forms are below.
  it.skipIf(process.platform === 'win32')(
    'reaches the server as written, by a real shell and a real curl',
    async () => {
      const server = createServer((incoming, response) => {
        void text(incoming).then((body) =>
          response.end(JSON.stringify({ url: incoming.url, key: incoming.headers.authorization, body })),
        )
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      onTestFinished(() => void server.close())
      // Safe: a server that listens on TCP has an AddressInfo.
      const { port } = server.address() as AddressInfo
      const command = commandFor('bash', { ...request, baseUrl: `http://127.0.0.1:${port}/v1` })
      const { stdout } = await promisify(execFile)('sh', ['-c', command])
      const echoed = JSON.parse(stdout) as { url: string; key: string; body: string }
      expect({ ...echoed, body: JSON.parse(echoed.body) as unknown }).toEqual({
        url: '/v1/chat/completions',
        key: 'Bearer ak-1',
        body: { model: `it's "m"`, messages: [{ role: 'user', content: 'Say hello.' }] },
      })
    },
  )

  it('is quoted as PowerShell and cmd want it', () => {
    expect(commandFor('powershell', request)).toContain(`-Body '{"model":"it''s \\"m\\"",`)
    expect(commandFor('cmd', { ...request, model: 'm' })).toContain(`-d "{\\"model\\":\\"m\\",`)
  })
})
