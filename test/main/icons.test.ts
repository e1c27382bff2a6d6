import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ico, png } from '../../scripts/icon-files.mjs'

const folder = join(import.meta.dirname, '../../main/assets')
const read = (path: string) => readFileSync(join(folder, path))

/** Width, height, bit depth and colour type of a PNG. */
function pngHeader(data: Buffer): readonly number[] {
  expect(data.subarray(1, 4).toString('latin1')).toBe('PNG')
  return [data.readUInt32BE(16), data.readUInt32BE(20), data.readUInt8(24), data.readUInt8(25)]
}

/** The sizes in an ICO, checked to lie within the file. */
function icoSizes(data: Buffer): readonly number[] {
  expect([data.readUInt16LE(0), data.readUInt16LE(2)]).toEqual([0, 1])
  return Array.from({ length: data.readUInt16LE(4) }, (_, index) => {
    const entry = data.subarray(6 + 16 * index)
    const [bytes, offset] = [entry.readUInt32LE(8), entry.readUInt32LE(12)]
    expect(offset + bytes).toBeLessThanOrEqual(data.length)
    return entry.readUInt8(0) || 256
  })
}

/** The types of an ICNS with the width of each picture, checked to fill the file. */
function icnsEntries(data: Buffer): readonly (readonly [string, number])[] {
  expect([data.subarray(0, 4).toString('latin1'), data.readUInt32BE(4)]).toEqual(['icns', data.length])
  const entries: (readonly [string, number])[] = []
  for (let at = 8; at < data.length; at += data.readUInt32BE(at + 4)) {
    entries.push([data.subarray(at, at + 4).toString('latin1'), data.readUInt32BE(at + 8 + 16)])
  }
  return entries
}

describe('the icons', () => {
  it('are there in every size', () => {
    const sizes = [16, 20, 24, 32, 48, 64, 128, 256, 512, 1024]
    expect(readdirSync(join(folder, 'icons')).toSorted()).toEqual(sizes.map((size) => `${size}x${size}.png`).toSorted())
    for (const size of sizes) expect(pngHeader(read(`icons/${size}x${size}.png`))).toEqual([size, size, 8, 6])
    expect(icoSizes(read('icon.ico'))).toEqual([16, 20, 24, 32, 48, 64, 128, 256])
    expect(icnsEntries(read('icon.icns'))).toEqual([
      ['icp4', 16],
      ['icp5', 32],
      ['ic11', 32],
      ['ic12', 64],
      ['ic07', 128],
      ['ic13', 256],
      ['ic08', 256],
      ['ic14', 512],
      ['ic09', 512],
      ['ic10', 1024],
    ])
  })

  it.each(['running', 'degraded', 'error', 'stopped'])('of the tray are there for "%s"', (state) => {
    const sizes = [`${state}.png`, `${state}@2x.png`, `${state}Template.png`, `${state}Template@2x.png`]
    expect(sizes.map((file) => pngHeader(read(`tray/${file}`))[0])).toEqual([24, 48, 16, 32])
    expect(icoSizes(read(`tray/${state}.ico`))).toEqual([16, 20, 24, 32, 48, 64])
  })

  it('of the tray differ in shape, not only in colour', () => {
    const shapes = ['running', 'degraded', 'error', 'stopped'].map((state) => alphaOf(read(`tray/${state}@2x.png`)))
    for (const [index, shape] of shapes.entries()) {
      for (const other of shapes.slice(index + 1)) {
        const unlike = shape.filter((value, at) => Math.abs(value - (other[at] ?? 0)) > 128).length
        expect(unlike / shape.length).toBeGreaterThan(0.05)
      }
    }
  })

  it('for macOS have one colour, so that it can paint them', () => {
    const pixels = pixelsOf(read('tray/errorTemplate@2x.png'))
    const colours = pixels.filter((_, at) => at % 4 !== 3)
    expect(Math.max(...colours)).toBe(0)
  })
})

describe('the writers of icon files', () => {
  const picture = { size: 2, rgba: new Uint8ClampedArray([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]) }

  it('keep every pixel in a PNG', () => {
    expect([...pixelsOf(png(picture))]).toEqual([...picture.rgba])
  })

  it('put rows from the bottom, blue first, into an ICO', () => {
    const pixels = ico([picture]).subarray(6 + 16 + 40, 6 + 16 + 40 + 16)
    expect([...pixels]).toEqual([11, 10, 9, 12, 15, 14, 13, 16, 3, 2, 1, 4, 7, 6, 5, 8])
  })
})

/** The pixels of a PNG that uses no row filter and one IDAT chunk, as ours do. */
function pixelsOf(data: Buffer): Uint8Array {
  const [size = 0] = pngHeader(data)
  const at = data.indexOf('IDAT')
  const rows = inflateSync(data.subarray(at + 4, at + 4 + data.readUInt32BE(at - 4)))
  return Buffer.concat(
    Array.from({ length: size }, (_, y) => rows.subarray(y * (size * 4 + 1) + 1, (y + 1) * (size * 4 + 1))),
  )
}

function alphaOf(data: Buffer): Uint8Array {
  return pixelsOf(data).filter((_, at) => at % 4 === 3)
}
