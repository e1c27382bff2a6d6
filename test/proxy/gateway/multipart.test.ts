import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundaryOf, findFormField } from '../../../proxy/gateway/multipart.ts'

describe('the boundary', () => {
  it.each<[string, string | null]>([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['multipart/form-data; boundary="a b;c"', 'a b;c'],
    [String.raw`multipart/form-data; boundary="a\"b"`, 'a"b'],
    ['multipart/form-data;charset=utf-8;BOUNDARY=abc; x=y', 'abc'],
    ['multipart/form-data; boundary = abc', 'abc'],
    ['multipart/form-data', null],
    ['multipart/form-data; boundary=', null],
    ['multipart/form-data; boundary=a; boundary=b', null],
    ['multipart/form-data; x="; boundary=hidden"; boundary=real', 'real'],
    ['multipart/form-data; xboundary=abc', null],
  ])('of %s is %s', (contentType, expected) => {
    expect(boundaryOf(contentType)).toBe(expected)
  })
})

const crlf = '\r\n'

/** A body of parts, each a head and a content. */
function form(parts: readonly (readonly [head: string, content: string | Buffer])[], boundary = 'b'): Buffer {
  return Buffer.concat([
    ...parts.flatMap(([head, content]) => [
      Buffer.from(`--${boundary}${crlf}${head}${crlf}${crlf}`),
      Buffer.from(content),
      Buffer.from(crlf),
    ]),
    Buffer.from(`--${boundary}--${crlf}`),
  ])
}

const field = (name: string) => `Content-Disposition: form-data; name="${name}"`

function values(body: Buffer, name = 'model', boundary = 'b'): readonly string[] {
  return findFormField(body, boundary, name).map(({ start, end }) => body.toString('utf8', start, end))
}

describe('a field', () => {
  it.each<[string, string, readonly string[]]>([
    ['plain', field('model'), ['m']],
    ['without quotes', 'Content-Disposition: form-data; name=model', ['m']],
    ['in other letters', 'content-disposition:FORM-DATA;NAME="model"', ['m']],
    ['after other headers', `Content-Type: text/plain${crlf}X-A: b${crlf}${field('model')}`, ['m']],
    ['with a header folded', `Content-Disposition: form-data;${crlf} name="model"`, ['m']],
    ['with an escape in its name', String.raw`Content-Disposition: form-data; name="mod\el"`, ['m']],
    ['with its name encoded', "Content-Disposition: form-data; name*=UTF-8''mod%65l", ['m']],
    ['with two names', 'Content-Disposition: form-data; name="x"; name="model"', ['m']],
    [
      'behind a parameter that looks like a file',
      'Content-Disposition: form-data; x="; filename=a"; name="model"',
      ['m'],
    ],
    ['with two dispositions', `${field('x')}${crlf}${field('model')}`, ['m']],
    ['of another name', field('models'), []],
    ['of a name that only holds it', 'Content-Disposition: form-data; name="a; name=model"', []],
    ['that is a file', `${field('model')}; filename="a.txt"`, []],
    ['that is no form data', 'Content-Disposition: attachment; name="model"', []],
    ['without a disposition', 'Content-Type: text/plain', []],
  ])('%s', (_, head, expected) => {
    expect(
      values(
        form([
          [field('a'), 'x'],
          [head, 'm'],
          [field('z'), 'y'],
        ]),
      ),
    ).toEqual(expected)
  })

  it('stands anywhere, doubled or not', () => {
    expect(
      values(
        form([
          [field('model'), 'one'],
          [field('file'), 'x'],
          [field('model'), 'two'],
        ]),
      ),
    ).toEqual(['one', 'two'])
    expect(values(form([[field('model'), '']]))).toEqual([''])
  })

  it('is not looked for within the content of a file', () => {
    const inner = `--other${crlf}${field('model')}${crlf}${crlf}hidden${crlf}--b ut not a line start --b${crlf}x`
    expect(
      values(
        form([
          [`${field('file')}; filename="x"`, inner],
          [field('model'), 'm'],
        ]),
      ),
    ).toEqual(['m'])
  })

  it('is found behind a preamble and before an epilogue', () => {
    const body = Buffer.concat([Buffer.from(`preamble${crlf}`), form([[field('model'), 'm']]), Buffer.from('epilogue')])
    expect(values(body)).toEqual(['m'])
  })

  it('is not found in a body that is no form', () => {
    for (const text of ['', '--b', '--b--', 'x', `--b${crlf}`, `--b${crlf}${field('model')}${crlf}${crlf}m`])
      expect(values(Buffer.from(text))).toEqual([])
  })

  it('is found for any content and any other parts, and replacing it changes nothing else', () => {
    const content = fc
      .array(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 20 }),
          fc.constantFrom(crlf, '--', '--b', `${crlf}--`, '\r', 'b'),
        ),
        {
          maxLength: 6,
        },
      )
      .map((pieces) => pieces.join(''))
    const boundary = '----WebKitFormBoundary7MA4YWxkTrZu0gW'
    fc.assert(
      fc.property(fc.array(content, { maxLength: 4 }), content, fc.nat(4), (others, model, at) => {
        const parts = others.map((text, index) => [`${field(`f${index}`)}; filename="x"`, text] as const)
        const place = Math.min(at, parts.length)
        const withModel = (text: string) =>
          form([...parts.slice(0, place), [field('model'), text], ...parts.slice(place)], boundary)
        const body = withModel(model)
        expect(values(body, 'model', boundary)).toEqual([Buffer.from(model).toString('utf8')])
        const [span] = findFormField(body, boundary, 'model')
        const edited =
          span && Buffer.concat([body.subarray(0, span.start), Buffer.from('new'), body.subarray(span.end)])
        expect(edited?.equals(withModel('new'))).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('takes what fetch itself makes of a form', async () => {
    const data = new FormData()
    data.set('file', new File([Buffer.alloc(100_000, 0x2d)], 'ä"\r\n.wav', { type: 'audio/wav' }))
    data.set('model', 'whisper-1')
    data.set('prompt', 'model')
    const request = new Request('http://x', { method: 'POST', body: data })
    const boundary = boundaryOf(request.headers.get('content-type') ?? '') ?? ''
    const body = Buffer.from(await request.arrayBuffer())
    expect([values(body, 'model', boundary), values(body, 'prompt', boundary)]).toEqual([['whisper-1'], ['model']])
  })

  it('takes linear time for bodies made of half delimiters', () => {
    expect(values(Buffer.from(`${crlf}--`.repeat(200_000)))).toEqual([])
  })
})
