/**
 * The data plane: every request under /v1 and /v1beta from its first byte to the end of its record. Reads like the
 * way of a request: id → gate → endpoint → body → permission → route → forward.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { RequestEnd } from '../contract.ts'
import {
  GatewayError,
  badRequest,
  internalError,
  methodNotSupported,
  missingModel,
  modelNotAllowed,
  modelNotFound,
  routeNotAllowed,
  unknownUrl,
} from '../errors.ts'
import type { LiveRecord } from '../records/record.ts'
import type { RequestLog } from '../records/request-log.ts'
import { planRoute } from '../routing/route.ts'
import type { ProjectSpec, Snapshot } from '../snapshot.ts'
import type { BodyFacts } from './body.ts'
import { inspectBody, noFacts } from './body.ts'
import { ClientAnswer } from './client-answer.ts'
import type { Endpoint } from './endpoints.ts'
import { endpointOf, isKnownPath, withVersion } from './endpoints.ts'
import type { Exchange, GatewayServices, Plan } from './exchange.ts'
import { forward } from './forward.ts'
import type { GatewayRequest } from './gateway-request.ts'
import { authenticate, corsHeaders, createAddressReader, preflightHeaders } from './gate.ts'
import { discoveryOf, geminiModel, geminiModelList, modelEntry, modelList, modelsOf } from './models.ts'
import type { BodyBudget, ReceivedBody } from './read-body.ts'
import { ClientLeft, readBody } from './read-body.ts'
import { newRequestId } from './request-id.ts'
import type { StickyId } from './sticky-ids.ts'

export interface DataPlaneOptions extends GatewayServices {
  readonly snapshot: () => Snapshot
  readonly log: RequestLog
  readonly budget: BodyBudget
  readonly startedAt: number
  /** Silence after which a stream gets a comment, ms; 0 = never. */
  readonly keepAliveMs: number
  /** Told of what must not happen: a bug, with its request id. */
  readonly onInternalError: (requestId: string, error: unknown) => void
}

export interface DataPlane {
  /** True when the path (without query) is the data plane's. */
  readonly serves: (path: string) => boolean
  /** @param target - the request's, as `splitUrl` reads it. */
  readonly handle: (request: GatewayRequest, response: ServerResponse, target: SplitUrl) => void
}

/** Characters. The longest that providers give (ARNs, fine-tuned models) have about 200. */
const LONGEST_MODEL_NAME = 512
/** Bodies up to this size are kept while `server.log.bodies` is on. */
const KEPT_BODY_BYTES = 256 * 1024

export function createDataPlane(options: DataPlaneOptions): DataPlane {
  const addressReaders = new WeakMap<Snapshot, (request: IncomingMessage) => string>()
  const addressOf = (request: IncomingMessage, snapshot: Snapshot) => {
    let read = addressReaders.get(snapshot)
    if (!read) addressReaders.set(snapshot, (read = createAddressReader(snapshot.config.server.trustedProxies)))
    return read(request)
  }
  return {
    serves: (path) => path === '/v1' || path === '/v1beta' || withVersion(path) !== null,
    handle(request, response, { path, query }) {
      const snapshot = options.snapshot()
      const id = newRequestId()
      const cors = corsHeaders(request.headers, snapshot.config.server.corsOrigins)
      const headers = ['x-request-id', id, ...cors]
      if (request.method === 'OPTIONS') {
        response.writeHead(204, [...headers, ...(cors.length > 0 ? preflightHeaders(request.headers) : [])]).end()
        return
      }
      const record = options.log.open({
        id,
        startedAt: Date.now(),
        method: request.method ?? 'GET',
        path,
        query,
        client: { address: addressOf(request, snapshot), userAgent: request.headers['user-agent'] ?? null },
        requestHeaders: request.rawHeaders,
      })
      if (path.includes('/messages')) headers.push('request-id', id)
      const answer = new ClientAnswer({ request, response, record, headers, keepAliveMs: options.keepAliveMs })
      follow(options, { id, snapshot, request, answer, record, path, query }).catch((error: unknown) =>
        options.onInternalError(id, error),
      )
    },
  }
}

interface Incoming {
  readonly id: string
  readonly snapshot: Snapshot
  readonly request: GatewayRequest
  readonly answer: ClientAnswer
  readonly record: LiveRecord
  readonly path: string
  readonly query: string
}

/** Takes a request to its end, and its record with it. */
async function follow(options: DataPlaneOptions, incoming: Incoming): Promise<void> {
  const { snapshot, request, answer, record } = incoming
  let body: ReceivedBody | null = null
  let end: RequestEnd
  try {
    const { project, endpoint, query } = authorize(incoming)
    if (endpoint === null) end = answerModels(options, incoming, project)
    else {
      if (hasBody(request)) body = await readBody(request, snapshot.config.server.maxBodyMb * 1_048_576, options.budget)
      end = await route(options, incoming, { project, endpoint, body, query })
    }
  } catch (error) {
    end = failRequest(options, incoming, error)
  } finally {
    if (body) options.budget.release(body.reservedBytes)
  }
  if (answer.isGone) record.status ??= 499
  record.finish(end, Date.now())
}

interface Authorized {
  readonly project: ProjectSpec
  /** Null for the list of models, which we answer ourselves. */
  readonly endpoint: Endpoint | null
  /** Without the key that Gemini's clients put there. */
  readonly query: string
}

/** @throws GatewayError 401 for a bad key, 404 or 405 for a path that there is not. */
function authorize(incoming: Incoming): Authorized {
  const { snapshot, request, answer, record, path } = incoming
  const method = request.method ?? 'GET'
  // Nearly every call is about something else.
  const isModels = path.includes('/models') && isModelsPath(path)
  const isGemini =
    path.startsWith('/v1beta/') ||
    (path.startsWith('/v1/models/') && !isModels) ||
    (isModels && isGoogleClient(request.headers))
  answer.dialect = isGemini ? 'gemini' : path.includes('/messages') ? 'anthropic' : 'openai'
  const { queryKey, query } = takeQueryKey(incoming.query, isGemini)

  const project = authenticate(request.socket, request.headers, queryKey, snapshot, Date.now())
  if (project instanceof GatewayError) throw project
  record.project = project.name

  if (isModels) {
    if (method !== 'GET' && method !== 'HEAD') throw methodNotSupported(method, path)
    return { project, endpoint: null, query }
  }
  const endpoint = endpointOf(method, path)
  if (!endpoint) throw noSuchRoute(method, path)
  record.protocol = endpoint.protocol
  answer.dialect = endpoint.dialect
  return { project, endpoint, query }
}

function route(
  options: DataPlaneOptions,
  incoming: Incoming,
  { project, endpoint, body, query }: Pick<Exchange, 'project' | 'endpoint' | 'body' | 'query'>,
): Promise<RequestEnd> {
  const { snapshot, request, record, answer, id } = incoming
  const facts = factsOf(endpoint, body, query)
  const model = endpoint.pathModel?.name ?? facts.model ?? ''
  // Names are kept in records, health and log lines: what nobody calls a model must not fill them.
  if (isTooLong(model) || facts.otherModels.some(isTooLong)) throw modelNameTooLong()
  record.stream = facts.stream
  if (model !== '') record.nameModel(model)
  record.requestBytes = body?.length ?? 0
  if (snapshot.config.server.log.bodies && body && body.length <= KEPT_BODY_BYTES)
    record.requestBody = Buffer.concat(body.pieces)
  record.touch()
  checkPermission(project, endpoint, facts, model)
  const exchange: Exchange = {
    id,
    snapshot,
    project,
    endpoint,
    method: request.method ?? 'GET',
    query,
    clientHeaders: request.headers,
    body,
    facts,
    model,
    record,
    answer,
    remember: (resourceId, upstream, keyId, alias) =>
      options.stickyIds.remember(resourceId, {
        upstream,
        keyId,
        project: project.name,
        usedAt: Date.now(),
        ...(alias === null ? {} : { alias }),
      }),
  }
  return forward(exchange, planOf(options, exchange), options)
}

function factsOf(endpoint: Endpoint, body: ReceivedBody | null, query: string): BodyFacts {
  if (endpoint.modelPlace === 'none') {
    // No model counts here, but a batch still belongs to the upstream that has its file.
    return body && isJson(body.contentType) ? { ...noFacts, buildsOn: inspectBody(body).buildsOn } : noFacts
  }
  const facts = body ? inspectBody(body) : noFacts
  const stream =
    endpoint.streams === 'by-body'
      ? facts.stream
      : endpoint.streams === 'by-path' && /[?&](?:alt=sse|stream=true)(?:&|$)/.test(query)
  return stream === facts.stream ? facts : { ...facts, stream }
}

/** Permission comes before existence: who may not ask learns nothing of what there is. */
function checkPermission(project: ProjectSpec, endpoint: Endpoint, facts: BodyFacts, model: string): void {
  if (endpoint.needsAllModels && !project.allowsAll)
    throw routeNotAllowed(`${endpoint.path.split('/')[2] ?? 'This route'}`)
  if (model === '') {
    if (endpoint.modelPlace === 'none') return
    if (!endpoint.modelOptional) throw missingModel()
    if (!project.allowsAll) throw missingModel()
    return
  }
  // A call that names one model in its path and another in its body is read by the upstream as it likes.
  const inBody = endpoint.modelPlace === 'path' && facts.model !== null ? [facts.model.replace(/^models\//, '')] : []
  for (const name of [model, ...facts.otherModels, ...inBody]) if (!project.allows(name)) throw modelNotAllowed(name)
}

function planOf(options: DataPlaneOptions, exchange: Exchange): Plan {
  const { endpoint, model, project, snapshot } = exchange
  const plain = { isAlias: false, madeAs: null, pinnedKeyId: null, rewriteJson: null }
  const built = placeOf(options, exchange)
  if (endpoint.resourceId !== null) {
    const place = options.stickyIds.find(endpoint.resourceId, project.name)
    if (!place || !snapshot.upstreams.has(place.upstream)) throw unknownId(endpoint.resourceId)
    const pinnedKeyId = keyThatMade(place, snapshot)
    const madeAs = place.alias ?? null
    const targets = [{ upstream: place.upstream, model: '' }]
    return { ...plain, isAlias: madeAs !== null, madeAs, targets, pinnedKeyId }
  }
  if (model === '') {
    const upstream = built?.upstream ?? defaultUpstream(exchange)
    const rewriteJson = endpoint.listsIds ? (list: unknown) => ownEntries(list, options, project) : null
    const pinnedKeyId = built ? keyThatMade(built, snapshot) : null
    return { ...plain, targets: [{ upstream, model: '' }], pinnedKeyId, rewriteJson }
  }
  const { route: found, skipped } = planRoute(snapshot.routes, model, discoveryOf(options.states))
  if (!found) throw skipped.length > 0 ? notUsable(model) : modelNotFound(model)
  const speaking = found.targets.filter(({ upstream }) =>
    snapshot.upstreams.get(upstream)?.speaks.has(endpoint.protocol),
  )
  if (speaking.length === 0) throw protocolNotSupported(model, endpoint)
  const isAlias = found.rule === 'alias'
  const bound = built ? speaking.filter(({ upstream }) => upstream === built.upstream) : []
  if (built && bound.length > 0)
    return { ...plain, isAlias, targets: bound.slice(0, 1), pinnedKeyId: keyThatMade(built, snapshot) }
  return { ...plain, isAlias, targets: speaking }
}

/** Where the ids live that this call builds upon; null when it builds upon none. @throws GatewayError for foreign ones. */
function placeOf(options: DataPlaneOptions, { facts, project, endpoint }: Exchange): StickyId | null {
  let built: StickyId | null = null
  for (const id of facts.buildsOn) {
    const place = options.stickyIds.find(id, project.name)
    // Another project's response would come back as this one's context, since both share the upstream's key.
    if (!place) throw endpoint.protocol === 'responses' ? unknownParent(id) : unknownId(id)
    built ??= place
  }
  return built
}

/** The key that made an id; null, which means any, when the config has replaced it: mostly by one of that account. */
function keyThatMade({ upstream, keyId }: StickyId, snapshot: Snapshot): string | null {
  const keys = snapshot.upstreams.get(upstream)?.keys ?? []
  return keys.some(({ id, enabled }) => enabled && id === keyId) ? keyId : null
}

/** Where calls go that name no model: OpenAI and Azure have all of these routes, others some. */
function defaultUpstream({ snapshot, endpoint }: Exchange): string {
  const usable = [...snapshot.upstreams.values()].filter(
    (spec) => snapshot.routes.upstreams.get(spec.name)?.unusable === null && spec.speaks.has(endpoint.protocol),
  )
  const rank = (spec: (typeof usable)[number]) =>
    ['openai', 'azure', 'anthropic'].includes(spec.profile.id) ? 0 : spec.isDemo ? 2 : 1
  const best = usable.toSorted((a, b) => rank(a) - rank(b))[0]
  if (!best)
    throw new GatewayError('no_upstream', 404, 'No upstream can take this call. Add one with a key to config.yaml.')
  return best.name
}

// A key's list holds what all projects made with it.
function ownEntries(list: unknown, options: DataPlaneOptions, project: ProjectSpec): unknown {
  if (typeof list !== 'object' || list === null || !('data' in list) || !Array.isArray(list.data)) return list
  const isOwn = (entry: unknown) =>
    typeof entry === 'object' &&
    entry !== null &&
    'id' in entry &&
    typeof entry.id === 'string' &&
    options.stickyIds.find(entry.id, project.name) !== null
  const data: readonly unknown[] = list.data.filter(isOwn)
  // The first and last of the whole list may be others'. A client that turns the page needs the last all the same.
  const firstId = 'first_id' in list ? { first_id: idOf(data[0]) } : {}
  const isLastPage = !('has_more' in list && list.has_more === true)
  const lastId = 'last_id' in list && isLastPage ? { last_id: idOf(data.at(-1)) } : {}
  return { ...list, data, ...firstId, ...lastId }
}

function idOf(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null && 'id' in entry ? entry.id : null
}

function answerModels(
  options: DataPlaneOptions,
  { snapshot, answer, path, request }: Incoming,
  project: ProjectSpec,
): RequestEnd {
  const names = modelsOf(project, snapshot, options.states)
  const created = Math.floor(options.startedAt / 1000)
  const [, wanted] = /^(?:\/v1(?:beta)?)?\/models\/(.+)$/.exec(path) ?? []
  const isGemini = path.startsWith('/v1beta/') || isGoogleClient(request.headers)
  const isAnthropic = request.headers['anthropic-version'] !== undefined
  if (wanted === undefined) {
    const entries = names.map((name) => modelEntry(name, snapshot, options.states, created))
    return answerJson(answer, isGemini ? geminiModelList(names) : modelList(entries, isAnthropic))
  }
  const name = decodeName(wanted)
  if (!project.allows(name)) throw modelNotAllowed(name)
  if (!names.includes(name) && !planRoute(snapshot.routes, name, discoveryOf(options.states)).route)
    throw modelNotFound(name)
  const entry = modelEntry(name, snapshot, options.states, created)
  return answerJson(answer, isGemini ? geminiModel(name) : (modelListEntry(entry, isAnthropic) ?? entry))
}

function modelListEntry(entry: Readonly<Record<string, unknown>>, isAnthropic: boolean): unknown {
  const { data } = modelList([entry], isAnthropic)
  return Array.isArray(data) ? data[0] : entry
}

function answerJson(answer: ClientAnswer, value: unknown): RequestEnd {
  const body = Buffer.from(JSON.stringify(value))
  answer.start(200, ['content-type', 'application/json', 'content-length', String(body.length)])
  answer.end(body)
  return answer.endOr('done')
}

function failRequest(
  options: DataPlaneOptions,
  { id, answer, record }: Pick<Incoming, 'id' | 'answer' | 'record'>,
  error: unknown,
): RequestEnd {
  if (error instanceof ClientLeft || answer.isGone) return 'client_gone'
  if (!(error instanceof GatewayError)) options.onInternalError(id, error)
  const known = error instanceof GatewayError ? error : internalError(error)
  answer.fail(known, id, record.protocol ?? 'chat')
  return 'refused'
}

function noSuchRoute(method: string, path: string): GatewayError {
  return isKnownPath(path) ? methodNotSupported(method, path) : unknownUrl(method, path)
}

const isTooLong = (name: string) => name.length > LONGEST_MODEL_NAME

const modelNameTooLong = () =>
  badRequest(`The name of the model is longer than ${LONGEST_MODEL_NAME} characters.`, 'model')

const unknownId = (id: string) =>
  new GatewayError('not_found', 404, `No "${shorten(id)}" was made through this proxy by this project.`)

// As OpenAI words it, so that clients which know the code send the whole conversation instead.
const unknownParent = (id: string) =>
  new GatewayError(
    'previous_response_not_found',
    400,
    `"${shorten(id)}" was not made through this proxy by this project.`,
    {
      param: 'previous_response_id',
    },
  )

// A client may send megabytes as an id.
const shorten = (id: string) => (id.length > 100 ? `${id.slice(0, 100).toWellFormed()}…` : id)

const notUsable = (model: string) =>
  new GatewayError(
    'model_not_found',
    404,
    `"${model}" is configured, but every upstream that has it is disabled or has no key. Add a key in config.yaml.`,
    { param: 'model' },
  )

const protocolNotSupported = (model: string, endpoint: Endpoint) =>
  new GatewayError(
    'protocol_not_supported',
    404,
    `No upstream that serves "${model}" speaks the protocol of ${endpoint.path}. Ask for a model of one that does, or set "api" of the upstream.`,
    { param: 'model' },
  )

function isModelsPath(path: string): boolean {
  return /^(?:\/v1(?:beta)?)?\/models(?:\/|$)/.test(path) && !/:[a-zA-Z]+$/.test(path.split('/').at(-1) ?? '')
}

// Google's SDKs ask for /v1/models like OpenAI's, and read another form.
function isGoogleClient(headers: IncomingHttpHeaders): boolean {
  return headers['x-goog-api-client'] !== undefined || headers['x-goog-api-key'] !== undefined
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function isJson(contentType: string): boolean {
  return /^application\/(?:[^;]*\+)?json/i.test(contentType)
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
}

export interface SplitUrl {
  readonly path: string
  /** `?` included; '' without. */
  readonly query: string
}

/** Splits a request target; the absolute form that clients send to proxies is taken, too (RFC 9112 §3.2.2). */
export function splitUrl(target: string): SplitUrl {
  const relative = target.startsWith('/') ? target : target.replace(/^[a-z]+:\/\/[^/?]*/i, '') || '/'
  const mark = relative.indexOf('?')
  return {
    path: tidyPath(mark === -1 ? relative : relative.slice(0, mark)),
    query: mark === -1 ? '' : relative.slice(mark),
  }
}

// What base URLs with a slash too many, or with a /v1 that the client adds itself, make of a path.
function tidyPath(path: string): string {
  let tidy = path.includes('//') ? path.replaceAll(/\/{2,}/g, '/') : path
  if (tidy.length > 1 && tidy.endsWith('/')) tidy = tidy.slice(0, -1)
  return /^\/v1\/v1(?:beta)?\//.test(tidy) ? tidy.slice(3) : tidy
}

function takeQueryKey(query: string, isGemini: boolean): { readonly queryKey: string | null; readonly query: string } {
  if (query === '' || !isGemini) return { queryKey: null, query }
  const parameters = new URLSearchParams(query)
  const queryKey = parameters.get('key')
  if (queryKey === null) return { queryKey, query }
  parameters.delete('key')
  const rest = parameters.toString()
  return { queryKey, query: rest === '' ? '' : `?${rest}` }
}
