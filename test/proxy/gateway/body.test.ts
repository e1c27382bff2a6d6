import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../proxy/errors.ts'
import type { BodyFacts } from '../../../proxy/gateway/body.ts'
import { editBody, inspectBody, modelEdits, usageEdit } from '../../../proxy/gateway/body.ts'
import type { ReceivedBody } from '../../../proxy/gateway/read-body.ts'
import { bodyScanner } from '../../../proxy/gateway/read-body.ts'

function received(text: string | Buffer, contentType = 'application/json'): ReceivedBody {
  const bytes = Buffer.from(text)
  return { pieces: [bytes], length: bytes.length, contentType, scanner: null, reservedBytes: bytes.length }
}

/** The same body so large that it is scanned and not parsed. */
function padded(text: string): string {
  return text.replace('{', `{"padding":"${'x'.repeat(70_000)}"${/^\s*\{\s*\}/.test(text) ? '' : ','}`)
}

function problemOf(run: () => unknown): readonly [number, string, string | null] | null {
  try {
    run()
    return null
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return [error.status, error.code, error.param]
  }
}

describe('what a body says', () => {
  const cases: readonly (readonly [string, Partial<BodyFacts>])[] = [
    ['{"model":"m"}', { model: 'm', stream: false, includeUsage: false, otherModels: [], buildsOn: [] }],
    ['{"model":"m","stream":true}', { model: 'm', stream: true }],
    ['{"model":"m","stream":"true"}', { stream: false }],
    ['{"model":""}', { model: null }],
    ['{"model":null}', { model: null }],
    ['{}', { model: null }],
    ['{"stream_options":{"include_usage":true}}', { includeUsage: true }],
    ['{"stream_options":null}', { includeUsage: false }],
    ['{"models":["a","b",3]}', { otherModels: ['a', 'b'] }],
    ['{"models":"a"}', { otherModels: [] }],
    ['{"store":true}', { createsTwice: true }],
    ['{"store":false,"background":false}', { createsTwice: false }],
    ['{"background":true}', { createsTwice: true }],
    ['{"previous_response_id":"resp_1","conversation":"conv_1"}', { buildsOn: ['resp_1', 'conv_1'] }],
    ['{"conversation":{"id":"conv_2"}}', { buildsOn: ['conv_2'] }],
    ['{"previous_response_id":null}', { buildsOn: [] }],
    [String.raw`{"\u006dodel":"\u006d😀"}`, { model: 'm😀' }],
  ]
  it.each(cases)('%s', (text, expected) => {
    expect(inspectBody(received(text))).toMatchObject(expected)
  })
  it.each(cases)('the same in a large body: %s', (text, expected) => {
    expect(inspectBody(received(padded(text)))).toMatchObject(expected)
  })

  it('is read behind a byte order mark, too', () => {
    expect(inspectBody(received('\uFEFF{"model":"m"}')).model).toBe('m')
    expect(inspectBody(received(`\uFEFF${padded('{"model":"m"}')}`)).model).toBe('m')
  })

  it('is nothing for an empty body', () => {
    expect(inspectBody(received('')).model).toBeNull()
  })
})

describe('a body is refused', () => {
  const cases: readonly (readonly [string, string, readonly [number, string, string | null]])[] = [
    ['a model named twice', '{"model":"a","model":"b"}', [400, 'invalid_request_body', 'model']],
    ['the same name twice', '{"model":"a","model":"a"}', [400, 'invalid_request_body', 'model']],
    ['twice with escapes', String.raw`{"model":"a","\u006dodel":"b"}`, [400, 'invalid_request_body', 'model']],
    ['stream twice', '{"stream":true,"stream":false}', [400, 'invalid_request_body', 'stream']],
    ['a model that is no text', '{"model":["a"]}', [400, 'invalid_request_body', 'model']],
    ['cut off', '{"model":"m"', [400, 'invalid_request_body', null]],
  ]
  it.each(cases)('%s', (_, text, expected) => {
    expect(problemOf(() => inspectBody(received(text)))).toEqual(expected)
  })
  it.each(cases)('large: %s', (_, text, expected) => {
    expect(problemOf(() => inspectBody(received(padded(text))))).toEqual(expected)
  })

  it.each<[string, string]>([
    ['a list', '[{"model":"m"}]'],
    ['a text', '"model"'],
    ['no JSON', 'model=m'],
    ['JSON and more', '{"model":"m"} x'],
    ['a bad escape', String.raw`{"model":"\x"}`],
  ])('%s', (_, text) => {
    expect(problemOf(() => inspectBody(received(text)))?.slice(0, 2)).toEqual([400, 'invalid_request_body'])
  })

  it.each<[string, string]>([
    ['a form without a boundary', 'multipart/form-data'],
    ['a form with two', 'multipart/form-data; boundary=a; boundary=b'],
  ])('%s', (_, contentType) => {
    expect(problemOf(() => inspectBody(received('x', contentType)))?.[0]).toBe(400)
  })

  it('that says the same over and over, of which little is noted', () => {
    const scanner = bodyScanner()
    for (let piece = 0; piece < 100; piece++)
      scanner.advance(Buffer.from(`${piece ? '' : '{'}${'"model":1,'.repeat(1000)}`))
    scanner.advance(Buffer.from('"a":1}'))
    expect([scanner.isDone, scanner.found.length < 20]).toEqual([true, true])
    const body = { pieces: [], length: 1e6, contentType: 'application/json', scanner, reservedBytes: 0 }
    expect(() => inspectBody(body)).toThrow('names "model" twice')
  })

  it('a form that names the model twice', () => {
    const part = (value: string) => `--b\r\nContent-Disposition: form-data; name="model"\r\n\r\n${value}\r\n`
    const body = received(`${part('a')}${part('b')}--b--\r\n`, 'multipart/form-data; boundary=b')
    expect(problemOf(() => inspectBody(body))).toEqual([400, 'invalid_request_body', 'model'])
  })

  it('without quoting what it holds', () => {
    try {
      inspectBody(received('{"model":"my secret prompt'))
      expect.unreachable()
    } catch (error) {
      expect(String(error)).not.toContain('secret')
    }
  })
})

function edited(text: string, model: string | null, asksUsage: boolean): string {
  const body = received(text)
  const facts = inspectBody(body)
  const usage = asksUsage ? usageEdit(body, facts) : null
  const edits = [...(model === null ? [] : modelEdits(facts, model)), ...(usage ? [usage] : [])]
  const { pieces, length } = editBody(body, edits)
  const bytes = Buffer.isBuffer(pieces) ? pieces : Buffer.concat([...pieces])
  expect(bytes.length).toBe(length)
  return bytes.toString()
}

describe('an edit', () => {
  it.each<[string, string, string | null, boolean, string]>([
    ['nothing', ' { "model" : "a" } ', null, false, ' { "model" : "a" } '],
    [
      'the model only',
      ' { "model" : "a" , "n":1.0e2 }\n',
      'b"\\',
      false,
      String.raw` { "model" : "b\"\\" , "n":1.0e2 }` + '\n',
    ],
    [
      'the wish for usage',
      '{"model":"a","stream":true}',
      null,
      true,
      '{"stream_options":{"include_usage":true},"model":"a","stream":true}',
    ],
    [
      'both',
      '{ "model":"a","stream":true}',
      'b',
      true,
      '{"stream_options":{"include_usage":true}, "model":"b","stream":true}',
    ],
    [
      'options that are there',
      '{"stream_options":{"include_obfuscation":false},"model":"a"}',
      'b',
      true,
      '{"stream_options":{"include_obfuscation":false,"include_usage":true},"model":"b"}',
    ],
    [
      'options that say no',
      '{"stream_options":{"include_usage":false}}',
      null,
      true,
      '{"stream_options":{"include_usage":true}}',
    ],
    [
      'options that are null',
      '{"stream_options":null,"model":"a"}',
      null,
      true,
      '{"stream_options":{"include_usage":true},"model":"a"}',
    ],
    ['options that only the upstream can judge', '{"stream_options":7}', null, true, '{"stream_options":7}'],
    [
      'a wish that is there',
      '{"stream_options":{"include_usage":true}}',
      null,
      true,
      '{"stream_options":{"include_usage":true}}',
    ],
    [
      'behind a byte order mark',
      '\uFEFF{"model":"a"}',
      'b',
      true,
      '\uFEFF{"stream_options":{"include_usage":true},"model":"b"}',
    ],
  ])('%s', (_, text, model, asksUsage, expected) => {
    expect(edited(text, model, asksUsage)).toBe(expected)
  })

  it('keeps everything else byte for byte, in small bodies and in large ones', () => {
    const json = fc.dictionary(
      fc
        .string({ maxLength: 8 })
        .filter(
          (key) =>
            ![
              'model',
              'stream',
              'stream_options',
              'models',
              'store',
              'background',
              'previous_response_id',
              'conversation',
              'input_file_id',
            ].includes(key),
        ),
      fc.jsonValue({ maxDepth: 3 }),
      { maxKeys: 5 },
    )
    fc.assert(
      fc.property(
        json,
        json,
        fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
        fc.boolean(),
        (before, after, name, isLarge) => {
          const members = (value: object) => JSON.stringify(value, null, 1).slice(1, -1)
          const with_ = (model: string) =>
            `{${members({ ...before, [`a${isLarge ? 'x'.repeat(70_000) : ''}`]: 1 })},"model": ${JSON.stringify(model)},${members({ ...after, z: 1 })}}`
          expect(edited(with_('some "model"'), name, false)).toBe(with_(name))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('puts a name into a form as it is, without quotes', () => {
    const form = (model: string) => `--b\r\nContent-Disposition: form-data; name="model"\r\n\r\n${model}\r\n--b--\r\n`
    const body = received(form('a'), 'multipart/form-data; boundary=b')
    const { pieces } = editBody(body, modelEdits(inspectBody(body), 'gpt "x"'))
    expect(pieces.toString()).toBe(form('gpt "x"'))
  })
})
