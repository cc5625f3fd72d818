import { crc32, deflateSync } from 'node:zlib'
import type { Shape } from './shapes.ts'

export type Color = readonly [red: number, green: number, blue: number]

export interface Layer {
  readonly shape: Shape
  readonly color: Color
}

/** Points looked at in each pixel, in each direction. */
const samples = 6
const detailedBelow = 128

/** A square picture with transparency, the later layers over the earlier ones, as a PNG. */
export function drawPng(size: number, layers: readonly Layer[]): Buffer {
  const stride = size * 4 + 1
  const rows = Buffer.alloc(stride * size)
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      rows.set(pixel(size, column, row, layers), row * stride + 1 + column * 4)
    }
  }
  return png(size, rows)
}

function pixel(size: number, column: number, row: number, layers: readonly Layer[]): number[] {
  let blended: Blend = { color: [0, 0, 0], alpha: 0 }
  for (const { shape, color } of layers) blended = over(blended, color, coverage(shape, size, column, row))
  return [...blended.color, blended.alpha * 255].map((value) => Math.round(value))
}

interface Blend {
  readonly color: Color
  /** 0 to 1. */
  readonly alpha: number
}

/** The "over" of Porter and Duff, for colours that are not multiplied by their alpha. */
function over({ color: [red, green, blue], alpha }: Blend, [newRed, newGreen, newBlue]: Color, cover: number): Blend {
  const under = alpha * (1 - cover)
  const total = cover + under
  if (total === 0) return { color: [0, 0, 0], alpha: 0 }
  const mix = (top: number, bottom: number): number => (top * cover + bottom * under) / total
  return { color: [mix(newRed, red), mix(newGreen, green), mix(newBlue, blue)], alpha: total }
}

/** The share of the pixel that lies in the shape, 0 to 1. In large pictures no detail is smaller than a pixel: equal corners say all. */
function coverage(shape: Shape, size: number, column: number, row: number): number {
  if (size >= detailedBelow) {
    const at = (right: number, down: number): boolean => shape((column + right) / size, (row + down) / size)
    const first = at(0, 0)
    if (first === at(1, 0) && first === at(0, 1) && first === at(1, 1)) return first ? 1 : 0
  }
  let inside = 0
  for (let down = 0; down < samples; down += 1) {
    for (let right = 0; right < samples; right += 1) {
      if (shape((column + (right + 0.5) / samples) / size, (row + (down + 0.5) / samples) / size)) inside += 1
    }
  }
  return inside / samples ** 2
}

/** https://www.w3.org/TR/png-3/: eight bits, colours with alpha, no filter. */
function png(size: number, rows: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header.set([8, 6, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, check])
}

/** Pictures of several sizes in one file for Windows, each a PNG. */
export function ico(pictures: readonly { readonly size: number; readonly data: Buffer }[]): Buffer {
  const head = Buffer.alloc(6 + 16 * pictures.length)
  head.writeUInt16LE(1, 2)
  head.writeUInt16LE(pictures.length, 4)
  let offset = head.length
  for (const [index, { size, data }] of pictures.entries()) {
    const at = 6 + 16 * index
    // 256 is written as 0.
    head.set([size % 256, size % 256, 0, 0], at)
    head.writeUInt16LE(1, at + 4)
    head.writeUInt16LE(32, at + 6)
    head.writeUInt32LE(data.length, at + 8)
    head.writeUInt32LE(offset, at + 12)
    offset += data.length
  }
  return Buffer.concat([head, ...pictures.map(({ data }) => data)])
}

/** Names of the sizes in an icon of macOS whose pictures are PNGs. */
const icnsTypes: Readonly<Record<number, string>> = { 128: 'ic07', 256: 'ic08', 512: 'ic09', 1024: 'ic10' }

export function icns(pictures: readonly { readonly size: number; readonly data: Buffer }[]): Buffer {
  const parts = pictures.map(({ size, data }) => {
    const type = icnsTypes[size]
    if (type === undefined) throw new Error(`An icon of macOS has no picture of ${size} pixels.`)
    const head = Buffer.alloc(8)
    head.write(type, 'latin1')
    head.writeUInt32BE(data.length + 8, 4)
    return Buffer.concat([head, data])
  })
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(8)
  head.write('icns', 'latin1')
  head.writeUInt32BE(body.length + 8, 4)
  return Buffer.concat([head, body])
}
