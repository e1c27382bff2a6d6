/** The settings page in real Chromium: looks and rare states over the fixture, whatever is saved over a real engine. */
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConfigDiagnostic, DesktopState, EngineStatus } from '../../proxy/contract.ts'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { texts as zh } from '../../renderer/locales/zh/index.ts'
import { expectAxeClean, launchBrowser, looks } from '../helpers/browser.ts'
import { createConfigFile } from '../helpers/console-config.ts'
import { fixtureConfigText, makeStatus } from '../helpers/console-data.ts'
import { openEngine, openFixture } from '../helpers/open-console.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const configText = `# my proxy
server:
  port: 0 # any
  max_retries: 2 # enough
  timeouts:
    idle_seconds: 30 # impatient
upstreams:
  - name: demo # inside the program
    base_url: "builtin:demo"
    models: ["demo/echo"]
project_auth:
  - project_name: tests
    api_key: ak-test-0123456789abcdef
    allowed_models: ["*"] # everything
`
const applied = (page: Page) => page.getByText(/^Applied in /).waitFor()
const field = (page: Page, label: string) => page.getByLabel(label, { exact: true })
/** Where the save bar lies over nothing: axe can't measure what it covers. */
const toEnd = (page: Page) => page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))

describe('the settings', () => {
  it.each(looks)('are readable and clean in %s, %s, %i px wide', async (locale, colorScheme, width) => {
    const texts = locale === 'zh-CN' ? zh.settings : en.settings
    const viewport = { width, height: 800 }
    const { page, problems } = await openFixture(browser, 'settings', {}, { locale, colorScheme, viewport })
    await page.getByText(texts.network.others, { exact: true }).click()
    await page.getByText(texts.network.openWarning).waitFor()
    await page.getByRole('heading', { name: texts.backups.title }).waitFor()
    await toEnd(page)
    await expectAxeClean(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(0)
    expect(problems).toEqual([])
  })

  it('are saved with the rest of the file as it was', async () => {
    const { page, engine, problems } = await openEngine(browser, 'settings', configText)
    await field(page, en.settings.form.idle).fill('')
    await field(page, en.settings.form.connect).fill('2.5')
    await field(page, en.settings.form.maxRetries).fill('7')
    await page.getByRole('switch', { name: en.settings.log.bodies }).click()
    await page.keyboard.press('Control+s')
    await applied(page)
    expect(await readFile(engine.configPath, 'utf8')).toBe(
      configText
        .replace('max_retries: 2', 'max_retries: 7')
        .replace('idle_seconds: 30 # impatient', 'connect_seconds: 2.5')
        .replace('upstreams:', '  log:\n    bodies: true\nupstreams:'),
    )
    expect(problems).toEqual([])
  })

  it('are checked before they are sent, at their fields', async () => {
    const { page, fixture } = await openFixture(browser, 'settings')
    await page.getByText(en.settings.network.address, { exact: true }).click()
    await field(page, en.settings.network.host).fill('not an address')
    await field(page, en.settings.notices.webhook).fill('ftp://example.com')
    await page.keyboard.press('Control+s')
    await page.getByText('Not saved: 2 problems').waitFor()
    await page.getByText(en.diagnostics.bad_webhook).first().waitFor()
    await toEnd(page)
    await expectAxeClean(page)
    expect(fixture.calls.some(({ method }) => method === 'editConfig')).toBe(false)
  })

  it('keep language and theme of this browser', async () => {
    const { page, fixture } = await openFixture(browser, 'settings')
    const section = page.getByRole('region', { name: en.settings.appearance })
    await section.getByText(en.common.theme.dark, { exact: true }).click()
    await expect.poll(() => page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark')
    await section.getByText(en.common.language.zh, { exact: true }).click()
    await page.getByRole('heading', { level: 1, name: zh.common.page.settings }).waitFor()
    expect(fixture.calls.some(({ method }) => method === 'editConfig')).toBe(false)
  })
})

describe('the test notice', () => {
  it('goes to what stands in the field, saved or not', async () => {
    const { page, fixture, problems } = await openFixture(browser, 'settings')
    const button = page.getByRole('button', { name: en.settings.notices.test })
    expect(await button.isDisabled()).toBe(true)
    await field(page, en.settings.notices.webhook).fill('https://hooks.example.com/abc')
    await button.click()
    await page.getByText('Sent. The address answered with 200.').waitFor()
    expect(fixture.calls.findLast(({ method }) => method === 'sendTestNotice')?.args).toEqual([
      'https://hooks.example.com/abc',
    ])
    expect(problems).toEqual([])
  })

  it('says in words why it did not arrive', async () => {
    const overrides = {
      sendTestNotice: async () => ({ ok: false, message: 'The address answered with 404.' }) as const,
    }
    const { page } = await openFixture(browser, 'settings', { overrides })
    await field(page, en.settings.notices.webhook).fill('https://hooks.example.com/abc')
    await page.getByRole('button', { name: en.settings.notices.test }).click()
    await page.getByText('Not sent: The address answered with 404.').waitFor()
  })
})

describe('an earlier version', () => {
  it('is compared with secrets masked, and gone back to after a question', async () => {
    const { page, engine, problems } = await openEngine(browser, 'settings', configText)
    await field(page, en.settings.form.maxRetries).fill('9')
    await page.keyboard.press('Control+s')
    await applied(page)
    await page
      .getByRole('button', { name: /^Compare… with/ })
      .first()
      .click()
    const dialog = page.getByRole('dialog', { name: /^Version that was replaced/ })
    await dialog.getByText('max_retries: 9').waitFor()
    await dialog.getByText('max_retries: 2').waitFor()
    expect(await page.getByText('ak-test-0123456789abcdef').count()).toBe(0)
    await expectAxeClean(page)
    await dialog.getByRole('button', { name: en.settings.backups.restore }).click()
    await page.getByRole('button', { name: en.settings.backups.confirm, exact: true }).click()
    await page.getByText(/^Back to the version/).waitFor()
    expect(await readFile(engine.configPath, 'utf8')).toBe(configText)
    await expect.poll(() => field(page, en.settings.form.maxRetries).inputValue()).toBe('2')
    expect(problems).toEqual([])
  })

  it('that is no valid config is refused with the reasons', async () => {
    const overrides = { readBackup: async () => 'server:\n  port: [\n' }
    const { page, fixture } = await openFixture(browser, 'settings', { overrides })
    const before = fixture.config.text()
    await page
      .getByRole('button', { name: /^Compare… with/ })
      .first()
      .click()
    await page.getByRole('button', { name: en.settings.backups.restore }).click()
    await page.getByRole('button', { name: en.settings.backups.confirm, exact: true }).click()
    await page.getByText('Not saved: 1 problem').waitFor()
    expect(fixture.config.text()).toBe(before)
  })
})

describe('an engine that does not run', () => {
  const status: Partial<EngineStatus> = {
    state: 'failed',
    listening: null,
    failure: { code: 'port_in_use', message: 'Port 8080 is taken by another program.' },
  }

  const diagnostic: ConfigDiagnostic = {
    severity: 'error',
    code: 'x',
    params: {},
    message: '',
    path: ['server', 'port'],
    line: null,
    column: null,
  }
  const refused = (rejected: readonly ConfigDiagnostic[]): Partial<EngineStatus> => ({
    config: { ...makeStatus(createConfigFile(fixtureConfigText), 0).config, rejected },
  })

  it('is told of on top, with a way to try again', async () => {
    const { page, fixture, problems } = await openFixture(browser, 'settings', { status })
    const alert = page.getByRole('alert').filter({ hasText: en.settings.problem.failed })
    await alert.getByText('Port 8080 is taken by another program.').waitFor()
    await expectAxeClean(page)
    await alert.getByRole('button', { name: en.settings.problem.retry }).click()
    await expect.poll(() => fixture.calls.some(({ method }) => method === 'reloadConfig')).toBe(true)
    expect(problems).toEqual([])
  })

  it('says of a taken port once that it is taken, and not that the file has errors', async () => {
    const rejected = [{ ...diagnostic, code: 'port_in_use', message: 'Port 8080 is taken by another program.' }]
    const failed = await openFixture(browser, 'settings', { status: { ...status, ...refused(rejected) } })
    await failed.page.getByRole('alert').filter({ hasText: en.settings.problem.failed }).waitFor()
    expect(await failed.page.getByText(/Port 8080 is taken/).count()).toBe(1)
    expect(await failed.page.getByRole('link', { name: /config/i }).allTextContents()).toEqual([en.settings.file.open])
    await expectAxeClean(failed.page)
    const running = await openFixture(browser, 'settings', { status: refused(rejected) })
    await running.page.getByRole('alert').filter({ hasText: en.settings.problem.address }).waitFor()
    expect(await running.page.getByText(/Port 8080 is taken/).count()).toBe(1)
    await running.page.getByRole('link', { name: en.common.engine.configUnused }).waitFor()
  })

  it('says once what is wrong with the file, with the way to the line', async () => {
    const rejected = [{ ...diagnostic, message: 'Too many keys.', line: 7 }]
    const failure = { code: 'x', message: 'Too many keys.' }
    const { page } = await openFixture(browser, 'settings', { status: { ...status, failure, ...refused(rejected) } })
    await page.getByText('Too many keys.').waitFor()
    expect(await page.getByText(/Too many keys/).count()).toBe(1)
    expect(await page.getByRole('alert').getByRole('link').getAttribute('href')).toBe('#/settings/file?line=7')
  })

  it('leads from a broken config to the line in the editor', async () => {
    const { page, fixture } = await openFixture(browser, 'settings')
    fixture.writeConfig(fixture.config.text().replace('max_retries: 3', 'max_retries: [3'))
    const alert = page.getByRole('alert').filter({ hasText: en.settings.problem.rejected })
    await alert.getByRole('link').click()
    await page.getByRole('heading', { level: 1, name: 'config.yaml' }).waitFor()
    expect(page.url()).toMatch(/settings\/file\?line=\d+$/)
  })
})

describe('the desktop', () => {
  const desktop: DesktopState = {
    platform: 'linux',
    hasTray: true,
    launchAtLogin: false,
    closeToTray: true,
    useSystemProxy: false,
    notices: {
      'key-paused': true,
      'key-refused': true,
      'key-exhausted': true,
      'key-recovered': false,
      'model-unavailable': true,
      'config-rejected': true,
    },
    portConflict: { port: 8080, holder: 'nginx (pid 4)', nextFree: 8081 },
  }

  /** The bridge of the preload script, in front of the fixture; remembers what was called. */
  async function addDesktop(
    page: Page,
    overrides: Partial<DesktopState> = {},
  ): Promise<() => Promise<readonly unknown[]>> {
    await page.addInitScript(
      (state) => {
        const calls: unknown[] = []
        let now = state
        const answer = (value: unknown) => Promise.resolve({ ok: true, value })
        Object.assign(window, {
          desktopCalls: calls,
          aiProxy: {
            call: async (method: string, args: unknown[]) => {
              const headers = { authorization: 'Bearer fixture-token', 'content-type': 'application/json' }
              const body = JSON.stringify({ method, args })
              return (await fetch('api/call', { method: 'POST', headers, body })).json()
            },
            desktopCall(method: string, args: unknown[]) {
              if (method === 'getDesktop') return answer(now)
              calls.push([method, ...args])
              if (method === 'setLaunchAtLogin') now = { ...now, launchAtLogin: args[0] === true }
              if (method === 'setNotice')
                now = { ...now, notices: { ...now.notices, 'key-recovered': args[1] === true } }
              if (method === 'exportDiagnostics') return answer({ path: '/tmp/diagnostics.json' })
              return answer(method.startsWith('set') ? now : null)
            },
            subscribe: () => () => undefined,
          },
        })
      },
      { ...desktop, ...overrides },
    )
    // Safe: set above.
    return () => page.evaluate(() => (window as unknown as { desktopCalls: unknown[] }).desktopCalls)
  }

  it('has switches that work at once, and is absent in a browser', async () => {
    const { page, problems } = await openFixture(browser, 'settings')
    await field(page, en.settings.form.maxRetries).waitFor()
    expect(await page.getByRole('region', { name: en.settings.desktop.title }).count()).toBe(0)
    const calls = await addDesktop(page)
    await page.reload()
    const section = page.getByRole('region', { name: en.settings.desktop.title })
    await section.getByRole('switch', { name: en.settings.desktop.login }).click()
    await section.getByRole('switch', { name: en.settings.desktop.notice['key-recovered'] }).click()
    await section.getByRole('button', { name: en.settings.desktop.export }).click()
    await section.getByText('/tmp/diagnostics.json').waitFor()
    await section.getByRole('button', { name: en.settings.desktop.reveal }).click()
    expect(await section.getByLabel(en.settings.desktop.login, { exact: true }).isChecked()).toBe(true)
    await expect
      .poll(calls)
      .toEqual([
        ['setLaunchAtLogin', true],
        ['setNotice', 'key-recovered', true],
        ['exportDiagnostics'],
        ['revealConfig'],
      ])
    await expectAxeClean(page)
    expect(problems).toEqual([])
  })

  it('has no setting for a console that it does not serve to browsers', async () => {
    const heading = (page: Page) => page.getByRole('heading', { name: en.settings.console.title, exact: true })
    const headless = await openFixture(browser, 'settings')
    await heading(headless.page).waitFor()
    const { page } = await openFixture(browser, 'settings', { status: { shell: 'desktop' } })
    await field(page, en.settings.form.maxRetries).waitFor()
    expect(await heading(page).count()).toBe(0)
  })

  it('lets the window stay without a tray as well, and says how', async () => {
    const { page } = await openFixture(browser, 'settings')
    const calls = await addDesktop(page, { hasTray: false })
    await page.reload()
    await page.getByText(en.settings.desktop.noTray).waitFor()
    const stays = page.getByRole('switch', { name: en.settings.desktop.tray })
    expect(await stays.isChecked()).toBe(true)
    await stays.click()
    await expect.poll(calls).toEqual([['setCloseToTray', false]])
  })

  it('offers the next free port while the configured one is taken', async () => {
    const status: Partial<EngineStatus> = { state: 'failed', failure: { code: 'port_in_use', message: 'Taken.' } }
    const { page } = await openFixture(browser, 'settings', { status })
    const calls = await addDesktop(page)
    await page.reload()
    await page.getByText('The program that holds it: nginx (pid 4).').waitFor()
    await page.getByRole('button', { name: 'Use 8081 from now on' }).click()
    await expect.poll(calls).toEqual([['useNextFreePort', { save: true }]])
  })
})
