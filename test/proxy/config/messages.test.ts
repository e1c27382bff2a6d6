import { describe, expect, it } from 'vitest'
import { diagnosticCodes, diagnosticText, diagnosticTexts } from '../../../proxy/config/messages.ts'

describe('the words of a diagnostic', () => {
  it.each(diagnosticCodes)('%s is said in both languages, about the same things', (code) => {
    const { en, zh } = diagnosticTexts[code]
    const named = (text: string) => [...new Set(text.match(/\{\w+\}/g))].toSorted()
    expect(named(zh)).toEqual(named(en))
    expect(en).toMatch(/[.?]$/)
    expect(zh).toMatch(/[\u4e00-\u9fff].*[。？]$/)
  })

  it('fill in what the text names, and only that', () => {
    const params = { upstream: 'Pool {name}', name: 'KEY' }
    expect(diagnosticText('env_missing_key', params, 'en')).toBe(
      'The environment variable KEY is not set, so this key of the upstream "Pool {name}" is not used. Set it and start again.',
    )
  })

  it('are the code itself where there are none', () => {
    expect(diagnosticText('constructor', {}, 'zh')).toBe('constructor')
  })
})
