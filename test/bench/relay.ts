/**
 * The yardstick: a bare Node server that hands every request to undici and pipes the answer back. It reads nothing,
 * checks nothing, keeps nothing. Its port is the last line it prints.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'

const origin = process.argv[2] ?? ''
const pool = new Pool(origin, { pipelining: 1, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 30_000 })

const server = createServer({ keepAliveTimeout: 90_000, requestTimeout: 0 }, (request, response) => {
  const { host: _host, connection: _connection, ...headers } = request.headers
  pool
    .request({ path: request.url ?? '/', method: 'POST', headers, body: request })
    .then((answer) => {
      response.writeHead(answer.statusCode, answer.headers)
      answer.body.on('error', () => response.destroy())
      answer.body.pipe(response)
      response.on('close', () => {
        if (!response.writableFinished) answer.body.destroy()
      })
    })
    .catch(() => response.writeHead(502).end())
})

server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  // A bound TCP server has no other kind of address.
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
