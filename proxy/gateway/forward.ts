/**
 * Takes a request with its route to an answer: picks target and key, sends, learns from the outcome, asks
 * `routing/retry.ts` what follows, and obeys. It has no opinion about status codes.
 */
import type { RequestEnd } from '../contract.ts'
import { assertNever } from '../errors.ts'
import { redactSecrets } from '../providers/redact.ts'
import type { Obstacle } from '../routing/key-pool.ts'
import type { AttemptOutcome, NextStep } from '../routing/retry.ts'
import { finalAnswer, nextStep, waitForKeyMs } from '../routing/retry.ts'
import type { AttemptEnd, AttemptFailure } from './attempt.ts'
import { sendAttempt } from './attempt.ts'
import type { Candidate } from './candidates.ts'
import { candidatesOf, choose, obstaclesOf, useUp } from './candidates.ts'
import type { Exchange, GatewayServices, Plan } from './exchange.ts'
import { learn } from './learn.ts'
import { passThrough } from './pass-through.ts'
import type { Prepared } from './prepare-attempt.ts'
import { prepare } from './prepare-attempt.ts'

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

function refusesStreamOptions(end: AttemptFailure): boolean {
  const { status, error } = end
  return (
    (status === 400 || status === 422) && /stream_options|include_usage/.test(`${error.param ?? ''} ${error.message}`)
  )
}

function createsTwice(exchange: Exchange): boolean {
  return exchange.endpoint.createsTwice || exchange.facts.createsTwice
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

/** True when the client reads an event stream. A waiting one gets comments, which nothing else may get. */
function takesKeepAlive({ endpoint, facts, query }: Exchange): boolean {
  if (!facts.stream) return false
  // Whoever asks for a transcript as a stream may get plain text, into which no comment may get.
  if (endpoint.answers === 'open' && facts.isForm) return false
  // By its path a call streams only if its query asks for it: Gemini gives a JSON list without `alt=sse`.
  return endpoint.streams !== 'by-path' || /[?&](?:alt=sse|stream=true)(?:&|$)/.test(query)
}
