/** Opens the console in a browser page, over the fixture or over a real engine, and closes both after the test. */
import type { Browser } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { tokenStorageKey } from '../../renderer/token.ts'
import { newPage, type PageOptions, type TestPage } from './browser.ts'
import { startConsole, type ConsoleEngine, type ConsoleOptions } from './console-engine.ts'
import { startConsoleFixture, type ConsoleFixture, type ConsoleFixtureOptions } from './console-fixture.ts'
import type { ConfigText } from './make.ts'

export interface OpenedFixture extends TestPage {
  readonly fixture: ConsoleFixture
}

export interface OpenedEngine extends TestPage {
  readonly engine: ConsoleEngine
}

/** @param at - what follows `#/`: "upstreams/OpenAI-Pool"; empty for the address as it is printed. */
export async function openFixture(
  browser: Browser,
  at: string,
  options: ConsoleFixtureOptions = {},
  page: PageOptions = {},
): Promise<OpenedFixture> {
  const fixture = await startConsoleFixture(options)
  const opened = await newPage(browser, page)
  onTestFinished(async () => {
    await opened.close()
    await fixture.close()
  })
  await show(opened, fixture.url, at)
  return { ...opened, fixture }
}

/** The same over a real engine on a folder of its own. */
export async function openEngine(
  browser: Browser,
  at: string,
  config: ConfigText | string,
  options: ConsoleOptions = {},
  page: PageOptions = {},
): Promise<OpenedEngine> {
  const engine = await startConsole(config, options)
  const opened = await newPage(browser, page)
  onTestFinished(async () => {
    await opened.close()
    await engine.stop()
  })
  await show(opened, engine.consoleUrl, at)
  return { ...opened, engine }
}

/** Goes to that place at once, with the token as a tab keeps it; with no place, by the address that the terminal prints. */
async function show({ page }: TestPage, url: string, at: string): Promise<void> {
  if (at === '') {
    await page.goto(url)
    await page.getByRole('heading', { level: 1 }).waitFor()
    return
  }
  const [address = '', token = ''] = url.split('#token=')
  await page.addInitScript(([key, value]) => sessionStorage.setItem(key, value), [tokenStorageKey, token] as const)
  await page.goto(`${address}#/${at}`)
  await page.getByRole('navigation').first().waitFor()
}
