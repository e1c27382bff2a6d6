import { describe, expect, it } from 'vitest'
import { diagnosticTexts } from '../../proxy/config/messages.ts'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { texts as zh } from '../../renderer/locales/zh/index.ts'

/** Texts that are rightly the same in both languages: names, units, code. A key, or a namespace with a star. */
const sameInBoth = [
  'common:app.name',
  'common:language.zh',
  'common:language.en',
  'overview:first.shells.powershell',
  'overview:first.shells.cmd',
  'settings:file.title',
]

const english = flatten(en)
const chinese = flatten(zh)

describe('the catalogues', () => {
  it('have the same keys, plural forms aside', () => {
    expect(baseKeys(chinese)).toEqual(baseKeys(english))
  })

  it('have the plural forms of their language', () => {
    const plural = (texts: Map<string, string>, form: string) =>
      [...texts.keys()].filter((key) => key.endsWith(form)).map((key) => key.slice(0, -form.length))
    expect(plural(english, '_one').toSorted()).toEqual(plural(english, '_other').toSorted())
    expect(plural(chinese, '_one')).toEqual([])
    expect(plural(chinese, '_other').toSorted()).toEqual(plural(english, '_other').toSorted())
  })

  it('have no empty text', () => {
    const empty = [...english, ...chinese].filter(([, text]) => text.trim() === '')
    expect(empty).toEqual([])
  })

  it('use the same placeholders', () => {
    const different = [...chinese].filter(
      ([key, text]) => english.has(key) && placeholders(text).join() !== placeholders(english.get(key) ?? '').join(),
    )
    expect(different).toEqual([])
  })

  it('have nothing left untranslated', () => {
    const leftovers = [...chinese]
      .filter(([key, text]) => english.get(key) === text && /[a-z]{2}/i.test(text) && !isAllowed(key))
      .map(([key]) => key)
    expect(leftovers).toEqual([])
  })

  it('keep Chinese out of the English texts', () => {
    const mixed = [...english].filter(([key, text]) => /\p{Script=Han}/u.test(text) && !isAllowed(key))
    expect(mixed).toEqual([])
  })
})

describe('the texts of config problems', () => {
  // The console must not import the engine's words, so it has a copy; `npx vitest run test/renderer/locales -u` renews it.
  it.each(['en', 'zh'] as const)('are the engine’s own (%s)', async (language) => {
    const entries = Object.entries(diagnosticTexts).map(([code, wording]) => [
      code,
      wording[language].replaceAll(/\{(\w+)\}/g, '{{$1}}'),
    ])
    const catalogue = `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
    await expect(catalogue).toMatchFileSnapshot(`../../renderer/locales/${language}/diagnostics.json`)
  })
})

function flatten(texts: object, prefix = ''): Map<string, string> {
  const entries = Object.entries(texts).flatMap(([key, value]): [string, string][] => {
    const path = prefix === '' ? `${key}:` : `${prefix}${prefix.endsWith(':') ? '' : '.'}${key}`
    return typeof value === 'string' ? [[path, value]] : [...flatten(value as object, path)]
  })
  return new Map(entries)
}

function baseKeys(texts: Map<string, string>): string[] {
  return [...new Set([...texts.keys()].map((key) => key.replace(/_(one|other)$/, '')))].toSorted()
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\{\s*(\w+)/g)].map((match) => match[1] ?? '').toSorted()
}

function isAllowed(key: string): boolean {
  return sameInBoth.some(
    (allowed) => allowed === key || (allowed.endsWith('*') && key.startsWith(allowed.slice(0, -1))),
  )
}
