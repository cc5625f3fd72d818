/**
 * F8, learned: whether a success looks wrong beside those before it. Two comparisons have to agree, with what is usual (the median) and
 * with the least there was, so that data that always varies is left alone. Of fifteen and more the least one does not count, so that
 * one that was odd does not hide the next; what is little every week is there twice.
 */

export interface SuccessFacts {
  /** Null = not counted. */
  readonly records: number | null
  /** Of the successes before it that were counted, in any order. */
  readonly previousRecords: readonly number[]
  /** Of the run, ms; null = not known. */
  readonly durationMs: number | null
  readonly previousDurationsMs: readonly number[]
}

export interface Suspicion {
  /** `zero`: nothing, where there was always something; `few`: far fewer records than usual; `short`: far quicker than usual. */
  readonly reason: 'zero' | 'few' | 'short'
  /** The median of those before: records, or ms of `short`. */
  readonly usual: number
}

/** Fewer successes say nothing about what is usual. */
const leastSample = 5
const sampleWithOneOdd = 15
const few = { ofUsual: 1 / 5, ofLeast: 1 / 2, leastUsual: 20 }
const short = { ofUsual: 1 / 10, ofLeast: 1 / 2, leastUsual: 60_000 }

/**
 * Null = it looks as usual. How long a run took counts only where nobody counts records: one that brings as much as ever in less time is
 * welcome.
 */
export function suspicionOf({
  records,
  previousRecords,
  durationMs,
  previousDurationsMs,
}: SuccessFacts): Suspicion | null {
  if (records !== null) {
    const usual = usualOf(previousRecords)
    if (usual === null) return null
    if (records === 0 && !previousRecords.includes(0)) return { reason: 'zero', usual }
    return isFarBelow(records, previousRecords, usual, few) ? { reason: 'few', usual } : null
  }
  const usual = durationMs === null ? null : usualOf(previousDurationsMs)
  if (durationMs === null || usual === null) return null
  return isFarBelow(durationMs, previousDurationsMs, usual, short) ? { reason: 'short', usual } : null
}

function isFarBelow(value: number, previous: readonly number[], usual: number, limits: typeof few): boolean {
  if (usual < limits.leastUsual) return false
  return value < usual * limits.ofUsual && value < leastOf(previous) * limits.ofLeast
}

function leastOf(values: readonly number[]): number {
  const [least = 0, next = least] = values.toSorted((left, right) => left - right)
  return values.length < sampleWithOneOdd ? least : next
}

/** The median; null for too small a sample. */
function usualOf(values: readonly number[]): number | null {
  if (values.length < leastSample) return null
  const sorted = values.toSorted((left, right) => left - right)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return low === undefined || high === undefined ? null : (low + high) / 2
}
