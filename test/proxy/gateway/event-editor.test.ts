/** Names and usage taken out of events, also where events of a stream stop being alike. */
import { describe, expect, it } from 'vitest'
import { EventEditor } from '../../../proxy/gateway/event-editor.ts'

const edit = (editor: EventEditor, text: string): string => {
  const data = Buffer.from(text)
  return Buffer.concat(editor.edit(data) ?? [data]).toString('utf8')
}

const chunk = (model: string, content: string, rest = '') =>
  `{"id":"c1","object":"chat.completion.chunk","created":1,"model":"${model}","choices":[{"index":0,"delta":{"content":${JSON.stringify(content)}}}]${rest}}`

describe('EventEditor', () => {
  it('renames every event of a stream, alike or not', () => {
    const editor = new EventEditor('chat', 'alias', false)
    expect(edit(editor, chunk('real', 'a'))).toBe(chunk('alias', 'a'))
    expect(edit(editor, chunk('real', 'b'))).toBe(chunk('alias', 'b'))
    // Another model of a length of its own, another order of members, white space.
    expect(edit(editor, chunk('real-2024', 'c'))).toBe(chunk('alias', 'c'))
    expect(edit(editor, '{"choices":[], "model" : "real", "id":"c1"}')).toBe(
      '{"choices":[], "model" : "alias", "id":"c1"}',
    )
    expect(edit(editor, chunk('real', 'd'))).toBe(chunk('alias', 'd'))
  })

  it('leaves text that talks about models alone', () => {
    const editor = new EventEditor('chat', 'alias', false)
    const text = '{"id":"c1","choices":[{"delta":{"content":"\\"model\\":\\"real\\""},"model":"inner"}]}'
    expect(edit(editor, text)).toBe(text)
  })

  it.each([
    ['as the last member', chunk('real', 'a', ',"usage":null'), chunk('real', 'a')],
    ['in the middle', '{"usage":null,"model":"real"}', '{"model":"real"}'],
    ['with white space', '{"model":"real", "usage" : null }', '{"model":"real" }'],
    ['filled', chunk('real', 'a', ',"usage":{"total_tokens":3}'), chunk('real', 'a')],
  ])('takes usage out %s', (_, before, after) => {
    expect(edit(new EventEditor('chat', null, true), before)).toBe(after)
  })

  it('does both at once', () => {
    const editor = new EventEditor('chat', 'alias', true)
    for (const text of ['a', 'b']) expect(edit(editor, chunk('real', text, ',"usage":null'))).toBe(chunk('alias', text))
  })

  it('says so when nothing changes', () => {
    expect(new EventEditor('chat', null, true).edit(Buffer.from(chunk('real', 'a')))).toBeNull()
    expect(
      new EventEditor('responses', 'alias', false).edit(Buffer.from('{"type":"response.output_text.delta"}')),
    ).toBeNull()
  })

  it('renames where the protocol has the name', () => {
    expect(
      edit(new EventEditor('responses', 'alias', false), '{"response":{"model":"real","metadata":{"model":"mine"}}}'),
    ).toBe('{"response":{"model":"alias","metadata":{"model":"mine"}}}')
    expect(edit(new EventEditor('gemini', 'alias', false), '{"modelVersion":"real"}')).toBe('{"modelVersion":"alias"}')
  })
})
