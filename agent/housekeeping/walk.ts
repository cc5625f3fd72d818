import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import { type Database, isReferenceViolation, isTooLong } from '../store/database.ts'
import type { Batch, Place } from '../store/housekeeping/batch.ts'
import type { KeepDays } from '../store/housekeeping/sweeps.ts'
import type { Pass } from './passes.ts'

/** How gentle a walk is. */
export interface WalkPace {
  /** Rows looked at by a statement: the first one, and at most. One that is slow looks at `least` of them: part of its time is the same for any number. */
  readonly limit: readonly [first: number, most: number]
  readonly least: number
  /** Rows of children removed by a statement at most. */
  readonly mostRows: number
  /** A statement that is quicker may look at more rows next time, one that is slower at fewer; ms. */
  readonly wantedMs: readonly [least: number, most: number]
  /** After a statement it rests this many times as long as that took, within these limits; ms. */
  readonly restTimes: number
  readonly restMs: readonly [least: number, most: number]
}

/** A fifth of one connection's time at most, in pieces that nobody notices. */
export const usualWalkPace: WalkPace = {
  limit: [200, 5_000],
  least: 50,
  mostRows: 2_000,
  wantedMs: [20, 60],
  restTimes: 4,
  restMs: [20, 2_000],
}

/** Rows that another program refers to or holds are left for the next sweep; with more than these the walk is given up. */
const mostKept = 20

export interface WalkOptions {
  readonly database: Database
  readonly clock: Clock
  readonly keep: KeepDays
  readonly from: Place | null
  readonly pace: WalkPace
  /** Ends the walk after the statement under way, with an AbortError. */
  readonly signal: AbortSignal
  readonly onBatch: (batch: Batch) => void | Promise<void>
  /** A row that has to stay against the rules, and why. */
  readonly onKept: (reason: string) => void
}

/** Removes what is too old, batch by batch. Throws what the database says when it cannot go on. */
export async function walk(pass: Pass, options: WalkOptions): Promise<void> {
  const { database, clock, keep, pace, signal, onBatch, onKept } = options
  let [limit] = pace.limit
  let after = options.from
  let removes = true
  let kept = 0
  for (;;) {
    signal.throwIfAborted()
    const began = clock.monotonic()
    let batch: Batch | null = null
    try {
      batch = await pass.step(database, keep, { after, limit, mostRows: pace.mostRows, removes })
      removes = true
    } catch (error) {
      if (!isReferenceViolation(error) && !isTooLong(error)) throw error
      if (limit === 1) {
        kept += 1
        if (kept > mostKept) throw error
        onKept(describeError(error))
        // The next statement only walks over it.
        removes = false
      }
    }
    const tookMs = clock.monotonic() - began
    limit = batch === null ? Math.ceil(limit / 8) : nextLimit(limit, tookMs, pace)
    if (batch !== null) {
      await onBatch(batch)
      if (batch.isLast) return
      after = batch.next
    }
    await delay(restAfter(tookMs, pace), undefined, { signal })
  }
}

/** How many rows the next statement looks at. */
export function nextLimit(
  limit: number,
  tookMs: number,
  { wantedMs: [quick, slow], limit: [, highest], least }: WalkPace,
): number {
  if (tookMs > slow) return Math.max(Math.min(limit, least), Math.floor(limit / 2))
  return tookMs < quick ? Math.min(highest, limit * 2) : limit
}

function restAfter(tookMs: number, { restTimes, restMs: [least, most] }: WalkPace): number {
  return Math.min(most, Math.max(least, tookMs * restTimes))
}
