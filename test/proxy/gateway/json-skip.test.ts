import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scanObject } from '../../../proxy/gateway/json-scan.ts'
import { skipNested } from '../../../proxy/gateway/json-skip.ts'
import { skipModuleText } from '../../../scripts/wasm.mjs'

interface Reading {
  depth: number
  isInString: boolean
  isEscaped: boolean
  /** Behind the bracket that leaves one open; -1 without one. */
  end: number
}

/** The same byte by byte, as plainly as can be. */
function readPlainly(bytes: Buffer): Reading {
  const reading = { depth: 2, isInString: false, isEscaped: false, end: -1 }
  for (const [at, byte] of bytes.entries()) {
    const character = String.fromCharCode(byte)
    if (reading.isInString) {
      if (reading.isEscaped) reading.isEscaped = false
      else if (character === '\\') reading.isEscaped = true
      else if (character === '"') reading.isInString = false
    } else if (character === '"') reading.isInString = true
    else if (character === '{' || character === '[') reading.depth++
    else if (character === '}' || character === ']') reading.depth--
    if (reading.depth === 1) return { ...reading, end: at + 1 }
  }
  return reading
}

// Bytes that mean something, many of them in a row, between some that don't: 0x5b and 0x7b less their common bit, too.
const bytesOf = fc
  .array(
    fc.constantFrom('"', '"', '\\', '\\\\', '\\"', '[', ']', '{', '}', 'a', ' ', ';', '\u{1f600}', 'x'.repeat(63)),
    {
      minLength: 0,
      maxLength: 300,
    },
  )
  .map((parts) => {
    const text = Buffer.from(parts.join(''))
    // Whole steps only: what is left over is not its business.
    return Buffer.concat([text, Buffer.alloc(64 - (text.length % 64), 0x20)])
  })

describe('passing over what is nested', () => {
  it('goes as far as reading byte by byte', () => {
    fc.assert(
      fc.property(bytesOf, (bytes) => {
        const expected = readPlainly(bytes)
        // A backslash outside strings is no JSON: what follows is not compared.
        fc.pre(!isBroken(bytes))
        const state = { depth: 2, isInString: false, isEscaped: false }
        const at = skipNested(bytes, 0, bytes.length, state)
        expect({ ...state, end: state.depth === 1 ? at : -1 }).toEqual(expected)
      }),
      { numRuns: 5000 },
    )
  })

  it('goes on where it has stopped', () => {
    fc.assert(
      fc.property(bytesOf, fc.nat(), (bytes, mark) => {
        fc.pre(!isBroken(bytes))
        const cut = (mark % (bytes.length / 64)) * 64
        const whole = { depth: 1000, isInString: false, isEscaped: false }
        skipNested(bytes, 0, bytes.length, whole)
        const parts = { depth: 1000, isInString: false, isEscaped: false }
        expect(skipNested(bytes, 0, cut, parts)).toBe(cut)
        skipNested(bytes, cut, bytes.length, parts)
        expect(parts).toEqual(whole)
      }),
      { numRuns: 2000 },
    )
  })

  it('finds what stands behind megabytes of nested text, in each spelling of a tool', () => {
    const file = readFileSync(new URL('../../../proxy/gateway/forward.ts', import.meta.url), 'utf8')
    const content = JSON.stringify({ text: JSON.stringify(file.split('\n')), path: 'C:\\dir\\' })
    const messages = Array.from({ length: 60 }, (_, index) => ({ role: 'tool', index, content, deep: [[{ a: [] }]] }))
    for (const indent of [undefined, 2, '\t']) {
      const bytes = Buffer.from(JSON.stringify({ messages, model: 'm', tools: messages.slice(0, 3) }, null, indent))
      const scanner = scanObject(bytes, ['model', 'tools', 'messages'])
      expect(scanner.isDone).toBe(true)
      const found = scanner.found.map(({ key, span }) => [
        key,
        JSON.parse(bytes.toString('utf8', span.start, span.end)),
      ])
      expect(found).toEqual([
        ['messages', messages],
        ['model', 'm'],
        ['tools', messages.slice(0, 3)],
      ])
    }
  })

  it('is made of its source', async () => {
    const made = readFileSync(new URL('../../../proxy/gateway/json-skip-wasm.ts', import.meta.url), 'utf8')
    expect(made).toBe(await skipModuleText())
  })
})

function isBroken(bytes: Buffer): boolean {
  let isInString = false
  for (let at = 0; at < bytes.length; at++) {
    const character = String.fromCharCode(bytes[at] ?? 0)
    if (character === '\\') {
      if (!isInString) return true
      at++
    } else if (character === '"') isInString = !isInString
  }
  return false
}
