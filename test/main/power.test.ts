import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { SuspendBlocker, answers, healthUrl, wakeUp } from '../../main/power.ts'
import type { EngineStatus } from '../../proxy/contract.ts'
import { makeStatus } from './make.ts'

describe('waking up', () => {
  async function wake(status: EngineStatus, healthy: (url: string) => boolean) {
    const steps: string[] = []
    await wakeUp({
      status: () => status,
      reconnect: () => steps.push('reconnect'),
      isHealthy: async (url) => {
        steps.push(url)
        return healthy(url)
      },
      ownAddresses: () => ['127.0.0.1', '192.168.1.5'],
      restart: async () => void steps.push('restart'),
      retry: async () => steps.push('retry'),
      onListenAgain: () => steps.push('tell'),
    })
    return steps
  }
  const listeningOn = (address: string): EngineStatus['listening'] => {
    const { listening } = makeStatus()
    return listening && { ...listening, addresses: [address] }
  }
  const [ipv4, ipv6] = ['http://127.0.0.1:8080/health', 'http://[::1]:8080/health'] as const

  it.each<[string, Partial<EngineStatus>, (url: string) => boolean, string[]]>([
    ['connects anew and looks after itself', {}, () => true, ['reconnect', ipv4, ipv6]],
    ['listens again when it cannot reach itself', {}, () => false, ['reconnect', ipv4, 'tell', 'restart']],
    ['listens again when one address is dead', {}, (url) => url === ipv4, ['reconnect', ipv4, ipv6, 'tell', 'restart']],
    [
      'listens again on an address of the network',
      { listening: listeningOn('192.168.1.5:8080') },
      () => false,
      ['reconnect', 'http://192.168.1.5:8080/health', 'tell', 'restart'],
    ],
    [
      'waits for an address that the network has not given back yet',
      { listening: listeningOn('192.168.1.6:8080') },
      () => false,
      ['reconnect'],
    ],
    ['tries again what failed before', { state: 'failed', listening: null }, () => true, ['retry']],
    ['leaves a stopped engine stopped', { state: 'stopped', listening: null }, () => true, []],
  ])('%s', async (_, overrides, healthy, expected) => {
    expect(await wake(makeStatus(overrides), healthy)).toEqual(expected)
  })

  it.each([
    ['127.0.0.1:8080', ipv4],
    ['[::1]:8080', ipv6],
    ['0.0.0.0:8080', ipv4],
    ['[::]:8080', ipv6],
    ['192.168.1.5:9000', 'http://192.168.1.5:9000/health'],
  ])('asks %s at %s', (address, expected) => {
    expect(healthUrl(address)).toBe(expected)
  })

  it('tells a server that answers well from one that does not', async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/health' ? 200 : 500
      response.end('{}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // A bound TCP server has no other kind of address.
    const { port } = server.address() as AddressInfo
    const seen = [await answers(`http://127.0.0.1:${port}/health`), await answers(`http://127.0.0.1:${port}/else`)]
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    seen.push(await answers(`http://127.0.0.1:${port}/health`))
    expect(seen).toEqual([true, false, false])
  })
})

it('sleep of the app is held off only while requests run', () => {
  const steps: string[] = []
  const blocker = new SuspendBlocker({
    start: (type) => {
      steps.push(type)
      return 7
    },
    stop: (id) => {
      steps.push(`stop ${id}`)
      return true
    },
  })
  for (const active of [0, 1, 2, 1, 0, 0, 3]) blocker.update(active)
  expect(steps).toEqual(['prevent-app-suspension', 'stop 7', 'prevent-app-suspension'])
})
