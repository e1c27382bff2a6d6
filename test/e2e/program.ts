/**
 * The built program as a person runs it: a process with a folder of its own, its console in Chromium, its config
 * written by hand. Nothing is reached into; what a test knows of it, it has from outside.
 */
import { once } from 'node:events'
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { newPage, type PageOptions, type TestPage } from '../helpers/browser.ts'
import { baseUrlIn, makeFolder, runCli } from '../helpers/cli.ts'

export interface Program {
  /** `http://localhost:port` */
  readonly origin: string
  readonly token: string
  /** With the token in the fragment, as a terminal gets it. */
  readonly consoleUrl: string
  readonly output: () => string
  readConfig(): Promise<string>
  /** As an editor does it: a new file, moved over the old one. */
  writeConfig(text: string): Promise<void>
  /** The config texts that were kept aside, newest first. */
  readBackups(): Promise<readonly string[]>
  /** One request to the data plane, with the key of `configText` unless another is given. */
  ask(model: string, options?: { readonly key?: string; readonly stream?: boolean }): Promise<Response>
}

/** ClientKey in the configs of these tests. */
export const projectKey = 'ak-e2e-0123456789abcdef0123456789abcdef'

/** @param configText - none: the first start writes its own, as on a fresh machine. */
export async function startProgram(configText?: string): Promise<Program> {
  const { folder, remove } = await makeFolder()
  const configPath = join(folder, 'config.yaml')
  if (configText !== undefined) await writeFile(configPath, configText)
  const run = runCli(folder, ['serve', '--port', '0', '--lang', 'en'])
  onTestFinished(async () => {
    run.signal('SIGKILL')
    await run.exit
    await remove()
  })
  const { origin } = new URL(baseUrlIn(await run.until('console-token')))
  const token = (await readFile(join(folder, 'console-token'), 'utf8')).trim()
  return {
    origin,
    token,
    consoleUrl: `${origin}/console/#token=${token}`,
    output: () => run.output(),
    readConfig: () => readFile(configPath, 'utf8'),
    async writeConfig(text) {
      await writeFile(`${configPath}.new`, text)
      await rename(`${configPath}.new`, configPath)
    },
    async readBackups() {
      const names = (await readdir(join(folder, 'backups'))).toSorted().toReversed()
      return Promise.all(names.map((name) => readFile(join(folder, 'backups', name), 'utf8')))
    },
    ask: (model, { key = projectKey, stream = false } = {}) =>
      fetch(`${origin}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'Say hello.' }] }),
      }),
  }
}

/** The program's console in a page of its own. @param at - what follows `#/`: "upstreams/one". */
export async function openConsole(
  browser: Browser,
  program: Program,
  at = 'overview',
  options: PageOptions = {},
): Promise<TestPage> {
  const opened = await newPage(browser, options)
  onTestFinished(opened.close)
  // Shorter than a test's own limit, so that what fails is named.
  opened.page.setDefaultTimeout(10_000)
  await opened.page.goto(program.consoleUrl)
  await opened.page.getByRole('heading', { level: 1 }).waitFor()
  await goTo(opened.page, at)
  return opened
}

export async function goTo(page: Page, at: string): Promise<void> {
  await page.goto(new URL(`#/${at}`, page.url()).href)
}

/** Presses Tab until `target` has the focus; the mouse is never used. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  for (let presses = 0; presses < 80; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`80 times Tab did not reach ${String(target)}.`)
}

/** Waits until the field holds `value`. */
export async function expectValue(field: Locator, value: string): Promise<void> {
  await expect.poll(() => field.inputValue(), { timeout: 10_000 }).toBe(value)
}

export interface RawAnswer {
  readonly status: number
  readonly body: string
}

/** A request with headers that `fetch` and browsers choose themselves, `Host` first of all. */
export async function rawRequest(
  { origin }: Program,
  path: string,
  headers: OutgoingHttpHeaders,
  body: string | null = null,
): Promise<RawAnswer> {
  const sent = request(`${origin}${path}`, { method: body === null ? 'GET' : 'POST', headers, agent: false })
  sent.end(body)
  // What http documents for `response`.
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return { status: response.statusCode ?? 0, body: text }
}
