/**
 * `after`, with every part that says the same as in `before` taken from `before`, so that what did not change keeps its identity and
 * renders nothing. Unlike the library's own, it knows that equal Dates are equal (our answers are full of them) and finds the rows of a
 * list by their `id`: a row that moved down because another was added above it has not changed.
 */
export function sharedStructure(before: unknown, after: unknown): unknown {
  if (Object.is(before, after)) return before
  if (before instanceof Date && after instanceof Date) {
    return Object.is(before.getTime(), after.getTime()) ? before : after
  }
  if (Array.isArray(before) && Array.isArray(after)) return sharedList(before, after)
  if (isPlain(before) && isPlain(after)) return sharedObject(before, after)
  return after
}

function sharedList(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  const byId = new Map(before.map((item, index) => [idOf(item) ?? index, item]))
  const merged = after.map((item, index) => sharedStructure(byId.get(idOf(item) ?? index), item))
  const isSame = merged.length === before.length && merged.every((item, index) => Object.is(item, before[index]))
  return isSame ? before : merged
}

function sharedObject(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(after)
  const merged = Object.fromEntries(names.map((name) => [name, sharedStructure(before[name], after[name])]))
  const isSame =
    names.length === Object.keys(before).length &&
    names.every((name) => Object.hasOwn(before, name) && Object.is(merged[name], before[name]))
  return isSame ? before : merged
}

function idOf(item: unknown): string | null {
  return isPlain(item) && typeof item['id'] === 'string' ? item['id'] : null
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
