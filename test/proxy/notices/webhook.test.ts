import { Agent } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Notice } from '../../../proxy/contract.ts'
import { createWebhook } from '../../../proxy/notices/webhook.ts'
import type { Webhook, WebhookOptions } from '../../../proxy/notices/webhook.ts'
import { gate, hang, json, after, redirect, startScriptedUpstream, text } from '../../helpers/scripted-upstream.ts'
import type { ScriptedUpstream } from '../../helpers/scripted-upstream.ts'

let receiver: ScriptedUpstream
let webhook: Webhook
let warnings: string[]
let warned: PromiseWithResolvers<string>

beforeEach(async () => {
  receiver = await startScriptedUpstream()
  receiver.always(text(200, 'ok'))
  warnings = []
  warned = Promise.withResolvers()
})
afterEach(async () => {
  await webhook.close()
  await receiver.close()
})

function startWebhook(options: Partial<WebhookOptions> = {}): void {
  webhook = createWebhook({
    url: () => `${receiver.url}/hook/secret-path`,
    language: () => 'en',
    log: {
      warn(message) {
        warnings.push(message)
        warned.resolve(message)
      },
    },
    backOffMs: [0, 0],
    ...options,
  })
}

const makeNotice = (changes: Partial<Notice> = {}): Notice => ({
  kind: 'key-paused',
  at: 0,
  upstream: 'Pool',
  keyLabel: 'a',
  model: null,
  until: null,
  message: 'Key a is paused',
  ...changes,
})

// Safe: what the webhook sends to a plain receiver.
const messages = () => receiver.requests.map((request) => (request.json() as { message: string }).message)

describe('notify', () => {
  it('posts the notice as JSON', async () => {
    startWebhook()
    webhook.notify(makeNotice())
    const request = await receiver.nextRequest()
    expect([request.method, request.path, request.headers['content-type']]).toEqual([
      'POST',
      '/hook/secret-path',
      'application/json; charset=utf-8',
    ])
    expect(request.json()).toMatchObject({
      event: 'key-paused',
      upstream: 'Pool',
      key: 'a',
      message: 'Key a is paused',
    })
  })

  it('sends nothing without a URL', async () => {
    let url = ''
    startWebhook({ url: () => url })
    webhook.notify(makeNotice())
    url = `${receiver.url}/later`
    webhook.notify(makeNotice({ keyLabel: 'b' }))
    expect((await receiver.nextRequest()).json()).toMatchObject({ key: 'b' })
  })

  it('returns while the receiver hangs, and sends the rest in order afterwards', async () => {
    const release = gate()
    receiver.script(after(release, text(200, 'ok')))
    startWebhook()
    for (const key of ['a', 'b', 'c']) webhook.notify(makeNotice({ keyLabel: key, message: key }))
    await receiver.waitForRequests(1)
    release.open()
    await receiver.waitForRequests(3)
    expect(messages()).toEqual(['a', 'b', 'c'])
  })

  it('folds repeats into one that counts them', async () => {
    startWebhook({ foldMs: 20 })
    webhook.notify(makeNotice())
    webhook.notify(makeNotice())
    webhook.notify(makeNotice({ message: 'Key a is paused until later' }))
    webhook.notify(makeNotice({ model: 'gpt-4', message: 'another matter' }))
    await receiver.waitForRequests(3)
    expect(messages()).toEqual(['Key a is paused', 'another matter', 'Key a is paused until later (repeated: 2)'])
  })

  it('tells of a fresh case once the minute is over', async () => {
    startWebhook({ foldMs: 1 })
    webhook.notify(makeNotice({ message: 'first' }))
    // Each attempt either starts a case or is folded into the last; both end in a message of its own.
    await receiver.waitForRequests(1)
    webhook.notify(makeNotice({ message: 'second' }))
    await receiver.waitForRequests(2)
    expect(messages()[1]).toMatch(/^second/)
  })

  it('does not tell of an earlier pause after the recovery', async () => {
    startWebhook({ foldMs: 20 })
    webhook.notify(makeNotice({ message: 'paused' }))
    webhook.notify(makeNotice({ message: 'paused again' }))
    webhook.notify(makeNotice({ kind: 'key-recovered', message: 'recovered' }))
    webhook.notify(makeNotice({ kind: 'key-recovered', message: 'recovered' }))
    await receiver.waitForRequests(3)
    expect(messages()).toEqual(['paused', 'recovered', 'recovered (repeated: 1)'])
  })

  it('drops what is over 100 and says how many', async () => {
    const release = gate()
    receiver.script(after(release, text(200, 'ok')))
    startWebhook()
    for (let count = 0; count < 130; count += 1) webhook.notify(makeNotice({ keyLabel: String(count) }))
    release.open()
    await receiver.waitForRequests(100)
    expect(await warned.promise).toBe('Too many notices are waiting, dropped: 30')
  })
})

describe('a receiver that fails', () => {
  it.each<[string, number, number]>([
    ['tries again after', 500, 3],
    ['tries again after', 429, 3],
    ['gives up at once after', 404, 1],
  ])('%s %s', async (_, status, tries) => {
    receiver.always(json(status, {}))
    startWebhook()
    webhook.notify(makeNotice())
    expect(await warned.promise).toBe(`The notice could not be delivered to 127.0.0.1:${receiver.port}: HTTP ${status}`)
    expect(receiver.requests).toHaveLength(tries)
  })

  it('is forgiven when the second try works', async () => {
    receiver.script(json(503, {}), text(200, 'ok'))
    startWebhook()
    webhook.notify(makeNotice({ message: 'one' }))
    webhook.notify(makeNotice({ keyLabel: 'b', message: 'two' }))
    await receiver.waitForRequests(3)
    expect([messages(), warnings]).toEqual([['one', 'one', 'two'], []])
  })

  it('is not followed to another address', async () => {
    receiver.script(redirect(307, `${receiver.url}/elsewhere`))
    startWebhook()
    webhook.notify(makeNotice())
    expect(await warned.promise).toMatch(/HTTP 307$/)
    expect(receiver.requests).toHaveLength(1)
  })

  it('is given up when it does not answer in time', async () => {
    receiver.always(hang('before-headers'))
    startWebhook({ timeoutMs: 20, backOffMs: [] })
    webhook.notify(makeNotice())
    expect(await warned.promise).toMatch(/: timeout$/)
  })

  it('is named by its host only', async () => {
    await receiver.close()
    startWebhook()
    webhook.notify(makeNotice())
    const warning = await warned.promise
    expect(warning).toMatch(/ECONNREFUSED$/)
    expect(warning).not.toContain('secret-path')
  })

  it('cannot be one without http', async () => {
    startWebhook({ url: () => 'file:///etc/passwd' })
    webhook.notify(makeNotice())
    expect(await warned.promise).toMatch(/^The webhook URL is not valid/)
  })
})

describe('sendTest', () => {
  it('sends one notice and tells the status', async () => {
    startWebhook({ url: () => '' })
    expect(await webhook.sendTest(`${receiver.url}/try`)).toEqual({ ok: true, status: 200 })
    expect(receiver.requests[0]?.json()).toMatchObject({ event: 'test', message: 'This is a test notice of AI Proxy' })
  })

  it('tells why it failed, after one try', async () => {
    receiver.always(json(500, {}))
    startWebhook()
    expect(await webhook.sendTest(`${receiver.url}/try`)).toEqual({ ok: false, message: 'HTTP 500' })
    expect(await webhook.sendTest('nonsense')).toMatchObject({ ok: false })
    expect(receiver.requests).toHaveLength(1)
  })

  it('sends user and password of the URL as a header', async () => {
    startWebhook()
    await webhook.sendTest(receiver.url.replace('://', '://me:pa%20ss@'))
    const { headers } = await receiver.nextRequest()
    expect(headers.authorization).toBe(`Basic ${Buffer.from('me:pa ss').toString('base64')}`)
  })

  it('goes through the dispatcher it is given', async () => {
    const own = new Agent()
    let uses = 0
    const counting = own.compose((dispatch) => (dispatchOptions, handler) => {
      uses += 1
      return dispatch(dispatchOptions, handler)
    })
    startWebhook({ dispatcher: () => counting })
    await webhook.sendTest(receiver.url)
    await own.close()
    expect(uses).toBe(1)
  })
})

it('gives up what is under way when it is closed', async () => {
  receiver.always(hang('before-headers'))
  startWebhook()
  webhook.notify(makeNotice())
  await receiver.waitForRequests(1)
  await webhook.close()
  await receiver.waitForAbort(0)
  webhook.notify(makeNotice({ keyLabel: 'b' }))
  expect([receiver.requests.length, warnings]).toEqual([1, []])
})
