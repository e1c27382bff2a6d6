/** The windows of one app under the double: each is a page of its own in the test's Chromium. */
import type { Browser, BrowserContext, Frame, Page, Route } from 'playwright-core'
import type { AppMethods, PageOptions } from './double/messages.ts'
import type { Caller } from './double/rpc.ts'
import { bindingName, dispatchName, preloadScript, type BindingCall } from './preload-world.ts'

interface Window {
  readonly options: PageOptions
  page: Page
  /** The address that the app itself is loading: this navigation is nobody's click. */
  expectedUrl: string | null
}

export interface Pages {
  /** The page of an open window; null before `open` and after it was closed. */
  readonly page: (window: number) => Page | null
  /** Console errors, uncaught errors and CSP violations of all pages so far, as sentences. */
  readonly problems: readonly string[]
  /** Requests that would have left this machine; none of them did. */
  readonly blocked: readonly string[]
  readonly open: (window: number, options: PageOptions) => Promise<void>
  readonly load: (window: number, url: string) => Promise<void>
  readonly reload: (window: number) => Promise<void>
  readonly crash: (window: number) => Promise<void>
  readonly mayUnload: (window: number) => Promise<boolean>
  readonly send: (window: number, channel: string, args: readonly unknown[]) => Promise<void>
  readonly evaluate: (window: number, code: string) => Promise<unknown>
  readonly closePage: (window: number) => Promise<void>
  readonly close: () => Promise<void>
}

const suffix = '.localhost'

/** Chromium knows no `app:` scheme here: `app://console/x` becomes `http://console.app.localhost/x`. */
function toPageUrl(url: string): string {
  const { protocol, host, pathname, search, hash } = new URL(url)
  if (protocol === 'http:' || protocol === 'https:') return url
  return `http://${host}.${protocol.slice(0, -1)}${suffix}${pathname}${search}${hash}`
}

/** The way back, for what the app gets to see. */
function toAppUrl(url: string): string {
  if (!URL.canParse(url)) return url
  const { hostname, pathname, search, hash } = new URL(url)
  const [, host, scheme] = /^(.+)\.([a-z][a-z0-9+-]*)\.localhost$/.exec(hostname) ?? []
  return scheme === undefined ? url : `${scheme}://${host}${pathname}${search}${hash}`
}

export async function createPages(browser: Browser, app: () => Caller<AppMethods>): Promise<Pages> {
  const context = await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce' })
  const windows = new Map<number, Window>()
  const problems: string[] = []
  const blocked: string[] = []

  await context.route('**', (route) => {
    // A page that is closed while its request is being answered is no problem.
    answer(route).catch(() => undefined)
  })

  async function answer(route: Route): Promise<void> {
    const request = route.request()
    const url = toAppUrl(request.url())
    if (request.isNavigationRequest() && !(await mayNavigate(request.frame(), url)))
      // A 204 leaves the page where it is, as a prevented navigation does.
      return route.fulfill({ status: 204 })
    if (url === request.url()) return answerOutside(route, blocked)
    const headers = await request.allHeaders()
    const response = await app()('serve', { url, method: request.method(), headers })
    await route.fulfill({ status: response.status, headers: response.headers, body: Buffer.from(response.body) })
  }

  async function mayNavigate(frame: Frame, url: string): Promise<boolean> {
    const entry = [...windows].find(([, { page }]) => page === frame.page())
    if (entry === undefined) return true
    const [id, window] = entry
    const isMainFrame = frame.parentFrame() === null
    if (isMainFrame && window.expectedUrl === url) {
      window.expectedUrl = null
      return true
    }
    return app()('willNavigate', id, url, isMainFrame)
  }

  async function handleBinding(id: number, frame: Frame, { kind, channel, args }: BindingCall): Promise<unknown> {
    const from = { url: toAppUrl(frame.url()), isMainFrame: frame.parentFrame() === null }
    if (kind === 'invoke') return app()('invoke', { window: id, frame: from, channel, args })
    if (kind === 'send') return app()('receive', { window: id, frame: from, channel, args })
    const [url] = args
    const action = await app()('openWindow', id, toAppUrl(String(url)))
    if (action === 'allow') problems.push(`a window was opened: ${String(url)}`)
    return null
  }

  async function createPage(id: number, options: PageOptions): Promise<Page> {
    const page = await context.newPage()
    await page.setViewportSize({ width: options.width, height: options.height })
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(`console: ${message.text()}`)
    })
    page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`))
    page.on('crash', () => void app()('pageCrashed', id))
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame()) void app()('pageNavigated', id, toAppUrl(frame.url()))
    })
    await page.exposeBinding(bindingName, ({ frame }, call: BindingCall) => handleBinding(id, frame, call))
    await page.addInitScript({ content: preloadScript(options) })
    return page
  }

  function find(id: number): Window {
    const window = windows.get(id)
    if (window === undefined) throw new Error(`There is no window ${id}.`)
    return window
  }

  /** A crashed page can't be used again: the same window goes on with another one. */
  async function revive(id: number): Promise<Window> {
    const window = find(id)
    const isAlive = await Promise.race([
      window.page.evaluate(() => true).catch(() => false),
      new Promise<false>((resolve) => window.page.once('crash', () => resolve(false))),
    ])
    if (isAlive) return window
    const dead = window.page
    window.page = await createPage(id, window.options)
    await dead.close()
    return window
  }

  async function load(id: number, url: string): Promise<void> {
    const window = await revive(id)
    window.expectedUrl = url
    await grantPermissions(context, id, url, app())
    await window.page.goto(toPageUrl(url))
  }

  return {
    problems,
    blocked,
    page: (id) => windows.get(id)?.page ?? null,
    async open(id, options) {
      windows.set(id, { options, page: await createPage(id, options), expectedUrl: null })
    },
    load,
    async reload(id) {
      const url = toAppUrl(find(id).page.url())
      await load(id, url)
    },
    async crash(id) {
      const page = find(id).page
      const session = await context.newCDPSession(page)
      // Never answered: the process that would do it is the one that crashes.
      void session.send('Page.crash').catch(() => undefined)
    },
    mayUnload: (id) =>
      find(id).page.evaluate(() => {
        const event = new Event('beforeunload', { cancelable: true })
        window.dispatchEvent(event)
        return !event.defaultPrevented
      }),
    async send(id, channel, args) {
      const page = windows.get(id)?.page
      // Between two documents nobody listens: Electron drops the message as well.
      await page?.evaluate(dispatch, { dispatchName, channel, args }).catch(() => undefined)
    },
    evaluate: (id, code) => find(id).page.evaluate(code),
    async closePage(id) {
      const window = windows.get(id)
      windows.delete(id)
      await window?.page.close()
    },
    close: () => context.close(),
  }
}

/** Loopback is real (an engine under test); everything else would leave the machine. */
async function answerOutside(route: Route, blocked: string[]): Promise<void> {
  const url = route.request().url()
  if (['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname)) return route.continue()
  blocked.push(url)
  await route.abort()
}

function dispatch(sent: {
  readonly dispatchName: string
  readonly channel: string
  readonly args: readonly unknown[]
}) {
  // Safe: defined by the preload script, if the document has one.
  const globals = globalThis as unknown as Record<
    string,
    ((channel: string, args: readonly unknown[]) => void) | undefined
  >
  globals[sent.dispatchName]?.(sent.channel, sent.args)
}

/** Electron's names and Chromium's; only what a page of ours could ask for. */
const permissions: readonly (readonly [electron: string, chromium: string])[] = [
  ['clipboard-sanitized-write', 'clipboard-write'],
  ['clipboard-read', 'clipboard-read'],
]

/** The app's permission handlers are asked beforehand, since Playwright can't wait for Chromium's own question. */
async function grantPermissions(
  context: BrowserContext,
  window: number,
  url: string,
  app: Caller<AppMethods>,
): Promise<void> {
  const granted: string[] = []
  for (const [electron, chromium] of permissions) {
    if (await app('isPermitted', window, electron)) granted.push(chromium)
  }
  await context.grantPermissions(granted, { origin: new URL(toPageUrl(url)).origin })
}
