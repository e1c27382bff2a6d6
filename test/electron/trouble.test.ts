/** What goes wrong around the built desktop app, and what its user sees of it and can do: ports, configs, hung pages. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { errorAnswer } from '../helpers/scripted-upstream.ts'
import { findItem } from './app-host.ts'
import { chat, makeConfig } from './desktop-app.ts'
import { desktopTests, takePort, upstreamLine, visibleWindow } from './desktop-tests.ts'

const { atEnd, start, startUpstream } = desktopTests()
const broken = '# mine\nserver:\n  port: "no port"\nupstreams: nothing\n'

describe('a taken port', () => {
  async function startOnTakenPort() {
    const { port, free } = await takePort()
    atEnd(free)
    const app = await start({ config: makeConfig({ port: `127.0.0.1:${port}` }), anyPort: false })
    await visibleWindow(app)
    await app.toolTip(new RegExp(`port ${port} is in use`, 'i'))
    return { app, port, free }
  }

  it('is told of with its number, and another one serves for now', async () => {
    const { app, port } = await startOnTakenPort()
    await app.until('a free port is offered', () => findItem(app.tray()?.menu ?? null, 'use-next-port'))
    await app.clickTray('use-next-port')
    const baseUrl = await app.baseUrl()
    expect(baseUrl).not.toContain(`:${port}/`)
    expect((await chat(baseUrl)).status).toBe(200)
    expect(app.configText()).toContain(`127.0.0.1:${port}`)
  })

  it('is replaced in the config when the user says so, in the window', async () => {
    const { app, port } = await startOnTakenPort()
    const before = app.configText()
    const page = await app.page()
    await page.getByRole('button', { name: /^Use \d+ from now on$/ }).click()
    const baseUrl = await app.baseUrl()
    expect((await chat(baseUrl)).status).toBe(200)
    expect(app.configText()).toBe(before.replace(String(port), new URL(baseUrl).port))
    await page.getByRole('button', { name: /^Use \d+ from now on$/ }).waitFor({ state: 'hidden' })
  })

  it.each([
    ['a click on Try again', 'retry'],
    ['sleep', 'resume'],
  ])('is taken back after %s, once it is free', async (_, way) => {
    const { app, port, free } = await startOnTakenPort()
    await free()
    await (way === 'retry' ? app.clickTray('retry') : app.emit('powerMonitor', 'resume'))
    expect(await app.baseUrl()).toContain(`:${port}/`)
    expect((await chat(await app.baseUrl())).status).toBe(200)
  })
})

describe('a config that cannot be used', () => {
  it('opens the window at start, also at login, and the engine starts once the file is mended', async () => {
    const app = await start({ config: broken, args: ['--hidden'] })
    await visibleWindow(app)
    const page = await app.page()
    expect(page.url()).toContain('#/settings/file?line=')
    expect(app.tray()?.toolTip).toContain('Not running')
    writeFileSync(app.configPath, makeConfig())
    expect((await chat(await app.baseUrl())).status).toBe(200)
    expect(app.problems).toEqual([])
  })

  it('can be mended in the window', async () => {
    const app = await start({ config: broken })
    const page = await app.page()
    await page.getByText(en.settings.problem.failed).waitFor()
    await page.getByRole('textbox').click()
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.insertText(makeConfig())
    // Checked: what is saved is shown once more only where it would work.
    await page.getByText(en.settings.file.noProblems).waitFor()
    await page.getByRole('button', { name: en.common.action.save }).click()
    await page.getByRole('dialog').getByRole('button', { name: en.settings.review.write }).click()
    expect((await chat(await app.baseUrl())).status).toBe(200)
    expect(app.configText()).toBe(makeConfig())
    await page.getByText(en.settings.problem.failed).waitFor({ state: 'hidden' })
    expect(app.problems).toEqual([])
  })

  it('leaves the running one at work, is told of, and a click on the notice leads to it', async () => {
    const app = await start({ args: ['--hidden'] })
    const baseUrl = await app.baseUrl()
    const running = app.tray()?.image.hash
    writeFileSync(app.configPath, broken)
    await app.until('the notice', () => app.reported('notification').length > 0)
    expect(app.tray()?.image.hash).not.toBe(running)
    expect(app.tray()?.toolTip).toContain('Config has errors')
    expect((await chat(baseUrl)).status).toBe(200)
    await app.clickNotification(0)
    await visibleWindow(app)
    expect((await app.page()).url()).toContain('#/settings/file')
  })
})

it('tells in one notice what is wanted, and nothing of what is not', async () => {
  const upstream = await startUpstream()
  upstream.always(errorAnswer(401, { message: 'Incorrect API key provided.', code: 'invalid_api_key' }))
  const app = await start({ config: makeConfig({ upstreams: upstreamLine('gpt-4', upstream.url) }) })
  const baseUrl = await app.baseUrl()
  await app.emit('app', 'second-instance', [], '/')
  const page = await app.page()
  await page.getByRole('link', { name: 'Settings', exact: true }).click()
  for (const [kind, on] of [
    ['key-paused', true],
    ['model-unavailable', false],
  ] as const) {
    const wanted = page.getByRole('switch', { name: en.settings.desktop.notice[kind] })
    await wanted.click()
    await expect.poll(() => wanted.isChecked()).toBe(on)
  }
  expect((await chat(baseUrl, { model: 'gpt-4', stream: false })).status).toBe(502)
  writeFileSync(app.configPath, broken)
  const [notice] = await app.until('the notice', () => {
    const all = app.reported('notification')
    return all.length > 0 && all
  })
  expect(notice).toMatchObject({ title: 'AI Proxy: 2 notices', body: expect.stringMatching(/paused.*\n.*config/) })
})

describe('a page that hangs', () => {
  it('gets a new window, and the engine has run on', async () => {
    const app = await start({ config: null })
    const { id } = await visibleWindow(app)
    const before = await app.call('getStatus')
    await app.hangPage(id, true)
    expect(app.windows().map((window) => window.id)).toEqual([id])
    await app.hangPage(id, false)
    await app.until('another window', () => app.windows().some((window) => window.id !== id && window.isVisible))
    expect(app.windows()).toHaveLength(1)
    expect(await app.call('getStatus')).toMatchObject({ startedAt: Reflect.get(Object(before), 'startedAt') })
  })

  it('gets no more windows when those hang too, but the tray still opens one', async () => {
    const app = await start({ config: null })
    for (let hang = 0; hang < 4; hang++) {
      const { id } = await visibleWindow(app)
      await app.page()
      await app.hangPage(id, false)
    }
    await app.until('there is no window', () => app.windows().length === 0)
    await app.clickTray('open-console')
    await visibleWindow(app)
    await (await app.page()).getByRole('heading', { level: 1 }).waitFor()
  })
})

it('says in a window why the engine did not start, when the data folder cannot be used', async () => {
  // A folder cannot be within a file.
  const data = join(import.meta.filename, 'data')
  const app = await start({ args: ['--data', data, '--hidden'] })
  await visibleWindow(app)
  expect(app.tray()?.toolTip).toContain(data)
  await (await app.page()).getByText(en.settings.problem.failed).waitFor()
})
