import { describe, expect, it } from 'vitest'
import type { Notice } from '../../../proxy/contract.ts'
import { noticeText } from '../../../proxy/notices/notice-text.ts'

const at = new Date(2026, 10, 23, 17, 10).getTime()
const today = new Date(2026, 10, 23, 17, 20).getTime()
const tomorrow = new Date(2026, 10, 24, 8, 5).getTime()

const makeNotice = (changes: Partial<Notice>): Notice => ({
  kind: 'key-paused',
  at,
  upstream: 'OpenAI-Pool',
  keyLabel: 'sk-…a1b2',
  model: null,
  until: today,
  message: '',
  ...changes,
})

describe('noticeText', () => {
  it.each<[string, Partial<Notice>, string, string]>([
    [
      'a pause',
      {},
      'OpenAI-Pool 的密钥 sk-…a1b2 暂停使用，至 17:20',
      'Key sk-…a1b2 of OpenAI-Pool is paused until 17:20',
    ],
    [
      'a pause for one model, until tomorrow',
      { model: 'gpt-4', until: tomorrow },
      'OpenAI-Pool 的密钥 sk-…a1b2 对模型 gpt-4 暂停使用，至 11-24 08:05',
      'Key sk-…a1b2 of OpenAI-Pool is paused for gpt-4 until 11-24 08:05',
    ],
    [
      'a refusal',
      { kind: 'key-refused', until: null },
      'OpenAI-Pool 拒绝了密钥 sk-…a1b2，已停用，请检查或更换',
      'OpenAI-Pool refuses the key sk-…a1b2. It is out of use: check or replace it',
    ],
    [
      'no credit',
      { kind: 'key-exhausted' },
      'OpenAI-Pool 的密钥 sk-…a1b2 余额或额度已用尽，暂停至 17:20',
      'Key sk-…a1b2 of OpenAI-Pool is out of credit, paused until 17:20',
    ],
    [
      'recovery',
      { kind: 'key-recovered', until: null },
      'OpenAI-Pool 的密钥 sk-…a1b2 已恢复',
      'Key sk-…a1b2 of OpenAI-Pool works again',
    ],
    [
      'recovery for a model',
      { kind: 'key-recovered', model: 'gpt-4', until: null },
      'OpenAI-Pool 的密钥 sk-…a1b2 对模型 gpt-4 已恢复',
      'Key sk-…a1b2 of OpenAI-Pool works again for gpt-4',
    ],
    [
      'a model without keys',
      { kind: 'model-unavailable', model: 'gpt-4', upstream: null, keyLabel: null },
      '模型 gpt-4 暂时没有可用的密钥，预计 17:20 恢复',
      'No key is left for gpt-4. Expected back at 17:20',
    ],
    [
      'a model without keys and end',
      { kind: 'model-unavailable', model: 'gpt-4', upstream: null, keyLabel: null, until: null },
      '模型 gpt-4 已没有可用的密钥',
      'No key is left for gpt-4',
    ],
    [
      'a refused config',
      { kind: 'config-rejected', upstream: null, keyLabel: null, until: null },
      '配置文件有错误，继续使用上一份有效配置',
      'The config file has errors. The last good config stays in use',
    ],
    [
      'a name from a client',
      { kind: 'model-unavailable', model: `a\nb${'c'.repeat(500)}`, until: null },
      `模型 a b${'c'.repeat(97)}… 已没有可用的密钥`,
      `No key is left for a b${'c'.repeat(97)}…`,
    ],
  ])('tells of %s', (_, changes, zh, en) => {
    const notice = makeNotice(changes)
    expect([noticeText(notice, 'zh'), noticeText(notice, 'en')]).toEqual([zh, en])
  })

  it('adds a detail', () => {
    const notice = makeNotice({ kind: 'config-rejected' })
    expect(noticeText(notice, 'zh', '第 3 行')).toBe('配置文件有错误，继续使用上一份有效配置：第 3 行')
  })
})
