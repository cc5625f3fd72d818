import { randomBytes } from 'node:crypto'
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import type { Clock } from '../../shared/clock.ts'
import type { StoreLayout } from './layout.ts'

/** It is laid in only where this many times its size stays free. */
const roomAround = 4
const pauseMs = 60_000

/**
 * A file that is only there to be deleted: on a full disk SQLite can neither insert nor delete (both are written to its log first),
 * so the room for that is held in advance. Laid in again when the disk has room.
 */
export class Ballast {
  readonly #file: string
  readonly #folder: string
  readonly #bytes: number
  readonly #clock: Pick<Clock, 'monotonic'>
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor({ ballast, folder }: StoreLayout, bytes: number, clock: Pick<Clock, 'monotonic'>) {
    this.#file = ballast
    this.#folder = folder
    this.#bytes = bytes
    this.#clock = clock
  }

  /** Looks once a minute at most. Never throws: without it a full disk is noticed a little earlier. */
  layIn(): void {
    const now = this.#clock.monotonic()
    if (now - this.#lookedAt < pauseMs) return
    this.#lookedAt = now
    try {
      if (existsSync(this.#file)) return
      const { bavail, bsize } = statfsSync(this.#folder)
      if (bavail * bsize < this.#bytes * (1 + roomAround)) return
      // Random, so that no file system makes it smaller than it is.
      writeFileSync(this.#file, randomBytes(this.#bytes), { mode: 0o600 })
    } catch {
      this.release()
    }
  }

  /** True when there was something to give up. */
  release(): boolean {
    try {
      const held = existsSync(this.#file)
      rmSync(this.#file, { force: true })
      return held
    } catch {
      return false
    }
  }
}
