/** Which sockets are there for an address, on real ones. */
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, it, onTestFinished } from 'vitest'
import { Listener, ListenFailure, type ListenAddress } from '../../../proxy/gateway/listener.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((infos) => infos?.some(({ address }) => address === '::1'))

async function open(address: ListenAddress): Promise<Listener> {
  const listener = await Listener.open(address, (_, response) => response.end('here'))
  onTestFinished(() => listener.close(0))
  return listener
}

async function ask(host: string, port: number): Promise<string> {
  const answer = await fetch(`http://${host}:${port}/`, { headers: { connection: 'close' } })
  return answer.text()
}

/** A port whose ::1 belongs to another program, while its IPv4 addresses are free. */
async function takeIpv6(): Promise<number> {
  const other = createServer().listen({ host: '::1', port: 0, ipv6Only: true })
  await once(other, 'listening')
  onTestFinished(() => new Promise((resolve) => other.close(() => resolve())))
  // A bound TCP server has no other kind of address.
  return (other.address() as AddressInfo).port
}

// Without ::1 there is nothing to find here: such a machine's localhost is 127.0.0.1.
it.skipIf(!hasIpv6).each([null, '0.0.0.0'])('answers whichever localhost is meant, listening on %s', async (host) => {
  const { port, addresses } = await open({ host, port: 0 })
  expect([await ask('127.0.0.1', port), await ask('[::1]', port)]).toEqual(['here', 'here'])
  expect(addresses).toEqual([`${host ?? '127.0.0.1'}:${port}`, `[::1]:${port}`])
})

it.skipIf(!hasIpv6)('listens on all of IPv4 where only the ::1 of the port is taken', async () => {
  const port = await takeIpv6()
  const { addresses } = await open({ host: '0.0.0.0', port })
  expect(addresses).toEqual([`0.0.0.0:${port}`])
  expect(await ask('127.0.0.1', port)).toBe('here')
})

it.skipIf(!hasIpv6)('refuses a port whose ::1 is taken where loopback is all there is', async () => {
  const port = await takeIpv6()
  await expect(open({ host: null, port })).rejects.toThrow(ListenFailure)
  // Nothing is left behind on the other address.
  await expect(ask('127.0.0.1', port)).rejects.toThrow('fetch failed')
})

it('listens on a single address where that is asked for', async () => {
  const { port, addresses } = await open({ host: '127.0.0.1', port: 0 })
  expect(addresses).toEqual([`127.0.0.1:${port}`])
})
