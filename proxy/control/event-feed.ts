/**
 * One console that listens to events, over SSE: the status first, then what happens, a comment into silences. A slow
 * reader gets the last states once it reads again; memory for it is bounded.
 */
import type { ServerResponse } from 'node:http'
import type { EngineEvent } from '../contract.ts'
import type { EngineHandle } from './engine-handle.ts'
import { EventBacklog } from './event-backlog.ts'

/** The console takes a connection for dead after three of these. */
const PING_MS = 15_000

export interface EventFeedOptions {
  readonly engine: Pick<EngineHandle, 'status' | 'subscribe'>
  readonly response: ServerResponse
  /** Asked with each ping: false ends the feed (another token, console switched off). */
  readonly mayGoOn: () => Promise<boolean>
  readonly pingMs?: number
}

export function startEventFeed({ engine, response, mayGoOn, pingMs = PING_MS }: EventFeedOptions): void {
  const backlog = new EventBacklog()
  const write = (event: EngineEvent) => response.write(`data: ${JSON.stringify(event)}\n\n`)
  const send = (event: EngineEvent) => {
    // The reader may have gone, or been told goodbye, before `close` tells so.
    if (response.writableEnded || response.destroyed) return
    if (response.writableNeedDrain) backlog.add(event)
    else write(event)
    // An open feed would hold up the end of the engine.
    if (event.type === 'status' && (event.status.state === 'stopping' || event.status.state === 'stopped'))
      response.end()
  }

  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // nginx in front of us would hold events back.
    'x-accel-buffering': 'no',
  })
  response.on('error', () => undefined)
  response.on('drain', () => {
    for (const event of backlog.take()) send(event)
  })
  const unsubscribe = engine.subscribe(send)
  const ping = setInterval(() => {
    if (response.writableEnded || response.destroyed) return
    if (!response.writableNeedDrain) response.write(': ping\n\n')
    mayGoOn().then(
      (may) => {
        if (!may) response.end()
      },
      () => response.end(),
    )
  }, pingMs)
  response.on('close', () => {
    clearInterval(ping)
    unsubscribe()
  })
  write({ type: 'status', status: engine.status() })
}
