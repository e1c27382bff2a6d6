/**
 * Secrets leave the engine only by the methods that are for it. A config full of recognisable secrets, requests of
 * every kind, upstreams that echo what they are shown: and then nothing of it in any other reply, event or log line.
 */
import { afterEach, expect, it } from 'vitest'
import type { ControlApi, EngineEvent } from '../../proxy/contract.ts'
import { controlMethods } from '../../proxy/contract.ts'
import { startConsole } from '../helpers/console-engine.ts'
import { makeProject, makeUpstream } from '../helpers/make.ts'
import { errorAnswer, perRequest, startScriptedUpstream } from '../helpers/scripted-upstream.ts'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const canaries = {
  key: 'sk-canary-key-0123456789',
  otherKey: 'plain-canary-key-0123456789',
  envKey: 'env-canary-key-0123456789',
  header: 'header-canary-0123456789',
  proxy: 'proxy-canary-0123456789',
  project: 'ak-canary-project-0123456789',
  previous: 'ak-canary-previous-0123456789',
  misplaced: 'sk-canary-misplaced-0123456789',
}

/** What they are for. A conflict shows both texts, so `editConfig` and `saveConfigText` are asked without one. */
const revealing = new Set<keyof ControlApi>(['revealSecret', 'readConfigText', 'readBackup', 'createKey'])

it('gives no secret by any other method, event or log line', async () => {
  const upstream = await startScriptedUpstream()
  closers.push(() => upstream.close())
  // The worst kind: it says all that it was sent.
  upstream.always(
    perRequest(({ rawHeaders, body }) =>
      errorAnswer(401, { message: `Wrong: ${rawHeaders.join(' ')} ${body.toString('utf8')}`, code: 'invalid_api_key' }),
    ),
  )
  const engine = await startConsole(
    {
      server: { port: 0, max_retries: 0, log: { bodies: true }, auto_models: { best: 'echo:m' } },
      upstreams: [
        makeUpstream('echo', upstream, {
          keys: [canaries.key, { key: canaries.otherKey, name: 'named' }, '${CANARY}'],
          headers: { 'X-Auth-Token': canaries.header },
          api_key: canaries.misplaced,
        }),
        makeUpstream('proxied', 'https://api.openai.com', {
          models: ['p'],
          proxy: `http://user:${canaries.proxy}@127.0.0.1:9`,
          keys: [canaries.otherKey],
        }),
      ],
      project_auth: [
        makeProject('team', canaries.project, {
          previous_api_key: { key: canaries.previous, until: '2099-01-01T00:00:00Z' },
        }),
      ],
    },
    { env: { CANARY: canaries.envKey } },
  )
  closers.push(() => engine.stop())
  const events: EngineEvent[] = []
  engine.handle.subscribe((event) => events.push(event))

  const ask = async (headers: Record<string, string>, model: string) => {
    const body = { model, messages: [{ role: 'user', content: `my key: ${canaries.project}` }] }
    const answer = await engine.post(`/v1/chat/completions?key=${canaries.previous}`, body, headers)
    await answer.text()
    return (await engine.recordOf(answer)).id
  }
  const ids = [
    await ask({ authorization: `Bearer ${canaries.project}` }, 'm'),
    await ask({ authorization: '', 'x-api-key': canaries.previous }, 'best'),
    await ask({ authorization: `Bearer ${canaries.project}`, cookie: `a=${canaries.header}` }, 'p'),
    await ask({ authorization: `Bearer ${canaries.project}x` }, 'm'),
  ]

  const view = await engine.control.getConfig()
  const [shown] = view.upstreams
  const draft = {
    name: 'echo',
    baseUrl: upstream.url,
    pathPrefix: null,
    proxy: null,
    headers: { 'X-Auth-Token': '…6789' },
    key: { kind: 'saved', upstream: 'echo', keyId: shown?.keys[0]?.keyId ?? '' },
  }
  const edit = (path: readonly (string | number)[], value: unknown) => [{ op: 'set', path, value }]
  const calls: Record<
    Exclude<keyof ControlApi, 'revealSecret' | 'readConfigText' | 'readBackup' | 'createKey'>,
    unknown[][]
  > = {
    getStatus: [[]],
    listRequests: [[{ limit: 100 }]],
    getRequest: ids.map((id) => [id]),
    getRequestAsCurl: ids.map((id) => [id]),
    replayRequest: ids.map((id) => [id]),
    getConfig: [[]],
    checkConfigText: [
      [`upstreams:\n  - name: ${canaries.key}\n    key ${canaries.key}: [${canaries.otherKey}`],
      [canaries.key],
    ],
    saveConfigText: [[`server: ${canaries.key}\nx: [`, view.revision]],
    editConfig: [
      [edit(['upstreams', 0, 'base_url'], `ftp://${canaries.otherKey}`), view.revision],
      [edit(['upstreams', 0, 'keys', 0], shown?.keys[0]?.masked), view.revision],
    ],
    reloadConfig: [[]],
    listBackups: [[]],
    listPresets: [[]],
    previewUrls: [['https://user:canary@host', null]],
    testUpstream: [
      [draft, 'm'],
      [{ ...draft, key: { kind: 'literal', value: canaries.otherKey } }, 'm'],
    ],
    fetchModels: [[draft]],
    resetKey: [
      ['echo', draft.key.keyId],
      [canaries.key, canaries.key],
    ],
    listModels: [[]],
    listProjectModels: [['team']],
    matchModels: [[['*']]],
    explainRoute: [
      ['m', 'team'],
      ['p', null],
    ],
    sendTestNotice: [[`http://user:${canaries.proxy}@127.0.0.1:9/${canaries.header}`]],
  }
  expect([...Object.keys(calls), ...revealing].toSorted()).toEqual([...controlMethods].toSorted())

  const leaks: string[] = []
  const look = (where: string, text: string) => {
    for (const [name, canary] of Object.entries(canaries)) if (text.includes(canary)) leaks.push(`${name} in ${where}`)
  }
  for (const [method, argumentLists] of Object.entries(calls)) {
    for (const args of argumentLists) look(method, JSON.stringify(await engine.call(method, ...args)))
  }
  await engine.idle()
  look('events', JSON.stringify([...events, ...engine.events]))
  look('the log', engine.lines.join('\n'))
  expect(leaks).toEqual([])

  // The test itself can fail: the secrets are there, and those who may ask get them.
  const reveal = await engine.call('revealSecret', { kind: 'project-key', project: 'team' })
  expect(reveal).toEqual({ ok: true, value: canaries.project })
  expect(JSON.stringify(await engine.call('readConfigText'))).toContain(canaries.header)
  expect(upstream.requests.some(({ key }) => key === canaries.key)).toBe(true)
})
