import { describe, expect, it } from 'vitest'
import { findSecrets, maskedSlice } from '../../renderer/components/find-secrets.ts'

const mask = (text: string) => maskedSlice(text, findSecrets(text), 0, text.length)

describe('secrets in the text of a config', () => {
  it.each([
    ['a key in a flow list', 'keys: ["0123456789abcdef", "sk-aaaaaaaaaaaa1234"]', 'keys: ["…cdef", "sk-…1234"]'],
    ['a key on a line of its own', 'keys:\n  - 0123456789abcdef # Ann', 'keys:\n  - …cdef # Ann'],
    [
      'a key with a name',
      'keys:\n  - { key: "0123456789abcdef", name: "team" }',
      'keys:\n  - { key: "…cdef", name: "team" }',
    ],
    ['a key of a project', "api_key: 'ak-0123456789abcdef'", "api_key: 'ak-…cdef'"],
    ['a short one, wholly', 'api_key: 12345678', 'api_key: …'],
    ['a list over several lines', 'keys: [\n  "0123456789abcdef",\n]', 'keys: [\n  "…cdef",\n]'],
    ['one in a comment', '# keys: ["sk-0123456789abcdef"]', '# keys: ["sk-…cdef"]'],
    ['the login of a proxy', 'proxy: "http://me:hunter2@host:1"', 'proxy: "http://me:…@host:1"'],
    ['a login without a name', 'proxy: socks5://hunter2@host:1', 'proxy: socks5://…@host:1'],
    [
      'a header of credentials',
      'headers:\n  Authorization: Bearer abcdefghijklmnop',
      'headers:\n  Authorization: Bearer …mnop',
    ],
    [
      'the path of a webhook',
      'notification_webhook: "https://open.feishu.cn/open-apis/bot/v2/hook/0123-4567"',
      'notification_webhook: "https://open.feishu.cn/…"',
    ],
    [
      'the query of a webhook',
      'notification_webhook: https://host.example?key=01234567 # ours',
      'notification_webhook: https://host.example/… # ours',
    ],
    ['in text that is no valid YAML', 'keys: ["0123456789abcdef"', 'keys: ["…cdef"'],
  ])('%s is masked', (_, text, expected) => {
    expect(mask(text)).toBe(expected)
  })

  it.each([
    ['the name of a variable', 'keys: ["${OPENAI_API_KEY}"]'],
    ['a placeholder', 'keys: ["sk-..."]'],
    ['names, addresses and models', 'name: "My upstream"\nbase_url: "https://api.openai.com"\nmodels: ["gpt-4o"]'],
    ['a header of something else', 'headers:\n  X-Title: my long title here'],
    ['the name of a setting', 'keys:\npreviously_long_name: 1'],
    ['a webhook without a path', 'notification_webhook: "https://host.example/"'],
    ['the variable of a webhook', 'notification_webhook: "https://host.example/${HOOK}"'],
    ['a variable in a login', 'proxy: "http://me:${PASSWORD}@host:1"'],
  ])('%s is left alone', (_, text) => {
    expect(mask(text)).toBe(text)
  })

  it('are masked in a part of the text too, cut or not', () => {
    const text = 'keys: ["0123456789abcdef"]\n'
    const secrets = findSecrets(text)
    expect(maskedSlice(text, secrets, 8, 24)).toBe('…cdef')
    expect(maskedSlice(text, secrets, 12, text.length)).toBe('…cdef"]\n')
    expect(maskedSlice(text, secrets, 0, 7)).toBe('keys: [')
  })
})
