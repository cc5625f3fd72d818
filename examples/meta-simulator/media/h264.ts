import { between } from '../random.ts'
import { BitWriter } from './bytes.ts'

/*
 * Pictures as ITU-T H.264 describes them, in the simplest way it knows: every picture whole, every macroblock as plain
 * samples (I_PCM, §7.3.5). Large for what they show, but any player can show them.
 */

/** Profile "constrained baseline", level 3. */
const profile = [66, 0xc0, 30] as const

/** Sequence parameter set (§7.3.2.1) for pictures of `macroblocks` × `macroblocks`, 16 pixels each. */
export function sequenceParameters(macroblocks: number): Buffer {
  const bits = new BitWriter()
  unsigned(bits, 0, 0, 2, 1)
  bits.put(0, 1)
  unsigned(bits, macroblocks - 1, macroblocks - 1)
  // Frames only, 8 × 8 inference; no cropping, no further description.
  bits.put(0b1100, 4)
  return unit(0x67, Buffer.from(profile), bits)
}

/** Picture parameter set (§7.3.2.2): no arithmetic coding, the slice says how edges are smoothed. */
export function pictureParameters(): Buffer {
  const bits = new BitWriter()
  unsigned(bits, 0, 0)
  bits.put(0, 2)
  unsigned(bits, 0, 0, 0)
  bits.put(0, 3)
  unsigned(bits, 0, 0, 0)
  bits.put(0b100, 3)
  return unit(0x68, Buffer.alloc(0), bits)
}

/** One picture (§7.3.3): plain squares whose colours belong to the seed and move with `index`. */
export function picture(seed: number, index: number, macroblocks: number): Buffer {
  const bits = new BitWriter()
  unsigned(bits, 0, 7, 0)
  bits.put(0, 4)
  unsigned(bits, index % 2)
  bits.put(0, 2)
  unsigned(bits, 0, 1)
  for (let block = 0; block < macroblocks ** 2; block += 1) {
    unsigned(bits, 25)
    bits.align(0)
    const colour = (channel: number): number => Math.round(between(32, 220, seed, (block + index) % 7, channel))
    bits.append(Buffer.alloc(256, colour(0)))
    bits.append(Buffer.alloc(64, colour(1)))
    bits.append(Buffer.alloc(64, colour(2)))
  }
  return unit(0x65, Buffer.alloc(0), bits)
}

/** Exp-Golomb codes (§9.1). */
function unsigned(bits: BitWriter, ...values: readonly number[]): void {
  for (const value of values) {
    const length = Math.floor(Math.log2(value + 1))
    bits.put(0, length)
    bits.put(value + 1, length + 1)
  }
}

/** A unit as it lies in a file: its kind, what it says, the stop bit; no three bytes look like a start code (§7.4.1). */
function unit(kind: number, before: Buffer, bits: BitWriter): Buffer {
  bits.put(1, 1)
  bits.align(0)
  const bytes: number[] = [kind]
  let zeros = 0
  for (const byte of Buffer.concat([before, bits.bytes()])) {
    if (zeros >= 2 && byte <= 3) {
      bytes.push(3)
      zeros = 0
    }
    bytes.push(byte)
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return Buffer.from(bytes)
}
