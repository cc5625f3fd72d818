/** Two people edit one thing: which fields each has changed, and what both changes together make. */

export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** Names of the fields whose values differ. */
export function changedFields<Values extends object>(before: Values, after: Values): (keyof Values)[] {
  // The keys of an object are its own.
  return (Object.keys(before) as (keyof Values)[]).filter((field) => !same(before[field], after[field]))
}

/** Theirs, with what I changed laid over it. */
export function withMine<Values extends object>(base: Values, mine: Values, theirs: Values): Values {
  const own = changedFields(base, mine).map((field) => [field, mine[field]] as const)
  return { ...theirs, ...Object.fromEntries(own) }
}

/** Both changed the same field, each to something else. */
export function overlap<Values extends object>(base: Values, mine: Values, theirs: Values): boolean {
  const byThem = changedFields(base, theirs)
  return changedFields(base, mine).some((field) => byThem.includes(field) && !same(mine[field], theirs[field]))
}
