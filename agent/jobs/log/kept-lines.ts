export interface KeptLimits {
  readonly headBytes: number
  readonly headLines: number
  readonly tailBytes: number
  readonly tailLines: number
}

interface Sized<Line> {
  readonly line: Line
  readonly bytes: number
}

/**
 * Keeps the beginning and the end of a log of any length in bounded memory: lines go straight to `onLine` until the head is
 * full (then `onHeld` is told, once), later ones wait in a ring. `end` hands out what the ring still has, after telling
 * `onCut` what it lost.
 */
export function createKeptLines<Line>(
  limits: KeptLimits,
  receiver: { onLine(line: Line): void; onHeld(): void; onCut(lines: number, bytes: number): void },
) {
  let head = { lines: 0, bytes: 0 }
  let headFull = false
  let ring: Sized<Line>[] = []
  let first = 0
  let ringBytes = 0
  let cut = { lines: 0, bytes: 0 }

  const dropOldest = () => {
    const oldest = ring[first]
    if (oldest === undefined) return
    first += 1
    ringBytes -= oldest.bytes
    cut = { lines: cut.lines + 1, bytes: cut.bytes + oldest.bytes }
    // Moving the survivors down only now and then keeps each drop cheap.
    if (first > limits.tailLines) {
      ring = ring.slice(first)
      first = 0
    }
  }

  return {
    add(line: Line, bytes: number): void {
      const next = { lines: head.lines + 1, bytes: head.bytes + bytes }
      if (!headFull && next.lines <= limits.headLines && next.bytes <= limits.headBytes) {
        head = next
        receiver.onLine(line)
        return
      }
      if (!headFull) receiver.onHeld()
      headFull = true
      ring.push({ line, bytes })
      ringBytes += bytes
      while (ringBytes > limits.tailBytes || ring.length - first > limits.tailLines) dropOldest()
    },
    end(): void {
      if (cut.lines > 0) receiver.onCut(cut.lines, cut.bytes)
      for (const { line } of ring.slice(first)) receiver.onLine(line)
      ring = []
      first = 0
      ringBytes = 0
      cut = { lines: 0, bytes: 0 }
    },
  }
}
