/**
 * The settings: what may stand in config.yaml, with types, limits, defaults and the doc line of each.
 * Single source for the parser, README's table, the editor's completion and the console's forms, so it imports
 * nothing but zod. Messages of issues are our diagnostic codes (see messages.ts), never zod's English.
 */
import { z } from 'zod'

// ---- What the engine works with ----

/** Result of parsing: camelCase, defaults filled in, env keys resolved, deeply frozen. */
export interface Config {
  readonly server: ServerConfig
  readonly upstreams: readonly UpstreamConfig[]
  readonly projects: readonly ProjectConfig[]
}

export interface ServerConfig {
  /** `host` is null when the file names none: loopback, unless a flag says otherwise. Port 0 = any free one. */
  readonly listen: { readonly host: string | null; readonly port: number }
  /** '' = none. */
  readonly notificationWebhook: string
  /** Attempts after the first. */
  readonly maxRetries: number
  readonly coolDownMinutes: number
  /** Alias → ordered targets as written, "upstream:model" or "model". Has no prototype: any name may be looked up. */
  readonly autoModels: Readonly<Record<string, readonly string[]>>
  /** null = follow the system. */
  readonly language: 'zh' | 'en' | null
  readonly timeouts: Timeouts
  readonly maxBodyMb: number
  readonly caFile: string | null
  readonly corsOrigins: readonly string[]
  readonly trustedProxies: readonly string[]
  /** `enabled` null = on for loopback only. */
  readonly console: { readonly enabled: boolean | null; readonly allowedHosts: readonly string[] }
  /** `bodies`: keep request bodies in memory for "copy as curl" and replay. */
  readonly log: { readonly format: 'text' | 'json'; readonly bodies: boolean }
}

/** All in milliseconds; 0 = none. */
export interface Timeouts {
  readonly connectMs: number
  readonly firstByteMs: number
  /** First byte of a stream while another upstream is left. */
  readonly streamFirstByteMs: number
  readonly idleMs: number
}

export interface UpstreamConfig {
  /** Unique, never empty. */
  readonly name: string
  readonly enabled: boolean
  /** As written, trimmed; 'builtin:demo' is the upstream inside the program. */
  readonly baseUrl: string
  /** Exact names, patterns with '*', or '*'. */
  readonly models: readonly string[]
  readonly keys: readonly ApiKeyConfig[]
  /** URL of a proxy, 'direct', or null for the environment's. */
  readonly proxy: string | null
  readonly headers: Readonly<Record<string, string>>
  /** The server's, with this upstream's own over them. */
  readonly timeouts: Timeouts
  /** Protocols it speaks; null = by host. */
  readonly api: readonly ('chat' | 'responses' | 'messages' | 'gemini')[] | null
  readonly pathPrefix: string | null
  readonly maxParallel: number | null
  /** null = by host. */
  readonly streamUsage: boolean | null
}

/** `enabled` is false, and `key` perhaps '', for a placeholder and for a `${NAME}` that isn't set. */
export interface ApiKeyConfig {
  readonly key: string
  readonly name: string | null
  readonly enabled: boolean
  readonly envName: string | null
}

/** A project whose key is a placeholder or a missing `${NAME}` has `enabled: false`. */
export interface ProjectConfig {
  readonly name: string
  readonly apiKey: string
  readonly allowedModels: readonly string[]
  readonly enabled: boolean
  /** `until` in epoch ms. */
  readonly previousApiKey: { readonly key: string; readonly until: number } | null
}

// ---- What stands in the file ----

/** Doc line and type word of one setting, kept in the schema's metadata. */
interface SettingMeta {
  readonly type: string
  readonly en: string
  readonly zh: string
}

const text = () => z.string({ error: 'not_text' }).trim()
const filledText = () => text().min(1, { error: 'empty_text' })
const flag = () => z.boolean({ error: 'not_a_boolean' })
const number = () => z.number({ error: 'not_a_number' })
const integer = () => number().int({ error: 'not_an_integer' })
const listOf = <T extends z.ZodType>(item: T) => z.array(item, { error: 'not_a_list' })
const mapping = <T extends z.ZodRawShape>(shape: T) => z.object(shape, { error: 'not_a_mapping' })
const seconds = () => number().min(0, { error: 'too_small' }).max(86_400, { error: 'too_big' })

/** A text of a certain form; `problem` gives the code of what is wrong. */
const checkedText = (problem: (value: string) => string | null) =>
  text().check((context) => {
    const code = problem(context.value)
    if (code !== null) context.issues.push({ code: 'custom', message: code, input: context.value })
  })

/** The same, where part of it may come from the environment: then its form is checked when it's filled in. */
const envText = (problem: (value: string) => string | null) =>
  checkedText((value) => (hasEnvReference(value) ? null : problem(value)))

function timeoutsSchema(defaults: { connect: number; firstByte: number; streamFirstByte: number; idle: number }) {
  return mapping({
    connect_seconds: seconds().default(defaults.connect).meta(docs.connect_seconds),
    first_byte_seconds: seconds().default(defaults.firstByte).meta(docs.first_byte_seconds),
    stream_first_byte_seconds: seconds().default(defaults.streamFirstByte).meta(docs.stream_first_byte_seconds),
    idle_seconds: seconds().default(defaults.idle).meta(docs.idle_seconds),
  })
}

const docs = {
  connect_seconds: {
    type: 'number',
    en: 'Seconds to wait for a connection; 0 = no limit.',
    zh: '建立连接的等待秒数；0 = 不限。',
  },
  first_byte_seconds: {
    type: 'number',
    en: 'Seconds to wait for the first byte of an answer; 0 = no limit.',
    zh: '等待回答首字节的秒数；0 = 不限。',
  },
  stream_first_byte_seconds: {
    type: 'number',
    en: 'The same for a stream while another upstream is left to try; 0 = no limit.',
    zh: '流式请求且还有其他上游可试时，等待首字节的秒数；0 = 不限。',
  },
  idle_seconds: {
    type: 'number',
    en: 'Seconds without a byte after which a running answer is given up; 0 = no limit.',
    zh: '回答过程中多少秒没有数据即放弃；0 = 不限。',
  },
} satisfies Record<string, SettingMeta>

/** `server:` of the file. */
export const serverSchema = mapping({
  port: z
    .union([z.string(), z.number()], { error: 'bad_port' })
    .refine((value) => parseListen(String(value)) !== null, { error: 'bad_port' })
    .default(':8080')
    .meta({
      type: 'port',
      en: 'Address to listen on: ":8080", 8080, "127.0.0.1:8080" or "0.0.0.0:8080". Without a host only this computer can connect; port 0 takes any free one.',
      zh: '监听地址：":8080"、8080、"127.0.0.1:8080" 或 "0.0.0.0:8080"。不写主机时仅本机可访问；端口 0 表示任意空闲端口。',
    } satisfies SettingMeta),
  notification_webhook: envText((value) => (value === '' || isHttpUrl(value) ? null : 'bad_webhook'))
    .default('')
    .meta({
      type: 'url',
      en: 'URL that gets a JSON POST when a key is paused, refused or back, or a config is rejected. Empty = none.',
      zh: '密钥被暂停、被拒、恢复，或配置被拒绝时，向此 URL 发送 JSON POST。空 = 不通知。',
    } satisfies SettingMeta),
  max_retries: integer()
    .min(0, { error: 'too_small' })
    .max(50, { error: 'too_big' })
    .default(3)
    .meta({
      type: 'integer',
      en: 'Further attempts after the first, over all keys and upstreams.',
      zh: '首次尝试之后的最多重试次数（所有密钥和上游合计）。',
    } satisfies SettingMeta),
  cool_down_minutes: number()
    .min(0, { error: 'too_small' })
    .max(525_600, { error: 'too_big' })
    .default(10)
    .meta({
      type: 'number',
      en: "Minutes a key is paused after a failure that is the key's fault, where the provider gives no time.",
      zh: '密钥自身出错后暂停的分钟数（服务商未给出时间时）。',
    } satisfies SettingMeta),
  auto_models: z
    .record(z.string(), z.union([filledText(), listOf(filledText())], { error: 'bad_alias_target' }), {
      error: 'not_a_mapping',
    })
    .default({})
    .meta({
      type: 'mapping',
      en: 'Aliases: a public model name → "upstream:model", "model", or a list of these tried in order.',
      zh: '模型别名：对外模型名 → "上游:模型"、"模型"，或按顺序尝试的列表。',
    } satisfies SettingMeta),
  language: z
    .enum(['zh', 'en', 'auto'], { error: 'not_allowed_value' })
    .default('auto')
    .meta({
      type: 'zh | en | auto',
      en: 'Language of log and console: zh or en; auto = that of the system.',
      zh: '日志和控制台的语言：zh 或 en；auto = 跟随系统。',
    } satisfies SettingMeta),
  timeouts: timeoutsSchema({ connect: 10, firstByte: 600, streamFirstByte: 120, idle: 120 })
    .prefault({})
    .meta({
      type: 'mapping',
      en: 'Waiting times for upstreams, in seconds.',
      zh: '对上游的各种等待时间，单位秒。',
    } satisfies SettingMeta),
  max_body_mb: number()
    .min(1, { error: 'too_small' })
    .max(2048, { error: 'too_big' })
    .default(64)
    .meta({
      type: 'number',
      en: 'Largest request body that is accepted, in MB.',
      zh: '允许的最大请求体，单位 MB。',
    } satisfies SettingMeta),
  ca_file: text()
    .optional()
    .meta({
      type: 'path',
      en: 'PEM file with further certificate authorities for upstreams behind a company proxy.',
      zh: '额外的 CA 证书（PEM 文件），用于公司代理之后的上游。',
    } satisfies SettingMeta),
  cors_origins: listOf(checkedText((value) => (parseOrigin(value) === null ? 'bad_origin' : null)))
    .default([])
    .meta({
      type: 'list',
      en: 'Web origins whose pages may call /v1, such as "https://chat.example.com".',
      zh: '允许其网页调用 /v1 的来源，例如 "https://chat.example.com"。',
    } satisfies SettingMeta),
  trusted_proxies: listOf(checkedText((value) => (addressPattern.test(value) ? null : 'bad_trusted_proxy')))
    .default([])
    .meta({
      type: 'list',
      en: 'Addresses or networks of reverse proxies whose X-Forwarded-For is believed.',
      zh: '可信反向代理的地址或网段，其 X-Forwarded-For 会被采信。',
    } satisfies SettingMeta),
  console: mapping({
    enabled: flag()
      .optional()
      .meta({
        type: 'boolean',
        en: 'Whether the console is served over HTTP; when not set, only while listening on loopback.',
        zh: '是否通过 HTTP 提供控制台；不设置时仅在监听本机地址时提供。',
      } satisfies SettingMeta),
    allowed_hosts: listOf(filledText())
      .default([])
      .meta({
        type: 'list',
        en: 'Further host names under which the console may be opened.',
        zh: '允许用来打开控制台的其他主机名。',
      } satisfies SettingMeta),
  })
    .prefault({})
    .meta({ type: 'mapping', en: 'The console in a browser.', zh: '浏览器中的控制台。' } satisfies SettingMeta),
  log: mapping({
    format: z
      .enum(['text', 'json'], { error: 'not_allowed_value' })
      .default('text')
      .meta({
        type: 'text | json',
        en: 'Form of the log lines.',
        zh: '日志行的格式。',
      } satisfies SettingMeta),
    bodies: flag()
      .default(false)
      .meta({
        type: 'boolean',
        en: 'Keep request bodies (up to 256 KB) in memory, for "copy as curl" and replay.',
        zh: '在内存中保留请求体（最多 256 KB），用于“复制为 curl”和重放。',
      } satisfies SettingMeta),
  })
    .prefault({})
    .meta({ type: 'mapping', en: 'The log.', zh: '日志。' } satisfies SettingMeta),
})

/** A key with a name of its own; a bare text is short for `{ key: text }`. */
export const keySchema = mapping({
  key: text().meta({
    type: 'text',
    en: 'The key, or ${NAME} of an environment variable that holds it.',
    zh: '密钥本身，或用 ${NAME} 引用环境变量。',
  } satisfies SettingMeta),
  name: filledText()
    .optional()
    .meta({
      type: 'text',
      en: 'Name shown for it in log and console.',
      zh: '在日志和控制台中显示的名称。',
    } satisfies SettingMeta),
  enabled: flag()
    .default(true)
    .meta({
      type: 'boolean',
      en: 'false keeps the key in the file but never uses it.',
      zh: 'false = 保留在文件中但不使用。',
    } satisfies SettingMeta),
})

/** An entry of `upstreams:`. */
export const upstreamSchema = mapping({
  name: filledText().meta({
    type: 'text',
    en: 'Unique name, used in "upstream:model" and in the log.',
    zh: '唯一名称，用于 "上游:模型" 和日志。',
  } satisfies SettingMeta),
  enabled: flag()
    .default(true)
    .meta({
      type: 'boolean',
      en: 'false = never asked.',
      zh: 'false = 不使用。',
    } satisfies SettingMeta),
  base_url: checkedText((value) => baseUrlProblem(value)).meta({
    type: 'url',
    en: 'Address of the provider, with or without /v1; "builtin:demo" is the demo inside the program.',
    zh: '服务商地址，可带或不带 /v1；"builtin:demo" 是程序内置的演示上游。',
  } satisfies SettingMeta),
  models: listOf(filledText())
    .default([])
    .meta({
      type: 'list',
      en: 'Models it serves: exact names, patterns such as "gpt-*", or "*" for every model.',
      zh: '提供的模型：确切名称、"gpt-*" 这样的模式，或 "*" 表示全部模型。',
    } satisfies SettingMeta),
  keys: listOf(z.union([text(), keySchema], { error: 'bad_key' }))
    .default([])
    .meta({
      type: 'list',
      en: 'Its keys, taken in turn: a text, ${NAME} of an environment variable, or { key, name, enabled }.',
      zh: '轮流使用的密钥：文本、环境变量 ${NAME}，或 { key, name, enabled }。',
    } satisfies SettingMeta),
  proxy: envText((value) => (parseProxy(value) === undefined ? 'bad_proxy' : null))
    .optional()
    .meta({
      type: 'url',
      en: 'Proxy for this upstream: http://, https:// or socks5:// address, or "direct" for none; when not set, HTTPS_PROXY and NO_PROXY decide.',
      zh: '此上游的代理：http://、https:// 或 socks5:// 地址，或 "direct" 表示不用代理；不设置时由 HTTPS_PROXY、NO_PROXY 决定。',
    } satisfies SettingMeta),
  headers: z
    .record(
      z.string(),
      envText((value) => (isHeaderValue(value) ? null : 'bad_header')),
      {
        error: 'not_a_mapping',
      },
    )
    .default({})
    .meta({
      type: 'mapping',
      en: 'Headers added to every call of this upstream.',
      zh: '调用此上游时附加的请求头。',
    } satisfies SettingMeta),
  timeouts: mapping({
    connect_seconds: seconds().optional().meta(docs.connect_seconds),
    first_byte_seconds: seconds().optional().meta(docs.first_byte_seconds),
    stream_first_byte_seconds: seconds().optional().meta(docs.stream_first_byte_seconds),
    idle_seconds: seconds().optional().meta(docs.idle_seconds),
  })
    .prefault({})
    .meta({
      type: 'mapping',
      en: 'Its own waiting times, where they differ from server.timeouts.',
      zh: '与 server.timeouts 不同的等待时间。',
    } satisfies SettingMeta),
  api: listOf(z.enum(['chat', 'responses', 'messages', 'gemini'], { error: 'not_allowed_value' }))
    .optional()
    .meta({
      type: 'list',
      en: 'Protocols it speaks: chat, responses, messages, gemini; when not set, known by its address.',
      zh: '支持的协议：chat、responses、messages、gemini；不设置时按地址判断。',
    } satisfies SettingMeta),
  path_prefix: checkedText((value) => (/[\s?#]|:\/\//.test(value) ? 'bad_path_prefix' : null))
    .optional()
    .meta({
      type: 'text',
      en: 'Path put before /chat/completions and the like, exactly as written, in place of the one found by the address.',
      zh: '放在 /chat/completions 等之前的路径，按原样使用，替代按地址推断的前缀。',
    } satisfies SettingMeta),
  max_parallel: integer()
    .min(1, { error: 'too_small' })
    .max(100_000, { error: 'too_big' })
    .optional()
    .meta({
      type: 'integer',
      en: 'Requests at the same time; when not set, no limit.',
      zh: '同时进行的最大请求数；不设置则不限。',
    } satisfies SettingMeta),
  stream_usage: flag()
    .optional()
    .meta({
      type: 'boolean',
      en: 'Ask for token counts in streams (stream_options.include_usage); when not set, known by its address.',
      zh: '流式请求时索取 token 用量（stream_options.include_usage）；不设置时按地址判断。',
    } satisfies SettingMeta),
})

/** An entry of `project_auth:`. */
export const projectSchema = mapping({
  project_name: filledText().meta({
    type: 'text',
    en: 'Unique name of the project.',
    zh: '项目的唯一名称。',
  } satisfies SettingMeta),
  api_key: text().meta({
    type: 'text',
    en: 'The key its clients send, or ${NAME} of an environment variable.',
    zh: '该项目客户端使用的密钥，或环境变量 ${NAME}。',
  } satisfies SettingMeta),
  allowed_models: listOf(filledText())
    .default([])
    .meta({
      type: 'list',
      en: 'Models it may ask for: names, aliases, patterns, or "*" for all.',
      zh: '允许请求的模型：名称、别名、模式，或 "*" 表示全部。',
    } satisfies SettingMeta),
  enabled: flag()
    .default(true)
    .meta({
      type: 'boolean',
      en: 'false = its key is refused.',
      zh: 'false = 拒绝其密钥。',
    } satisfies SettingMeta),
  previous_api_key: mapping({
    key: text().meta({
      type: 'text',
      en: 'The key before the present one.',
      zh: '更换之前的密钥。',
    } satisfies SettingMeta),
    until: text()
      .refine((value) => parseUntil(value) !== null, { error: 'bad_date' })
      .meta({
        type: 'date',
        en: 'Until when it still works: a date (to its end) or date and time, such as 2027-01-31 or 2027-01-31T12:00:00Z.',
        zh: '仍然有效的截止时间：日期（含当天）或日期时间，例如 2027-01-31 或 2027-01-31T12:00:00Z。',
      } satisfies SettingMeta),
  })
    .optional()
    .meta({
      type: 'mapping',
      en: 'The key before a change, which works until a given time.',
      zh: '更换密钥后，旧密钥在给定时间前仍可使用。',
    } satisfies SettingMeta),
})

/** The whole file. */
export const configSchema = mapping({
  server: serverSchema
    .prefault({})
    .meta({ type: 'mapping', en: 'The proxy itself.', zh: '代理本身。' } satisfies SettingMeta),
  upstreams: listOf(upstreamSchema)
    .default([])
    .meta({
      type: 'list',
      en: 'Providers that requests are forwarded to, tried in this order.',
      zh: '请求转发到的上游服务商，按此顺序尝试。',
    } satisfies SettingMeta),
  project_auth: listOf(projectSchema)
    .default([])
    .meta({
      type: 'list',
      en: 'Projects and the keys their clients use.',
      zh: '项目及其客户端使用的密钥。',
    } satisfies SettingMeta),
})

/** The config as it stands in the file: snake_case, nothing filled in. */
export type RawConfig = z.input<typeof configSchema>

/** One line of README's table and of the editor's completion. `[]` in a path stands for any entry of a list. */
export interface SettingDoc {
  readonly path: string
  readonly type: string
  /** Value when the setting is left out; null = not set. Required settings have `required: true`. */
  readonly default: unknown
  readonly required: boolean
  readonly doc: { readonly en: string; readonly zh: string }
}

/** Every setting, in the order of the file. */
export const settingDocs: readonly SettingDoc[] = collectDocs(configSchema, '')

// ---- Forms of single values, used by parser and forms alike ----

/** Splits "host:port", ":port" or "port"; null when it is none of these. An IPv6 host stands in brackets. */
export function parseListen(value: string): { readonly host: string | null; readonly port: number } | null {
  const match = /^(?:(\[[\da-f:.]+\]|[^\s:[\]/@?#]+)?:)?(\d{1,5})$/i.exec(value.trim())
  if (match === null) return null
  const host = match[1] ?? null
  const port = Number(match[2])
  if (port > 65_535) return null
  if (host !== null && !isListenHost(host)) return null
  return { host: host === null ? null : host.replace(/^\[|\]$/g, ''), port }
}

/** Why a base_url can't be used, as diagnostic code; null when it can. A missing scheme is allowed. */
function baseUrlProblem(value: string): string | null {
  if (value === '') return 'empty_text'
  if (value.startsWith('builtin:')) return value === 'builtin:demo' ? null : 'base_url_builtin'
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(value)
  const address = scheme === null ? `http://${value}` : value
  if (scheme !== null && !/^https?$/i.test(scheme[1] ?? '')) return 'base_url_scheme'
  if (/\s/.test(value) || !URL.canParse(address)) return 'base_url_invalid'
  const url = new URL(address)
  if (url.username !== '' || url.password !== '') return 'base_url_credentials'
  return null
}

export function isHttpUrl(value: string): boolean {
  return /^https?:\/\//i.test(value) && URL.canParse(value)
}

/** The proxy's URL, 'direct', or null for "not set"; undefined when it is none. "127.0.0.1:7890" means http. */
export function parseProxy(value: string): string | null | undefined {
  if (value === '') return null
  if (value === 'direct') return value
  const address = value.includes('://') ? value : `http://${value}`
  const isKnown = /^(https?|socks5h?):\/\/[^/\s]/i.test(address) && URL.canParse(address)
  return isKnown ? address : undefined
}

/** An origin as browsers send it: no path, no trailing slash, lower case. null when it is none. */
export function parseOrigin(value: string): string | null {
  const origin = value.replace(/\/$/, '').toLowerCase()
  return origin === '*' || origin === 'null' || /^[a-z][a-z\d+.-]*:\/\/[^/\s?#@]+$/.test(origin) ? origin : null
}

/** Epoch ms of a date's end (local time) or of a date and time; null when it is neither. */
export function parseUntil(value: string): number | null {
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value)
  if (date === null) {
    const at = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(value) ? Date.parse(value) : Number.NaN
    return Number.isNaN(at) ? null : at
  }
  if (Number.isNaN(Date.parse(value))) return null
  return new Date(Number(date[1]), Number(date[2]) - 1, Number(date[3]) + 1).getTime()
}

/** True for texts that a header can carry: no control characters, nothing beyond Latin-1. */
export function isHeaderValue(value: string): boolean {
  return /^[\t\u0020-\u007E\u0080-\u00FF]*$/.test(value)
}

/** True for a header's name, RFC 9110 §5.1. */
export function isHeaderName(value: string): boolean {
  return /^[!#$%&'*+.^`|~\w-]+$/.test(value)
}

/** True when a text holds `${NAME}` of an environment variable. */
function hasEnvReference(value: string): boolean {
  return /\$\{[A-Za-z_]\w*\}/.test(value)
}

// ---- Private ----

// An IP address, a network, or Express's words for the usual networks.
const addressPattern = /^(loopback|linklocal|uniquelocal|[\da-f:.]+(\/\d{1,3})?)$/i

function isListenHost(host: string): boolean {
  if (!URL.canParse(`http://${host}/`)) return false
  // "8080" or "1.2" would be read as an IPv4 address by URL.
  return /^[\d.]+$/.test(host) ? /^\d+\.\d+\.\d+\.\d+$/.test(host) : true
}

function collectDocs(schema: z.ZodObject, prefix: string): SettingDoc[] {
  return Object.entries(schema.shape).flatMap(([key, setting]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`
    // Safe: every setting above is given a SettingMeta, which `satisfies` checks there; zod types metadata loosely.
    const meta = (setting as z.ZodType).meta() as unknown as SettingMeta
    const own: SettingDoc = {
      path,
      type: meta.type,
      default: defaultOf(setting),
      required: !z.safeParse(setting, undefined).success,
      doc: { en: meta.en, zh: meta.zh },
    }
    return [own, ...nestedDocs(setting, path)]
  })
}

function nestedDocs(schema: z.core.$ZodType, path: string): SettingDoc[] {
  if (schema instanceof z.ZodObject) return collectDocs(schema, path)
  if (schema instanceof z.ZodArray) return nestedDocs(schema.element, `${path}[]`)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => nestedDocs(option, path))
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return nestedDocs(schema.unwrap(), path)
  }
  return []
}

function defaultOf(schema: z.core.$ZodType): unknown {
  return schema instanceof z.ZodDefault ? schema.def.defaultValue : null
}
