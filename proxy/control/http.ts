/**
 * The control plane over HTTP: `/console/` serves the console, `/console/api/` its calls and events. Reachable by
 * every program and every web page on this computer, so a call needs the token as Bearer header (never a cookie or a
 * query), a Host that no web page can choose, and no foreign Origin. What a call may do is `call.ts`'s business.
 */
import type { Express, NextFunction, Request, Response } from 'express'
import express from 'express'
import type { ControlApi, ControlReply } from '../contract.ts'
import { isAllowedHost, refusalOf } from './access.ts'
import { callControl } from './call.ts'
import { consoleFiles, consoleHeaders } from './console-files.ts'
import type { ControlTextKey } from './control-texts.ts'
import { controlText } from './control-texts.ts'
import type { EngineHandle } from './engine-handle.ts'
import { startEventFeed } from './event-feed.ts'
import type { ConsoleToken } from './token.ts'

export interface ConsoleOptions {
  readonly engine: EngineHandle
  readonly control: ControlApi
  readonly token: ConsoleToken
  /** Folder of the built console. */
  readonly rendererFolder: string
}

/** The whole text of a config in JSON has to fit, and a config may have 10 MB. */
const BODY_LIMIT = '12mb'

/** Adds the console to the front. Whether it is on is asked with each request, since a reload may change it. */
export function mountConsole(app: Express, options: ConsoleOptions): void {
  const { engine, control, token, rendererFolder } = options
  const allowedHosts = () => engine.consoleSettings().allowedHosts
  const refuse = (response: Response, status: number, code: ControlTextKey) => {
    const reply: ControlReply = { ok: false, error: { code, message: controlText(code, engine.language()) } }
    response.status(status).json(reply)
  }

  const router = express.Router({ strict: true })
  router.use((request, response, next) => {
    response.set(consoleHeaders)
    if (!isConsoleOn(engine)) refuse(response, 404, 'console_off')
    else if (!isAllowedHost(request.headers.host, allowedHosts())) refuse(response, 403, 'host_not_allowed')
    else next()
  })

  const api = express.Router()
  // Express hands a rejection to the error handler.
  api.use(async (request, response, next) => {
    response.set('cache-control', 'no-store')
    const refusal = refusalOf(request.headers, allowedHosts())
    if (refusal !== null) refuse(response, 403, refusal)
    else if (await token.accepts(shownToken(request))) next()
    else refuse(response, 401, 'unauthorized')
  })
  api.post(
    '/call',
    (request, response, next) => {
      if (request.is('application/json') === 'application/json') next()
      else refuse(response, 415, 'bad_content_type')
    },
    express.json({ limit: BODY_LIMIT }),
    async (request, response) => {
      const { method, args } = readCall(request.body)
      response.json(await callControl(control, method, args, engine))
    },
  )
  api.get('/events', (request, response) => {
    const shown = shownToken(request)
    const mayGoOn = async () => isConsoleOn(engine) && (await token.accepts(shown))
    startEventFeed({ engine, response, mayGoOn })
  })
  api.use((_request, response) => refuse(response, 404, 'unknown_url'))
  // Express tells an error handler by its four parameters. Those of the body reader have a status.
  api.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : null
    if (status === 413) refuse(response, 413, 'too_large')
    else if (status === 400 || status === 415) refuse(response, 400, 'bad_json')
    else next(error)
  })

  router.use('/api', api)
  router.use(consoleFiles(rendererFolder))
  // Relative addresses of the page need the slash; the fragment with the token survives a redirect.
  app.get(/^\/console$/, (_request, response) => response.redirect(302, './console/'))
  app.use('/console', router)
}

/** On by default where only this computer can connect; beyond that only by `server.console.enabled: true`. */
export function isConsoleOn(engine: Pick<EngineHandle, 'status' | 'consoleSettings'>): boolean {
  return engine.consoleSettings().enabled ?? engine.status().listening?.beyondLoopback === false
}

/** The console's address, with the token in the fragment when it is given: never sent to a server or into a log. */
export function consoleUrl(baseUrl: string, token: string | null): string {
  const page = `${new URL(baseUrl).origin}/console/`
  return token === null ? page : `${page}#token=${encodeURIComponent(token)}`
}

function shownToken(request: Request): string {
  return /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

function readCall(body: unknown): { readonly method: string; readonly args: readonly unknown[] } {
  const isCall = typeof body === 'object' && body !== null && 'method' in body && typeof body.method === 'string'
  if (!isCall) return { method: '', args: [] }
  // An absent list of arguments is an empty one.
  return { method: String(body.method), args: 'args' in body && Array.isArray(body.args) ? body.args : [] }
}
