/** A line as it came, possibly longer than what will be shown; `cutBytes` counts what was dropped behind it. */
export interface RawLine {
  readonly text: string
  readonly cutBytes: number
}

export interface LineSplitter {
  chunk(bytes: Uint8Array): void
  /** Hands out a last line that has no newline. */
  end(): void
}

/**
 * Splits bytes into lines at \n and \r\n. A lone \r starts the line over, as a terminal shows it, so of a progress bar only
 * its last state is kept. Memory is bounded by `longest()` characters, whatever comes (bad input 34): the rest of a longer
 * line is counted and dropped. Invalid UTF-8 becomes U+FFFD; a character split over two chunks is whole.
 */
export function createLineSplitter(longest: () => number, onLine: (line: RawLine) => void): LineSplitter {
  const decoder = new TextDecoder('utf-8')
  let held = ''
  let cutBytes = 0
  let startOver = false
  let open = false

  const clear = () => {
    held = ''
    cutBytes = 0
    startOver = false
    open = false
  }
  const append = (segment: string) => {
    if (segment === '') return
    if (startOver) clear()
    open = true
    const room = longest() - held.length
    if (room > 0) held += segment.length > room ? segment.slice(0, room) : segment
    if (segment.length > room) cutBytes += Buffer.byteLength(room > 0 ? segment.slice(room) : segment)
  }
  const finish = () => {
    const line = { text: held, cutBytes }
    clear()
    onLine(line)
  }
  const take = (text: string) => {
    let from = 0
    const breaks = /[\r\n]/g
    for (let found = breaks.exec(text); found !== null; found = breaks.exec(text)) {
      append(text.slice(from, found.index))
      if (found[0] === '\n') finish()
      else startOver = true
      from = found.index + 1
    }
    append(text.slice(from))
  }

  return {
    chunk: (bytes) => take(decoder.decode(bytes, { stream: true })),
    end: () => {
      take(decoder.decode())
      if (open) finish()
    },
  }
}
