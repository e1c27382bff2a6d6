import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileNames, compilePattern, isPattern } from '../../../proxy/routing/patterns.ts'

describe('a pattern', () => {
  it.each<[string, string, boolean]>([
    ['gpt-*', 'gpt-4', true],
    ['gpt-*', 'gpt-', true],
    ['gpt-*', 'xgpt-4', false],
    ['*', '', true],
    ['*', 'anything/at:all', true],
    ['*-mini', 'gpt-4o-mini', true],
    ['*-mini', '-mini', true],
    ['*-mini', 'gpt-4o-mini-2', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'acb', false],
    ['a*b*c', 'a-b-b-c', true],
    ['*b*', 'abc', true],
    ['a**c', 'abc', true],
    ['a*bc*c', 'abc', false],
    ['gpt.4', 'gpt-4', false],
    ['GPT-*', 'gpt-4', false],
    ['(a|b)*', '(a|b)c', true],
    ['模型-*', '模型-一', true],
    ['plain', 'plain', true],
    ['plain', 'plainer', false],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(compilePattern(pattern)(name)).toBe(expected)
  })

  it('matches exactly what the same pattern as a regular expression would', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 8 })
    fc.assert(
      fc.property(letters, letters, (pattern, name) => {
        const source = pattern.split('*').map((part) => part.replaceAll('.', '\\.'))
        expect(compilePattern(pattern)(name)).toBe(new RegExp(`^${source.join('.*')}$`, 's').test(name))
      }),
      { numRuns: 2000 },
    )
  })

  it('takes linear time however many stars there are', () => {
    const matches = compilePattern(`${'*a'.repeat(500)}*b`)
    expect(matches('a'.repeat(100_000))).toBe(false)
  })
})

describe('a list of names', () => {
  it.each<[readonly string[], string, boolean]>([
    [[], 'm', false],
    [['m'], 'm', true],
    [['m'], 'm2', false],
    [['m', 'gpt-*'], 'gpt-4', true],
    [['m', '*'], 'whatever', true],
  ])('%j lets %s through: %s', (names, name, expected) => {
    expect(compileNames(names)(name)).toBe(expected)
  })

  it('tells patterns from names', () => {
    expect(['gpt-*', '*', 'gpt-4'].map(isPattern)).toEqual([true, true, false])
  })
})
