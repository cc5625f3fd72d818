import { cleanTerminalText, withoutColours } from '../log/terminal-text.ts'

const keptBytes = 8 * 1024

/**
 * Remembers the end of an output, for the error message. A line that does not fit is left out rather than shortened: half a
 * secret would not be recognised by the masking that follows.
 */
export function createLastLine() {
  let kept = Buffer.alloc(0)
  let isWhole = true
  return {
    chunk(bytes: Uint8Array): void {
      const joined = Buffer.concat([kept, bytes.subarray(-keptBytes)])
      if (bytes.length > keptBytes || joined.length > keptBytes) isWhole = false
      kept = joined.subarray(-keptBytes)
    },
    /** The last line with something on it; undefined when there is none or it is too long. */
    text(): string | undefined {
      const lines = kept.toString('utf8').split(/[\r\n]+/)
      const complete = isWhole ? lines : lines.slice(1)
      const plain = complete.map((line) => withoutColours(cleanTerminalText(line, 0).text).text.trim())
      return plain.findLast((line) => line !== '')
    },
  }
}
