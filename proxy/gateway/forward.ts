/**
 * Takes a request with its route to an answer: picks target and key, sends, learns from the outcome, asks
 * `routing/retry.ts` what follows, and obeys. It has no opinion about status codes.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { RequestEnd } from '../contract.ts'
import { assertNever } from '../errors.ts'
import { redactSecrets } from '../providers/redact.ts'
import type { PauseReason } from '../routing/cooldown.ts'
import type { Obstacle, PoolKey } from '../routing/key-pool.ts'
import type { AttemptOutcome, NextStep } from '../routing/retry.ts'
import { finalAnswer, nextStep, waitForKeyMs } from '../routing/retry.ts'
import type { Target } from '../routing/route.ts'
import type { UpstreamSpec } from '../snapshot.ts'
import type { LiveAttempt } from '../records/record.ts'
import type { AttemptEnd, AttemptFailure, AttemptOptions } from './attempt.ts'
import { sendAttempt } from './attempt.ts'
import { editBody, modelEdits, usageEdit } from './body.ts'
import type { Exchange, GatewayServices } from './exchange.ts'
import { clientHeaders, upstreamHeaders } from './headers.ts'
import { isOffline } from './offline.ts'
import { passThrough } from './pass-through.ts'
import type { Edit } from './pieces.ts'
import type { RelayContext } from './relay.ts'
import type { UpstreamState } from './upstream.ts'

export interface Plan {
  readonly targets: readonly Target[]
  /** The client asked by an alias: nothing of the supplier may show. */
  readonly isAlias: boolean
  /** The alias that the thing was made by which the call is about; null elsewhere. */
  readonly madeAs: string | null
  /** The only key that will do: the one that made what the call is about. */
  readonly pinnedKeyId: string | null
  /** Filters a list by what the project may see. */
  readonly rewriteJson: ((value: unknown) => unknown) | null
}

/** A target in the course of one request. */
interface Candidate {
  readonly target: Target
  readonly spec: UpstreamSpec
  readonly state: UpstreamState
  readonly index: number
  failures: number
  /** No further attempt here in this request. */
  isDropped: boolean
  /** Keys that this request has used up here; null until there is one. */
  usedKeys: Set<string> | null
}

interface Choice {
  readonly candidate: Candidate
  /** Null for upstreams that take no key. */
  readonly key: PoolKey | null
}

/** At most so many repeats that don't count: a pool of kept connections may all have been closed at once. */
const FREE_REPEATS = 3

export async function forward(exchange: Exchange, plan: Plan, services: GatewayServices): Promise<RequestEnd> {
  const { answer, record, snapshot } = exchange
  const candidates = candidatesOf(exchange, plan.targets, services)
  const failures: AttemptFailure[] = []
  let retries = -1
  let freeRepeats = 0
  let waitedMs = 0
  if (takesKeepAlive(exchange)) answer.startKeepAlive(exchange.endpoint.protocol)

  for (;;) {
    const choice = choose(candidates, plan.pinnedKeyId, Date.now())
    if (!choice) {
      const obstacles = obstaclesOf(candidates, plan.pinnedKeyId, Date.now())
      const waitMs = retries < snapshot.config.server.maxRetries ? waitForKeyMs(obstacles, Date.now()) : null
      if (waitMs === null) return giveUp(exchange, services, failures, obstacles)
      waitedMs += waitMs
      if (await sleep(waitMs, exchange)) return 'client_gone'
      for (const candidate of candidates) candidate.usedKeys = null
      continue
    }
    const { candidate, key } = choice
    if (answer.isGone) return 'client_gone'
    const limit = candidate.spec.config.maxParallel
    if (!candidate.state.takeSlot(limit) && (await waitForSlot(candidate, exchange))) return 'client_gone'
    retries++
    const others = candidates.some((other) => other !== candidate && !other.isDropped && other.failures === 0)
    const connection = candidate.state.connectionOf(candidate.spec)
    connection.hold()
    let sent: Prepared
    let end: AttemptEnd
    try {
      sent = prepare(exchange, plan, choice, others, waitedMs)
      end = await sendAttempt(connection, sent.options)
      conclude(exchange, sent, end)
    } finally {
      candidate.state.recordEnd()
      connection.release()
    }
    waitedMs = 0
    const isFree = end.kind === 'failed' && end.isStaleSocket && !createsTwice(exchange) && freeRepeats < FREE_REPEATS
    if (!isFree) learn(exchange, services, choice, end, sent.live.startedAt)
    if (end.kind === 'answered') {
      if (end.end !== 'done') record.errorMessage ??= end.message
      if (end.end === 'truncated') record.errorCode ??= 'upstream_stream_truncated'
      else if (end.end !== 'done') record.errorCode ??= 'upstream_stream_interrupted'
      return end.end
    }
    if (end.kind === 'client-gone') return 'client_gone'

    if (isFree) {
      freeRepeats++
      retries--
      continue
    }
    if (sent.asksUsage && refusesStreamOptions(end)) {
      candidate.state.refusesStreamUsage.add(candidate.target.model)
      retries--
      continue
    }
    failures.push(end)
    const step = decide(exchange, end, candidate, others, retries)
    switch (step.step) {
      case 'finish':
        return 'done'
      case 'pass-through':
        passThrough(exchange, plan.isAlias, end)
        return answer.endOr('refused')
      case 'next-key':
        if (key) useUp(candidate, key)
        else candidate.isDropped = true
        break
      case 'next-target':
        if (end.failure === 'model_not_found') candidate.isDropped = true
        else candidate.failures++
        if (end.timedOut) candidate.isDropped = true
        break
      case 'again':
        candidate.failures++
        waitedMs += step.afterMs
        if (await sleep(step.afterMs, exchange)) return 'client_gone'
        break
      case 'give-up':
        return giveUp(exchange, services, failures, obstaclesOf(candidates, plan.pinnedKeyId, Date.now()))
      default:
        return assertNever(step)
    }
  }
}

function candidatesOf(exchange: Exchange, targets: readonly Target[], services: GatewayServices): Candidate[] {
  const candidates: Candidate[] = []
  targets.forEach((target, index) => {
    const spec = exchange.snapshot.upstreams.get(target.upstream)
    // Of an upstream that left the config while the request came in, the state that knew it.
    const state = spec ? services.states.of(spec) : null
    if (spec && state) candidates.push({ target, spec, state, index, failures: 0, isDropped: false, usedKeys: null })
  })
  return candidates
}

/** The best target with a key that is free; else a paused key that may be tested. */
function choose(candidates: readonly Candidate[], pinnedKeyId: string | null, now: number): Choice | null {
  const open = candidates.filter(isOpen)
  if (open.length > 1) open.sort((a, b) => compare(a, b, now))
  for (const candidate of open) {
    const { state, spec, usedKeys } = candidate
    if (pinnedKeyId !== null && pinnedKeyId !== '') {
      const pinned = usedKeys?.has(pinnedKeyId) ? null : state.keys.takePinned(pinnedKeyId, now)
      if (pinned && isMeantFor(pinned, candidate)) return { candidate, key: pinned }
      continue
    }
    const key = takeMeant(candidate, now, 'ready')
    if (key) return { candidate, key }
    if (!spec.needsKey && !state.keys.hasKeys()) return { candidate, key: null }
  }
  if (pinnedKeyId !== null) return null
  for (const candidate of open) {
    const key = takeMeant(candidate, now, 'probe')
    if (key) return { candidate, key }
  }
  return null
}

// A reload may have given the pool the keys of another host under the same upstream's name: those are passed over.
function takeMeant(candidate: Candidate, now: number, kind: 'ready' | 'probe'): PoolKey | null {
  const { state, target } = candidate
  for (;;) {
    const key =
      kind === 'ready'
        ? state.keys.take(target.model, candidate.usedKeys, now)
        : state.keys.takeProbe(target.model, candidate.usedKeys, now)
    if (!key || isMeantFor(key, candidate)) return key
    useUp(candidate, key)
  }
}

function useUp(candidate: Candidate, key: PoolKey): void {
  candidate.usedKeys ??= new Set()
  candidate.usedKeys.add(key.id)
}

function isMeantFor(key: PoolKey, { spec, state }: Candidate): boolean {
  return state.isCurrent(spec) || spec.keys.some(({ id }) => id === key.id)
}

function isOpen(candidate: Candidate): boolean {
  return !candidate.isDropped
}

// What has failed in this request comes last, then what fails for everybody, then what is full, then config order.
function compare(a: Candidate, b: Candidate, now: number): number {
  const rank = ({ state, target, spec }: Candidate) =>
    (state.isShunned(target.model, now) ? 2 : 0) +
    (spec.config.maxParallel !== null && state.active >= spec.config.maxParallel ? 1 : 0)
  return a.failures - b.failures || rank(a) - rank(b) || a.index - b.index
}

function obstaclesOf(candidates: readonly Candidate[], pinnedKeyId: string | null, now: number): readonly Obstacle[] {
  if (pinnedKeyId !== null) return []
  return candidates.filter(isOpen).flatMap(({ state, target }) => state.keys.obstacles(target.model, now))
}

function decide(
  exchange: Exchange,
  end: AttemptFailure,
  candidate: Candidate,
  otherTargets: boolean,
  retries: number,
): NextStep {
  const outcome: AttemptOutcome = { kind: 'failed', failure: end.failure, timedOut: end.timedOut }
  return nextStep(
    outcome,
    {
      answerStarted: exchange.answer.isStarted,
      retries,
      maxRetries: exchange.snapshot.config.server.maxRetries,
      mayHaveCreated: createsTwice(exchange) && !end.wasNotSent,
      failuresHere: candidate.failures + 1,
      otherTargets,
    },
    Math.random(),
  )
}

interface Prepared {
  readonly options: AttemptOptions
  readonly live: LiveAttempt
  /** `stream_options.include_usage` was put in by us. */
  readonly asksUsage: boolean
}

/** Makes an attempt ready to be sent and begins its record. */
function prepare(
  exchange: Exchange,
  plan: Plan,
  { candidate, key }: Choice,
  others: boolean,
  waitedMs: number,
): Prepared {
  const { endpoint, facts, record, answer, snapshot } = exchange
  const { spec, state, target } = candidate
  const startedAt = Date.now()
  const isRenamed = exchange.model !== '' && target.model !== exchange.model
  const edits: Edit[] = isRenamed ? [...modelEdits(facts, target.model)] : []
  const usage = exchange.body && wantsUsage(exchange, candidate) ? usageEdit(exchange.body, facts) : null
  if (usage) edits.push(usage)
  const body = exchange.body && exchange.body.length > 0 ? editBody(exchange.body, edits) : null

  const live = record.startAttempt({
    upstream: spec.name,
    model: target.model,
    keyId: key?.id ?? null,
    keyLabel: key?.label ?? null,
    startedAt,
    waitedMs,
  })
  const credential = key ? spec.credential(endpoint.protocol, key.secret) : []
  const redact = (text: string) => redactSecrets(text, snapshot.secrets)
  state.recordStart(target.model, startedAt)
  const options: AttemptOptions = {
    origin: spec.origin,
    path: pathOf(exchange, spec, target),
    method: exchange.method,
    headers: upstreamHeaders(exchange.clientHeaders, {
      protocol: endpoint.protocol,
      profile: spec.profile,
      own: [...spec.staticHeaders, ...credential],
      ownNames: spec.staticHeaderNames,
      isDecoded: true,
      acceptEncoding:
        endpoint.answers === 'protocol' ? null : (exchange.clientHeaders['accept-encoding']?.toString() ?? null),
    }),
    body: body?.pieces ?? null,
    bodyBytes: body?.length ?? 0,
    profileId: spec.profile.id,
    answer,
    answers: endpoint.answers,
    expectsStream: facts.stream,
    firstByteTimeoutMs:
      facts.stream && others ? spec.config.timeouts.streamFirstByteMs : spec.config.timeouts.firstByteMs,
    idleTimeoutMs: spec.config.timeouts.idleMs,
    relayContext: (status, headers) => {
      live.status = status
      const safeHeaders = withoutSecrets(headers, secretsShown(spec, key, snapshot.secrets))
      live.upstreamRequestId = requestIdOf(safeHeaders)
      record.touch()
      return relayContext(exchange, plan, candidate, key, {
        status,
        headers: safeHeaders,
        isRenamed,
        asksUsage: usage !== null,
        redact,
      })
    },
  }
  return { options, live, asksUsage: usage !== null }
}

function conclude({ record, snapshot }: Exchange, { live }: Prepared, end: AttemptEnd): void {
  live.status = end.status
  switch (end.kind) {
    case 'answered':
      record.usage = end.usage
      record.endAttempt(live, end.end === 'done' ? 'answered' : 'upstream_error', Date.now(), end.message)
      return
    case 'failed':
      record.endAttempt(live, end.failure, Date.now(), redactSecrets(end.error.message, snapshot.secrets))
      return
    case 'client-gone':
      record.endAttempt(live, 'client_gone', Date.now())
  }
}

interface AnswerFacts {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly isRenamed: boolean
  readonly asksUsage: boolean
  readonly redact: (text: string) => string
}

function relayContext(
  exchange: Exchange,
  plan: Plan,
  candidate: Candidate,
  key: PoolKey | null,
  facts: AnswerFacts,
): RelayContext {
  const { record, endpoint } = exchange
  return {
    answer: exchange.answer,
    protocol: endpoint.protocol,
    profileId: candidate.spec.profile.id,
    status: facts.status,
    headers: ({ keepsBytes }) => clientHeaders(facts.headers, { isAlias: plan.isAlias, keepsBytes }),
    requestId: exchange.id,
    hideModelAs: facts.isRenamed ? exchange.model : plan.madeAs,
    isAlias: plan.isAlias,
    withholdsUsage: facts.asksUsage,
    redact: facts.redact,
    onFirstContent: () => {
      record.firstTokenMs = Date.now() - record.startedAt
      record.touch()
    },
    onAnswerId: (id) => {
      if (endpoint.makesId)
        exchange.remember(
          id,
          candidate.spec.name,
          key?.id ?? '',
          plan.isAlias && facts.isRenamed ? exchange.model : null,
        )
    },
    rewriteJson: plan.rewriteJson,
  }
}

/** Lets the key, the breaker and the operator know how the attempt went. */
function learn(
  exchange: Exchange,
  services: GatewayServices,
  { candidate, key }: Choice,
  end: AttemptEnd,
  startedAt: number,
): void {
  const { state, target, spec } = candidate
  const now = Date.now()
  if (end.kind === 'client-gone') return
  if (end.kind === 'answered') {
    state.recordAnswer(target.model, now)
    if (end.end !== 'done') state.recordFailure(target.model, end.message ?? '', now)
    const change = key ? state.keys.recordSuccess(key.id, target.model, startedAt) : null
    if (key && change)
      services.onEvent({ kind: 'key', upstream: spec.name, keyLabel: key.label, model: target.model, change })
    return
  }
  const message = redactSecrets(end.error.message, exchange.snapshot.secrets)
  switch (end.failure) {
    case 'rate_limited':
    case 'key_exhausted':
    case 'key_invalid':
    case 'key_no_access':
    case 'model_not_found': {
      state.recordAnswer(target.model, now)
      state.lastError = message
      state.lastErrorAt = now
      if (key) recordKeyFailure(exchange, services, candidate, key, end, end.failure, startedAt)
      return
    }
    case 'overloaded':
    case 'upstream_error':
    case 'timeout':
      if (end.isStaleSocket) return
      if (end.isNetwork) {
        state.lastNetworkFailureAt = now
        if (isOffline(services.states.all(), now)) return
      }
      state.recordFailure(end.isNetwork || end.status === null ? null : target.model, message, now)
      return
    case 'request_invalid':
    case 'context_too_long':
    case 'content_blocked':
      state.recordAnswer(target.model, now)
      return
    case 'redirect':
      state.lastError = message
      state.lastErrorAt = now
      return
    default:
      assertNever(end.failure)
  }
}

function recordKeyFailure(
  exchange: Exchange,
  services: GatewayServices,
  { state, target, spec }: Candidate,
  key: PoolKey,
  end: AttemptFailure,
  reason: PauseReason,
  startedAt: number,
): void {
  const change = state.keys.recordFailure(
    key.id,
    {
      reason,
      perModel: end.perModel,
      model: target.model,
      retryAfterMs: end.error.retryAfterMs,
      attemptStartedAt: startedAt,
    },
    { coolDownMs: exchange.snapshot.config.server.coolDownMinutes * 60_000 },
    Date.now(),
  )
  if (change) services.onEvent({ kind: 'key', upstream: spec.name, keyLabel: key.label, model: target.model, change })
}

function giveUp(
  exchange: Exchange,
  services: GatewayServices,
  failures: readonly AttemptFailure[],
  obstacles: readonly Obstacle[],
): RequestEnd {
  const { answer, endpoint, id } = exchange
  const error = finalAnswer({ model: exchange.model || endpoint.path, failures, obstacles }, Date.now())
  if (obstacles.length > 0 && exchange.model !== '') {
    services.onEvent({ kind: 'model-unavailable', model: exchange.model, reason: error.code })
  }
  answer.fail(error, id, endpoint.protocol)
  return answer.endOr('upstream_error')
}

function wantsUsage(exchange: Exchange, { spec, state, target }: Candidate): boolean {
  if (!exchange.endpoint.takesStreamOptions || !exchange.facts.stream || exchange.facts.includeUsage) return false
  if (state.refusesStreamUsage.has(target.model)) return false
  return spec.config.streamUsage ?? spec.profile.acceptsStreamUsage
}

function refusesStreamOptions(end: AttemptFailure): boolean {
  const { status, error } = end
  return (
    (status === 400 || status === 422) && /stream_options|include_usage/.test(`${error.param ?? ''} ${error.message}`)
  )
}

function createsTwice(exchange: Exchange): boolean {
  return exchange.endpoint.createsTwice || exchange.facts.createsTwice
}

function pathOf(exchange: Exchange, spec: UpstreamSpec, target: Target): string {
  const { endpoint, query } = exchange
  const { path, pathModel } = endpoint
  const renamed =
    pathModel && target.model !== pathModel.name
      ? `${path.slice(0, pathModel.start)}${encodeURIComponent(target.model).replaceAll('%2F', '/')}${path.slice(pathModel.end)}`
      : path
  return spec.pathFor(renamed + query, endpoint.protocol)
}

function requestIdOf(headers: IncomingHttpHeaders): string | null {
  const id = headers['x-request-id'] ?? headers['request-id'] ?? headers['x-generation-id']
  return typeof id === 'string' ? id : null
}

/** Waits; ends early and tells true when the client leaves. */
function sleep(ms: number, { answer }: Exchange): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (isGone: boolean) => {
      clearTimeout(timer)
      answer.onGone(null)
      resolve(isGone)
    }
    const timer = setTimeout(() => done(false), ms)
    answer.onGone(() => done(true))
  })
}

/** Waits for a place at an upstream whose `max_parallel` are taken; tells true when the client leaves. */
function waitForSlot({ spec, state }: Candidate, { answer }: Exchange): Promise<boolean> {
  const limit = spec.config.maxParallel
  return new Promise((resolve) => {
    const done = (isGone: boolean) => {
      answer.onGone(null)
      resolve(isGone)
    }
    const stopWaiting = state.waitForSlot(limit, () => done(false))
    answer.onGone(() => {
      stopWaiting()
      done(true)
    })
  })
}

/** What an upstream could repeat: its key, and credentials among its configured headers. */
function secretsShown(spec: UpstreamSpec, key: PoolKey | null, secrets: readonly string[]): readonly string[] {
  const shown = key && key.secret !== '' ? [key.secret] : []
  if (spec.staticHeaderNames.size === 0) return shown
  const values = Object.values(spec.config.headers)
  return [...shown, ...secrets.filter((secret) => values.some((value) => value.includes(secret)))]
}

/** Upstreams that repeat a secret they were shown do so in headers, too. */
function withoutSecrets(headers: IncomingHttpHeaders, secrets: readonly string[]): IncomingHttpHeaders {
  if (secrets.length === 0) return headers
  const holdsOne = (value: string) => secrets.some((secret) => value.includes(secret))
  let safe = headers
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined) continue
    const isEcho = typeof value === 'string' ? holdsOne(value) : value.some(holdsOne)
    if (isEcho) safe = { ...safe, [name]: undefined }
  }
  return safe
}

/** True when the client reads an event stream. A waiting one gets comments, which nothing else may get. */
function takesKeepAlive({ endpoint, facts, query }: Exchange): boolean {
  if (!facts.stream) return false
  // Whoever asks for a transcript as a stream may get plain text, into which no comment may get.
  if (endpoint.answers === 'open' && facts.isForm) return false
  // By its path a call streams only if its query asks for it: Gemini gives a JSON list without `alt=sse`.
  return endpoint.streams !== 'by-path' || /[?&](?:alt=sse|stream=true)(?:&|$)/.test(query)
}
