/** Looks for a port that nobody listens on. */
import { createServer } from 'node:net'

const tries = 50
const lastPort = 65_535

/**
 * The first free port above `port`; null when none of the next is.
 *
 * @param host - null as in the engine: both loopback addresses.
 */
export async function findFreePort(port: number, host: string | null): Promise<number | null> {
  for (let candidate = port + 1; candidate <= Math.min(port + tries, lastPort); candidate++) {
    if (await isFree(candidate, host)) return candidate
  }
  return null
}

async function isFree(port: number, host: string | null): Promise<boolean> {
  if (host !== null) return (await tryListen(port, host)) === 'free'
  if ((await tryListen(port, '127.0.0.1')) !== 'free') return false
  // A computer without IPv6 has nobody there.
  return (await tryListen(port, '::1')) !== 'taken'
}

function tryListen(port: number, host: string): Promise<'free' | 'taken' | 'no-address'> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT' ? 'no-address' : 'taken')
    })
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve('free')))
  })
}
