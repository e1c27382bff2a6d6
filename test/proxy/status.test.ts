import type { NetworkInterfaceInfo } from 'node:os'
import { describe, expect, it } from 'vitest'
import { listeningStatus } from '../../proxy/status.ts'

function makeInfo(address: string): NetworkInterfaceInfo {
  const shared = { address, netmask: '', mac: '00:00:00:00:00:00', cidr: null, internal: /^(127\.|::1$)/.test(address) }
  return address.includes(':') ? { ...shared, family: 'IPv6', scopeid: 0 } : { ...shared, family: 'IPv4' }
}

const adapters = {
  docker0: [makeInfo('172.17.0.1')],
  lo: [makeInfo('127.0.0.1'), makeInfo('::1')],
  'Wi-Fi': [makeInfo('fe80::1'), makeInfo('fd00::2'), makeInfo('192.168.1.20')],
  'vEthernet (WSL)': [makeInfo('172.28.0.1')],
  unplugged: [makeInfo('169.254.7.7')],
}

describe('the addresses for other devices', () => {
  it.each<[string, string[], string[]]>([
    ['none on loopback', ['127.0.0.1:8080', '[::1]:8080'], []],
    [
      'one for each network, real ones first',
      ['0.0.0.0:8080'],
      [
        'http://192.168.1.20:8080/v1 Wi-Fi',
        'http://172.17.0.1:8080/v1 docker0',
        'http://172.28.0.1:8080/v1 vEthernet (WSL)',
      ],
    ],
    [
      'those of IPv6 last, where both are listened on',
      ['[::]:8080'],
      [
        'http://192.168.1.20:8080/v1 Wi-Fi',
        'http://172.17.0.1:8080/v1 docker0',
        'http://172.28.0.1:8080/v1 vEthernet (WSL)',
        'http://[fd00::2]:8080/v1 Wi-Fi',
      ],
    ],
    ['the one that is listened on', ['192.168.1.20:8080'], ['http://192.168.1.20:8080/v1 Wi-Fi']],
    ['the one that is listened on, of no known network', ['10.0.0.9:8080'], ['http://10.0.0.9:8080/v1 ']],
  ])('are %s', (_, addresses, expected) => {
    const { networkUrls, beyondLoopback } = listeningStatus(addresses, 8080, () => adapters)
    expect(networkUrls.map(({ url, adapter }) => `${url} ${adapter}`)).toEqual(expected)
    expect(beyondLoopback).toBe(expected.length > 0)
  })

  it('are none in no network', () => {
    const { networkUrls, baseUrl } = listeningStatus(['0.0.0.0:8080'], 8080, () => ({}))
    expect([networkUrls, baseUrl]).toEqual([[], 'http://localhost:8080/v1'])
  })
})
