import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redactSecrets } from '../../../proxy/providers/redact.ts'
import { maskSecret } from '../../../proxy/secret-forms.ts'

describe('redactSecrets', () => {
  it.each([
    ['OpenAI', 'sk-proj-abcdefgh1234_5678-9abc'],
    ['Anthropic', 'sk-ant-api03-abcdefgh1234'],
    ['NVIDIA', 'nvapi-abcdefgh12345678'],
    ['Google', 'AIzaSyA1234567890abcdefgh'],
    ['Google, new', 'AQ.Ab8RN6I1234567890abc'],
    ['Groq', 'gsk_abcdefgh1234567890'],
    ['xAI', 'xai-abcdefgh1234567890'],
    ['a project of ours', 'ak-abcdefgh1234567890'],
    ['a masked echo', 'sk-abcd****************wxyz'],
  ])('masks the form of %s', (_, key) => {
    const redacted = redactSecrets(`Incorrect API key provided: ${key}. See "${key}"`, [])
    expect(redacted).not.toContain(key)
    expect(redacted).toBe(`Incorrect API key provided: ${maskSecret(key)}. See "${maskSecret(key)}"`)
  })

  it.each(['the task-force-meeting', 'desk-topology', 'sk-', 'ask-me-anything-now', 'break-down-of-costs', 'AIza'])(
    'leaves %j as it is',
    (text) => {
      expect(redactSecrets(text, [])).toBe(text)
    },
  )

  it('masks known keys of any form, the longer first', () => {
    expect(redactSecrets('a=secret-one b=secret-one-two-three', ['secret-one', 'secret-one-two-three'])).toBe(
      'a=… b=…hree',
    )
  })

  it('does not search for what is too short to be a key', () => {
    expect(redactSecrets('a key of five', ['key', ''])).toBe('a key of five')
  })

  it('leaves no known key in any text, and masks a text twice the same', () => {
    const key = fc.stringMatching(/^[A-Za-z0-9$&_-]{16,40}$/)
    fc.assert(
      fc.property(fc.string(), key, fc.string(), (before, secret, after) => {
        const redacted = redactSecrets(before + secret + after, [secret])
        expect(redacted).not.toContain(secret)
        expect(redactSecrets(redacted, [secret])).toBe(redacted)
      }),
    )
  })
})
