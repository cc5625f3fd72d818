import { Problem } from '../../shared/errors.ts'

/**
 * Whoever says what they saw changes only that: two operators never overwrite each other without knowing.
 * `stored` null: nothing is there. `seenAt` as in the contract: left out, whatever is there may be replaced.
 * @throws Problem `conflict`, with who changed it.
 */
export function requireSeen(
  what: string,
  stored: { readonly changedAt: Date; readonly changedBy: string | null } | null,
  seenAt: string | null | undefined,
): void {
  if (seenAt === undefined) return
  const seen = seenAt === null ? null : Date.parse(seenAt)
  // Both to the millisecond: an instant that was given out has no more.
  if (seen === (stored?.changedAt.getTime() ?? null)) return
  throw new Problem('conflict', `${what} was changed by ${stored?.changedBy ?? 'somebody'} meanwhile.`, {
    field: 'seenAt',
    value: seenAt,
    fix: 'Look at what is there now, and decide again.',
  })
}
