/** What the processes of the bench ask each other over Node's own channel between parent and child. */
import type { Spread } from './statistics.ts'

/** What one request says. The bodies are made in the load generator, so that they need not be sent around. */
export interface RequestShape {
  readonly model: string
  readonly stream: boolean
  /** The client asks for usage itself, so a gateway need not. */
  readonly asksUsage: boolean
  /** Size of the prompt; 0 = a small one of a few words. */
  readonly promptBytes: number
  /** The name of the model stands behind the prompt. */
  readonly modelLast: boolean
}

export interface Destination {
  readonly port: number
  /** Lines of further headers. */
  readonly headers: readonly string[]
}

/** How the scripted upstream streams. */
export interface StreamScript {
  /** Events with content; 0 = no end. */
  readonly events: number
  readonly gapMs: number
}

/** Each connection sends its next request when it has its answer, until the time is over. */
export interface ClosedLoop {
  readonly ask: 'closed-loop'
  readonly to: Destination
  readonly shape: RequestShape
  readonly connections: number
  readonly durationMs: number
  /** Ends after so many requests, if that comes first; 0 = time alone. */
  readonly requests: number
}

export interface ClosedLoopResult {
  readonly requests: number
  readonly errors: number
  readonly firstError: string | null
  readonly seconds: number
  readonly latencyUs: Spread
}

/** Each connection reads so many streams to their end, one after the other. */
export interface ReadStreams {
  readonly ask: 'read-streams'
  readonly to: Destination
  readonly shape: RequestShape
  readonly connections: number
  readonly streamsEach: number
  /** The connections begin evenly over this time. */
  readonly rampMs: number
}

/** Opens streams and keeps them open until `release`; answers when each has its first event. */
export interface HoldStreams extends Omit<ReadStreams, 'ask' | 'streamsEach'> {
  readonly ask: 'hold-streams'
}

export interface StreamResult {
  readonly streams: number
  readonly events: number
  readonly errors: number
  readonly firstError: string | null
  /** From the request to the first event. */
  readonly firstUs: Spread
  /** From the upstream's write to the client's read, first events left out. */
  readonly delayUs: Spread
}

/** Tells how the held streams do since they were last asked about. */
export interface ReadHeld {
  readonly ask: 'read-held'
}

export interface Release {
  readonly ask: 'release'
}

export type LoadQuestion = ClosedLoop | ReadStreams | HoldStreams | ReadHeld | Release

export type UpstreamQuestion = { readonly ask: 'port' } | { readonly ask: 'script'; readonly script: StreamScript }

/** What the probe inside a measured process answers. */
export type ProbeQuestion =
  | { readonly ask: 'usage' }
  | { readonly ask: 'watch-blocks' }
  | { readonly ask: 'longest-block' }
  | { readonly ask: 'profile-start' }
  | { readonly ask: 'profile-stop'; readonly file: string }

export interface ProcessUsage {
  /** User and system time since its start. */
  readonly cpuUs: number
  /** Of it on the main thread; the rest is garbage collection, compilation and the like. NaN where unknown. */
  readonly mainUs: number
  readonly rssBytes: number
  readonly heapBytes: number
}
