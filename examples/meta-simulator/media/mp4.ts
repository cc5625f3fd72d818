import { uint16, uint32 } from './bytes.ts'
import { picture, pictureParameters, sequenceParameters } from './h264.ts'

const macroblocks = 4
const side = macroblocks * 16
/** Ticks per second, and of one picture: five pictures a second. */
const timeScale = 1_000
const pictureTicks = 200

/** A small video of two seconds that plays: ISO base media file format (ISO/IEC 14496-12) with one H.264 track. */
export function mp4(seed: number, pictures = 10): Buffer {
  const samples = Array.from({ length: pictures }, (_, index) => {
    const unit = picture(seed, index, macroblocks)
    return Buffer.concat([uint32(unit.length), unit])
  })
  const type = fileType()
  // The offsets are as long as they are whatever they say, so a first try tells where the pictures begin.
  const offset = type.length + movie(samples, 0).length + 8
  return Buffer.concat([type, movie(samples, offset), box('mdat', ...samples)])
}

/** What every MP4 begins with. */
export function fileType(): Buffer {
  return box('ftyp', text('isom'), uint32(512), text('isomiso2avc1mp41'))
}

export function box(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([uint32(body.length + 8), text(type), body])
}

function fullBox(type: string, flags: number, ...parts: readonly Buffer[]): Buffer {
  return box(type, uint32(flags), ...parts)
}

function movie(samples: readonly Buffer[], offset: number): Buffer {
  const duration = samples.length * pictureTicks
  const header = fullBox(
    'mvhd',
    0,
    zeros(8),
    uint32(timeScale),
    uint32(duration),
    uint32(0x10000),
    uint16(0x100),
    zeros(10),
    matrix,
    zeros(24),
    uint32(2),
  )
  return box('moov', header, track(samples, duration, offset))
}

function track(samples: readonly Buffer[], duration: number, offset: number): Buffer {
  const times = zeros(8)
  const size = [uint32(side << 16), uint32(side << 16)]
  const header = fullBox('tkhd', 3, times, uint32(1), zeros(4), uint32(duration), zeros(16), matrix, ...size)
  const mediaHeader = fullBox('mdhd', 0, times, uint32(timeScale), uint32(duration), uint16(0x55c4), zeros(2))
  const handler = fullBox('hdlr', 0, zeros(4), text('vide'), zeros(12), text('video\0'))
  const reference = box('dinf', fullBox('dref', 0, uint32(1), fullBox('url ', 1)))
  const information = box('minf', fullBox('vmhd', 1, zeros(8)), reference, sampleTable(samples, offset))
  return box('trak', header, box('mdia', mediaHeader, handler, information))
}

function sampleTable(samples: readonly Buffer[], offset: number): Buffer {
  return box(
    'stbl',
    fullBox('stsd', 0, uint32(1), sampleDescription()),
    fullBox('stts', 0, uint32(1), uint32(samples.length), uint32(pictureTicks)),
    fullBox('stsc', 0, uint32(1), uint32(1), uint32(samples.length), uint32(1)),
    fullBox('stsz', 0, uint32(0), uint32(samples.length), ...samples.map((sample) => uint32(sample.length))),
    fullBox('stco', 0, uint32(1), uint32(offset)),
  )
}

function sampleDescription(): Buffer {
  const sequence = sequenceParameters(macroblocks)
  const parameters = pictureParameters()
  const configuration = box(
    'avcC',
    Buffer.from([1, ...sequence.subarray(1, 4), 0xff, 0xe1]),
    uint16(sequence.length),
    sequence,
    Buffer.from([1]),
    uint16(parameters.length),
    parameters,
  )
  return box(
    'avc1',
    zeros(6),
    uint16(1),
    zeros(16),
    uint16(side),
    uint16(side),
    uint32(0x480000),
    uint32(0x480000),
    zeros(4),
    uint16(1),
    zeros(32),
    uint16(24),
    uint16(0xffff),
    configuration,
  )
}

/** No turn, no stretch. */
const matrix = Buffer.concat([0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].map(uint32))

function zeros(count: number): Buffer {
  return Buffer.alloc(count)
}

function text(characters: string): Buffer {
  return Buffer.from(characters, 'ascii')
}
