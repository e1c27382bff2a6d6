import { describe, expect, it } from 'vitest'
import { isAllowedHost, refusalOf } from '../../../proxy/control/access.ts'

const listed = ['console.example.com', 'nas:8443', '192.168.1.5']

describe('isAllowedHost', () => {
  it.each<[string, string | undefined, boolean]>([
    ['localhost', 'localhost', true],
    ['localhost with a port', 'localhost:8080', true],
    ['localhost in capitals', 'LocalHost:8080', true],
    ['an IPv4 address', '127.0.0.1:8080', true],
    ['an IPv6 address', '[::1]:8080', true],
    ['an address of the LAN', '192.168.1.5:8080', true],
    ["Docker's name of its host", 'host.docker.internal:8080', true],
    ['a listed name', 'console.example.com', true],
    ['a listed name with any port', 'CONSOLE.example.com:8443', true],
    ['a listed name with its port', 'nas:8443', true],
    ['a name listed with another port', 'nas:8080', false],
    ['any other name', 'evil.example', false],
    ['a name that begins like localhost', 'localhost.evil.example', false],
    ['a name below localhost', 'evil.localhost', false],
    ['a trailing dot', 'localhost.', false],
    ['an address in a name', '127.0.0.1.nip.io', false],
    ['a number that is an address to browsers', '2130706433', false],
    ['brackets around a name', '[localhost]', false],
    ['a user name before it', 'localhost@evil.example', false],
    ['nothing', undefined, false],
    ['an empty header', '', false],
  ])('%s', (_, host, allowed) => {
    expect(isAllowedHost(host, listed)).toBe(allowed)
  })
})

describe('refusalOf', () => {
  it.each<[string, Record<string, string>, string | null]>([
    ['a program: neither Origin nor Sec-Fetch-Site', { host: 'localhost:8080' }, null],
    [
      'our own page',
      { host: 'localhost:8080', origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' },
      null,
    ],
    ['the address bar', { host: 'localhost:8080', 'sec-fetch-site': 'none' }, null],
    ['another site', { host: 'localhost:8080', 'sec-fetch-site': 'cross-site' }, 'origin_not_allowed'],
    [
      'another port, which is the same site',
      { host: 'localhost:8080', 'sec-fetch-site': 'same-site' },
      'origin_not_allowed',
    ],
    ['the Origin of another host', { host: 'localhost:8080', origin: 'http://evil.example' }, 'origin_not_allowed'],
    ['the Origin of another port', { host: 'localhost:8080', origin: 'http://localhost:3000' }, 'origin_not_allowed'],
    [
      'the other name of this computer',
      { host: 'localhost:8080', origin: 'http://127.0.0.1:8080' },
      'origin_not_allowed',
    ],
    ['another scheme', { host: 'localhost:8080', origin: 'https://localhost:8080' }, 'origin_not_allowed'],
    ['an opaque origin', { host: 'localhost:8080', origin: 'null' }, 'origin_not_allowed'],
    ['TLS ended by a listed proxy', { host: 'console.example.com', origin: 'https://console.example.com' }, null],
    ['TLS ended at a listed address', { host: '192.168.1.5', origin: 'https://192.168.1.5' }, null],
    [
      'a rebound name, whatever else it shows',
      { host: 'evil.example', origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' },
      'host_not_allowed',
    ],
  ])('%s', (_, headers, refusal) => {
    expect(refusalOf(headers, listed)).toBe(refusal)
  })
})
