import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskSecret } from '../../proxy/secret-forms.ts'

describe('maskSecret', () => {
  it.each([
    ['sk-proj-0123456789a1b2', 'sk-…a1b2'],
    ['ak-0123456789abcdef', 'ak-…cdef'],
    ['gsk_0123456789abcdef', 'gsk_…cdef'],
    ['nvapi-0123456789abcdef', '…cdef'],
    ['AIzaSy0123456789abcdef', '…cdef'],
    ['sk-short', '…'],
    ['', '…'],
  ])('shows %j as %j', (key, expected) => {
    expect(maskSecret(key)).toBe(expected)
  })

  it('never shows more than half', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (key) => {
        expect(maskSecret(key).length - 1).toBeLessThanOrEqual(key.length / 2)
      }),
    )
  })
})
