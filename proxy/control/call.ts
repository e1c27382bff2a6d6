/**
 * The one door into the control plane for both transports: arguments come in as anything and are checked here, what
 * goes wrong goes out as a code and a sentence. Who is calling is the transport's business.
 */
import { z } from 'zod'
import type { ControlApi, ControlReply } from '../contract.ts'
import { controlMethods } from '../contract.ts'
import { GatewayError } from '../errors.ts'
import { redactSecrets } from '../providers/redact.ts'
import { ControlError } from './control-error.ts'
import { controlText } from './control-texts.ts'
import type { ControlTextKey, ControlTextParams } from './control-texts.ts'
import type { EngineHandle } from './engine-handle.ts'

type Method = keyof ControlApi

/** Calls a method by name. Never rejects. */
export async function callControl(
  control: ControlApi,
  method: string,
  args: readonly unknown[],
  engine: Pick<EngineHandle, 'language' | 'log' | 'secrets'>,
): Promise<ControlReply> {
  const refuse = (code: ControlTextKey, params: ControlTextParams): ControlReply => ({
    ok: false,
    error: { code, message: controlText(code, engine.language(), params) },
  })
  const known = controlMethods.find((name) => name === method)
  if (known === undefined) return refuse('unknown_method', { method: method.slice(0, 60) })
  const parsed = schemas[known].safeParse(args)
  if (!parsed.success) return refuse('bad_arguments', { method, problem: describe(parsed.error) })
  try {
    // Safe: the schema of a method gives exactly its parameters, see `schemas`.
    const call = control[known] as (...args: readonly unknown[]) => Promise<unknown>
    return { ok: true, value: (await call.apply(control, [...parsed.data])) ?? null }
  } catch (error) {
    if (error instanceof ControlError || error instanceof GatewayError)
      return { ok: false, error: { code: error.code, message: error.message } }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
    engine.log.error(redactSecrets(stack, engine.secrets()), { method })
    return refuse('internal_error', {})
  }
}

/** Where and what, without the value: it may be a secret. */
function describe(error: z.ZodError): string {
  const [issue] = error.issues
  return issue === undefined ? '' : `${issue.path.join('.') || 'arguments'}: ${issue.code}`
}

// Far above anything real; the transports bound the whole.
const short = z.string().max(1000)
const path = z.array(z.union([z.string().max(1000), z.int().min(0)])).max(50)
const revision = short.nullable()
const names = z.array(short).max(10_000)

const edit = z.discriminatedUnion('op', [
  z.object({ op: z.literal('set'), path, value: z.unknown() }),
  z.object({ op: z.literal('delete'), path }),
  z.object({ op: z.literal('insert'), path, index: z.int().min(0), value: z.unknown() }),
  z.object({ op: z.literal('move'), path, from: z.int().min(0), to: z.int().min(0) }),
  z.object({ op: z.literal('rename'), path, to: short }),
])

const draft = z.object({
  name: short,
  baseUrl: short,
  pathPrefix: short.nullable(),
  proxy: short.nullable(),
  headers: z.record(z.string(), z.string().max(10_000)),
  key: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('literal'), value: z.string().max(10_000) }),
    z.object({ kind: z.literal('saved'), upstream: short, keyId: short }),
    z.object({ kind: z.literal('none') }),
  ]),
})

const secret = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('upstream-key'), upstream: short, keyId: short }),
  z.object({ kind: z.literal('project-key'), project: short }),
  z.object({ kind: z.literal('upstream-key-text'), upstream: short, keyId: short, index: z.int().min(0) }),
  z.object({ kind: z.literal('project-key-text'), project: short }),
])

// The compiler refuses a method without its schema, and a schema that gives other values than the method takes.
const schemas = {
  getStatus: z.tuple([]),
  listRequests: z.tuple([z.object({ limit: z.int().min(1).max(100_000), beforeId: short.exactOptional() })]),
  getRequest: z.tuple([short]),
  getRequestAsCurl: z.tuple([short]),
  replayRequest: z.tuple([short]),
  getConfig: z.tuple([]),
  readConfigText: z.tuple([]),
  checkConfigText: z.tuple([z.string()]),
  saveConfigText: z.tuple([z.string(), revision]),
  editConfig: z.tuple([z.array(edit).max(1000), revision]),
  reloadConfig: z.tuple([]),
  listBackups: z.tuple([]),
  readBackup: z.tuple([short]),
  revealSecret: z.tuple([secret]),
  createKey: z.tuple([]),
  listPresets: z.tuple([]),
  previewUrls: z.tuple([short, short.nullable()]),
  testUpstream: z.tuple([draft, short]),
  fetchModels: z.tuple([draft]),
  resetKey: z.tuple([short, short]),
  listModels: z.tuple([]),
  listProjectModels: z.tuple([short]),
  matchModels: z.tuple([names]),
  explainRoute: z.tuple([short, short.nullable()]),
  sendTestNotice: z.tuple([z.string().max(10_000)]),
} satisfies { readonly [M in Method]: z.ZodType<Parameters<ControlApi[M]>> }
