const dayMs = 86_400_000

export interface NominalTime {
  /** Included. Null = nothing is said. */
  readonly start: Date | null
  /** Excluded. Null = nothing is said. */
  readonly end: Date | null
}

/**
 * As of when data is that was written at `endedAt` for an interval of time: the end of the interval, but never later than it was written.
 * So a backfill of an old partition does not make data look fresh. An interval without an end is taken for a day: the schedulers that
 * leave it out name the day they work on. One that ends before it begins says nothing.
 */
export function freshAsOf(endedAt: Date, { start, end }: NominalTime): Date {
  const isSensible = start === null || end === null || end >= start
  const closed = isSensible ? end : null
  const until = closed ?? (start === null ? null : new Date(start.getTime() + dayMs))
  return until !== null && until < endedAt ? until : endedAt
}
