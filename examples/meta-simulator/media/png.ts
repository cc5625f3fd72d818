import { crc32, deflateSync } from 'node:zlib'
import { between } from '../random.ts'
import { uint32 } from './bytes.ts'

/** A small PNG (W3C Portable Network Graphics): a gradient between two colours that belong to the seed. */
export function png(seed: number, size = 96): Buffer {
  const header = Buffer.concat([uint32(size), uint32(size), Buffer.from([8, 2, 0, 0, 0])])
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(gradient(seed, size))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Rows of RGB, each led by its filter type (0: none). */
function gradient(seed: number, size: number): Buffer {
  const colours = Array.from({ length: 6 }, (_, channel) => between(0, 255, seed, channel))
  const pixels = Buffer.alloc(size * (1 + size * 3))
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const share = (row + column) / (2 * size)
      for (let channel = 0; channel < 3; channel += 1) {
        const [from = 0, to = 0] = [colours[channel], colours[channel + 3]]
        pixels[row * (1 + size * 3) + 1 + column * 3 + channel] = from + (to - from) * share
      }
    }
  }
  return pixels
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'ascii'), data])
  return Buffer.concat([uint32(data.length), body, uint32(crc32(body))])
}
