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
      if (existsSync(this.path) && statSync(this.path).size > mostBytes) renameSync(this.path, `${this.path}.1`)
      appendFileSync(this.path, `${jsonLine(entry, this.#clock)}\n`, { mode: 0o600 })
    } catch {
      // The disk is full or the folder is gone: there is nowhere to say so.
    }
  }

  /** The newest lines, in their order. */
  tail(lines: number): string[] {
    try {
      return readFileSync(this.path, 'utf8').trimEnd().split('\n').slice(-lines)
    } catch {
      return []
    }
  }
}
