/**
 * When a run takes too long and when one begins too late (N2). Rules by the clock alone; what they are asked of is chosen in
 * agent/store/evaluated-runs.ts.
 */
import { type Cadence, nextFire } from './cadence.ts'

const minuteMs = 60_000
/** So many of the last successful runs say what is usual. */
export const usualRuns = 20
/** With fewer nothing is known. */
export const fewestRuns = 5
/** However short runs are, one is not told before it takes so much longer; ms. */
export const longestSurplusMs = 10 * minuteMs

/**
 * For how long a run may go on before it is told (`run_long`), ms: what the job type expects, where it says; else three times the p95 (nearest
 * rank) of the last 20 successful runs of its job, and ten minutes more than that p95 at least. Null: fewer than five are known, so nobody can
 * say. `durationsMs`: newest first.
 */
export function longRunMs(expectedMinutes: number | null, durationsMs: readonly number[]): number | null {
  if (expectedMinutes !== null) return expectedMinutes * minuteMs
  const usual = usualMs(durationsMs)
  return usual === null ? null : Math.max(3 * usual, usual + longestSurplusMs)
}

/** The p95 of the last 20, ms; null of fewer than five. */
export function usualMs(durationsMs: readonly number[]): number | null {
  const sorted = durationsMs.slice(0, usualRuns).toSorted((left, right) => left - right)
  const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1]
  return p95 === undefined || sorted.length < fewestRuns ? null : Math.max(p95, 0)
}

export const lateRunLimits = { leastMs: 5 * minuteMs, mostMs: 15 * minuteMs } as const

/**
 * For how long the fire of a recurring job may have been due before it is told that no run began (`run_late`), ms: half of the time to its
 * next fire, five minutes at least and fifteen at most. `cadence` null: it cannot be read.
 */
export function lateRunMs(cadence: Cadence | null, dueAt: Date): number {
  const { leastMs, mostMs } = lateRunLimits
  const next = cadence === null ? null : nextFire(cadence, dueAt)
  if (next === null) return mostMs
  return Math.min(Math.max((next.getTime() - dueAt.getTime()) / 2, leastMs), mostMs)
}
