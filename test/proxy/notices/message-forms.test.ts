import { describe, expect, it } from 'vitest'
import { refusalOf, webhookBody } from '../../../proxy/notices/message-forms.ts'
import type { WebhookMessage } from '../../../proxy/notices/message-forms.ts'

const message: WebhookMessage = {
  event: 'key-paused',
  at: Date.UTC(2026, 10, 23, 9, 20),
  upstream: 'Pool',
  key: 'sk-…a1b2',
  model: null,
  until: Date.UTC(2026, 10, 23, 9, 30),
  message: 'A <at user_id="all"> & B',
}
const line = '[AI Proxy] A <at user_id="all"> & B'

describe('webhookBody', () => {
  it.each<[string, string, unknown]>([
    [
      'a plain receiver',
      'https://example.com/hook',
      {
        event: 'key-paused',
        at: '2026-11-23T09:20:00.000Z',
        upstream: 'Pool',
        key: 'sk-…a1b2',
        model: null,
        until: '2026-11-23T09:30:00.000Z',
        message: message.message,
        text: line,
        content: line,
      },
    ],
    [
      'Feishu',
      'https://open.feishu.cn/open-apis/bot/v2/hook/x',
      { msg_type: 'text', content: { text: '[AI Proxy] A ＜at user_id="all"> & B' } },
    ],
    [
      'Lark',
      'https://open.larksuite.com/open-apis/bot/v2/hook/x',
      { msg_type: 'text', content: { text: '[AI Proxy] A ＜at user_id="all"> & B' } },
    ],
    ['DingTalk', 'https://oapi.dingtalk.com/robot/send?access_token=x', { msgtype: 'text', text: { content: line } }],
    ['WeCom', 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x', { msgtype: 'text', text: { content: line } }],
    ['Slack', 'https://hooks.slack.com/services/x', { text: '[AI Proxy] A &lt;at user_id="all"&gt; &amp; B' }],
    ['Discord', 'https://discord.com/api/webhooks/1/x', { content: line, allowed_mentions: { parse: [] } }],
    ['a look-alike', 'https://hooks.slack.com.example.com/x', expect.objectContaining({ event: 'key-paused' })],
  ])('takes the form of %s', (_, url, expected) => {
    expect(webhookBody(new URL(url), message)).toEqual(expected)
  })

  it('keeps within the length that Discord takes', () => {
    const body = webhookBody(new URL('https://discord.com/api/webhooks/1/x'), {
      ...message,
      message: '💬'.repeat(3000),
    })
    expect(String(body.content)).toHaveLength(2000)
  })
})

describe('refusalOf', () => {
  const feishu = 'https://open.feishu.cn/x'
  const dingtalk = 'https://oapi.dingtalk.com/x'
  it.each<[string, string, string, string | null]>([
    ['Feishu taking it', feishu, '{"code":0,"msg":"success"}', null],
    ['Feishu refusing', feishu, '{"code":19001,"msg":"param invalid"}', '19001 param invalid'],
    ['DingTalk taking it', dingtalk, '{"errcode":0,"errmsg":"ok"}', null],
    [
      'DingTalk refusing',
      dingtalk,
      '{"errcode":310000,"errmsg":"keywords not in content"}',
      '310000 keywords not in content',
    ],
    ['no JSON', dingtalk, 'ok', null],
    ['another receiver with a code of its own', 'https://example.com/', '{"code":1}', null],
  ])('reads %s', (_, url, answer, expected) => {
    expect(refusalOf(new URL(url), answer)).toBe(expected)
  })
})
