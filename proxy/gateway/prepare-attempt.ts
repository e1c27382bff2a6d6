/** What one attempt sends, and how its answer is taken: from the request, the target and the key. */
import type { IncomingHttpHeaders } from 'node:http'
import { redactSecrets } from '../providers/redact.ts'
import type { LiveAttempt } from '../records/record.ts'
import type { PoolKey } from '../routing/key-pool.ts'
import type { Target } from '../routing/route.ts'
import type { UpstreamSpec } from '../snapshot.ts'
import type { AttemptOptions } from './attempt.ts'
import { editBody, modelEdits, usageEdit } from './body.ts'
import type { Candidate, Choice } from './candidates.ts'
import type { Exchange, Plan } from './exchange.ts'
import { clientHeaders, upstreamHeaders } from './headers.ts'
import type { Edit } from './pieces.ts'
import type { RelayContext } from './relay.ts'

export interface Prepared {
  readonly options: AttemptOptions
  readonly live: LiveAttempt
  /** `stream_options.include_usage` was put in by us. */
  readonly asksUsage: boolean
}

/** Makes an attempt ready to be sent and begins its record. */
export function prepare(
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

function wantsUsage(exchange: Exchange, { spec, state, target }: Candidate): boolean {
  if (!exchange.endpoint.takesStreamOptions || !exchange.facts.stream || exchange.facts.includeUsage) return false
  if (state.refusesStreamUsage.has(target.model)) return false
  return spec.config.streamUsage ?? spec.profile.acceptsStreamUsage
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
  // A text of its own: a part of a longer one would keep all headers for as long as the record is kept.
  return typeof id === 'string' ? Buffer.from(id, 'latin1').toString('latin1') : null
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
  const holdsOne = (value: string) => secrets.some((secret) => value.length >= secret.length && value.includes(secret))
  let safe = headers
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined) continue
    const isEcho = typeof value === 'string' ? holdsOne(value) : value.some(holdsOne)
    if (isEcho) safe = { ...safe, [name]: undefined }
  }
  return safe
}
