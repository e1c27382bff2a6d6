/**
 * What is known of the hosts that upstreams live on: where their API starts, which protocols they
 * speak and which of the usual fields they refuse. Pure data and one look-up; every fact can be
 * overridden from config, since providers change without notice.
 */

export { providerPresets } from './presets.ts'

/** How a key is shown to an upstream; `none` for hosts that want no key. */
export type CredentialStyle = 'bearer' | 'x-api-key' | 'api-key' | 'x-goog-api-key' | 'none'

/** Wire protocols. `chat` also stands for legacy completions, embeddings and the other OpenAI-shaped routes. */
export type Protocol = 'chat' | 'responses' | 'messages' | 'gemini'

/** Ending of a base path that lacks something on this host, and what to add. */
interface PathRepair {
  readonly endsWith: string
  readonly add: string
}

export interface HostProfile {
  /** Stable provider id such as `openai`; `local` for any private address, `unknown` for the rest. */
  readonly id: string
  /** Loopback or private address: works without a key. A key that is configured is sent all the same. */
  readonly isLocal: boolean
  /** A 429 says something about this key with this model only, not about the whole key. */
  readonly limitsPerModel: boolean
  /**
   * Protocols this address is known to take, in no order. Unknown hosts are taken for gateways of the
   * OpenAI kind: chat and responses, but neither messages nor gemini, which would fail in odd ways.
   */
  readonly speaks: readonly Protocol[]
  /** False where `stream_options.include_usage` has drawn a refusal. */
  readonly acceptsStreamUsage: boolean
  /** Whether the client's `openai-beta` header means anything here. */
  readonly passesOpenAiBeta: boolean
  /** Form of the credential, and of the one for the messages protocol. */
  readonly credential: CredentialStyle
  readonly messagesCredential: CredentialStyle
  /** API prefix where the base address has no path. */
  readonly rootPrefix: string
  /** Same for chat completions where it differs (Perplexity), else null. */
  readonly chatRootPrefix: string | null
  /** Prefix of the messages protocol where it has one of its own, else null. */
  readonly messagesPrefix: string | null
  /** Whole path of the model list where it isn't `<prefix>/models`, else null. */
  readonly modelsPath: string | null
  /** Prefix of Gemini's native API, else null. */
  readonly geminiPrefix: string | null
  /** The base path is complete as it is and gets no `/v1`. */
  readonly takesNoVersion: boolean
  /** Segments that count as a version although they don't look like one. */
  readonly versionSegments: readonly string[]
  readonly pathRepair: PathRepair | null
  /** `api-version` for addresses of the Azure deployments form that lack one, else null. */
  readonly defaultApiVersion: string | null
}

type HostRow = Partial<HostProfile> & {
  readonly id: string
  /** Host names; `*` stands for any run of characters, dots included. */
  readonly hosts: readonly string[]
}

const defaults: Omit<HostProfile, 'id'> = {
  isLocal: false,
  limitsPerModel: false,
  speaks: ['chat'],
  acceptsStreamUsage: true,
  passesOpenAiBeta: false,
  credential: 'bearer',
  messagesCredential: 'bearer',
  rootPrefix: '/v1',
  chatRootPrefix: null,
  messagesPrefix: null,
  modelsPath: null,
  geminiPrefix: null,
  takesNoVersion: false,
  versionSegments: [],
  pathRepair: null,
  defaultApiVersion: null,
}

/**
 * One row for each host that needs something of its own. `limitsPerModel` is where the
 * vendor states its limits by model; a wrong `true` costs one refused attempt for each further model,
 * a wrong `false` pauses models that would have answered, so doubt decides for `true` only at hosts
 * whose limit tables are by model.
 */
const rows: readonly HostRow[] = [
  {
    id: 'openai',
    hosts: ['api.openai.com', '*.api.openai.com'],
    speaks: ['chat', 'responses'],
    limitsPerModel: true,
    passesOpenAiBeta: true,
  },
  {
    id: 'anthropic',
    hosts: ['api.anthropic.com'],
    speaks: ['chat', 'messages'],
    limitsPerModel: true,
    // Its OpenAI layer is documented for the OpenAI SDKs, which send Bearer; its model list is the native one and
    // answers 401 "Invalid bearer token" to it, so lists are asked for in the messages form (gateway/discovery.ts).
    messagesCredential: 'x-api-key',
    messagesPrefix: '/v1',
  },
  {
    id: 'gemini',
    hosts: ['generativelanguage.googleapis.com'],
    speaks: ['chat', 'gemini'],
    limitsPerModel: true,
    rootPrefix: '/v1beta/openai',
    geminiPrefix: '/v1beta',
    pathRepair: { endsWith: '/v1beta', add: '/openai' },
  },
  {
    id: 'deepseek',
    hosts: ['api.deepseek.com'],
    speaks: ['chat', 'messages'],
    messagesCredential: 'x-api-key',
    messagesPrefix: '/anthropic/v1',
    versionSegments: ['beta'],
  },
  { id: 'nvidia', hosts: ['integrate.api.nvidia.com'] },
  {
    id: 'azure',
    hosts: ['*.openai.azure.com', '*.services.ai.azure.com', '*.cognitiveservices.azure.com'],
    speaks: ['chat', 'responses'],
    limitsPerModel: true,
    passesOpenAiBeta: true,
    credential: 'api-key',
    messagesCredential: 'api-key',
    rootPrefix: '/openai/v1',
    messagesPrefix: '/anthropic/v1',
    defaultApiVersion: '2024-10-21',
  },
  {
    id: 'openrouter',
    hosts: ['openrouter.ai'],
    speaks: ['chat', 'responses', 'messages'],
    limitsPerModel: true,
    rootPrefix: '/api/v1',
    messagesPrefix: '/api/v1',
  },
  {
    id: 'groq',
    hosts: ['api.groq.com'],
    speaks: ['chat', 'responses'],
    limitsPerModel: true,
    rootPrefix: '/openai/v1',
  },
  { id: 'mistral', hosts: ['api.mistral.ai'], acceptsStreamUsage: false },
  { id: 'together', hosts: ['api.together.ai', 'api.together.xyz'], limitsPerModel: true },
  {
    id: 'fireworks',
    hosts: ['api.fireworks.ai'],
    speaks: ['chat', 'responses', 'messages'],
    rootPrefix: '/inference/v1',
    messagesPrefix: '/inference/v1',
  },
  { id: 'xai', hosts: ['api.x.ai'], speaks: ['chat', 'responses', 'messages'], limitsPerModel: true },
  {
    id: 'moonshot',
    hosts: ['api.moonshot.ai', 'api.moonshot.cn'],
    speaks: ['chat', 'responses', 'messages'],
    messagesPrefix: '/anthropic/v1',
  },
  { id: 'moonshot', hosts: ['api.kimi.com'], rootPrefix: '/coding/v1' },
  {
    id: 'zhipu',
    hosts: ['open.bigmodel.cn', 'api.z.ai'],
    speaks: ['chat', 'messages'],
    limitsPerModel: true,
    rootPrefix: '/api/paas/v4',
    messagesPrefix: '/api/anthropic/v1',
    pathRepair: { endsWith: '/paas', add: '/v4' },
  },
  {
    id: 'dashscope',
    hosts: ['dashscope*.aliyuncs.com', '*.maas.aliyuncs.com'],
    speaks: ['chat', 'responses', 'messages'],
    limitsPerModel: true,
    rootPrefix: '/compatible-mode/v1',
    messagesPrefix: '/apps/anthropic/v1',
  },
  {
    id: 'ark',
    hosts: ['ark.*.volces.com', 'ark.*.bytepluses.com'],
    speaks: ['chat', 'responses'],
    limitsPerModel: true,
    rootPrefix: '/api/v3',
  },
  {
    id: 'siliconflow',
    hosts: ['api.siliconflow.cn', 'api.siliconflow.com'],
    speaks: ['chat', 'messages'],
    limitsPerModel: true,
  },
  {
    id: 'minimax',
    hosts: ['api.minimax.io', 'api.minimaxi.com'],
    speaks: ['chat', 'responses', 'messages'],
    messagesPrefix: '/anthropic/v1',
  },
  {
    id: 'perplexity',
    hosts: ['api.perplexity.ai'],
    speaks: ['chat', 'responses'],
    limitsPerModel: true,
    chatRootPrefix: '',
  },
  { id: 'cerebras', hosts: ['api.cerebras.ai'], limitsPerModel: true },
  {
    id: 'cohere',
    hosts: ['api.cohere.ai', 'api.cohere.com'],
    rootPrefix: '/compatibility/v1',
    modelsPath: '/v1/models',
  },
  {
    id: 'github',
    hosts: ['models.github.ai'],
    limitsPerModel: true,
    rootPrefix: '/inference',
    modelsPath: '/catalog/models',
    takesNoVersion: true,
  },
  { id: 'deepinfra', hosts: ['api.deepinfra.com'], limitsPerModel: true, rootPrefix: '/v1/openai' },
  { id: 'novita', hosts: ['api.novita.ai'], rootPrefix: '/openai/v1' },
  // Its v4 is the version of the account API, so the path of the AI product still lacks one.
  { id: 'cloudflare', hosts: ['api.cloudflare.com'], pathRepair: { endsWith: '/ai', add: '/v1' } },
  { id: 'ollama', hosts: ['ollama.com'], speaks: ['chat', 'responses', 'messages'] },
]

const matchers = rows.flatMap(({ hosts, ...known }) =>
  hosts.map((pattern) => ({ pattern: hostPattern(pattern), profile: Object.freeze({ ...defaults, ...known }) })),
)

const localProfile: HostProfile = Object.freeze({
  ...defaults,
  id: 'local',
  isLocal: true,
  speaks: ['chat', 'responses', 'messages'] as const,
})

const unknownProfile: HostProfile = Object.freeze({
  ...defaults,
  id: 'unknown',
  speaks: ['chat', 'responses'] as const,
})

/**
 * What is known of the host in `baseUrl`. Never throws: an address that can't be read is `unknown`.
 *
 * A base path that names `anthropic` is the messages half of a provider or of a gateway, so it speaks
 * nothing else.
 */
export function hostProfile(baseUrl: string): HostProfile {
  const text = baseUrl.trim()
  const hasScheme = /^https?:/i.test(text)
  const address = hasScheme ? text : `https://${text}`
  if (!URL.canParse(address)) return unknownProfile

  const url = new URL(address)
  const host = url.hostname.replace(/\.$/, '')
  const known = matchers.find(({ pattern }) => pattern.test(host))?.profile
  const profile = known ?? (isPrivateHost(host) ? localProfile : unknownProfile)
  if (!/anthropic/i.test(url.pathname)) return profile
  return { ...profile, speaks: ['messages'], messagesCredential: known?.messagesCredential ?? 'x-api-key' }
}

/** `limitsPerModel` of the profile with this id; false for an id that is not known. */
export function limitsPerModel(profileId: string): boolean {
  return matchers.some(({ profile }) => profile.id === profileId && profile.limitsPerModel)
}

function hostPattern(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`, 'i')
}

/**
 * Loopback, link-local and private addresses, names that can't be public (no dot, or an ending kept for
 * local use, RFC 6761, 6762 and 8375), and Docker's name of the machine it runs on.
 */
function isPrivateHost(host: string): boolean {
  if (host.startsWith('[')) return /^\[(?:::1?|f[cd][0-9a-f]{2}:.*|fe[89ab][0-9a-f]:.*)\]$/i.test(host)
  const isIpv4 = /^\d+\.\d+\.\d+\.\d+$/.test(host)
  if (isIpv4) {
    // 100.64.0.0/10 is shared address space (RFC 6598), used by overlay networks such as Tailscale.
    return /^(?:0\.0\.0\.0$|127\.|10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
      host,
    )
  }
  return !host.includes('.') || /\.(?:localhost|local|lan|internal|home\.arpa)$/i.test(host)
}
