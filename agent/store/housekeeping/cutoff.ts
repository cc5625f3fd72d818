/** Everything before it is older than so many days. A sub-query, so that the server asks once and not for each row. */
export function cutoff(keepDays: string): string {
  return `(select housekeeping_cutoff(${keepDays}))`
}

/**
 * Whether a run has ended, and both its start and its end lie before an instant. Null, which is not true, for a run without any of the
 * two. Other programs leave the end out, and have words of their own for how a run ended.
 */
export function isOver(run: string, before: string): string {
  return `(${run}.status not in ('running', 'pending') and greatest(${run}.started_at, ${run}.completed_at) < ${before})`
}
