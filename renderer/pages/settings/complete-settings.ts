/** Completion of setting names and of the values that a setting allows, with the doc lines of the schema. */
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { settingDocs, type SettingDoc } from '../../../proxy/config/schema.ts'
import { settingContext } from './setting-context.ts'

export interface CompletionWords {
  readonly language: 'en' | 'zh'
  /** "Default: 3" */
  readonly usual: (value: string) => string
}

/** A completion source that speaks as `words` tells at the time. */
export function completeSettings(
  words: () => CompletionWords,
): (context: CompletionContext) => CompletionResult | null {
  return ({ state, pos, explicit }) => {
    const line = state.doc.lineAt(pos)
    const before = line.text.slice(0, pos - line.from)
    const lines = state.doc.toString().split('\n')
    const name = /^ *(?:- *)*(\w*)$/.exec(before)
    if (name !== null) {
      const typed = name[1] ?? ''
      if (typed === '' && !explicit) return null
      return answer(pos - typed.length, nameOptions(lines, line.number - 1, words()))
    }
    const value = /^ *(?:- +)*(\w+):\s+(\w*)$/.exec(before)
    if (value === null) return null
    const [, key = '', typed = ''] = value
    return answer(pos - typed.length, valueOptions(lines, line.number - 1, key))
  }
}

/** The settings that may stand on a line, those that are there already left out. */
export function nameOptions(lines: readonly string[], index: number, words: CompletionWords): readonly Completion[] {
  const { parent, siblings } = settingContext(lines, index)
  return childrenOf(parent)
    .filter(([name]) => !siblings.includes(name))
    .map(([name, setting]) => ({
      label: name,
      type: 'property',
      detail: setting.type,
      info: infoOf(setting, words),
      apply: setting.type === 'mapping' || setting.type === 'list' ? `${name}:` : `${name}: `,
    }))
}

/** What a setting of few values may be. */
export function valueOptions(lines: readonly string[], index: number, key: string): readonly Completion[] {
  const { parent } = settingContext(lines, index)
  const setting = childrenOf(parent).find(([name]) => name === key)?.[1]
  if (setting === undefined) return []
  const values = setting.type === 'boolean' ? ['true', 'false'] : setting.type.split(' | ')
  return values.length < 2 ? [] : values.map((label) => ({ label, type: 'constant' }))
}

function childrenOf(parent: string): readonly (readonly [name: string, setting: SettingDoc])[] {
  const start = parent === '' ? '' : `${parent}.`
  return settingDocs
    .filter(({ path }) => path.startsWith(start) && /^\w+$/.test(path.slice(start.length)))
    .map((setting) => [setting.path.slice(start.length), setting])
}

function infoOf({ doc, default: usual }: SettingDoc, words: CompletionWords): string {
  const isShort = typeof usual === 'number' || typeof usual === 'boolean' || (typeof usual === 'string' && usual !== '')
  return isShort ? `${doc[words.language]} ${words.usual(String(usual))}` : doc[words.language]
}

function answer(from: number, options: readonly Completion[]): CompletionResult | null {
  return options.length === 0 ? null : { from, options: [...options], validFor: /^\w*$/ }
}
