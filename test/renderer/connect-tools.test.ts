/** What the Connect page gives people to paste: well-formed, complete, with nothing left out. */
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { canUse, connectTools, originOf } from '../../renderer/pages/connect/tools.ts'
import { speaksOf } from '../../renderer/pages/connect/use-connect-choice.ts'

const values = { baseUrl: 'http://localhost:8080/v1', key: 'ak-0123456789', model: "org/it's-a:model" }
const blocks = connectTools.flatMap((tool) => tool.blocks(values).map((block) => ({ tool, block })))

describe('blocks', () => {
  it.each(connectTools.filter(({ needs }) => needs.length > 0))('of $id name address and key', (tool) => {
    const text = JSON.stringify(tool.blocks(values))
    expect(text).toContain('8080')
    expect(text).toContain(values.key)
  })

  it('that are JSON files are valid JSON', () => {
    const files = blocks.flatMap(({ block }) =>
      block.kind === 'file' && block.path.endsWith('.json') ? [block.code] : [],
    )
    expect(files.length).toBeGreaterThan(3)
    for (const code of files) expect(JSON.stringify(JSON.parse(code))).toContain('8080')
  })

  it('that are YAML files are valid YAML', () => {
    const files = blocks.flatMap(({ block }) =>
      block.kind === 'file' && block.path.endsWith('.yaml') ? [block.code] : [],
    )
    for (const code of files)
      expect(parse(code)).toMatchObject({ models: [{ apiBase: values.baseUrl, model: values.model }] })
  })

  it('have a first request for each shell', () => {
    const labels = blocks.flatMap(({ tool, block }) =>
      tool.id !== 'curl' ? [] : block.kind === 'code' ? [block.label] : [block.kind],
    )
    expect(labels).toEqual(['shell', 'PowerShell', 'cmd'])
  })

  it('quote a model for the shell', () => {
    const shell = blocks.filter(({ tool, block }) => tool.id === 'aider' && block.kind === 'shell')
    expect(JSON.stringify(shell)).toContain(String.raw`'openai/org/it'\\''s-a:model'`)
  })

  it('give clients of other protocols the address without /v1', () => {
    expect(originOf(values.baseUrl)).toBe('http://localhost:8080')
    for (const id of ['claude-code', 'gemini-cli']) {
      const tool = connectTools.find((entry) => entry.id === id)
      expect(JSON.stringify(tool?.blocks(values))).not.toContain('/v1')
    }
  })
})

describe('protocols', () => {
  const target = (upstream: string, usable = true) => ({ upstream, model: 'm', usable, why: null })
  const speaks = (name: string) => (name === 'claude' ? (['messages'] as const) : (['chat'] as const))

  it('are those of the usable upstreams of a model', () => {
    const entry = {
      name: 'm',
      kind: 'alias',
      targets: [target('claude', false), target('other')],
      projects: [],
    } as const
    expect(speaksOf(entry, speaks)).toEqual(['chat'])
  })

  it('decide which tools can use a model', () => {
    const claudeCode = connectTools.find(({ id }) => id === 'claude-code')
    const cursor = connectTools.find(({ id }) => id === 'cursor')
    expect(claudeCode && canUse(claudeCode, ['chat'])).toBe(false)
    expect(claudeCode && canUse(claudeCode, ['messages'])).toBe(true)
    expect(cursor && canUse(cursor, ['chat', 'messages', 'responses', 'gemini'])).toBe(false)
  })
})
