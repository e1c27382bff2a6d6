/** Chromium for tests of the console: launched with web security on, pages that remember what went wrong, axe. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults, NodeResult } from 'axe-core'
import { chromium, type Browser, type Page } from 'playwright-core'

export interface PageOptions {
  readonly locale?: 'en-US' | 'zh-CN'
  readonly colorScheme?: 'light' | 'dark'
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly reducedMotion?: 'reduce' | 'no-preference'
}

export interface TestPage {
  readonly page: Page
  /** Console errors, uncaught errors, CSP violations and failed requests so far, as sentences. Expect it to be empty. */
  readonly problems: readonly string[]
  readonly close: () => Promise<void>
}

/**
 * In which every page is looked at with all its states: each language, colour scheme and width once, the longer texts on
 * the narrower page. test/e2e/pages.test.ts goes through all pages in the two pairs that are left.
 */
export const looks = [
  ['en-US', 'dark', 720],
  ['zh-CN', 'light', 1280],
] as const

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** In the browser that `AI_PROXY_TEST_BROWSER` names: chosen by hand, or found before the run (see browser-path.ts). */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env['AI_PROXY_TEST_BROWSER']
  if (!executablePath) throw new Error('No browser here: install Chromium, or name one in AI_PROXY_TEST_BROWSER.')
  // Never with the flags of @sparticuz/chromium: they switch web security off, and CSP and Origin tests would prove nothing.
  return chromium.launch({ executablePath, args: flags })
}

export async function newPage(browser: Browser, options: PageOptions = {}): Promise<TestPage> {
  const context = await browser.newContext({
    locale: options.locale ?? 'en-US',
    colorScheme: options.colorScheme ?? 'light',
    viewport: options.viewport ?? { width: 1280, height: 800 },
    reducedMotion: options.reducedMotion ?? 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  const problems: string[] = []
  await page.exposeFunction('reportCspViolation', (text: string) => problems.push(`CSP: ${text}`))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      // Safe: exposed above, before any page script runs.
      const report = (window as unknown as { reportCspViolation: (text: string) => void }).reportCspViolation
      report(`${event.violatedDirective} blocked ${event.blockedURI || event.sample}`)
    })
  })
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`))
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'failed'
    // The event stream ends like this at every reload and close.
    if (reason !== 'net::ERR_ABORTED') problems.push(`request: ${request.method()} ${request.url()} ${reason}`)
  })
  return { page, problems, close: () => context.close() }
}

/**
 * Findings of axe as sentences; expect none. `incomplete` contrast counts too: text of 1:1 contrast is reported only
 * there. Left out: what axe can't measure (text behind or half under something else, single characters) and the
 * landmark rule for what floats above the page (tooltips, menus).
 */
async function axeFindings(page: Page, selector?: string): Promise<readonly string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource)
  const results = await page.evaluate(async (within) => {
    // Safe: put there by the line above.
    const { axe } = window as unknown as { axe: { run: (context: unknown, options: unknown) => Promise<AxeResults> } }
    const found = await axe.run(within ?? document, { resultTypes: ['violations', 'incomplete'] })
    const isFloating = (selector: unknown) => document.querySelector(String(selector))?.closest('[data-portal]') != null
    for (const { nodes } of found.violations.filter(({ id }) => id === 'region')) {
      nodes.splice(0, nodes.length, ...nodes.filter(({ target }) => !isFloating(target[0])))
    }
    return found
  }, selector)
  const unsure = results.incomplete.filter((result) => result.id === 'color-contrast')
  return [...results.violations, ...unsure].flatMap((result) =>
    result.nodes
      .filter((node) => !immeasurable.has(messageKey(node)))
      .map((node) => `${result.id}: ${node.target.join(' ')}: ${node.any[0]?.message ?? result.help}`),
  )
}

const immeasurable: ReadonlySet<unknown> = new Set([
  'bgOverlap',
  'elmPartiallyObscured',
  'elmPartiallyObscuring',
  'shortTextContent',
  // Arrows on keys: axe takes no character outside of its list for text.
  'nonBmp',
])

function messageKey(node: NodeResult): unknown {
  const data: unknown = node.any[0]?.data
  return typeof data === 'object' && data !== null && 'messageKey' in data ? data.messageKey : null
}

export async function expectAxeClean(page: Page, selector?: string): Promise<void> {
  const findings = await axeFindings(page, selector)
  if (findings.length > 0) throw new Error(`axe found ${findings.length}:\n${findings.join('\n')}`)
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
