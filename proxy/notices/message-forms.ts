/**
 * The body of a webhook call, in the form that the receiving host understands. Pure.
 * Forms: open.feishu.cn (custom bot), open.dingtalk.com (robot), developer.work.weixin.qq.com (group robot),
 * api.slack.com (incoming webhooks), discord.com/developers (execute webhook).
 */

/** A notice on its way out; `event` is its kind, or "test". */
export interface WebhookMessage {
  readonly event: string
  /** Epoch ms. */
  readonly at: number
  readonly upstream: string | null
  readonly key: string | null
  readonly model: string | null
  /** Epoch ms. */
  readonly until: number | null
  /** One sentence, no secrets. */
  readonly message: string
}

/** The JSON body to POST to `url`; a plain object with all fields where the host is none of the known ones. */
export function webhookBody(url: URL, message: WebhookMessage): Readonly<Record<string, unknown>> {
  const line = `[AI Proxy] ${message.message}`
  switch (receiverOf(url)) {
    case 'feishu':
      // Feishu reads <at user_id="all"> out of a text: a model name must not ring everybody.
      return { msg_type: 'text', content: { text: line.replaceAll('<', '＜') } }
    case 'dingtalk':
    case 'wecom':
      return { msgtype: 'text', text: { content: line } }
    case 'slack':
      // https://api.slack.com/reference/surfaces/formatting: these three are control characters.
      return { text: line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;') }
    case 'discord':
      return { content: line.slice(0, 2000).toWellFormed(), allowed_mentions: { parse: [] } }
    case 'plain':
      return {
        event: message.event,
        at: new Date(message.at).toISOString(),
        upstream: message.upstream,
        key: message.key,
        model: message.model,
        until: message.until === null ? null : new Date(message.until).toISOString(),
        message: message.message,
        // Read by receivers that copy Slack's or Discord's form.
        text: line,
        content: line,
      }
  }
}

/**
 * What a receiver says went wrong though its status is 200; null when all is well.
 * Feishu answers `{code, msg}`, DingTalk and WeCom `{errcode, errmsg}`, 0 being success.
 */
export function refusalOf(url: URL, answer: string): string | null {
  const receiver = receiverOf(url)
  if (receiver !== 'feishu' && receiver !== 'dingtalk' && receiver !== 'wecom') return null
  let body: unknown
  try {
    body = JSON.parse(answer)
  } catch {
    // A receiver that doesn't answer JSON has its status only.
    return null
  }
  if (typeof body !== 'object' || body === null) return null
  const code = 'code' in body ? body.code : 'errcode' in body ? body.errcode : 0
  const words = 'msg' in body ? body.msg : 'errmsg' in body ? body.errmsg : ''
  return code === 0 ? null : `${String(code)} ${typeof words === 'string' ? words.slice(0, 200) : ''}`.trim()
}

type Receiver = 'feishu' | 'dingtalk' | 'wecom' | 'slack' | 'discord' | 'plain'

const receivers: Readonly<Record<string, Receiver>> = {
  'open.feishu.cn': 'feishu',
  'open.larksuite.com': 'feishu',
  'oapi.dingtalk.com': 'dingtalk',
  'qyapi.weixin.qq.com': 'wecom',
  'hooks.slack.com': 'slack',
  'discord.com': 'discord',
  'discordapp.com': 'discord',
}

function receiverOf(url: URL): Receiver {
  return receivers[url.hostname] ?? 'plain'
}
