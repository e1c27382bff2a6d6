/**
 * What each path of the data plane is: which protocol it speaks, where its model stands, whether it makes something
 * that has an id. A table and one pure function; the gateway knows no path outside this file.
 */
import type { Protocol } from '../contract.ts'
import type { ErrorDialect } from '../errors.ts'

/** Where a request names its model. */
export type ModelPlace = 'body' | 'path' | 'none'

/**
 * What may come back. `protocol`: JSON or the events of its protocol, anything else is a failure. `open`: also text,
 * sound, pictures and events of any kind, but no web page. `bytes`: contents of files, which are not looked into.
 */
export type AnswerForm = 'protocol' | 'open' | 'bytes'

export interface Endpoint {
  /** Path as the upstream gets it, from /v1 (or /v1beta) on, without the query. */
  readonly path: string
  readonly protocol: Protocol
  readonly dialect: ErrorDialect
  readonly modelPlace: ModelPlace
  /** The model may be left out: the upstream has a default. Needs `allowed_models: ["*"]` then. */
  readonly modelOptional: boolean
  /** Contents may name any model (files, batches): needs `["*"]`. */
  readonly needsAllModels: boolean
  /** The answer's `id` belongs to the project, upstream and key that made it. */
  readonly makesId: boolean
  /** Repeating the call makes a second thing. */
  readonly createsTwice: boolean
  /** An id in the path that an upstream gave. */
  readonly resourceId: string | null
  /** The answer lists such ids: only the project's own are shown. */
  readonly listsIds: boolean
  /** Model in the path (Gemini) with its place in `path`. */
  readonly pathModel: { readonly name: string; readonly start: number; readonly end: number } | null
  /** Streams: by `"stream": true`, by the path if the query says so (Gemini, stored responses), or never. */
  readonly streams: 'by-body' | 'by-path' | 'never'
  readonly answers: AnswerForm
  /** Streams of this route take `stream_options.include_usage`. */
  readonly takesStreamOptions: boolean
}

/** Paths that OpenAI clients also ask for without /v1, since some are given a base URL without it. */
const BARE_ROOTS = new Set([
  'chat',
  'completions',
  'embeddings',
  'responses',
  'models',
  'images',
  'audio',
  'moderations',
  'files',
  'batches',
  'rerank',
  'messages',
])

/** Roots whose members are made by an upstream and keep their id there. */
const STATEFUL_ROOTS = new Set([
  'files',
  'batches',
  'uploads',
  'conversations',
  'vector_stores',
  'fine_tuning',
  'containers',
  'videos',
  'evals',
  'threads',
  'assistants',
])

const base: Omit<Endpoint, 'path'> = {
  protocol: 'chat',
  dialect: 'openai',
  modelPlace: 'body',
  modelOptional: false,
  needsAllModels: false,
  makesId: false,
  createsTwice: false,
  resourceId: null,
  listsIds: false,
  pathModel: null,
  streams: 'by-body',
  answers: 'protocol',
  takesStreamOptions: false,
}

// The routes of nearly every call, made once.
const fixed = new Map<string, Endpoint>(
  [
    { ...base, path: '/v1/chat/completions', takesStreamOptions: true },
    { ...base, path: '/v1/completions', takesStreamOptions: true },
    { ...base, path: '/v1/embeddings', streams: 'never' as const },
    { ...base, path: '/v1/responses', protocol: 'responses' as const, makesId: true },
    { ...base, path: '/v1/responses/compact', protocol: 'responses' as const, streams: 'never' as const },
    { ...base, path: '/v1/responses/input_tokens', protocol: 'responses' as const, streams: 'never' as const },
    { ...base, path: '/v1/messages', protocol: 'messages' as const, dialect: 'anthropic' as const },
    {
      ...base,
      path: '/v1/messages/count_tokens',
      protocol: 'messages' as const,
      dialect: 'anthropic' as const,
      streams: 'never' as const,
    },
    { ...base, path: '/v1/moderations', modelOptional: true, streams: 'never' as const },
    { ...base, path: '/v1/images/generations', modelOptional: true, answers: 'open' as const },
    { ...base, path: '/v1/images/edits', modelOptional: true, answers: 'open' as const },
    { ...base, path: '/v1/images/variations', modelOptional: true, answers: 'open' as const },
    { ...base, path: '/v1/audio/speech', answers: 'open' as const },
  ].map((endpoint) => [endpoint.path, endpoint]),
)

/**
 * The endpoint of a request path (without query), or null when it is no path of the data plane.
 * `GET /v1/models` is not here: the proxy answers it itself.
 */
export function endpointOf(method: string, path: string): Endpoint | null {
  if (method === 'POST') {
    const known = fixed.get(path)
    if (known) return known
  }
  const canonical = withVersion(path)
  if (canonical === null) return null
  const posted = method === 'POST' ? (fixed.get(canonical) ?? geminiEndpoint(canonical)) : null
  return posted ?? otherEndpoint(method, canonical)
}

/** The same path from /v1 or /v1beta on; null for paths outside the data plane. */
export function withVersion(path: string): string | null {
  if (path.startsWith('/v1/') || path.startsWith('/v1beta/')) return path
  const [, root = ''] = path.split('/', 2)
  return BARE_ROOTS.has(root) ? `/v1${path}` : null
}

/** True for paths that exist with some other method, so that 405 says more than 404. */
export function isKnownPath(path: string): boolean {
  const canonical = withVersion(path) ?? ''
  const [, version = '', root = ''] = canonical.split('/', 3)
  return (version === 'v1' && BARE_ROOTS.has(root)) || geminiEndpoint(canonical) !== null
}

// https://ai.google.dev/api/generate-content: models/{model}:{method}, in v1 and v1beta.
function geminiEndpoint(path: string): Endpoint | null {
  const match = /^(\/v1(?:beta)?\/(?:models|tunedModels)\/)(.+):([a-zA-Z]+)$/.exec(path)
  if (!match) return null
  const [, prefix = '', encoded = '', verb = ''] = match
  // Without `alt=sse` the answer is one JSON array, however slowly it comes.
  const streams = verb === 'streamGenerateContent' ? 'by-path' : 'never'
  return {
    ...base,
    path,
    protocol: 'gemini',
    dialect: 'gemini',
    modelPlace: 'path',
    streams,
    createsTwice: verb.startsWith('batch') || verb === 'predictLongRunning',
    pathModel: { name: decodeSafely(encoded), start: prefix.length, end: prefix.length + encoded.length },
  }
}

function otherEndpoint(method: string, path: string): Endpoint | null {
  const [version = '', root = '', id = '', action = ''] = path.slice(1).split('/')
  if (root === '') return null
  if (version === 'v1beta') return null
  if (root === 'responses' && id !== '') {
    return {
      ...base,
      path,
      protocol: 'responses',
      modelPlace: 'none',
      resourceId: decodeSafely(id),
      streams: method === 'GET' && action === '' ? 'by-path' : 'never',
    }
  }
  // Anthropic's batches: /v1/messages/batches/{id}.
  if (root === 'messages' && id === 'batches') return { ...statefulEndpoint(method, path, action), ...ofMessages }
  if (STATEFUL_ROOTS.has(root)) {
    // `/fine_tuning/jobs/{id}`: the id is one segment further on.
    return statefulEndpoint(method, path, root === 'fine_tuning' ? action : id)
  }
  if (method !== 'POST') return null
  return { ...base, path, answers: 'open' }
}

const ofMessages = { protocol: 'messages', dialect: 'anthropic' } as const

/** Things that an upstream keeps. @param id - of one of them; '' for the list of all. */
function statefulEndpoint(method: string, path: string, id: string): Endpoint {
  return {
    ...base,
    path,
    modelPlace: 'none',
    needsAllModels: true,
    makesId: method === 'POST',
    createsTwice: method === 'POST',
    resourceId: id === '' ? null : decodeSafely(id),
    listsIds: method === 'GET' && id === '',
    streams: 'never',
    // Contents of files can be anything, also a gigabyte of it.
    answers: /\/(?:content|results)$/.test(path) ? 'bytes' : 'protocol',
  }
}

function decodeSafely(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
