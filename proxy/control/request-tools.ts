/** What the console does with single requests of the log: details, a shell command, sending one again. */
import { request as httpRequest } from 'node:http'
import type { ControlApi, EngineStatus } from '../contract.ts'
import { redactSecrets } from '../providers/redact.ts'
import { ControlError } from './control-error.ts'
import { controlText } from './control-texts.ts'
import type { EngineHandle, StoredRequest } from './engine-handle.ts'
import { curlCommand } from './request-curl.ts'
import { headerPairs, isHiddenHeader, isSentAgain, maskHeaders, withoutKeys } from './request-headers.ts'

export type RequestMethods = Pick<ControlApi, 'listRequests' | 'getRequest' | 'getRequestAsCurl' | 'replayRequest'>

export function createRequestTools(engine: EngineHandle): RequestMethods {
  function find(id: string): StoredRequest {
    const found = engine.findRequest(id)
    if (found === null) throw new ControlError('request_unknown', engine.language())
    return found
  }

  return {
    listRequests: async ({ limit, beforeId }) => engine.listRequests(limit, beforeId ?? null),

    async getRequest(id) {
      const found = engine.findRequest(id)
      if (found === null) return null
      const { record, requestHeaders, responseHeaders, requestBody } = found
      const secrets = engine.secrets()
      const body = bodyText(requestBody)
      return {
        record,
        requestHeaders: maskHeaders(headerPairs(requestHeaders), secrets),
        responseHeaders: maskHeaders(headerPairs(responseHeaders), secrets),
        requestBody: body === null ? null : redactSecrets(body, secrets),
      }
    },

    async getRequestAsCurl(id) {
      const { record, query, requestHeaders, requestBody } = find(id)
      const { listening } = engine.status()
      const secrets = engine.secrets()
      const origin = listening === null ? 'http://localhost' : new URL(listening.baseUrl).origin
      const body = bodyText(requestBody)
      return curlCommand({
        method: record.method,
        url: redactSecrets(origin + record.path + withoutKeys(query), secrets),
        headers: maskHeaders(headerPairs(requestHeaders), secrets),
        body: body === null ? null : redactSecrets(body, secrets),
        bodyBytes: Math.max(record.requestBytes, requestBody?.length ?? 0),
        bodyNote: controlText('curl_body', engine.language()),
      })
    },

    async replayRequest(id) {
      const language = engine.language()
      const stored = find(id)
      const { record, requestBody } = stored
      if (requestBody === null && record.requestBytes > 0) throw new ControlError('body_not_kept', language)
      const key = record.project === null ? null : engine.projectKey(record.project)
      if (key === null) throw new ControlError('project_unknown', language, { project: record.project ?? '' })
      const { listening } = engine.status()
      if (listening === null) throw new ControlError('not_listening', language)
      return sendAgain(stored, key, addressOf(listening))
    },
  }
}

/** Through the engine's own listener, as the client did: with gate, limits and a record of its own. */
function sendAgain(
  { record, query, requestHeaders, requestBody }: StoredRequest,
  key: string,
  address: { readonly host: string; readonly port: number },
): Promise<{ readonly id: string; readonly status: number }> {
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of headerPairs(requestHeaders))
    if (isSentAgain(name) && !isHiddenHeader(name)) headers[name] = value
  headers['authorization'] = `Bearer ${key}`
  if (requestBody !== null) headers['content-length'] = String(requestBody.length)
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      ...address,
      method: record.method,
      path: record.path + withoutKeys(query),
      headers,
      agent: false,
    })
    outgoing.on('error', reject)
    outgoing.on('response', (answer) => {
      resolve({ id: String(answer.headers['x-request-id'] ?? ''), status: answer.statusCode ?? 0 })
      // Read to its end: leaving would abort the upstream, and the log shows how it ends.
      answer.on('error', () => undefined)
      answer.resume()
    })
    outgoing.end(requestBody ?? undefined)
  })
}

/** Where the engine can be reached from this process. */
function addressOf({ addresses, port }: NonNullable<EngineStatus['listening']>) {
  const host = (addresses[0] ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  if (host === '' || host === '0.0.0.0') return { host: '127.0.0.1', port }
  return { host: host === '::' ? '::1' : host, port }
}

/** Null when there is none, or when it is no text (a form with files). */
function bodyText(body: Buffer | null): string | null {
  if (body === null) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return null
  }
}
