import { describe, expect, it } from 'vitest'
import { SystemProxy, SystemProxySwitch, proxyFromPac } from '../../main/system-proxy.ts'

it.each<[string, string | null]>([
  ['DIRECT', null],
  ['PROXY 10.0.0.1:3128; DIRECT', 'http://10.0.0.1:3128'],
  ['HTTPS proxy.example:443', 'https://proxy.example:443'],
  ['SOCKS5 127.0.0.1:1080', 'socks5://127.0.0.1:1080'],
  ['socks [::1]:1080', 'socks5://[::1]:1080'],
  ['QUIC proxy.example:443', null],
  ['PROXY', null],
  ['', null],
])('a proxy script’s %j means %j', (answer, expected) => {
  expect(proxyFromPac(answer)).toBe(expected)
})

/** The system's answers, which a test may change. */
function system() {
  const answers: Record<string, string> = {}
  const asked: string[] = []
  const resolveProxy = async (url: string) => {
    asked.push(url)
    const answer = answers[url]
    if (answer === undefined) throw new Error('no answer')
    return answer
  }
  return { answers, asked, resolveProxy }
}

describe("the system's proxy", () => {
  it('is known once it was asked for, and tells when it has changed', async () => {
    const { answers, resolveProxy } = system()
    const proxy = new SystemProxy(resolveProxy)
    answers['https://a.example/'] = 'PROXY p:1'
    answers['https://b.example/'] = 'DIRECT'
    const origins = ['https://a.example', 'https://b.example', 'https://c.example']
    expect(proxy.find('https://a.example')).toBeNull()
    expect(await proxy.refresh(origins)).toBe(true)
    expect(origins.map(proxy.find)).toEqual(['http://p:1', null, null])
    expect(await proxy.refresh(origins)).toBe(false)
    answers['https://a.example/'] = 'DIRECT'
    expect(await proxy.refresh(origins)).toBe(true)
    expect([proxy.find('https://a.example'), proxy.forget()]).toEqual([null, false])
  })

  it('is used while the switch is on, and connections follow', async () => {
    const { answers, asked, resolveProxy } = system()
    answers['https://a.example/'] = 'PROXY p:1'
    const steps: string[] = []
    const proxySwitch = new SystemProxySwitch({
      resolveProxy,
      origins: () => ['https://a.example'],
      use: (find) => steps.push(find === null ? 'off' : 'on'),
      reconnect: () => steps.push('reconnect'),
    })
    await proxySwitch.refresh()
    expect(asked).toEqual([])
    await proxySwitch.set(true)
    await proxySwitch.set(true)
    await proxySwitch.refresh()
    await proxySwitch.set(false)
    await proxySwitch.set(false)
    expect(steps).toEqual(['on', 'reconnect', 'off', 'reconnect'])
  })
})
