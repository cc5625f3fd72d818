import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { jsonLine, type LogEntry } from '../agent/application/log.ts'
import type { Clock } from '../shared/clock.ts'

/** Then the file becomes the older one of two, bytes. */
const mostBytes = 5_000_000

/** What happened, as lines of JSON, the older half beside the newer. A log that cannot be written stops nothing. */
export class LogFile {
  readonly path: string
  readonly #clock: Clock

  constructor(path: string, clock: Clock) {
    this.path = path
    this.#clock = clock
  }

  write(entry: LogEntry): void {
    try {
      mkdirSync(dirname(this.path), { recursive: true })
      if (existsSync(this.path) && statSync(this.path).size > mostBytes) renameSync(this.path, olderOf(this.path))
      appendFileSync(this.path, `${jsonLine(entry, this.#clock)}\n`, { mode: 0o600 })
    } catch {
      // The disk is full or the folder is gone: there is nowhere to say so.
    }
  }

  /** The newest lines, in their order, of both halves. */
  tail(lines: number): string[] {
    const newer = linesOf(this.path)
    const older = newer.length < lines ? linesOf(olderOf(this.path)) : []
    return [...older, ...newer].slice(-lines)
  }
}

function olderOf(path: string): string {
  return `${path}.1`
}

/** None where there is no such file. */
function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}
