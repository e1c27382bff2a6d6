/**
 * The one HTTP front. Calls of the data plane go straight to their handler, through the same gate; Express is the
 * front of all else: health, the console, JSON 404s. (Express's router costs a busy request up to a fifth of its time.)
 */
import type { Express, NextFunction, Request, Response } from 'express'
import express from 'express'
import { errorBody, internalError, unknownUrl } from '../errors.ts'
import type { DataPlane } from './data-plane.ts'
import { splitUrl } from './data-plane.ts'
import type { RequestHandler } from './listener.ts'

export interface FrontOptions {
  readonly dataPlane: DataPlane
  /** What `/health` answers, without auth: nothing that is not public. */
  readonly health: () => Readonly<Record<string, unknown>>
  /** Adds the console's routes; null without a console. */
  readonly mountConsole: ((app: Express) => void) | null
  readonly onInternalError: (requestId: string, error: unknown) => void
}

export function createFront(options: FrontOptions): RequestHandler {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.get('/health', (_request, response) => {
    response.set('cache-control', 'no-store').json(options.health())
  })
  app.get('/', (request, response) => {
    // Who types the address into a browser wants to see something.
    if (options.mountConsole && request.accepts(['json', 'html']) === 'html') response.redirect('/console/')
    else response.json({ name: 'ai-proxy', api: '/v1', health: '/health' })
  })
  options.mountConsole?.(app)
  app.use((request: Request, response: Response) => {
    response.status(404).json(errorBody(unknownUrl(request.method, request.path), 'openai', ''))
  })
  // Express tells an error handler by its four parameters.
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    options.onInternalError('', error)
    if (response.headersSent) response.destroy()
    else response.status(500).json(errorBody(internalError(error), 'openai', ''))
  })
  return (request, response) => {
    const target = request.url ?? '/'
    const split = splitUrl(target)
    if (options.dataPlane.serves(split.path)) options.dataPlane.handle(request, response, split)
    else {
      request.url = plainTarget(target)
      app(request, response)
    }
  }
}

// Express reads anything but a plain path by an old parser, which warns on stderr and fails in HTML.
function plainTarget(target: string): string {
  const path = target.startsWith('/') ? target : target.replace(/^[a-z]+:\/\/[^/?]*/i, '')
  return `${path.startsWith('/') ? '' : '/'}${path.replaceAll('#', '%23')}`
}
