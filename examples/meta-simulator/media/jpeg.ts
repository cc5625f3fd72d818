import { between } from '../random.ts'
import { BitWriter, uint16 } from './bytes.ts'

/**
 * A small baseline JPEG (ITU-T T.81): a mosaic of 8 × 8 pixels in one colour each, so that a block is its mean and
 * nothing else. The quantiser of 8 makes the coefficient of a block the difference of its colour from grey.
 */
export function jpeg(seed: number, blocks = 12): Buffer {
  const size = blocks * 8
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\0\0', 'latin1')),
    segment(0xdb, Buffer.from([0, ...Array.from({ length: 64 }, () => 8)])),
    segment(0xc0, Buffer.concat([Buffer.from([8]), uint16(size), uint16(size), Buffer.from(components)])),
    segment(0xc4, Buffer.from([0x00, ...lengths.dc, ...Array.from({ length: 12 }, (_, symbol) => symbol)])),
    segment(0xc4, Buffer.from([0x10, ...lengths.ac, 0x00])),
    segment(0xda, Buffer.from([3, 1, 0, 2, 0, 3, 0, 0, 63, 0])),
    stuffed(scan(seed, blocks)),
    Buffer.from([0xff, 0xd9]),
  ])
}

/** Y, Cb, Cr: id, sampling 1 × 1, quantisation table 0. */
const components = [3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]

/**
 * How many codes of each length from 1 to 16 bits: the usual table for means; one code alone, "end of block", for the
 * rest.
 */
const lengths = {
  dc: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
  ac: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
}

/** The code and its length for each size of a difference, by the rule of Annex C. */
const sizeCodes = codesOf(lengths.dc)

function codesOf(counts: readonly number[]): { code: number; bits: number }[] {
  const codes: { code: number; bits: number }[] = []
  let code = 0
  for (const [index, count] of counts.entries()) {
    for (let left = count; left > 0; left -= 1) {
      codes.push({ code, bits: index + 1 })
      code += 1
    }
    code <<= 1
  }
  return codes
}

function scan(seed: number, blocks: number): Buffer {
  const bits = new BitWriter()
  const before = [0, 0, 0]
  for (let block = 0; block < blocks * blocks; block += 1) {
    for (let component = 0; component < 3; component += 1) {
      const mean = Math.round(between(-90, 90, seed, Math.floor(block / 3), component))
      putDifference(bits, mean - (before[component] ?? 0))
      before[component] = mean
      bits.put(0, 1)
    }
  }
  bits.align(1)
  return bits.bytes()
}

function putDifference(bits: BitWriter, difference: number): void {
  const size = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1
  const { code, bits: length } = sizeCodes[size] ?? { code: 0, bits: 0 }
  bits.put(code, length)
  bits.put(difference < 0 ? difference + 2 ** size - 1 : difference, size)
}

/** In the data of a scan, FF is followed by 00 so that it is no marker. */
function stuffed(data: Buffer): Buffer {
  return Buffer.from([...data].flatMap((byte) => (byte === 0xff ? [byte, 0] : [byte])))
}

function segment(marker: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0xff, marker]), uint16(data.length + 2), data])
}
