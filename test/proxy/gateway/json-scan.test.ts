import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TopLevelScanner, scanObject } from '../../../proxy/gateway/json-scan.ts'

// No name of one character: V8's JSON.parse reads "\u0078" as a backslash once it has met the name "\\" at that place.
const wanted = ['model', 'stream', 'stream_options', 'top_p']

/** What the scan finds in a text, values parsed, all at once. */
function found(text: string | Buffer): readonly (readonly [string, unknown])[] {
  const bytes = Buffer.from(text)
  return scanObject(bytes, wanted).found.map(({ key, span }) => [
    key,
    JSON.parse(bytes.toString('utf8', span.start, span.end)),
  ])
}

describe('the scan', () => {
  it.each<[string, string, readonly (readonly [string, unknown])[]]>([
    ['a plain body', '{"model":"m","messages":[]}', [['model', 'm']]],
    [
      'white space everywhere',
      ' \n{ "model" :\t"m" \r\n, "stream" : true }\n ',
      [
        ['model', 'm'],
        ['stream', true],
      ],
    ],
    ['a byte order mark', '\uFEFF{"model":"m"}', [['model', 'm']]],
    [
      'a name that is doubled',
      '{"model":"a","model":"b"}',
      [
        ['model', 'a'],
        ['model', 'b'],
      ],
    ],
    ['a name with escapes', String.raw`{"\u006dod\u0065l":"m"}`, [['model', 'm']]],
    ['a name all of escapes', String.raw`{"\u006d\u006f\u0064\u0065\u006c":"m"}`, [['model', 'm']]],
    ['a name that is not ASCII before it', '{"größe":1,"model":"m"}', [['model', 'm']]],
    ['the same name deeper', '{"a":{"model":"x"},"b":[{"model":"y"}],"model":"m"}', [['model', 'm']]],
    ['the same name within a text', String.raw`{"a":"\"model\":\"x\",","model":"m"}`, [['model', 'm']]],
    ['brackets within a text', '{"a":["}]{[","\\\\"],"model":"m"}', [['model', 'm']]],
    ['a text that ends in a backslash', String.raw`{"a":"\\","model":"m"}`, [['model', 'm']]],
    [
      'a huge number',
      '{"stream":123456789012345678901234567890e-5,"model":"m"}',
      [
        ['stream', 1.2345678901234568e24],
        ['model', 'm'],
      ],
    ],
    ['an object', '{"stream_options":{"include_usage":false}}', [['stream_options', { include_usage: false }]]],
    ['null', '{"model":null}', [['model', null]]],
    ['a surrogate pair', String.raw`{"model":"\ud83d\ude00"}`, [['model', '😀']]],
    ['names that only begin alike', '{"models":["x"],"mode":1,"model":"m"}', [['model', 'm']]],
    ['nothing wanted', '{"a":1}', []],
    ['an empty object', '{}', []],
  ])('reads %s', (_, text, expected) => {
    expect(found(text)).toEqual(expected)
  })

  it.each(['[]', '"model"', '1', 'null', ' x{}'])('knows that %s is no object', (text) => {
    expect(scanObject(Buffer.from(text), wanted).isNotObject).toBe(true)
  })

  it('is done at the closing brace and not before', () => {
    const text = Buffer.from('{"model":"m","a":[{"b":"}"}]}')
    for (let end = 0; end <= text.length; end++)
      expect([end, scanObject(text, wanted, 0, end).isDone]).toEqual([end, end === text.length])
  })

  it('starts where it is told to', () => {
    expect(scanObject(Buffer.from('data: {"model":"m"}'), wanted, 6).found).toMatchObject([{ key: 'model' }])
  })
})

/** An object as text, names doubled and escaped at will, white space anywhere. */
const space = fc.constantFrom('', ' ', '\n', '\t ', '\r\n')
const anyText = fc.oneof(
  // Long ones too, full of what begins and ends things: the scan may take other ways through them.
  fc
    .array(fc.constantFrom('\\', '"', '\\"', 'x', 'x'.repeat(47), '{', ']'), { maxLength: 12 })
    .map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('model', '"model":"x"', '\\', '{}[],:', '😀', '\u0000', '\ud800'),
)
const keyText = fc
  .tuple(fc.oneof(fc.constantFrom(...wanted, 'other', 'models'), anyText), fc.boolean())
  .map(([key, escapes]) => (escapes ? escapeAll(key) : JSON.stringify(key)))
const valueText = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  anyText.map((value) => JSON.stringify(value)),
  anyText.map(escapeAll),
  fc.constantFrom('1e400', '-0', '12345678901234567890', '[[[[]]]]', '{"model":{"model":"x"}}'),
)
const member = fc.tuple(space, keyText, space, space, valueText, space)
const objectText = fc
  .tuple(fc.constantFrom('', '\uFEFF', ' '), fc.array(member, { maxLength: 8 }), space)
  .map(
    ([before, members, inside]) =>
      `${before}{${inside}${members.map(([a, key, b, c, value, d]) => `${a}${key}${b}:${c}${value}${d}`).join(',')}}`,
  )

function escapeAll(text: string): string {
  const escaped = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, '0'))
  return `"${escaped.map((code) => `\\u${code}`).join('')}"`
}

describe('the scan against JSON.parse', () => {
  it('finds the members of any valid object, and the last of each name is what JSON.parse takes', () => {
    fc.assert(
      fc.property(objectText, (text) => {
        // Safe: the text is an object by construction.
        const parsed = JSON.parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown>
        const known = wanted.filter((key) => Object.hasOwn(parsed, key))
        expect(Object.fromEntries(found(text))).toEqual(Object.fromEntries(known.map((key) => [key, parsed[key]])))
      }),
      { numRuns: 3000 },
    )
  })

  it('finds each occurrence of a name', () => {
    const names = fc.array(fc.constantFrom('model', 'stream', 'x'), { maxLength: 10 })
    fc.assert(
      fc.property(names, (keys) => {
        const text = `{${keys.map((key, index) => `${index % 2 ? escapeAll(key) : `"${key}"`}:${index}`).join(',')}}`
        const expected = keys.map((key, index) => [key, index]).filter(([key]) => key !== 'x')
        expect(found(text)).toEqual(expected)
      }),
    )
  })

  it('finds the same whatever pieces the text comes in', () => {
    fc.assert(
      fc.property(objectText, fc.array(fc.nat(), { maxLength: 6 }), (text, marks) => {
        const bytes = Buffer.from(text)
        const scanner = new TopLevelScanner(wanted)
        const ends = marks.map((mark) => mark % (bytes.length + 1)).toSorted((a, b) => a - b)
        let at = 0
        for (const end of [...ends, bytes.length]) {
          scanner.advance(bytes.subarray(at, end))
          at = end
        }
        const whole = scanObject(bytes, wanted)
        expect([scanner.found, scanner.isDone]).toEqual([whole.found, whole.isDone])
      }),
      { numRuns: 3000 },
    )
  })

  it('finds the same byte by byte, the text cut at every position', () => {
    const bytes = Buffer.from(
      String.raw` {"a":"\\\"","\u006dodel" : "m\u00e9😀" ,"s":[{"model":"]"}, "\\"],"stream":true,"model":1.5e3 }`,
    )
    const whole = scanObject(bytes, wanted)
    expect(whole.found).toHaveLength(3)
    for (let cut = 0; cut <= bytes.length; cut++) {
      const scanner = new TopLevelScanner(wanted)
      scanner.advance(bytes.subarray(0, cut))
      scanner.advance(bytes.subarray(cut))
      expect([cut, scanner.found]).toEqual([cut, whole.found])
    }
  })

  it('survives anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const { found: spans } = scanObject(Buffer.from(bytes), wanted)
        for (const { span } of spans) expect(span.end).toBeGreaterThanOrEqual(span.start)
      }),
      { numRuns: 3000 },
    )
  })
})
