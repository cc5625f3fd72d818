import { Problem } from '../../shared/errors.ts'

/**
 * The cursor of a list in the order of growing ids: the last id of the page before; null = from the newest.
 * @throws Problem `invalid_input` for what was not given out (bad input 30).
 */
export function readIdCursor(cursor: string | null): string | null {
  if (cursor === null || /^\d{1,18}$/.test(cursor)) return cursor
  throw new Problem('invalid_input', 'cursor: is not one that this call has given out', {
    field: 'cursor',
    value: cursor,
    fix: 'Leave it out to start from the newest.',
  })
}

/** The page of a list that was asked for one row more than it shows. */
export function pageOf<Row extends { readonly id: string }>(
  found: readonly Row[],
  limit: number,
): { readonly rows: Row[]; readonly nextCursor: string | null } {
  const rows = found.slice(0, limit)
  return { rows, nextCursor: found.length > limit ? (rows.at(-1)?.id ?? null) : null }
}
