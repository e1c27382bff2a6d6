import { describe, expect, it } from 'vitest'
import { controlMethods, desktopMethods, type ControlReply } from '../../proxy/contract.ts'
import { ControlFailure, createClient, type Transport } from '../../renderer/client.ts'

const transport = (reply: () => Promise<ControlReply>, desktop = false): Transport => ({
  call: reply,
  desktopCall: desktop ? reply : null,
  subscribe: () => () => undefined,
})

describe('createClient', () => {
  it('has every method of the contract', () => {
    const client = createClient(transport(async () => ({ ok: true, value: null }), true))
    expect(Object.keys(client).toSorted()).toEqual([...controlMethods, 'desktop'].toSorted())
    expect(Object.keys(client.desktop ?? {}).toSorted()).toEqual([...desktopMethods].toSorted())
  })

  it('has no desktop in a browser', () => {
    expect(createClient(transport(async () => ({ ok: true, value: null }))).desktop).toBe(null)
  })

  it('passes method and arguments, and unwraps the value', async () => {
    const calls: unknown[] = []
    const client = createClient({
      ...transport(async () => ({ ok: true, value: null })),
      async call(method, args) {
        calls.push([method, ...args])
        return { ok: true, value: 'ak-1' }
      },
    })
    expect(await client.revealSecret({ kind: 'project-key', project: 'IDE' })).toBe('ak-1')
    expect(calls).toEqual([['revealSecret', { kind: 'project-key', project: 'IDE' }]])
  })

  it('throws what the engine refused, with its code', async () => {
    const client = createClient(
      transport(async () => ({ ok: false, error: { code: 'body_not_kept', message: 'No.' } })),
    )
    await expect(client.replayRequest('r')).rejects.toThrow(new ControlFailure('body_not_kept', 'No.'))
    await expect(client.replayRequest('r')).rejects.toMatchObject({ code: 'body_not_kept' })
  })

  it('says so when the engine was not reached', async () => {
    const client = createClient(transport(() => Promise.reject(new TypeError('Failed to fetch'))))
    await expect(client.getStatus()).rejects.toMatchObject({ name: 'ControlFailure', code: 'unreachable' })
  })
})
