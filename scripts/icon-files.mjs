/** Writers of the three picture formats that icons need, from plain RGBA pixels. No dependency but zlib. */
import { crc32, deflateSync } from 'node:zlib'

/**
 * @typedef {object} Picture
 * @property {number} size - width and height, in pixels.
 * @property {Uint8ClampedArray} rgba - four bytes a pixel, rows from the top.
 */

/**
 * PNG, 8 bits a channel with alpha: https://www.w3.org/TR/png-3/
 *
 * @param {Picture} picture
 */
export function png({ size, rgba }) {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  // Bit depth 8, colour type 6 (RGBA); the rest has only one value.
  header.set([8, 6, 0, 0, 0], 8)
  const rows = Buffer.alloc((size * 4 + 1) * size)
  for (let y = 0; y < size; y++) {
    // The byte before each row is its filter; 0 = none.
    rows.set(rgba.subarray(y * size * 4, (y + 1) * size * 4), y * (size * 4 + 1) + 1)
  }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows, { level: 9 })),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

/**
 * ICO: bitmaps up to 128 pixels, which every reader of icons knows, and PNG at 256.
 * https://learn.microsoft.com/previous-versions/ms997538(v=msdn.10)
 *
 * @param {readonly Picture[]} pictures
 */
export function ico(pictures) {
  const images = pictures.map((picture) => (picture.size >= 256 ? png(picture) : iconBitmap(picture)))
  const directory = Buffer.alloc(6 + 16 * pictures.length)
  directory.writeUInt16LE(1, 2)
  directory.writeUInt16LE(pictures.length, 4)
  let offset = directory.length
  pictures.forEach(({ size }, index) => {
    const entry = directory.subarray(6 + 16 * index)
    const bytes = images[index]?.length ?? 0
    // 0 stands for 256.
    entry.set([size % 256, size % 256])
    entry.writeUInt16LE(1, 4)
    entry.writeUInt16LE(32, 6)
    entry.writeUInt32LE(bytes, 8)
    entry.writeUInt32LE(offset, 12)
    offset += bytes
  })
  return Buffer.concat([directory, ...images])
}

/** Types of PNG pictures by size; sizes of Retina pictures appear twice. https://en.wikipedia.org/wiki/Apple_Icon_Image_format */
const icnsTypes = /** @type {const} */ ([
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

/**
 * ICNS for macOS.
 *
 * @param {(size: number) => Picture} draw
 */
export function icns(draw) {
  const entries = icnsTypes.map(([type, size]) => {
    const data = png(draw(size))
    const head = Buffer.from(`${type}\0\0\0\0`, 'latin1')
    head.writeUInt32BE(8 + data.length, 4)
    return Buffer.concat([head, data])
  })
  const head = Buffer.from('icns\0\0\0\0', 'latin1')
  head.writeUInt32BE(8 + entries.reduce((sum, { length }) => sum + length, 0), 4)
  return Buffer.concat([head, ...entries])
}

/**
 * @param {string} type
 * @param {Buffer} data
 */
function pngChunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const chunk = Buffer.alloc(body.length + 8)
  chunk.writeUInt32BE(data.length, 0)
  chunk.set(body, 4)
  chunk.writeUInt32BE(crc32(body), body.length + 4)
  return chunk
}

/**
 * A bitmap as icons hold it: header, rows from the bottom in BGRA, and a mask of one bit a pixel that alpha makes idle.
 *
 * @param {Picture} picture
 */
function iconBitmap({ size, rgba }) {
  const maskRow = Math.ceil(size / 32) * 4
  const bitmap = Buffer.alloc(40 + size * size * 4 + maskRow * size)
  bitmap.writeUInt32LE(40, 0)
  bitmap.writeInt32LE(size, 4)
  // Twice the height: pixels and mask count together.
  bitmap.writeInt32LE(size * 2, 8)
  bitmap.writeUInt16LE(1, 12)
  bitmap.writeUInt16LE(32, 14)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const from = (y * size + x) * 4
      const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(from, from + 4)
      bitmap.set([blue, green, red, alpha], 40 + ((size - 1 - y) * size + x) * 4)
    }
  }
  return bitmap
}
