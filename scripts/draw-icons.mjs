/**
 * Draws all icons of the desktop app into main/assets/: `node scripts/draw-icons.mjs`. The results are committed;
 * run it again after a change here. The mark is that of renderer/icon.svg: two lanes, one of which changes over.
 *
 * Shapes are distances to an edge, in units of a 32 × 32 field (negative inside), so every size is drawn anew and
 * sharp. States of the tray differ in shape, not only in colour: a full tile, one with a triangle, one with a cross,
 * and an empty frame with two bars.
 */
import './require-node.mjs'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from './freshness.mjs'
import { icns, ico, png } from './icon-files.mjs'

/** @typedef {(x: number, y: number) => number} Shape */
/** @typedef {{ shape: Shape, color: readonly [number, number, number] } | { shape: Shape, color: null }} Layer - null cuts a hole */
/** @typedef {(size: number) => readonly Layer[]} Drawing */

const blue = /** @type {const} */ ([0x2c, 0x50, 0xc4])
const white = /** @type {const} */ ([255, 255, 255])
const black = /** @type {const} */ ([0, 0, 0])
const amber = /** @type {const} */ ([0xf2, 0xa5, 0x1a])
const red = /** @type {const} */ ([0xd9, 0x30, 0x25])
const grey = /** @type {const} */ ([0x7d, 0x87, 0x95])

/** @type {(left: number, top: number, right: number, bottom: number, radius: number) => Shape} */
const box = (left, top, right, bottom, radius) => (x, y) => {
  const dx = Math.abs(x - (left + right) / 2) - (right - left) / 2 + radius
  const dy = Math.abs(y - (top + bottom) / 2) - (bottom - top) / 2 + radius
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius
}

/** @type {(x: number, y: number, radius: number) => Shape} */
const disc = (centreX, centreY, radius) => (x, y) => Math.hypot(x - centreX, y - centreY) - radius

/** A line through points, with round ends. @type {(points: readonly (readonly [number, number])[], width: number) => Shape} */
const line = (points, width) => (x, y) => {
  let nearest = Number.POSITIVE_INFINITY
  for (let index = 1; index < points.length; index++) {
    const [fromX, fromY] = points[index - 1] ?? [0, 0]
    const [toX, toY] = points[index] ?? [0, 0]
    const [dx, dy] = [toX - fromX, toY - fromY]
    const along = Math.min(1, Math.max(0, ((x - fromX) * dx + (y - fromY) * dy) / (dx * dx + dy * dy)))
    nearest = Math.min(nearest, Math.hypot(x - fromX - along * dx, y - fromY - along * dy))
  }
  return nearest - width / 2
}

/** The inside of a convex polygon, points clockwise. @type {(points: readonly (readonly [number, number])[]) => Shape} */
const polygon = (points) => (x, y) => {
  let farthest = Number.NEGATIVE_INFINITY
  points.forEach(([fromX, fromY], index) => {
    const [toX, toY] = points[(index + 1) % points.length] ?? [0, 0]
    const length = Math.hypot(toX - fromX, toY - fromY)
    farthest = Math.max(farthest, ((x - fromX) * (toY - fromY) - (y - fromY) * (toX - fromX)) / length)
  })
  return farthest
}

/** @type {(...shapes: Shape[]) => Shape} */
const union =
  (...shapes) =>
  (x, y) =>
    Math.min(...shapes.map((shape) => shape(x, y)))

/** @type {(shape: Shape, hole: Shape) => Shape} */
const without = (shape, hole) => (x, y) => Math.max(shape(x, y), -hole(x, y))

/** @type {(shape: Shape, by: number) => Shape} */
const grown = (shape, by) => (x, y) => shape(x, y) - by

/** @type {(shape: Shape, scale: number) => Shape} */
const scaled = (shape, scale) => (x, y) => shape((x - 16) / scale + 16, (y - 16) / scale + 16) * scale

/** The two lanes. @type {(width: number) => Shape} */
const lanes = (width) =>
  union(
    line(
      [
        [7, 10],
        [12, 10],
        [20, 22],
        [25, 22],
      ],
      width,
    ),
    line(
      [
        [7, 22],
        [12, 22],
        [14, 19],
      ],
      width,
    ),
    line(
      [
        [18, 13],
        [20, 10],
        [25, 10],
      ],
      width,
    ),
  )

/** Thin lines vanish in small pictures. @param {number} size */
const laneWidth = (size) => (size <= 20 ? 3.6 : size <= 32 ? 3.1 : 2.5)

/** @type {Drawing} */
const appIcon = (size) => [
  { shape: box(0, 0, 32, 32, 8), color: blue },
  { shape: lanes(laneWidth(size)), color: white },
]

/** macOS wants a tile of 824 in a field of 1024 pixels. @type {Drawing} */
const macIcon = (size) => appIcon(size).map((layer) => ({ ...layer, shape: scaled(layer.shape, 824 / 1024) }))

const triangle = polygon([
  [22.5, 14.5],
  [32, 31.5],
  [13, 31.5],
])
const exclamation = union(
  line(
    [
      [22.5, 20.6],
      [22.5, 25.4],
    ],
    2.6,
  ),
  disc(22.5, 28.9, 1.5),
)
const badge = disc(22.5, 22.5, 9.5)
const cross = union(
  line(
    [
      [19, 19],
      [26, 26],
    ],
    3.2,
  ),
  line(
    [
      [26, 19],
      [19, 26],
    ],
    3.2,
  ),
)
const tile = box(1, 1, 31, 31, 8)
const frame = without(tile, box(4.6, 4.6, 27.4, 27.4, 5))
const bars = union(
  line(
    [
      [12.2, 11],
      [12.2, 21],
    ],
    4,
  ),
  line(
    [
      [19.8, 11],
      [19.8, 21],
    ],
    4,
  ),
)
/** Room between a mark and what lies under it. */
const gap = 2.2

/** Under a badge the lanes would be a tangle where there is little room. @param {number} size */
const hasRoom = (size) => size >= 24

/** @type {Record<string, Drawing>} */
const trayIcons = {
  running: (size) => [
    { shape: tile, color: blue },
    { shape: lanes(laneWidth(size)), color: white },
  ],
  degraded: (size) => [
    { shape: tile, color: blue },
    ...(hasRoom(size) ? [{ shape: lanes(laneWidth(size)), color: white }] : []),
    { shape: grown(triangle, gap), color: null },
    { shape: triangle, color: amber },
    { shape: exclamation, color: black },
  ],
  error: (size) => [
    { shape: tile, color: blue },
    ...(hasRoom(size) ? [{ shape: lanes(laneWidth(size)), color: white }] : []),
    { shape: grown(badge, gap), color: null },
    { shape: badge, color: red },
    { shape: cross, color: white },
  ],
  stopped: () => [
    { shape: frame, color: grey },
    { shape: bars, color: grey },
  ],
}

/** One colour, the marks cut out: macOS paints it as the menu bar is. @type {Record<string, Drawing>} */
const templateIcons = {
  running: (size) => [
    { shape: tile, color: black },
    { shape: lanes(laneWidth(size)), color: null },
  ],
  degraded: () => [
    { shape: tile, color: black },
    { shape: grown(triangle, gap), color: null },
    { shape: triangle, color: black },
    { shape: exclamation, color: null },
  ],
  error: () => [
    { shape: tile, color: black },
    { shape: grown(badge, gap), color: null },
    { shape: badge, color: black },
    { shape: cross, color: null },
  ],
  stopped: () => [
    { shape: frame, color: black },
    { shape: bars, color: black },
  ],
}

/**
 * @param {Drawing} drawing
 * @param {number} size
 * @returns {import('./icon-files.mjs').Picture}
 */
function paint(drawing, size) {
  const layers = drawing(size)
  const rgba = new Uint8ClampedArray(size * size * 4)
  // In large pictures the distance itself tells how much of a pixel is covered.
  const grid = size <= 128 ? 4 : 1
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) rgba.set(pixel(layers, x, y, size, grid), (y * size + x) * 4)
  }
  return { size, rgba }
}

/**
 * The mean of some points of a pixel, colours weighted by their alpha.
 *
 * @param {readonly Layer[]} layers
 * @param {number} x
 * @param {number} y
 * @param {number} size
 * @param {number} grid - points in each direction.
 */
function pixel(layers, x, y, size, grid) {
  const sum = [0, 0, 0, 0]
  for (let at = 0; at < grid * grid; at++) {
    const pointX = ((x + ((at % grid) + 0.5) / grid) * 32) / size
    const pointY = ((y + (Math.floor(at / grid) + 0.5) / grid) * 32) / size
    let [r, g, b, alpha] = [0, 0, 0, 0]
    for (const { shape, color } of layers) {
      const cover = Math.min(1, Math.max(0, 0.5 - (shape(pointX, pointY) * size * grid) / 32))
      if (color !== null) {
        const [red_, green_, blue_] = color
        r = red_ * cover + r * (1 - cover)
        g = green_ * cover + g * (1 - cover)
        b = blue_ * cover + b * (1 - cover)
        alpha = cover + alpha * (1 - cover)
      } else {
        r *= 1 - cover
        g *= 1 - cover
        b *= 1 - cover
        alpha *= 1 - cover
      }
    }
    ;[r, g, b, alpha].forEach((value, index) => (sum[index] = (sum[index] ?? 0) + value))
  }
  const [r = 0, g = 0, b = 0, alpha = 0] = sum
  return alpha === 0 ? [0, 0, 0, 0] : [r / alpha, g / alpha, b / alpha, (alpha * 255) / (grid * grid)].map(Math.round)
}

const folder = join(projectFolder, 'main', 'assets')
for (const name of ['icons', 'tray']) {
  rmSync(join(folder, name), { recursive: true, force: true })
  mkdirSync(join(folder, name), { recursive: true })
}

/** @type {(path: string, data: Buffer) => void} */
const write = (path, data) => writeFileSync(join(folder, path), data)

for (const size of [16, 20, 24, 32, 48, 64, 128, 256, 512, 1024]) {
  write(`icons/${size}x${size}.png`, png(paint(appIcon, size)))
}
write('icon.ico', ico([16, 20, 24, 32, 48, 64, 128, 256].map((size) => paint(appIcon, size))))
write(
  'icon.icns',
  icns((size) => paint(macIcon, size)),
)
for (const [state, drawing] of Object.entries(trayIcons)) {
  write(`tray/${state}.png`, png(paint(drawing, 24)))
  write(`tray/${state}@2x.png`, png(paint(drawing, 48)))
  write(`tray/${state}.ico`, ico([16, 20, 24, 32, 48, 64].map((size) => paint(drawing, size))))
}
for (const [state, drawing] of Object.entries(templateIcons)) {
  write(`tray/${state}Template.png`, png(paint(drawing, 16)))
  write(`tray/${state}Template@2x.png`, png(paint(drawing, 32)))
}
