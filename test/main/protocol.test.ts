import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assetPath, contentSecurityPolicy, createConsoleHandler } from '../../main/protocol.ts'

describe('the file behind an address', () => {
  it.each<[string, string | null]>([
    ['app://console/', '/built/index.html'],
    ['app://console/index.html#/requests/req_1', '/built/index.html'],
    ['app://console/assets/main%20a.js?v=1', '/built/assets/main a.js'],
    ['app://console/../secret', '/built/secret'],
    ['app://console/%2e%2e/secret', '/built/secret'],
    ['app://console/..%2fsecret', null],
    ['app://console/a/..%2f..%2fsecret', null],
    ['app://console/%5c..%5csecret', null],
    ['app://console/C:%5csecret', null],
    ['app://console/a%00.js', null],
    ['app://console/%zz', null],
    ['app://other/index.html', null],
    ['https://console/index.html', null],
    ['nonsense', null],
  ])('of %s is %j', (url, expected) => {
    expect(assetPath(url, '/built')).toBe(expected === null ? null : join(expected))
  })
})

describe('the console', () => {
  let folder = ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ai-proxy-console-'))
    await mkdir(join(folder, 'renderer/assets'), { recursive: true })
    await writeFile(join(folder, 'renderer/index.html'), '<p>Console</p>')
    await writeFile(join(folder, 'renderer/assets/a.js'), 'export {}')
    await writeFile(join(folder, 'secret.txt'), 'secret')
  })
  afterAll(() => rm(folder, { recursive: true }))

  const get = (url: string) => createConsoleHandler(join(folder, 'renderer'))({ url })

  it.each([
    ['app://console/index.html', 'text/html; charset=utf-8', '<p>Console</p>'],
    ['app://console/assets/a.js', 'text/javascript; charset=utf-8', 'export {}'],
  ])('comes with type and policy: %s', async (url, type, body) => {
    const answer = await get(url)
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([200, type, body])
    expect(answer.headers.get('content-security-policy')).toBe(contentSecurityPolicy)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it.each(['app://console/missing.js', 'app://console/assets', 'app://console/..%2fsecret.txt'])(
    'has nothing at %s',
    async (url) => {
      const answer = await get(url)
      expect([answer.status, await answer.text()]).toEqual([404, 'Not found'])
      expect(answer.headers.get('content-security-policy')).toBe(contentSecurityPolicy)
    },
  )

  it('runs no script but its own files', () => {
    expect(contentSecurityPolicy).toContain("script-src 'self';")
    expect(contentSecurityPolicy).toContain("default-src 'none'")
    expect(contentSecurityPolicy).not.toMatch(/script-src[^;]*unsafe/)
  })
})
